"""The vectors of a pool, multiplied with a question's where they lie.

With very many of them a product costs what it takes to read them. So a large segment keeps its vectors a second time, narrow:
by their coordinates along the few directions in which they are longest, the first eigenvectors of VᵀV. A product of those
is near the cosine, near enough to tell which passages are worth the whole one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from meterline_tools.notes.ranking import Scores
    from meterline_tools.notes.vectors import Vector

WIDTH = 96
"""Numbers of a narrow vector: a quarter of the packaged model's. On meeting transcripts they are .016 off a cosine."""
LEAST = 20_000
"""From so many vectors on narrow ones are kept and asked first."""
_AXES, _ROWS = "axes.npy", "narrow.npy"
_AT_ONCE = 1024


@dataclass(frozen=True)
class Narrow:
    """`axes` has a column a direction, `rows` a row a passage."""

    axes: NDArray[np.float32]
    rows: NDArray[np.float32]

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Narrow:
        import numpy as np

        _, directions = np.linalg.eigh(vectors.T @ vectors)  # the longest last
        axes = np.ascontiguousarray(directions[:, -WIDTH:], dtype=np.float32)
        return cls(axes, vectors @ axes)

    @classmethod
    def load(cls, folder: Path) -> Narrow | None:
        """None where none were kept. Raises OSError or ValueError when they cannot be read."""
        import numpy as np

        return cls(np.load(folder / _AXES), np.load(folder / _ROWS, mmap_mode="r")) if (folder / _ROWS).exists() else None

    def save(self, folder: Path) -> None:
        import numpy as np

        np.save(folder / _AXES, self.axes)
        np.save(folder / _ROWS, self.rows)


@dataclass(frozen=True)
class Vectors:
    """Those of one segment: a row a passage."""

    whole: NDArray[np.float32]
    narrow: Narrow | None = None

    @classmethod
    def of(cls, whole: NDArray[np.float32]) -> Vectors:
        return cls(whole, Narrow.of(whole) if len(whole) >= LEAST and whole.shape[1] > WIDTH else None)

    def among(self, kept: NDArray[np.bool_]) -> Vectors:
        """Those of the kept passages; the directions stay."""
        return Vectors(self.whole[kept], self.narrow and Narrow(self.narrow.axes, self.narrow.rows[kept]))


class Matrix:
    """The vectors of a pool, left where they lie."""

    def __init__(self, parts: Sequence[Vectors], part: NDArray[np.int64], row: NDArray[np.int64]) -> None:
        """`part` tells which of the parts each passage's vector stands in, `row` where."""
        import numpy as np

        self._parts = parts
        self._part = part
        self._row = row
        self._at = np.cumsum([0, *(len(vectors.whole) for vectors in parts)])[part] + row

    @classmethod
    def of(cls, vectors: NDArray[np.float32]) -> Matrix:
        import numpy as np

        rows = np.arange(len(vectors))
        return cls([Vectors(vectors)], np.zeros_like(rows), rows)

    def cosines(self, chosen: NDArray[np.int64], asked: Vector) -> Scores:
        """Of the passages at these places."""
        return self._products([(vectors.whole, asked) for vectors in self._parts], chosen)

    def rough(self, chosen: NDArray[np.int64], asked: Vector) -> Scores | None:
        """Nearly the cosines of the passages at these places; None where the true ones cost as little."""
        if len(chosen) < LEAST or all(vectors.narrow is None for vectors in self._parts):
            return None
        whole_or_narrow = [(v.narrow.rows, asked @ v.narrow.axes) if v.narrow else (v.whole, asked) for v in self._parts]
        return self._products(whole_or_narrow, chosen)

    def _products(self, parts: Sequence[tuple[NDArray[np.float32], Vector]], chosen: NDArray[np.int64]) -> Scores:
        """Of more than half of them all are taken: to gather rows costs more than to multiply them."""
        import numpy as np

        if 2 * len(chosen) > len(self._part):
            every: Scores = np.concatenate([_product(rows, None, asked) for rows, asked in parts])
            return every[self._at[chosen]]
        found = np.zeros(len(chosen), dtype=np.float32)
        for number, (rows, asked) in enumerate(parts):
            mine = self._part[chosen] == number
            found[mine] = _product(rows, self._row[chosen[mine]], asked)
        return found


def _product(vectors: NDArray[np.float32], rows: NDArray[np.int64] | None, asked: Vector) -> Scores:
    """The product of each of these rows (None: all), some at a time: threads, which a large one brings, wait for each other."""
    import numpy as np

    found = np.empty(len(vectors) if rows is None else len(rows), dtype=np.float32)
    for at in range(0, len(found), _AT_ONCE):
        some = slice(at, at + _AT_ONCE)
        np.dot(vectors[some if rows is None else rows[some]], asked, out=found[some])
    return found
