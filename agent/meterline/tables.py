"""What the desk does with tables of somebody's own: nothing of the company that is loaded is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


class Tables:
    """The part of the desk that takes a file and hands back findings."""

    @staticmethod
    def localise(
        table: Path, *, actual: str, expected: str, attributes: Sequence[str] = (), min_share: float = 0.0, max_slices: int = 12
    ) -> dict[str, Any]:
        """Which slices of a file carry its change.

        Raises:
            UserError: a file or column that is not as it should be.
        """
        from meterline_tools.kit.localise import localise_file

        return localise_file(table, actual=actual, expected=expected, attributes=attributes, min_share=min_share, max_slices=max_slices)
