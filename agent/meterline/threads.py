"""Conversations, kept in our own transactional store: what was asked, what was answered, what a follow-up inherits.

A thread belongs to the principal who began it. Turns are append-only; an answer is recorded before it leaves.
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, DateTime, Engine, ForeignKey, Integer, MetaData, Table, Text, create_engine, event, insert, select

from meterline.answer import Answer
from meterline_tools.errors import NOT_VISIBLE, Refused

_METADATA = MetaData()
THREAD = Table(
    "thread",
    _METADATA,
    Column("thread_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("created_at", DateTime, nullable=False),
)
TURN = Table(
    "turn",
    _METADATA,
    Column("thread_id", Text, ForeignKey("thread.thread_id"), primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("asked_at", DateTime, nullable=False),
    Column("question", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("answer", Text, nullable=False),
)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class ThreadStore:
    """Threads and turns in one SQLite file (or any SQLAlchemy URL)."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(url)
        if self._engine.dialect.name == "sqlite":
            event.listen(self._engine, "connect", _sqlite_settings)
        _METADATA.create_all(self._engine)

    @classmethod
    def in_home(cls, home: Path) -> ThreadStore:
        home.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{home / 'state.db'}")

    def begin(self, thread_id: str | None, user_id: str) -> tuple[str, dict[str, Any]]:
        """The thread's id (a new one for None) and the state its last turn left. Writes nothing.

        Raises:
            Refused: the thread is somebody else's; the words do not tell whether it exists.
        """
        if thread_id is None:
            return uuid.uuid4().hex[:12], {}
        with self._engine.connect() as connection:
            owner = connection.scalar(select(THREAD.c.user_id).where(THREAD.c.thread_id == thread_id))
            if owner not in (None, user_id):
                raise Refused(f"Thread '{thread_id}' is {NOT_VISIBLE}.")
            last = select(TURN.c.state).where(TURN.c.thread_id == thread_id).order_by(TURN.c.n.desc()).limit(1)
            state = connection.scalar(last)
        return thread_id, json.loads(state) if state else {}

    def record(self, question: str, answer: Answer, state: dict[str, Any], user_id: str) -> None:
        """Appends a turn, with the thread at its first one; called before the answer leaves."""
        with self._engine.begin() as connection:
            known = connection.scalar(select(THREAD.c.user_id).where(THREAD.c.thread_id == answer.thread_id))
            if known is None:
                connection.execute(insert(THREAD).values(thread_id=answer.thread_id, user_id=user_id, created_at=_now()))
            elif known != user_id:
                raise Refused(f"Thread '{answer.thread_id}' is {NOT_VISIBLE}.")
            taken = select(TURN.c.n).where(TURN.c.thread_id == answer.thread_id).order_by(TURN.c.n.desc()).limit(1)
            connection.execute(
                insert(TURN).values(
                    thread_id=answer.thread_id,
                    n=(connection.scalar(taken) or 0) + 1,
                    asked_at=_now(),
                    question=question,
                    state=json.dumps(state, ensure_ascii=False, default=str),
                    answer=answer.model_dump_json(),
                )
            )

    def last_answer(self, thread_id: str, user_id: str) -> Answer | None:
        """The newest answer of the asker's own thread, for "show me the SQL"."""
        owned = select(TURN.c.answer).join(THREAD).where(THREAD.c.thread_id == thread_id, THREAD.c.user_id == user_id)
        with self._engine.connect() as connection:
            stored = connection.scalar(owned.order_by(TURN.c.n.desc()).limit(1))
        return Answer.model_validate_json(stored) if stored else None

    def close(self) -> None:
        self._engine.dispose()


def _sqlite_settings(connection: Any, _: Any) -> None:
    """Write-ahead log and a patient writer, so that two faces of one workspace do not trip over each other."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")  # safe against a killed process; only a power cut can lose the last turn
    connection.execute("PRAGMA busy_timeout=5000")
    connection.execute("PRAGMA foreign_keys=ON")
