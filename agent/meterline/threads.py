"""Conversations, kept in our own transactional store: what was asked, what was answered, what a follow-up inherits.

A thread belongs to the principal who began it. Turns are append-only; an answer is recorded before it leaves. One turn of a
thread at a time: the next one waits within a process, and is told so between processes, because each leans on what the one
before has left. Nothing is held for a turn under way, so a killed process leaves nothing behind.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, DateTime, ForeignKey, Integer, MetaData, Table, Text, func, insert, select
from sqlalchemy.exc import IntegrityError

from meterline.answer import Answer
from meterline.state import StateStore, now
from meterline_tools.errors import NOT_VISIBLE, Refused, Unavailable

STILL_ANSWERING = "Another question of this conversation is still being answered. Ask again when it is."
OVERTAKEN = "Another question of this conversation was answered in the meantime. Ask again, so that this one is understood after it."
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


class ThreadStore(StateStore):
    """Threads and turns in one SQLite file (or any SQLAlchemy URL)."""

    tables = _METADATA

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._guard = threading.Lock()
        self._turns: dict[tuple[str, str], tuple[threading.Lock, int]] = {}
        """Thread and user -> the lock of its turn, and how many hold it or wait for it."""

    @contextmanager
    def alone(self, thread_id: str | None, user_id: str, *, seconds: float) -> Iterator[int]:
        """One turn of a thread at a time; gives the number of turns so far, which `record` wants.

        Raises:
            Unavailable: another turn of the thread was not over within `seconds`.
        """
        if thread_id is None:
            yield 0
            return
        key = (thread_id, user_id)
        with self._guard:
            lock, users = self._turns.get(key, (threading.Lock(), 0))
            self._turns[key] = (lock, users + 1)
        try:
            if not lock.acquire(timeout=seconds):
                raise Unavailable(STILL_ANSWERING)
            try:
                yield self._count(thread_id)
            finally:
                lock.release()
        finally:
            with self._guard:
                lock, users = self._turns.pop(key)
                if users > 1:
                    self._turns[key] = (lock, users - 1)

    def _count(self, thread_id: str) -> int:
        with self._engine.connect() as connection:
            return connection.scalar(select(func.max(TURN.c.n)).where(TURN.c.thread_id == thread_id)) or 0

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

    def record(self, question: str, answer: Answer, state: dict[str, Any], user_id: str, *, after: int) -> None:
        """Appends a turn, with the thread at its first one; called before the answer leaves.

        Raises:
            Refused: the thread is somebody else's.
            Unavailable: it is not the turn after number `after` any more.
        """
        turn = {
            "thread_id": answer.thread_id,
            "n": after + 1,
            "asked_at": now(),
            "question": question,
            "state": json.dumps(state, ensure_ascii=False, default=str),
            "answer": answer.model_dump_json(),
        }
        try:
            with self._engine.begin() as connection:
                owner = connection.scalar(select(THREAD.c.user_id).where(THREAD.c.thread_id == answer.thread_id))
                if owner is None:
                    connection.execute(insert(THREAD).values(thread_id=answer.thread_id, user_id=user_id, created_at=now()))
                elif owner != user_id:
                    raise Refused(f"Thread '{answer.thread_id}' is {NOT_VISIBLE}.")
                connection.execute(insert(TURN).values(turn))
        except IntegrityError:
            raise Unavailable(OVERTAKEN) from None

    def last_answer(self, thread_id: str, user_id: str) -> Answer | None:
        """The newest answer of the asker's own thread, for "show me the SQL"."""
        owned = select(TURN.c.answer).join(THREAD).where(THREAD.c.thread_id == thread_id, THREAD.c.user_id == user_id)
        with self._engine.connect() as connection:
            stored = connection.scalar(owned.order_by(TURN.c.n.desc()).limit(1))
        return Answer.model_validate_json(stored) if stored else None

    def answers(self, thread_id: str, user_id: str) -> Iterator[Answer]:
        """All answers of the asker's own thread, the newest first."""
        owned = select(TURN.c.answer).join(THREAD).where(THREAD.c.thread_id == thread_id, THREAD.c.user_id == user_id)
        with self._engine.connect() as connection:
            for stored in connection.scalars(owned.order_by(TURN.c.n.desc())):
                yield Answer.model_validate_json(stored)

    def last_question(self, thread_id: str, user_id: str) -> tuple[str, dict[str, Any]] | None:
        """The newest question of the asker's own thread, and the state it was asked in; what a pin keeps."""
        owned = select(TURN.c.question, TURN.c.state).join(THREAD).where(THREAD.c.thread_id == thread_id, THREAD.c.user_id == user_id)
        with self._engine.connect() as connection:
            turns = connection.execute(owned.order_by(TURN.c.n.desc()).limit(2)).all()
        if not turns:
            return None
        return turns[0].question, json.loads(turns[1].state) if len(turns) > 1 else {}
