"""Search over what people said: a cache of the warehouse's notes, and the one door to it.

The notes themselves stay in the warehouse; a provider hands their rows in. What is kept here (vectors, the
chromadb index) can be thrown away at any time. A search ranks by words and meaning together; when vectors or
index cannot be had it ranks by words alone and says so.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meterline_tools.notes.asking import cognates, question_terms
from meterline_tools.notes.builder import Builder, Progress
from meterline_tools.notes.chromas import Chromas
from meterline_tools.notes.columns import Visible, Wanted
from meterline_tools.notes.dense import FEW, FEW_BESIDE_A_SERVER, INLINE, Meaning, NoVectors
from meterline_tools.notes.hits import Looking, hits
from meterline_tools.notes.model import DIMENSIONS, VIEWS, Embedder, ModelMissing, shared_embedder
from meterline_tools.notes.passages import seconds
from meterline_tools.notes.pool import Pool, RowProvider
from meterline_tools.notes.quote import Similarity
from meterline_tools.notes.ranking import best_first, fuse
from meterline_tools.notes.results import Filters, SearchResult, Status
from meterline_tools.notes.segment import Segment
from meterline_tools.notes.shelf import Manifest, Shelf
from meterline_tools.notes.text import fold, search_copy
from meterline_tools.notes.vectors import VectorCache
from meterline_tools.receipts import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from meterline_tools.notes.model import Vectors
    from meterline_tools.notes.ranking import Scores
    from meterline_tools.notes.vectors import Vector

MEANT = 0.30
"""Cosine from which a passage counts as relevant although it shares no word with the question."""
_POOLS_KEPT = 16
_LOOK_AGAIN_S = 30.0
_log = logging.getLogger(__name__)


class NoteStore:
    """The notes of one workspace. Making one costs nothing; chromadb and the model are loaded when first needed.

    `snapshot` names the state of the warehouse the rows come from (its snapshot id): with it a search on an index
    that is in step reads only the notes it ranks. Without it every note is read once to tell.
    Safe for several threads; several processes may share one home.
    """

    def __init__(
        self,
        home: Path,
        rows: RowProvider,
        *,
        snapshot: str | None = None,
        embedder: Embedder | None = None,
        few: int | None = None,
        chromas: Chromas | None = None,
    ) -> None:
        self._shelf = shelf = Shelf(home / "notes")
        engine = embedder or shared_embedder()
        vectors = replace(chromas or Chromas(), workspace=str(home.resolve()))
        cache = VectorCache(shelf.root / "vectors.sqlite", engine.fingerprint, engine.dimensions)
        self._sentences = VectorCache(shelf.root / "sentences.sqlite", f"{Embedder.fingerprint}-views", VIEWS * DIMENSIONS)
        self._rows = rows
        self._embedder = engine
        self._builder = Builder(shelf, cache, engine, rows, snapshot, vectors)
        self._meaning = Meaning(shelf, cache, engine, few if few is not None else FEW_BESIDE_A_SERVER if vectors.url else FEW, vectors)
        self._pools: OrderedDict[frozenset[str] | str | None, Pool] = OrderedDict()
        self._pools_lock = threading.Lock()
        self._health_lock = threading.Lock()
        self._health: Status | None = None
        self._looked_at = 0.0

    def ensure(self, progress: Progress | None = None) -> Status:
        """Builds what is missing or wrong; embeds only texts never seen before. `progress(step, done, total)` counts passages."""
        status = self._builder.ensure(progress)
        self._remember(Status("ready") if status.state == "rebuilt" else status)
        return status

    @property
    def model(self) -> str:
        """The fingerprint of what makes the vectors."""
        return self._embedder.fingerprint

    @property
    def can_embed(self) -> bool:
        """Whether the model can be run; opens it."""
        try:
            self._embedder.embed(["ready"])
        except ModelMissing:
            return False
        return True

    def views(self, texts: Sequence[str]) -> Vectors:
        """The packaged model's views of texts (`Embedder.views`), kept by content beside the vectors of passages where that can be.

        They are made by that model whatever makes the vectors of the index. Raises ModelMissing.
        """
        import numpy as np

        keys = {text: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts}
        known: dict[str, Vector] = {}
        with suppress(OSError, sqlite3.Error):
            known = self._sentences.fetch(keys.values())
        fresh = [text for text, key in keys.items() if key not in known]
        if fresh:
            made = shared_embedder().views(fresh).reshape(len(fresh), -1)
            new = {keys[text]: vector for text, vector in zip(fresh, made, strict=True)}
            known |= new
            with suppress(OSError, sqlite3.Error):
                self._sentences.store(new)
        return np.stack([known[keys[text]] for text in texts]).reshape(len(texts), VIEWS, DIMENSIONS)

    def close(self) -> None:
        """Lets go of the index, its files and connections."""
        self._meaning.close()

    def warm(self) -> None:
        """Begins to open the model in the background: a search will need it."""
        self._embedder.warm()

    def search(
        self,
        query: str,
        *,
        account_ids: Collection[str] | None = None,
        visible: Visible = None,
        window: Window | None = None,
        sides: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        people: Collection[str] | None = None,
        speaker: str = "",
        known_at: datetime | None = None,
        limit: int = 6,
    ) -> SearchResult:
        """The passages that answer `query` best, as verbatim spans.

        Args:
            query: a question or key words; its words of asking ("what did … say about") are ignored.
            account_ids: accounts to look in; None for all.
            visible: accounts the asker may see (ids or a test), None for everything. Applied to every note again.
            window: days on which the note's event took place, both ends included.
            sides: customer, vendor, system; None for all.
            kinds: note types; None for all.
            people: rep ids; only notes that one of them wrote or speaks in.
            speaker: a name or part of one; only what that person said.
            known_at: nothing that became known later is found.
            limit: hits at most. Passages that share no word and little meaning with the question are left out.
        """
        self.warm()
        health = self._checked_health()
        asked = search_copy(query).strip()
        accounts = None if account_ids is None else frozenset(account_ids)
        spoken = frozenset(fold(search_copy(speaker)).split())
        wanted = Wanted(visible, accounts, window, frozenset(kinds or ()), frozenset(people or ()), spoken, known_at)
        pool, health = self._pool(wanted.reads, health)
        chosen = pool.columns.chosen(wanted)
        if not asked or not chosen.size:
            return SearchResult([], health)
        late = known_at is not None and pool.columns.known_by > seconds(known_at)
        filters = Filters(wanted.reads, window, kinds, known_at if late else None)
        terms = [*question_terms(asked), *cognates(asked)]
        lexical = pool.lexicon.scores(terms, pool.columns.readable(wanted))
        positions, scores, status = self._ranked(pool, chosen, lexical, asked, filters, health)
        similar = self.similarity(asked) if status.state != "degraded" else None
        looking = Looking(frozenset(terms), frozenset(sides or ()), spoken, similar)
        return SearchResult(hits(pool, positions, scores, looking, limit), status)

    def _checked_health(self) -> Status:
        """The state of the index, looked at once, and again after a while when it was not right.

        What can be mended in about a second is mended here. That it was is told once.
        """
        with self._health_lock:
            health = self._health
            recent = time.monotonic() - self._looked_at < _LOOK_AGAIN_S
            if health is None or (health.state == "degraded" and not recent):
                health = Status("ready") if self._builder.looks_ready() else self._builder.ensure(most=INLINE)
                self._remember(Status("ready") if health.state == "rebuilt" else health)
            return health

    def _remember(self, health: Status | None) -> None:
        self._health = health
        self._looked_at = time.monotonic()

    def _pool(self, accounts: frozenset[str] | None, health: Status) -> tuple[Pool, Status]:
        """The passages to rank: from the files of the index where it is sound, else from the notes of the accounts."""
        manifest = self._shelf.current() if health.state in ("ready", "rebuilt") else None
        if manifest is not None:
            try:
                return self._kept(manifest.name, lambda: self._opened(manifest)), health
            except (OSError, ValueError, TypeError, KeyError) as problem:
                if self._shelf.current() != manifest:  # another process has put a newer one in its place
                    return self._pool(accounts, health)
                _log.warning("notes index: %r", problem)
                self._shelf.discard()
                self._remember(None)
                health = Status("ready", "The notes index could not be read; the notes themselves were, and it will be rebuilt.")
        return self._kept(accounts, lambda: Pool.of_rows(self._rows(accounts))), health

    def _opened(self, manifest: Manifest) -> Pool:
        return Pool.opened([Segment.load(self._shelf.read_through(piece)) for piece in manifest.pieces], self._rows)

    def _kept(self, key: frozenset[str] | str | None, make: Callable[[], Pool]) -> Pool:
        with self._pools_lock:
            pool = self._pools.get(key)
            if pool is None:
                pool = self._pools[key] = make()
                while len(self._pools) > _POOLS_KEPT:
                    self._pools.popitem(last=False)
            self._pools.move_to_end(key)
            return pool

    def _ranked(
        self, pool: Pool, positions: NDArray[np.int64], lexical: Scores, asked: str, filters: Filters, health: Status
    ) -> tuple[NDArray[np.int64], Scores, Status]:
        """Positions in the pool, best first, their scores, and how they were found. Irrelevant ones are left out."""
        import numpy as np

        cosines: Scores | None = None
        try:
            ready = health.state in ("ready", "rebuilt")
            near = self._meaning.nearness(pool, positions, lexical, asked, filters, index_ready=ready)
            positions, cosines = near.positions, near.cosines
            status = Status("ready" if health.state == "degraded" else health.state, near.trouble or health.message)
            if near.trouble:
                self._remember(None)
        except NoVectors as problem:
            status = _by_words_alone(health, problem)
        scores = fuse(lexical[positions], cosines, pool.places(positions))
        relevant = lexical[positions] > 0
        if cosines is not None:
            relevant |= cosines >= MEANT
        kept = np.flatnonzero(relevant)
        best = kept[best_first(scores[kept])]
        return positions[best], scores[best], status

    def similarity(self, question: str) -> Similarity:
        """A function that tells how near in meaning texts are to the question; zeros when the model cannot be run."""

        def compare(texts: Sequence[str]) -> list[float]:
            try:
                asked, *others = self._meaning.vectors([question, *(search_copy(t) for t in texts)])
            except NoVectors:
                return [0.0] * len(texts)
            return [float(v @ asked) for v in others]

        return compare


def _by_words_alone(health: Status, problem: NoVectors) -> Status:
    if health.state == "degraded" and health.message:
        return Status("degraded", f"{health.message} Notes were searched by words alone.")
    return Status("degraded", f"Notes were searched by words alone: {problem}.")
