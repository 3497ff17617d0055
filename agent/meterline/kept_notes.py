"""Notes that people handed to Meterline: kept in our own store, since the warehouse is a snapshot that nobody writes to.

A note is written in the same transaction as the audit entry of the answer that says so; killed before, neither is there.
Views and the index take these rows beside those a company brought, under the same scope.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, DateTime, MetaData, Table, Text, func, insert, select

from meterline.state import StateStore, now
from meterline_tools.kit.bench import Workbench
from meterline_tools.notes.kept import KeptNote

_METADATA = MetaData()
KEPT = Table(
    "kept_note",
    _METADATA,
    Column("note_id", Text, primary_key=True),
    Column("account_id", Text, nullable=False, index=True),
    Column("author_rep_id", Text),
    Column("note_type", Text, nullable=False),
    Column("occurred_at", DateTime, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("title", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("sensitivity", Text, nullable=False),
    Column("kept_by", Text, nullable=False),
    Column("kept_at", DateTime, nullable=False),
)
_OWN = ("kept_by", "kept_at")
"""Columns that the note table lacks: who handed it over, and when by the clock on the wall."""


class KeptNotes(StateStore):
    """The notes people handed over, of one workspace."""

    tables = _METADATA

    def revision(self) -> str:
        """Changes whenever a note is kept; empty while there is none."""
        with self._engine.connect() as connection:
            count, newest = connection.execute(select(func.count(), func.max(KEPT.c.kept_at))).one()
        return f"{count}@{newest.isoformat()}" if count else ""

    def rows(self) -> list[dict[str, Any]]:
        """All of them, as rows of the note table."""
        with self._engine.connect() as connection:
            return [_as_note(dict(row)) for row in connection.execute(select(KEPT).order_by(KEPT.c.note_id)).mappings()]

    @staticmethod
    def write(connection: Connection, note: KeptNote, user_id: str, known_at: datetime) -> None:
        """Adds a note within a transaction; one that is there already stays as it is."""
        if connection.scalar(select(KEPT.c.note_id).where(KEPT.c.note_id == note.note_id)) is not None:
            return
        values: dict[str, Any] = {name: getattr(note, name) for name in KEPT.c.keys() if name not in _OWN}  # noqa: SIM118
        connection.execute(insert(KEPT).values(values | {"created_at": known_at, "kept_by": user_id, "kept_at": now()}))


def _as_note(row: dict[str, Any]) -> dict[str, Any]:
    """A row as the note table has it."""
    kept = {name: value for name, value in row.items() if name not in _OWN}
    return kept | {"activity_id": None, "turns": None, "supersedes_note_id": None}


def with_kept_note(
    entry: dict[str, Any], bench: Workbench, known_at: Callable[[], datetime]
) -> tuple[dict[str, Any], Callable[[Connection], None] | None]:
    """An audit entry, and what keeps the note that its turn is to keep, to be written with it. It is known from now on: `known_at`."""
    note = bench.keep
    if note is None:
        return entry, None
    accounts = sorted({*entry.get("accounts", ()), note.account_id})
    told = {"kept": {"note_id": note.note_id, "account_id": note.account_id}, "accounts": accounts}
    return entry | told, lambda connection: KeptNotes.write(connection, note, bench.principal.user_id, known_at())
