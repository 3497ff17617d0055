"""What one item has to tell, and what of it is worth comparing or worrying about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from meterline_tools.insight.attention import Worry
from meterline_tools.kit.watching.findings import Finding

NOTHING = "nothing"
NO_DATA = "no data"
TOLD = "told"


@dataclass
class Told:
    """Sentences and a table with marks.

    `values` (key -> figure id) and `listed` (id -> name) are what the next look is compared with; an item that
    was looked at and found empty has an empty list, which is not the same as none.
    """

    sentences: list[str] = field(default_factory=list)
    columns: Sequence[str] = ()
    rows: list[list[str]] = field(default_factory=list)
    state: str = TOLD
    values: dict[str, str] = field(default_factory=dict)
    listed: dict[str, str] | None = None
    worries: list[Worry] = field(default_factory=list)
    drafts: list[dict[str, Any]] = field(default_factory=list)
    moves: dict[str, Finding] = field(default_factory=dict)
    """What the watch found, by the id of its worry."""
    chart: str | None = None
    """A receipt whose rows can be drawn."""

    @property
    def table(self) -> dict[str, Any] | None:
        return {"columns": list(self.columns), "rows": self.rows} if self.rows else None


def nothing(text: str, *, listed: bool = True) -> Told:
    """An item that was looked at and holds nothing new."""
    return Told([text], state=NOTHING, listed={} if listed else None)


def mark(figure: str, view: str = "") -> str:
    return f"[[{figure}.{view}]]" if view else f"[[{figure}]]"


def joined(words: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
