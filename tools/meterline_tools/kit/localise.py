"""Localising the change of any table, beside the company's own: a file in, the few slices that explain it out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from meterline_tools.errors import UserError
from meterline_tools.kit.leaf_table import read_leaves


def localise_file(
    path: Path, *, actual: str, expected: str, attributes: Sequence[str] = (), min_share: float = 0.0, max_slices: int = 12
) -> dict[str, Any]:
    """{actual, expected, change, slices [{where, actual, expected, contribution, share, size, confidence, leaves}], rest {...}, common}.

    Raises UserError for a file or column that is not as it should be.
    """
    from meterline_tools.insight.changes import localise

    try:
        leaves = read_leaves(path, actual, expected, attributes)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    return localise(leaves, min_share=min_share, max_slices=max_slices).to_dict()
