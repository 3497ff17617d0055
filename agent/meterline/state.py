"""Our own state: one transactional store (SQLite in the workspace, or any SQLAlchemy URL) that conversations and pins share."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Self

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError

_ATTEMPTS = 6


class StateStore:
    """One kind of thing that Meterline keeps; what `tables` names lies in the workspace's state file, or at any SQLAlchemy URL."""

    tables: ClassVar[MetaData]

    def __init__(self, url: str) -> None:
        self._engine = open_state(url, self.tables)

    @classmethod
    def in_home(cls, home: Path) -> Self:
        return cls(state_url(home))

    def close(self) -> None:
        self._engine.dispose()


def open_state(url: str, tables: MetaData) -> Engine:
    """The store at `url`, with the tables that are not there yet."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _sqlite_settings)
    for attempt in range(_ATTEMPTS):
        try:
            tables.create_all(engine)
            break
        except DatabaseError:  # another process has just made one of them, or is about to
            if attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.05 * (attempt + 1))
    return engine


def state_url(home: Path) -> str:
    """The store of a workspace, whose folder is made when it is not there."""
    home.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{home / 'state.db'}"


def now() -> datetime:
    """This moment in UTC, as the store keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def _sqlite_settings(connection: Any, _: Any) -> None:
    """Write-ahead log and a patient writer, so that two faces of one workspace do not trip over each other."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # safe against a killed process; only a power cut can lose the last turn
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA foreign_keys=ON")
