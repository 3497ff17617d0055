"""What each person saw at the last coffee or watch and how much of it they want: kept in our own store, beside the conversations."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Column, DateTime, MetaData, Table, Text, delete, insert, select

from meterline.state import StateStore, now
from meterline_tools.errors import UserError
from meterline_tools.insight.looks import Look, Viewer

_METADATA = MetaData()
LOOK = Table(
    "coffee_look",
    _METADATA,
    Column("user_id", Text, primary_key=True),
    Column("snapshot", Text, primary_key=True),
    Column("known_at", DateTime, primary_key=True),
    Column("seen_at", DateTime, nullable=False),
    Column("look", Text, nullable=False),
)
WISH = Table(
    "coffee_wish",
    _METADATA,
    Column("user_id", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
MOST = 50
"""The largest alert budget a person may set."""


class LookStore(StateStore):
    """Looks and wishes of all principals, in the state store."""

    tables = _METADATA

    def viewer(self, user_id: str) -> Viewer:
        """What a turn of this person needs to know; the last look is read when it is asked for."""
        wishes = self._wishes(user_id)
        budget = wishes.get("budget")
        return Viewer(
            last_look=lambda look: self.last_look(user_id, look),
            told_now=lambda look: self._same(user_id, look),
            budget=int(budget) if budget else None,
            muted=frozenset(wishes.get("muted") or ()),
        )

    def last_look(self, user_id: str, current: Look) -> Look | None:
        """The newest look at data known before those of `current`, else the look at the same data, else None.

        So a second look on the same morning still tells what changed since the day before.
        """
        own = select(LOOK.c.look).where(LOOK.c.user_id == user_id)
        earlier = own.where(LOOK.c.known_at <= current.known_at).order_by(LOOK.c.known_at.desc(), LOOK.c.seen_at.desc()).limit(MOST)
        with self._engine.connect() as connection:
            found = [Look.model_validate_json(text) for (text,) in connection.execute(earlier)]
        return next((look for look in found if not look.same_data(current)), found[0] if found else None)

    def _same(self, user_id: str, current: Look) -> Look | None:
        mine = (LOOK.c.user_id == user_id) & (LOOK.c.snapshot == current.snapshot) & (LOOK.c.known_at == current.known_at)
        with self._engine.connect() as connection:
            text = connection.execute(select(LOOK.c.look).where(mine)).scalar_one_or_none()
        return Look.model_validate_json(text) if text else None

    def keep(self, user_id: str, look: Look) -> None:
        """Keeps a look; a second one at the same data is added to the first."""
        mine = (LOOK.c.user_id == user_id) & (LOOK.c.snapshot == look.snapshot) & (LOOK.c.known_at == look.known_at)
        with self._engine.begin() as connection:
            if text := connection.execute(select(LOOK.c.look).where(mine)).scalar_one_or_none():
                look = look.with_earlier(Look.model_validate_json(text))
            connection.execute(delete(LOOK).where(mine))
            connection.execute(
                insert(LOOK).values(
                    user_id=user_id,
                    snapshot=look.snapshot,
                    known_at=look.known_at,
                    seen_at=now(),
                    look=look.model_dump_json(),
                )
            )

    def wish(self, user_id: str, *, budget: int | None = None, mute: tuple[str, ...] = (), unmute: tuple[str, ...] = ()) -> None:
        """Sets how many exceptions somebody is told and which they do not want to hear of; UserError for a strange budget."""
        if budget is not None and not 1 <= budget <= MOST:
            raise UserError(f"The budget is {budget}, but must be from 1 to {MOST}.")
        wishes = self._wishes(user_id)
        if budget is not None:
            wishes["budget"] = budget
        dropped = {word.casefold() for word in unmute}
        muted = dict.fromkeys([*(wishes.get("muted") or []), *mute])
        wishes["muted"] = [word for word in muted if word.casefold() not in dropped]
        with self._engine.begin() as connection:
            connection.execute(delete(WISH).where(WISH.c.user_id == user_id))
            for name, value in wishes.items():
                connection.execute(insert(WISH).values(user_id=user_id, name=name, value=json.dumps(value)))

    def _wishes(self, user_id: str) -> dict[str, Any]:
        with self._engine.connect() as connection:
            rows = connection.execute(select(WISH.c.name, WISH.c.value).where(WISH.c.user_id == user_id))
            return {name: json.loads(value) for name, value in rows}
