"""Vectors by content: computed once per text, kept in one SQLite file that survives a kill at any moment.

It feeds the index (a rebuild embeds nothing twice) and ranks the few passages of one account exactly,
without opening the index at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

Result = TypeVar("Result")
_AT_ONCE = 500
_SCHEMA = """
CREATE TABLE IF NOT EXISTS vector (key TEXT NOT NULL, model TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (model, key))
WITHOUT ROWID
"""


class VectorCache:
    """Vectors of one model by the sha256 of their text. A damaged file is thrown away: it is only a cache.

    `width` is how many numbers a vector has, None when that is not known before the first one.
    """

    def __init__(self, path: Path, model: str, width: int | None) -> None:
        self.path = path
        self.model = model
        self.width = width

    def fetch(self, keys: Collection[str]) -> dict[str, Vector]:
        """The known vectors among `keys`."""
        import numpy as np

        def read(db: sqlite3.Connection) -> dict[str, Vector]:
            found: dict[str, Vector] = {}
            for some in _slices(sorted(set(keys))):
                rows = db.execute(f"SELECT key, value FROM vector WHERE model = ? AND key IN ({_marks(some)})", [self.model, *some])
                found.update((key, np.frombuffer(value, dtype="<f4")) for key, value in rows if self.width in (None, len(value) // 4))
            return found

        return self._look(read) if self.path.exists() else {}

    def missing(self, keys: Iterable[str]) -> list[str]:
        """The keys without a vector, in the order given, each once."""
        wanted = list(dict.fromkeys(keys))

        def read(db: sqlite3.Connection) -> set[str]:
            known: set[str] = set()
            for some in _slices(wanted):
                rows = db.execute(f"SELECT key FROM vector WHERE model = ? AND key IN ({_marks(some)})", [self.model, *some])
                known.update(key for (key,) in rows)
            return known

        known = self._look(read) if self.path.exists() else set()
        return [key for key in wanted if key not in known]

    def store(self, vectors: Mapping[str, Vector]) -> None:
        """Keeps the vectors in one transaction."""
        rows = [(key, self.model, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        self._attempt(lambda db: db.executemany("INSERT OR REPLACE INTO vector (key, model, value) VALUES (?, ?, ?)", rows))

    def keep_only(self, keys: Collection[str]) -> None:
        """Forgets vectors of texts that are gone, and of other models."""
        wanted = set(keys)

        def drop(db: sqlite3.Connection) -> None:
            gone = [(m, k) for m, k in db.execute("SELECT model, key FROM vector") if m != self.model or k not in wanted]
            db.executemany("DELETE FROM vector WHERE model = ? AND key = ?", gone)

        self._attempt(drop)

    def _look(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Reads as `_attempt`; what this process may not write is read as it lies."""
        try:
            return self._attempt(work)
        except (sqlite3.OperationalError, PermissionError):
            with closing(sqlite3.connect(f"{self.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
                return work(db)

    def _attempt(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        """Does `work` in one transaction; on a damaged file once more on a fresh, empty one."""
        try:
            return self._transact(work)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            for suffix in ("", "-wal", "-shm"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
            return self._transact(work)

    def _transact(self, work: Callable[[sqlite3.Connection], Result]) -> Result:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(_usable(self.path)) as db, db:
            return work(db)


def _usable(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10)
    try:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute(_SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _slices(keys: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(keys), _AT_ONCE):
        yield keys[at : at + _AT_ONCE]


def _marks(keys: list[str]) -> str:
    return ",".join("?" * len(keys))
