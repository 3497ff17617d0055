"""Pinned questions: asked again by name, with what changed since the last time.

A pin keeps the question and the state of the conversation it was asked in, not its answer's dates: "and just retail?"
pinned after "movers this week" stays a question about this week, whichever week it is asked in. Each run's answer is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel
from sqlalchemy import Column, DateTime, ForeignKeyConstraint, Integer, MetaData, Table, Text, delete, insert, select

from meterline.answer import Answer
from meterline.state import StateStore, now
from meterline_tools.errors import UserError
from meterline_tools.receipts import Figure

MAX_PINS = 100
MAX_NAME = 60
_METADATA = MetaData()
PIN = Table(
    "pin",
    _METADATA,
    Column("user_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("question", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("pinned_at", DateTime, nullable=False),
)
RUN = Table(
    "pin_run",
    _METADATA,
    Column("user_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("n", Integer, primary_key=True),
    Column("ran_at", DateTime, nullable=False),
    Column("answer", Text, nullable=False),
    ForeignKeyConstraint(["user_id", "name"], ["pin.user_id", "pin.name"], ondelete="CASCADE"),
)


class Pin(BaseModel):
    """A question kept under a name of the asker's own."""

    name: str
    question: str
    state: dict[str, Any]
    pinned_at: datetime
    last_run: datetime | None = None
    headline: str = ""
    """Of the last run."""


class Change(BaseModel):
    """A figure that reads differently than in the last run.

    `restated` means that the same days give another value: rows that came late, or corrections. Otherwise the
    window has moved on with the data.
    """

    label: str
    before: str
    after: str
    window_before: str
    window_after: str
    why: Literal["restated", "later days"]


class PinRun(BaseModel):
    """A pinned question asked again."""

    name: str
    answer: Answer
    since: datetime | None
    """When it was asked the last time; None the first time."""
    changes: list[Change]


class PinStore(StateStore):
    """Pins and their runs. Everybody has names of their own; nobody sees another's."""

    tables = _METADATA

    def add(self, user_id: str, name: str, question: str, state: dict[str, Any]) -> Pin:
        """Pins a question.

        Raises:
            UserError: a name that is taken, empty or too long, or too many pins.
        """
        name = _clean(name)
        with self._engine.begin() as connection:
            mine = set(connection.scalars(select(PIN.c.name).where(PIN.c.user_id == user_id)))
            if name in mine:
                raise UserError(f"There is a pin '{name}' already. Choose another name, or remove it first: meterline pin remove '{name}'")
            if len(mine) >= MAX_PINS:
                raise UserError(f"There are {MAX_PINS} pins already, which is the most. Remove one first: meterline pin list")
            kept = json.dumps(state, ensure_ascii=False, default=str)
            connection.execute(insert(PIN).values(user_id=user_id, name=name, question=question, state=kept, pinned_at=now()))
        return self.get(user_id, name)

    def list(self, user_id: str) -> list[Pin]:
        """The asker's pins by name, each with its last run."""
        pins = select(PIN).where(PIN.c.user_id == user_id).order_by(PIN.c.name)
        with self._engine.connect() as connection:
            found = connection.execute(pins).mappings().all()
        return [self._pin(row) for row in found]

    def get(self, user_id: str, name: str) -> Pin:
        """UserError, with the nearest names, when there is no such pin."""
        with self._engine.connect() as connection:
            row = connection.execute(select(PIN).where(PIN.c.user_id == user_id, PIN.c.name == name)).mappings().one_or_none()
        if row is None:
            raise UserError(_unknown(name, [pin.name for pin in self.list(user_id)]))
        return self._pin(row)

    def remove(self, user_id: str, name: str) -> None:
        """Takes a pin away with its runs. UserError when there is none."""
        self.get(user_id, name)
        with self._engine.begin() as connection:
            connection.execute(delete(RUN).where(RUN.c.user_id == user_id, RUN.c.name == name))
            connection.execute(delete(PIN).where(PIN.c.user_id == user_id, PIN.c.name == name))

    def last_run(self, user_id: str, name: str) -> tuple[datetime, Answer] | None:
        runs = select(RUN.c.ran_at, RUN.c.answer).where(RUN.c.user_id == user_id, RUN.c.name == name).order_by(RUN.c.n.desc()).limit(1)
        with self._engine.connect() as connection:
            row = connection.execute(runs).one_or_none()
        return (row.ran_at, Answer.model_validate_json(row.answer)) if row else None

    def record(self, user_id: str, name: str, answer: Answer) -> None:
        """Keeps a run; called before its answer leaves."""
        with self._engine.begin() as connection:
            taken = select(RUN.c.n).where(RUN.c.user_id == user_id, RUN.c.name == name).order_by(RUN.c.n.desc()).limit(1)
            n = (connection.scalar(taken) or 0) + 1
            connection.execute(insert(RUN).values(user_id=user_id, name=name, n=n, ran_at=now(), answer=answer.model_dump_json()))

    def _pin(self, row: Any) -> Pin:
        last = self.last_run(row["user_id"], row["name"])
        return Pin(
            name=row["name"],
            question=row["question"],
            state=json.loads(row["state"]),
            pinned_at=row["pinned_at"],
            last_run=last[0] if last else None,
            headline=last[1].headline if last else "",
        )


def changes_between(before: Answer, after: Answer) -> list[Change]:
    """Figures of the same metric about the same thing that read differently in two answers, in the order of the newer one."""
    known = {_about(figure): figure for figure in reversed(before.figures)}
    changes: dict[tuple[str, ...], Change] = {}
    for figure in after.figures:
        earlier = known.get(_about(figure))
        if earlier is None or earlier.value == figure.value or earlier.display == figure.display:
            continue
        same_days = earlier.window is not None and earlier.window == figure.window
        changes.setdefault(
            _about(figure),
            Change(
                label=figure.label,
                before=earlier.display,
                after=figure.display,
                window_before=str(earlier.window or ""),
                window_after=str(figure.window or ""),
                why="restated" if same_days else "later days",
            ),
        )
    return list(changes.values())


def _about(figure: Figure) -> tuple[str, ...]:
    """What makes two figures the same one: metric, label, unit, and the thing it is about."""
    entity = f"{figure.entity.type}:{figure.entity.id}" if figure.entity else ""
    return (figure.metric or "", figure.label, figure.unit, entity, json.dumps(figure.filters, sort_keys=True))


def _clean(name: str) -> str:
    plain = " ".join(name.split())
    if not plain or not plain.isprintable():
        raise UserError("A pin needs a name, such as: meterline pin add --name monday 'biggest movers this week'")
    if len(plain) > MAX_NAME:
        raise UserError(f"The name has {len(plain)} characters; {MAX_NAME} are the most.")
    return plain


def _unknown(name: str, names: Iterable[str]) -> str:
    from rapidfuzz import process

    near = [found for found, _, _ in process.extract(name, list(names), limit=3, score_cutoff=50)]
    hint = f" Did you mean {' or '.join(near)}?" if near else " `meterline pin list` shows yours."
    return f"There is no pin '{name}'.{hint}"
