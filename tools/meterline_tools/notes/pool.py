"""The passages one search ranks: columns to choose by, a lexicon to score words, and their text when it is needed.

A pool is opened from the files of the index: the lexicon and the vectors are mapped from disk and no note is read to
rank. While there is no index it is made of rows, those of the accounts asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

from meterline_tools.notes.columns import Columns, Line
from meterline_tools.notes.layout import Layout
from meterline_tools.notes.lexicon import Lexicon
from meterline_tools.notes.matrix import Matrix
from meterline_tools.notes.passages import Note, Passage, indexable, open_rows, passages, read_note, row_digest
from meterline_tools.notes.ranking import Places
from meterline_tools.notes.segment import Contents, Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_READ_KEPT = 512


class RowProvider(Protocol):
    """Rows of the note table, optionally with `author_name` and `account_domain`."""

    def __call__(self, accounts: Collection[str] | None = None, notes: Collection[str] | None = None) -> Iterable[Mapping[str, Any]]:
        """Those of the given accounts, or with the given ids (None: all)."""


class _Read:
    """A note that was read, looked at and cut when its passages are first wanted."""

    def __init__(self, cut: Callable[[], list[Passage]]) -> None:
        self._cut = cut

    @cached_property
    def cut(self) -> list[Passage]:
        return self._cut()


class Pool:
    """Passages in the order of their notes (by date, then id)."""

    def __init__(self, columns: Columns, lexicon: Lexicon, rows: RowProvider | None) -> None:
        self.columns = columns
        self.lexicon = lexicon
        self.matrix: Matrix | None = None
        """The vectors, once they are known."""
        self.later: NDArray[np.int64] | None = None
        """Places of the passages in later segments of an index than its first; None where there is no index."""
        self._rows = rows
        self._read: dict[int, _Read] = {}

    @classmethod
    def of_rows(cls, rows: Iterable[Mapping[str, Any]]) -> Pool:
        notes = in_order(rows)
        read = [_Read(partial(passages, note)) for note in notes]
        cut = [each.cut for each in read]
        layout = Layout([Segment.of(Contents.of(notes, [len(each) for each in cut]), cut)])
        pool = cls(layout.columns(), layout.lexicon(), None)
        pool._read = dict(enumerate(read))
        return pool

    @classmethod
    def opened(cls, segments: Sequence[Segment], rows: RowProvider) -> Pool:
        """Of the segments of an index."""
        import numpy as np

        layout = Layout(segments)
        pool = cls(layout.columns(), layout.lexicon(), rows)
        pool.matrix, pool.later = layout.matrix(), np.flatnonzero(layout.part)
        return pool

    @cached_property
    def everything(self) -> list[Passage]:
        """All passages; only a pool of rows holds them."""
        return [passage for at in sorted(self._read) for passage in self._read[at].cut]

    def places(self, positions: NDArray[np.int64]) -> Places:
        return Places(positions, self.columns.ordinals[positions], self.columns.foreign[positions])

    def passages(self, positions: Sequence[int]) -> Iterator[Passage | None]:
        """The passages at these places, in turn. None where the warehouse no longer holds the note as it was indexed.

        The notes are read together and each is cut when its turn comes: most callers stop before the end.
        """
        at = [(int(p), int(self.columns.ordinals[p])) for p in positions]
        read = {note: known for _, note in at if (known := self._read.get(note)) is not None}
        if missing := list(dict.fromkeys(note for _, note in at if note not in read)):
            fresh = self._fetched(missing)
            read |= fresh
            self._read = fresh if len(self._read) > _READ_KEPT else self._read | fresh
        for position, note in at:
            place = position - int(self.columns.firsts[note])
            yield read[note].cut[place] if place < len(read[note].cut) else None

    def _fetched(self, ordinals: Sequence[int]) -> dict[int, _Read]:
        """The notes at these places; what is restricted by now, or has changed, has no passages."""
        lines = self.columns.lines
        at = {lines[n].note_id: n for n in ordinals}
        found = dict.fromkeys(ordinals, _Read(list))
        for row in open_rows(self._rows(notes=list(at)) if self._rows is not None else ()):
            place = at[str(row["note_id"])]
            found[place] = _Read(partial(_as_written, row, lines[place]))
        return found


def _as_written(row: Mapping[str, Any], line: Line) -> list[Passage]:
    """The passages of a row; none where it is not the note that the line was written of."""
    same = row_digest(row) == line.digest and row.get("account_id") == line.account_id
    return passages(read_note(row)) if same else []


def in_order(rows: Iterable[Mapping[str, Any]]) -> list[Note]:
    """The notes that may be searched, by date, then id."""
    return sorted(indexable(rows), key=lambda n: (n.date, n.note_id))
