"""Nearness in meaning of a pool's passages to a question.

Passages are compared exactly with vectors mapped from disk, or kept by content, which needs no chromadb and loses
nothing to approximation. Very many, or those beside a server of vectors, are narrowed down by the chromadb index
first, together with the best by words.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meterline_tools.notes.chromas import Chromas
from meterline_tools.notes.matrix import Matrix
from meterline_tools.notes.model import Embedder, ModelMissing
from meterline_tools.notes.passages import Passage
from meterline_tools.notes.pool import Pool
from meterline_tools.notes.ranking import promising
from meterline_tools.notes.results import Filters, IndexBroken
from meterline_tools.notes.shelf import Shelf
from meterline_tools.notes.vectors import VectorCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from meterline_tools.notes.chroma import ChromaIndex
    from meterline_tools.notes.ranking import Scores
    from meterline_tools.notes.vectors import Vector

FEW = 200_000
"""Up to this many passages are compared one by one: with vectors mapped from disk 100,000 cost 10 ms, and what is best is not missed."""
FEW_BESIDE_A_SERVER = 1_000
"""The same where somebody set up a server of vectors."""
INLINE = 64
"""So many missing vectors are computed within a search, about a second's work; more wait for the next build."""
_NEAREST = 300
"""Of each kind, by meaning and by words; on meeting transcripts more changes nothing."""
_THIN = 50
"""So few of the nearest pass the filters: then all that pass are compared."""
_SENTENCES_KEPT = 2048
_log = logging.getLogger(__name__)


class NoVectors(Exception):
    """Search must do with words; the text says why."""


@dataclass(frozen=True)
class Nearness:
    """Positions in the pool that stay in the running, and the cosine of each."""

    positions: NDArray[np.int64]
    cosines: Scores
    trouble: str | None = None


class Meaning:
    """Embeds questions and compares them with passages."""

    def __init__(self, shelf: Shelf, cache: VectorCache, embedder: Embedder, few: int, chromas: Chromas) -> None:
        self._chromas = chromas
        self._shelf = shelf
        self._cache = cache
        self._embedder = embedder
        self._few = few
        self._opened: tuple[str, ChromaIndex] | None = None
        self._known: dict[str, Vector] = {}

    def vector(self, text: str) -> Vector:
        """The vector of a question or a sentence, remembered. Raises NoVectors when the model cannot be run."""
        return self.vectors([text])[0]

    def vectors(self, texts: Sequence[str]) -> list[Vector]:
        """One vector a text, as `vector`."""
        known = {t: v for t in texts if (v := self._known.get(t)) is not None}
        fresh = [t for t in dict.fromkeys(texts) if t not in known]
        if fresh:
            known.update(zip(fresh, self._embed(fresh), strict=True))
            if len(self._known) > _SENTENCES_KEPT:
                self._known.clear()
            self._known.update(known)
        return [known[t] for t in texts]

    def nearness(
        self, pool: Pool, chosen: NDArray[np.int64], lexical: Scores, question: str, filters: Filters, *, index_ready: bool
    ) -> Nearness:
        """Cosines of the chosen passages, or of the best of them when they are many. Raises NoVectors."""
        asked = self.vector(question)
        trouble = None
        try:
            if index_ready and pool.later is not None and len(chosen) > self._few:
                try:
                    return self._narrowed(pool, pool.later, chosen, lexical, asked, filters)
                except (ImportError, IndexBroken) as problem:
                    _log.warning("notes index: %s", problem)
                    self._forget_index()
                    trouble = "The notes index could not be read; the vectors kept beside it were used, and it will be rebuilt."
            return Nearness(chosen, self._cosines(pool, chosen, lexical, asked), trouble)
        except (OSError, sqlite3.Error) as problem:
            raise NoVectors(f"the vectors cannot be read ({getattr(problem, 'strerror', None) or problem})") from problem

    def _cosines(self, pool: Pool, chosen: NDArray[np.int64], lexical: Scores, asked: Vector) -> Scores:
        """Of the chosen passages; of very many only of those that may come out among the best, and nearly so of the others."""
        matrix = self._matrix(pool)
        found = matrix.rough(chosen, asked)
        if found is None:
            return matrix.cosines(chosen, asked)
        best = promising(lexical[chosen], found, pool.places(chosen))
        found[best] = matrix.cosines(chosen[best], asked)
        return found

    def _narrowed(
        self, pool: Pool, later: NDArray[np.int64], chosen: NDArray[np.int64], lexical: Scores, asked: Vector, filters: Filters
    ) -> Nearness:
        """The nearest by the index, the best by words, and what came after the index. What the filters leave out is dropped."""
        import numpy as np

        near = (pool.columns.position(i) for i in self._index().nearest(asked, _NEAREST, filters))
        by_meaning = np.intersect1d(np.asarray([p for p in near if p is not None], dtype=np.int64), chosen)
        if len(by_meaning) < _THIN:
            return Nearness(chosen, self._matrix(pool).cosines(chosen, asked))
        most = min(_NEAREST, len(chosen))
        by_words = chosen[np.argpartition(-lexical[chosen], most - 1)[:most]]
        kept = np.union1d(np.union1d(by_words, by_meaning), np.intersect1d(later, chosen))
        return Nearness(kept, self._matrix(pool).cosines(kept, asked))

    def _index(self) -> ChromaIndex:
        """The index that CURRENT names; another process may have replaced it meanwhile."""
        from meterline_tools.notes.chroma import ChromaIndex

        manifest = self._shelf.current()
        if manifest is None:
            raise IndexBroken("no index")
        graph = manifest.graph
        if self._opened is None or self._opened[0] != graph.name:
            if self._opened:
                self._opened[1].close()
            self._opened = graph.name, ChromaIndex(self._chromas, self._shelf.folder(graph), self._embedder, graph.passages)
        return self._opened[1]

    def close(self) -> None:
        """Closes the opened index; the next search opens it again."""
        if self._opened:
            self._opened[1].close()
        self._opened = None

    def _forget_index(self) -> None:
        self._opened = None
        self._shelf.discard()

    def _matrix(self, pool: Pool) -> Matrix:
        if pool.matrix is None:
            pool.matrix = Matrix.of(self._stack(pool.everything))
        return pool.matrix

    def _stack(self, passages: Sequence[Passage]) -> NDArray[np.float32]:
        """One vector a passage; a few missing ones are computed on the spot."""
        import numpy as np

        keys = [p.key for p in passages]
        found = self._cache.fetch(keys)
        missing = [k for k in dict.fromkeys(keys) if k not in found]
        if len(missing) > INLINE:
            raise NoVectors("many passages are not embedded yet")
        if missing:
            texts = {p.key: p.text for p in passages}
            fresh = dict(zip(missing, self._embed([texts[k] for k in missing]), strict=True))
            found.update(fresh)
            with suppress(OSError, sqlite3.Error):
                self._cache.store(fresh)
        return np.stack([found[k] for k in keys])

    def _embed(self, texts: Sequence[str]) -> Any:
        try:
            return self._embedder.embed(texts)
        except ModelMissing as problem:
            raise NoVectors(str(problem)) from problem
