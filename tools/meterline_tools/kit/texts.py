"""Everything that people wrote, as rows of the note table: notes, and tickets and use-case events in its shape.

A ticket or an event is one short body; its note_type tells what it is. Nobody is known to have said it, so its side
is system.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Column, FromClause, Select

    from meterline_tools.warehouse.engines import Warehouse

TICKET, EVENT = "ticket", "use_case_event"
_MOST = 1_000_000
_UNREAD = ("activity_id", "language")
"""Columns of a note that no reader of its text looks at."""


@dataclass(frozen=True)
class Names:
    """What tells whose words a note holds: read with the first one and kept, as a snapshot never changes.

    To join them to each few notes that a search reads costs the engine more than the notes.
    """

    warehouse: Warehouse

    def beside(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The row of a note as `notes_with_names` gives it."""
        full_name, called = self._reps.get(row["author_rep_id"], (None, None))
        name, domain = self._accounts.get(row["account_id"], (None, None))
        return {**row, "author_name": full_name, "author_called": called, "account_name": name, "account_domain": domain}

    @cached_property
    def _reps(self) -> dict[str, tuple[str | None, str | None]]:
        """Rep -> full and preferred name."""
        from meterline_tools.warehouse.schema import rep

        return self._read(rep.c.rep_id, rep.c.full_name, rep.c.preferred_name)

    @cached_property
    def _accounts(self) -> dict[str, tuple[str | None, str | None]]:
        """Account -> name and domain."""
        from meterline_tools.warehouse.schema import account

        return self._read(account.c.account_id, account.c.account_name, account.c.domain)

    def _read(self, *columns: Column[Any]) -> dict[str, tuple[str | None, str | None]]:
        from sqlalchemy import select

        return {key: (one, other) for key, one, other in self.warehouse.run(select(*columns), limit=_MOST).rows}


def texts(names: Names, accounts: Collection[str] | None = None, ids: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Rows of the given accounts or with the given ids (None: all). Ids of tickets and events are their own."""
    warehouse = names.warehouse
    found = [names.beside(row) for row in _rows(warehouse, _notes(), accounts, ids)]
    if warehouse.has("support_ticket") and not _complete(found, ids):
        found += [as_note(row, TICKET) for row in _rows(warehouse, _tickets(), accounts, ids)]
    if warehouse.has("use_case_event", "reason") and not _complete(found, ids):
        found += [as_note(row, EVENT) for row in _rows(warehouse, _events(), accounts, ids)]
    return found


def _complete(found: list[dict[str, Any]], ids: Collection[str] | None) -> bool:
    """Whether all that was asked for is there, so that no further table need be read."""
    return ids is not None and len(found) >= len(set(ids))


def _rows(
    warehouse: Warehouse, statement: Select[Any], accounts: Collection[str] | None, ids: Collection[str] | None
) -> list[dict[str, Any]]:
    columns = statement.selected_columns
    if accounts is not None:
        statement = statement.where(columns.account_id.in_(sorted(accounts)))
    if ids is not None:
        statement = statement.where(columns.note_id.in_(sorted(ids)))
    return warehouse.run(statement, limit=_MOST).dicts()


def notes_with_names(note: FromClause) -> Select[Any]:
    """Rows of a note table or view; beside them what tells whose words they hold: the author's names, the account's name and domain."""
    from sqlalchemy import select

    from meterline_tools.warehouse.schema import account, rep

    joined = note.outerjoin(rep, rep.c.rep_id == note.c.author_rep_id).outerjoin(account, account.c.account_id == note.c.account_id)
    author = (rep.c.full_name.label("author_name"), rep.c.preferred_name.label("author_called"))
    return select(*note.c, *author, account.c.account_name, account.c.domain.label("account_domain")).select_from(joined)


@cache
def _notes() -> Select[Any]:
    from sqlalchemy import select

    from meterline_tools.warehouse.schema import note

    return select(*(column for column in note.c if column.name not in _UNREAD))


@cache
def _tickets() -> Select[Any]:
    from meterline_tools.warehouse.schema import support_ticket

    return tickets_as_notes(support_ticket)


@cache
def _events() -> Select[Any]:
    from sqlalchemy import select

    from meterline_tools.warehouse.schema import use_case
    from meterline_tools.warehouse.schema import use_case_event as event

    joined = event.join(use_case, use_case.c.use_case_id == event.c.use_case_id)
    columns = (
        event.c.event_id.label("note_id"),
        use_case.c.account_id,
        use_case.c.use_case_name.label("title"),
        event.c.reason.label("body"),
    )
    return select(*columns, event.c.event_at.label("occurred_at")).select_from(joined).where(event.c.reason.is_not(None))


def tickets_as_notes(ticket: FromClause) -> Select[Any]:
    """Rows of a ticket table or view with what a note of one short body has."""
    from sqlalchemy import select

    columns = (ticket.c.ticket_id.label("note_id"), ticket.c.account_id, ticket.c.title, ticket.c.summary.label("body"))
    return select(*columns, ticket.c.opened_at.label("occurred_at")).where(ticket.c.summary.is_not(None) | ticket.c.title.is_not(None))


def as_note(row: dict[str, Any], kind: str) -> dict[str, Any]:
    """The row as a note. A ticket without a summary says what its title says."""
    return row | {"note_type": kind, "body": row["body"] or row["title"], "created_at": row["occurred_at"], "side": "system"}
