"""Builds the index from the notes: only what is new is embedded, one process writes, readers never wait."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import Timeout

from meterline_tools.notes.chromas import Chromas
from meterline_tools.notes.columns import Columns
from meterline_tools.notes.model import Embedder, ModelMissing
from meterline_tools.notes.passages import CHUNKER_VERSION, Note, Passage, passages, rows_digest
from meterline_tools.notes.pool import LEXICON, VECTORS, RowProvider, in_order, lexicon_of
from meterline_tools.notes.results import IndexBroken, Status
from meterline_tools.notes.shelf import Shelf
from meterline_tools.notes.vectors import VectorCache

if TYPE_CHECKING:
    from meterline_tools.notes.chroma import Entry

Progress = Callable[[str, int, int], None]
"""Called with the step's name, how many passages are done and how many there are to do."""

EMPTY = Status("empty", "No notes are loaded.")
STEP = "notes"
_SAVED_AT_ONCE = 64
_MOST_CHANGED = 0.2
"""Of the passages; with more the graph of an index is made anew, which also forgets what was deleted."""
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
            return Status("degraded", f"The notes index cannot be built ({type(problem).__name__}: {problem}).")

    def _ensure(self, progress: Progress | None, most: int | None) -> Status:
        rows = list(self._rows())
        notes = in_order(rows)
        by_note = [passages(note) for note in notes]
        cut = [p for some in by_note for p in some]
        if not cut:
            return EMPTY
        fingerprint = self._fingerprint(rows)
        wrong = self._what_is_wrong(fingerprint)
        missing = self._cache.missing(p.key for p in cut)
        if wrong is None and not missing:
            return Status("ready")
        with self._shelf.lock():
            if most is not None and len(missing) > most:
                self._embed(cut, missing[:most], progress)
                left = f"{len(missing) - most:,} of {len(cut):,} passages are not embedded yet"
                return Status("degraded", f"The notes index is {wrong or 'incomplete'}: {left}; each search brings it further.")
            self._embed(cut, missing, progress)
            self._publish(fingerprint, notes, by_note)
        fresh = f"{len(missing):,} of them newly embedded" if missing else "none had to be embedded again"
        return Status("rebuilt", f"The notes index was {wrong or 'incomplete'} and has been rebuilt: {len(cut):,} passages, {fresh}.")

    def _fingerprint(self, rows: list[Mapping[str, Any]]) -> str:
        return hashlib.sha256(f"{self._settings()}|{rows_digest(rows)}".encode()).hexdigest()[:16]

    def _settings(self) -> str:
        """What an index depends on beside the notes: the model, the chunker, and where its vectors lie."""
        return f"{self._embedder.fingerprint}|{CHUNKER_VERSION}|{self._chromas.url or 'here'}"

    def _what_is_wrong(self, fingerprint: str) -> str | None:
        """None when the index on the shelf holds these notes; it is then marked as belonging to this snapshot."""
        manifest = self._shelf.current()
        if manifest is None:
            return "missing"
        if manifest.fingerprint != fingerprint:
            return "out of date"
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

    def _publish(self, fingerprint: str, notes: Sequence[Note], by_note: Sequence[Sequence[Passage]]) -> None:
        import numpy as np

        from meterline_tools.notes import chroma

        cut = [p for some in by_note for p in some]
        vectors = self._cache.fetch({p.key for p in cut})

        def build(folder: Path) -> None:
            columns = Columns.of(notes, by_note)
            columns.save(folder)
            lexicon_of(columns, by_note).save(folder / LEXICON)
            np.save(folder / VECTORS, np.stack([vectors[p.key] for p in cut]))
            entries = {p.id: chroma.entry(p, vectors[p.key]) for p in cut}
            if not self._extended(folder, columns, entries):
                chroma.build(self._chromas, folder, list(entries.values()), self._embedder)

        manifest = self._shelf.publish(fingerprint, self._snapshot, self._settings(), len(cut), build)
        self._chromas.sweep(keep=manifest.name)
        self._cache.keep_only({p.key for p in cut})

    def _extended(self, folder: Path, columns: Columns, entries: Mapping[str, Entry]) -> bool:
        """Whether the files of the index so far, sound and not much different, could be taken over with what changed."""
        from meterline_tools.notes import chroma

        manifest = self._shelf.current()
        if self._chromas.url or manifest is None or manifest.settings != self._settings() or self._shelf.damage(manifest):
            return False
        try:
            earlier = Columns.load(self._shelf.read_through(manifest))
            fresh = [entries[p] for line in columns.fresh(earlier) for p in line.passage_ids]
            gone = [p for line in earlier.fresh(columns) for p in line.passage_ids]
            if len(fresh) + len(gone) > _MOST_CHANGED * len(entries):
                return False
            chroma.extend(self._shelf.folder(manifest), folder, fresh, gone, len(entries), self._embedder)
        except (OSError, ValueError, TypeError, KeyError, IndexBroken) as problem:
            _log.warning("notes index, made anew: %r", problem)
            chroma.remove_files(folder)
            return False
        return True
