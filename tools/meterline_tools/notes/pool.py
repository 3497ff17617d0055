"""The passages one search ranks: notes of some accounts as known at some time, prepared once and kept warm."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from meterline_tools.notes.passages import Note, Passage, passages, readable
from meterline_tools.notes.ranking import Lexicon, Places
from meterline_tools.notes.text import is_foreign, note_terms
from meterline_tools.receipts import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


Visible = Collection[str] | Callable[[str | None], bool] | None
"""Accounts the asker may see: ids, a test, or None for everything."""


class Pool:
    """Passages in the order of their notes (by date, then id)."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], known_at: datetime | None) -> None:
        self._notes = sorted(readable(rows, known_at), key=lambda n: (n.date, n.note_id))
        self.passages: list[Passage] = []
        self._ordinals: list[int] = []
        for ordinal, note in enumerate(self._notes):
            cut = passages(note)
            self.passages.extend(cut)
            self._ordinals.extend([ordinal] * len(cut))
        self.matrix: NDArray[np.float32] | None = None
        """One vector a passage, once they are known."""

    @cached_property
    def keys(self) -> list[str]:
        return [p.key for p in self.passages]

    @cached_property
    def rows_by_id(self) -> dict[str, int]:
        return {p.id: i for i, p in enumerate(self.passages)}

    @cached_property
    def note_ordinals(self) -> NDArray[np.int64]:
        import numpy as np

        return np.asarray(self._ordinals, dtype=np.int64)

    @cached_property
    def foreign(self) -> NDArray[np.bool_]:
        """Which passages are in another language than English."""
        import numpy as np

        return np.asarray([is_foreign(p.text) for p in self.passages], dtype=bool)

    def places(self, positions: NDArray[np.int64]) -> Places:
        return Places(positions, self.note_ordinals[positions], self.foreign[positions])

    @cached_property
    def lexicon(self) -> Lexicon:
        return Lexicon([note_terms(p.text, foreign=bool(f)) for p, f in zip(self.passages, self.foreign, strict=True)])

    def chosen(self, visible: Visible, window: Window | None, kinds: Collection[str] | None) -> NDArray[np.int64]:
        """Positions of the passages whose note passes the filters. A note without account is for those who see all."""
        import numpy as np

        def passes(note: Note) -> bool:
            in_scope = visible is None or (visible(note.account_id) if callable(visible) else note.account_id in visible)
            in_window = window is None or window.start <= note.date <= window.end
            return in_scope and in_window and (not kinds or note.note_type in kinds)

        kept = np.fromiter((passes(note) for note in self._notes), dtype=bool, count=len(self._notes))
        return np.flatnonzero(kept[self.note_ordinals])
