"""Builds the index from the notes: only what is new is embedded and written, one process writes, readers never wait."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import Timeout

from meterline_tools.notes.chromas import Chromas
from meterline_tools.notes.model import Embedder, ModelMissing
from meterline_tools.notes.passages import CHUNKER_VERSION, Passage, open_rows, passages, row_digest
from meterline_tools.notes.plan import Plan, Written, plan
from meterline_tools.notes.pool import RowProvider
from meterline_tools.notes.results import IndexBroken, Status
from meterline_tools.notes.segment import NOTES, SKETCHES, Contents, Segment
from meterline_tools.notes.shelf import Manifest, Piece, Shelf
from meterline_tools.notes.vectors import VectorCache

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how many passages are done and how many there are to do."""

EMPTY = Status("empty", "No notes are loaded.")
STEP = "notes"
_OUTDATED = "out of date"
_SAVED_AT_ONCE = 64
_log = logging.getLogger(__name__)


class Builder:
    """Keeps the index on the shelf in step with the notes."""

    def __init__(
        self, shelf: Shelf, cache: VectorCache, embedder: Embedder, rows: RowProvider, snapshot: str | None, chromas: Chromas
    ) -> None:
        self._chromas = chromas
        self._shelf = shelf
        self._cache = cache
        self._embedder = embedder
        self._rows = rows
        self._snapshot = snapshot

    def looks_ready(self) -> bool:
        """Whether the index belongs to this very snapshot and its files look sound; reads no notes, opens no chromadb."""
        manifest = self._shelf.current()
        return bool(
            manifest
            and self._snapshot
            and manifest.snapshot == self._snapshot
            and manifest.settings == self._settings()
            and not self._shelf.damage(manifest)
        )

    def ensure(self, progress: Progress | None = None, *, most: int | None = None) -> Status:
        """Makes the index right. With `most`, embeds no more than that many passages; when more are missing it says so.

        Never raises for what is wrong with the cache or the libraries: the status tells, and search goes on by words.
        """
        try:
            return self._ensure(progress, most)
        except Timeout:
            return Status("degraded", "The notes index is being built at this moment.")
        except ModelMissing as problem:
            return Status("degraded", f"The notes index cannot be built: {problem}.")
        except (OSError, sqlite3.Error, ImportError, IndexBroken) as problem:
            _log.warning("notes index: %r", problem)
            why = getattr(problem, "strerror", None) or problem
            return Status("degraded", f"The notes index cannot be built ({type(problem).__name__}: {why}).")

    def _ensure(self, progress: Progress | None, most: int | None) -> Status:
        rows = list(self._rows())
        readable = {row_digest(row): row for row in open_rows(rows)}
        if not readable:
            return EMPTY
        fingerprint = hashlib.sha256("\n".join([self._settings(), *sorted(readable)]).encode()).hexdigest()[:16]
        if self._what_is_wrong(fingerprint) is None:
            return Status("ready")
        with self._shelf.lock():
            wrong = self._what_is_wrong(fingerprint)
            if wrong is None:  # another process was quicker
                return Status("ready")
            earlier = self._earlier() if wrong == _OUTDATED else None
            planned = plan(earlier[0], readable, earlier[1].passages) if earlier else plan((), readable, 0)
            return self._mended(fingerprint, wrong, planned, progress, most)

    def _mended(self, fingerprint: str, wrong: str, planned: Plan, progress: Progress | None, most: int | None) -> Status:
        by_note = [passages(note) for note in planned.notes]
        cut = [p for some in by_note for p in some]
        if not cut and not planned.kept:
            return EMPTY
        missing = self._cache.missing(p.key for p in cut)
        if most is not None and len(missing) > most:
            self._embed(cut, missing[:most], progress)
            return Status("degraded", f"The notes index is {wrong}: some passages are not embedded yet; each search brings it further.")
        self._embed(cut, missing, progress)
        self._publish(fingerprint, planned, by_note)
        _log.info("notes index, was %s: %d passages written, %d of them newly embedded", wrong, len(cut), len(missing))
        if planned.kept:
            return Status("rebuilt", f"The notes index was {wrong} and has been brought up to date.")
        fresh = "new passages were embedded" if missing else "no passage had to be embedded again"
        return Status("rebuilt", f"The notes index was {wrong} and has been rebuilt; {fresh}.")

    def _earlier(self) -> tuple[list[Written], Piece] | None:
        """The segments of the index so far and its graph; None where it cannot be added to."""
        manifest = self._shelf.current()
        if manifest is None or manifest.settings != self._settings() or self._shelf.damage(manifest, deep=False):
            return None
        try:
            read = [(piece, Contents.load(self._shelf.read_through(piece, (NOTES, SKETCHES)))) for piece in manifest.pieces]
        except (OSError, ValueError, TypeError, KeyError) as problem:
            _log.warning("notes index, made anew: %r", problem)
            return None
        return read, manifest.graph

    def _settings(self) -> str:
        """What an index depends on beside the notes: the model, the chunker, and where its vectors lie."""
        return f"{self._embedder.fingerprint}|{CHUNKER_VERSION}|{self._chromas.url or 'here'}"

    def _what_is_wrong(self, fingerprint: str) -> str | None:
        """None when the index on the shelf holds these notes; it is then marked as belonging to this snapshot."""
        manifest = self._shelf.current()
        if manifest is None:
            return "missing"
        if manifest.fingerprint != fingerprint:
            return _OUTDATED
        damage = self._shelf.damage(manifest)
        if damage is None and manifest.snapshot != self._snapshot:
            self._shelf.repoint(manifest, self._snapshot)
        return damage

    def _embed(self, cut: Sequence[Passage], missing: Sequence[str], progress: Progress | None) -> None:
        """Embeds passages without a vector; what is done is kept even if the process dies."""
        texts = {p.key: p.text for p in cut}
        for at in range(0, len(missing), _SAVED_AT_ONCE):
            some = missing[at : at + _SAVED_AT_ONCE]
            vectors = self._embedder.embed([texts[key] for key in some])
            self._cache.store(dict(zip(some, vectors, strict=True)))
            if progress:
                progress(STEP, at + len(some), len(missing))

    def _publish(self, fingerprint: str, planned: Plan, by_note: Sequence[Sequence[Passage]]) -> None:
        """Writes what is new as a segment, and those that stay without what went; the first one of an index has a graph too."""
        import numpy as np

        keys = [p.key for some in by_note for p in some]
        known = self._cache.fetch(set(keys))
        vectors = np.stack([known[key] for key in keys]) if keys else np.zeros((0, 0), dtype=np.float32)
        before = self._shelf.current() if planned.kept else None
        contents = Contents.of(planned.notes, [len(some) for some in by_note])
        contents = contents.after([each.without(planned.dead) for _, each in planned.kept], planned.copies, planned.lost)
        pieces = [self._without(written, planned.dead) for written in planned.kept]
        pieces.append(self._shelf.write(len(keys), Segment.of(contents, by_note, vectors).save))
        graph = before.graph if before else self._graph(contents, vectors)
        self._shelf.publish(Manifest(fingerprint, self._snapshot, self._settings(), tuple(pieces), graph))
        if not before:
            self._chromas.sweep(keep=graph.name)
            self._cache.keep_only(set(keys))

    def _without(self, written: Written, dead: Collection[str]) -> Piece:
        """The segment, written again where it holds notes of these digests."""
        piece, contents = written
        if all(line.digest not in dead for line in contents.lines):
            return piece
        left = Segment.load(self._shelf.read_through(piece)).without(dead)
        return self._shelf.write(len(left.foreign), left.save)

    def _graph(self, contents: Contents, vectors: NDArray[np.float32]) -> Piece:
        from meterline_tools.notes import chroma

        def build(folder: Path) -> None:
            chroma.build(self._chromas, folder, chroma.entries(contents.lines, vectors), self._embedder)

        return self._shelf.write(len(vectors), build)
