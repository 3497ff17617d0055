"""The cause ledger that people fill here: what a change was, confirmed or rejected, day by day with its money.

It stands beside the causes that a company loads (usage_annotation) and takes part in every figure that reads them. An entry is
known from the time of knowledge it was made at, so that an answer for an earlier time does not change.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Column, Connection, Date, DateTime, Double, ForeignKey, MetaData, Table, Text, delete, func, insert, select, update

from meterline.state import StateStore, now

Status = Literal["hypothesis", "confirmed", "rejected"]
_METADATA = MetaData()
ENTRY = Table(
    "cause_entry",
    _METADATA,
    Column("entry_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False),
    Column("slice", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("durability", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("known_at", DateTime, nullable=False),
    Column("recorded_at", DateTime, nullable=False),
)
DAY = Table(
    "cause_day",
    _METADATA,
    Column("annotation_id", Text, primary_key=True),
    Column("entry_id", Text, ForeignKey("cause_entry.entry_id", ondelete="CASCADE"), nullable=False),
    Column("day", Date, nullable=False),
    Column("excess_usd", Double),
)


@dataclass(frozen=True)
class Decision:
    """What somebody decided of a change of an account."""

    account_id: str
    slice: str
    cause: str
    durability: str
    status: Status
    days: Sequence[tuple[date, float | None]]
    by: str
    known_at: datetime
    evidence: Sequence[str] = ()
    note: str = ""
    replaces: Sequence[str] = ()
    """annotation_id, day by day, of loaded rows whose place this takes."""


class CauseStore(StateStore):
    """The entries of one workspace."""

    tables = _METADATA

    def decide(self, decision: Decision) -> str:
        """Keeps a decision and returns its id. The same cause of the same slice and days, decided again, is the same entry."""
        with self._engine.begin() as connection:
            entry_id = self._same(connection, decision) or f"CE-{uuid4().hex[:8]}"
            values = {
                "account_id": decision.account_id,
                "slice": decision.slice,
                "cause": decision.cause,
                "durability": decision.durability,
                "status": decision.status,
                "evidence": json.dumps(list(decision.evidence)),
                "note": decision.note,
                "decided_by": decision.by,
                "known_at": decision.known_at,
                "recorded_at": now(),
            }
            if not connection.execute(update(ENTRY).where(ENTRY.c.entry_id == entry_id).values(**values)).rowcount:
                connection.execute(insert(ENTRY).values(entry_id=entry_id, **values))
            connection.execute(delete(DAY).where(DAY.c.entry_id == entry_id))
            ids = decision.replaces or [f"{entry_id}-{n}" for n in range(1, len(decision.days) + 1)]
            connection.execute(delete(DAY).where(DAY.c.annotation_id.in_(ids)))
            rows = [
                {"annotation_id": ident, "entry_id": entry_id, "day": day, "excess_usd": usd}
                for ident, (day, usd) in zip(ids, decision.days, strict=True)
            ]
            connection.execute(insert(DAY), rows)
        return entry_id

    def rows(self) -> list[dict[str, Any]]:
        """All entries as rows of usage_annotation, in a fixed order."""
        joined = select(ENTRY, DAY.c.annotation_id, DAY.c.day, DAY.c.excess_usd).join(DAY, DAY.c.entry_id == ENTRY.c.entry_id)
        with self._engine.connect() as connection:
            found = connection.execute(joined.order_by(DAY.c.annotation_id)).mappings().all()
        return [_row(entry) for entry in found]

    def revision(self) -> tuple[int, datetime | None]:
        """What changes with every decision."""
        with self._engine.connect() as connection:
            count, last = connection.execute(select(func.count(), func.max(ENTRY.c.recorded_at)).select_from(ENTRY)).one()
        return int(count), last

    def _same(self, connection: Connection, decision: Decision) -> str | None:
        """The entry that this decision is about again: same account, slice and cause, with a day in common."""
        same = (ENTRY.c.account_id == decision.account_id, ENTRY.c.slice == decision.slice, ENTRY.c.cause == decision.cause)
        days = select(ENTRY.c.entry_id, DAY.c.day).join(DAY, DAY.c.entry_id == ENTRY.c.entry_id).where(*same)
        found: dict[str, set[date]] = defaultdict(set)
        for entry_id, day in connection.execute(days.order_by(ENTRY.c.entry_id)):
            found[entry_id].add(day)
        asked = {day for day, _ in decision.days}
        return next((entry_id for entry_id, known in found.items() if known & asked), None)


def _row(entry: Any) -> dict[str, Any]:
    return {
        "annotation_id": entry["annotation_id"],
        "account_id": entry["account_id"],
        "day": entry["day"],
        "slice": entry["slice"] or None,
        "cause": entry["cause"],
        "durability": entry["durability"],
        "excess_usd": entry["excess_usd"],
        "status": entry["status"],
        "source": "rep",
        "evidence_ids": entry["evidence"],
        "confirmed_by": entry["decided_by"],
        "confirmed_at": entry["known_at"],
    }
