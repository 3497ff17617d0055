"""Where the passages of several segments stand in one pool: in the order of their notes, by date, then id."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meterline_tools.notes.columns import Columns
from meterline_tools.notes.lexicon import Lexicon
from meterline_tools.notes.matrix import Matrix
from meterline_tools.notes.segment import Segment, copies_after

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Layout:
    """`part` is each passage's segment, `row` its place there."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        import numpy as np

        self._segments = segments
        contents = [segment.contents for segment in segments]
        found = ((part, n) for part, each in enumerate(contents) for n in range(len(each.lines)))
        order = sorted(found, key=lambda at: ((line := contents[at[0]].lines[at[1]]).day, line.note_id))
        self._lines = [contents[part].lines[n] for part, n in order]
        sizes = np.asarray([line.passages for line in self._lines], dtype=np.int64)
        begins = [np.cumsum([0, *(line.passages for line in each.lines)]) for each in contents]
        firsts = np.asarray([begins[part][n] for part, n in order], dtype=np.int64)
        self.part: NDArray[np.int64] = np.repeat(np.asarray([part for part, _ in order], dtype=np.int64), sizes)
        self.row: NDArray[np.int64] = np.repeat(firsts - np.cumsum(sizes) + sizes, sizes) + np.arange(int(sizes.sum()))

    def columns(self) -> Columns:
        import numpy as np

        foreign = np.zeros(len(self.part), dtype=bool)
        for number, segment in enumerate(self._segments):
            mine = self.part == number
            foreign[mine] = segment.foreign[self.row[mine]]
        return Columns(self._lines, foreign, copies_after([segment.contents for segment in self._segments]))

    def lexicon(self) -> Lexicon:
        return Lexicon([(segment.postings, self._places(number)) for number, segment in enumerate(self._segments)])

    def matrix(self) -> Matrix:
        return Matrix([segment.vectors for segment in self._segments if segment.vectors is not None], self.part, self.row)

    def _places(self, number: int) -> NDArray[np.int64]:
        """The place in the pool of each passage of a segment; -1 for one that is no longer there."""
        import numpy as np

        places = np.full(len(self._segments[number].foreign), -1, dtype=np.int64)
        mine = np.flatnonzero(self.part == number)
        places[self.row[mine]] = mine
        return places
