"""What people said, sentence by sentence, for the tools that count it: scope, time of knowledge and restriction already applied."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.records import Records, derived_records
from meterline_tools.kit.scoping import conditions
from meterline_tools.kit.texts import TICKET, as_note, notes_with_names, tickets_as_notes
from meterline_tools.notes.passages import readable
from meterline_tools.notes.sayings import Saying, quoted, sayings
from meterline_tools.receipts import Citation, Entity, Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.warehouse.engines import Warehouse

MOST_NOTES = 200_000
RECENT = 28
"""Days of consumption by which an account's weight is told."""
_KEPT = 8
_read: WeakKeyDictionary[Warehouse, OrderedDict[Hashable, list[Saying]]] = WeakKeyDictionary()
_lock = Lock()


def said(bench: Workbench, days: Window, filters: dict[str, list[str]]) -> list[Saying]:
    """Every sentence of the visible notes and tickets of those days; copies of a note count once, restricted ones never."""
    key = (bench.principal.user_id, bench.asof.known_at, days, str(sorted(filters.items())), bench.views.own_note_ids)
    with _lock:
        kept = _read.setdefault(bench.warehouse, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    rows = [*note_rows(bench, days, filters), *_ticket_rows(bench, days, filters)]
    found = sayings(readable(rows, bench.asof.known_at))
    with _lock:
        kept[key] = found
        while len(kept) > _KEPT:
            kept.popitem(last=False)
    return found


def note_rows(bench: Workbench, days: Window, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The visible notes of those days, oldest first, with the names beside them."""
    note = bench.views.table("note")
    statement = (
        notes_with_names(note)
        .where(note.c.occurred_at >= _midnight(days.start), note.c.occurred_at < _midnight(days.end + timedelta(days=1)))
        .where(*conditions(bench, filters, account=note.c.account_id))
        .order_by(note.c.occurred_at, note.c.note_id)
    )
    return bench.warehouse.run(statement, limit=MOST_NOTES).dicts()


def _ticket_rows(bench: Workbench, days: Window, filters: dict[str, list[str]]) -> list[dict[str, Any]]:
    """The visible tickets opened in those days, as notes. Who wrote one is not known, so it has no side."""
    if not bench.warehouse.has("support_ticket"):
        return []
    ticket = bench.views.table("support_ticket")
    statement = (
        tickets_as_notes(ticket)
        .where(ticket.c.opened_at >= _midnight(days.start), ticket.c.opened_at < _midnight(days.end + timedelta(days=1)))
        .where(*conditions(bench, filters, account=ticket.c.account_id))
        .order_by(ticket.c.opened_at, ticket.c.ticket_id)
    )
    return [as_note(row, TICKET) for row in bench.warehouse.run(statement, limit=MOST_NOTES).dicts()]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def cite(bench: Workbench, saying: Saying, around: Sequence[str] = ()) -> Citation:
    """The sentence as a citation, cut to a quotation's length around the words that matter."""
    start, end = quoted(saying, around)
    return bench.book.add_citation(
        "ticket" if saying.note.note_type == TICKET else "note",
        saying.note.note_id,
        saying.note.source(saying.turn)[start:end],
        saying.side,
        account_id=saying.account_id,
        date=saying.date,
        speaker=saying.speaker,
        turn=saying.turn,
        start=start,
        end=end,
        title=saying.note.title or None,
        flagged=saying.flagged,
    )


def names_of(bench: Workbench, ids: Iterable[str | None]) -> dict[str, str]:
    """Account id -> name, of those in sight."""
    from sqlalchemy import select

    wanted = sorted({i for i in ids if i})
    if not wanted:
        return {}
    accounts = bench.views.accounts().c
    found = bench.warehouse.run(select(accounts.account_id, accounts.account_name).where(accounts.account_id.in_(wanted)), limit=MOST_NOTES)
    return {row[0]: row[1] for row in found.rows}


def spoken_of(bench: Workbench) -> list[str]:
    """Names of accounts, of our people and of customers' people: to mention one of them is no theme."""
    from sqlalchemy import select

    tables = ((bench.views.accounts(), "account_name"), (bench.views.reps(), "full_name"), (bench.views.table("contact"), "full_name"))
    rows = [row for table, column in tables for row in bench.warehouse.run(select(table.c[column]), limit=MOST_NOTES).rows]
    return [str(row[0]) for row in rows if row[0]]


def recent_days(bench: Workbench) -> Window:
    return Window(start=bench.asof.d1 - timedelta(days=RECENT - 1), end=bench.asof.d1)


BY = ("rep", "industry", "region", "segment", "country")
"""What accounts may be grouped by when it is counted who speaks of a thing."""
Groups = dict[str, Entity]


def grouped(bench: Workbench, ids: Iterable[str], by: str) -> Groups:
    """Account id -> the group it belongs to: who is credited with it on the last complete day, or a value of its column."""
    from sqlalchemy import select

    wanted = sorted(set(ids)) or [""]
    if by == "rep":
        credit, people, day = bench.views.credit(), bench.views.reps(), bench.asof.d1
        statement = (
            select(credit.c.account_id, credit.c.rep_id, people.c.full_name)
            .join_from(credit, people, people.c.rep_id == credit.c.rep_id)
            .where(credit.c.valid_from <= day, credit.c.valid_to > day, credit.c.account_id.in_(wanted))
            .order_by(credit.c.credit_pct)
        )
        rows = bench.warehouse.run(statement, limit=MOST_NOTES).rows
        return {row[0]: Entity(type="rep", id=row[1], name=row[2]) for row in rows}
    accounts = bench.views.accounts().c
    rows = bench.warehouse.run(select(accounts.account_id, accounts[by]).where(accounts.account_id.in_(wanted)), limit=MOST_NOTES).rows
    return {row[0]: Entity(type=by, id=row[1], name=str(row[1]).replace("_", " ")) for row in rows if row[1]}


def checked_by(by: str) -> str:
    """A dimension to group by, as a word of ours; ModelMustRetry for any other."""
    if by and by not in BY:
        raise ModelMustRetry(f"These cannot be counted by {by}. By: {', '.join(BY)}.")
    return by


def by_group(
    bench: Workbench, found: Sequence[Saying], looked_at: Iterable[str | None], by: str, arguments: dict[str, Any], days: Window
) -> list[dict[str, Any]]:
    """How many accounts of each group speak of it, of how many with notes, most first; those of which none does come last."""
    of = grouped(bench, {ident for ident in looked_at if ident}, by)
    usd, sql, params = consumption(bench, of.keys())
    rows = [_group_row(entity, of, [s for s in found if s.account_id and not s.flagged], usd) for entity in dict.fromkeys(of.values())]
    rows.sort(key=lambda row: (-row["accounts"], -row["notes"], str(row["name"])))
    if not rows:
        return []
    held = derived_records(bench, "notes", arguments["tool"], arguments | {"by": by}, rows, sql=sql, params=params, derived=_COUNTED)
    return [_group(bench, held, n, by, days) for n in range(len(rows))]


_COUNTED = "counts of notes; the statement gives the consumption"


def _group_row(entity: Entity, of: Groups, found: Sequence[Saying], usd: dict[str, float]) -> dict[str, Any]:
    own = {ident for ident, group in of.items() if group == entity}
    said = [s for s in found if s.account_id in own]
    accounts = {s.account_id for s in said}
    return {
        "id": entity.id,
        "name": entity.name,
        "accounts": len(accounts),
        "of": len(own),
        "notes": len({s.note.note_id for s in said}),
        "usd": sum(usd.get(ident or "", 0.0) for ident in accounts),
    }


def _group(bench: Workbench, held: Records, n: int, by: str, days: Window) -> dict[str, Any]:
    entity = Entity(type=by, id=str(held.rows[n]["id"]), name=str(held.rows[n]["name"]))
    currency = bench.warehouse.company.currency
    figures = {
        "accounts": held.figure(n, "accounts", "Accounts that mention it", "count", entity=entity, window=days),
        "of": held.figure(n, "of", "Accounts with notes", "count", entity=entity, window=days),
        "notes": held.figure(n, "notes", "Notes that mention it", "count", entity=entity, window=days),
        "usd": held.figure(n, "usd", "Net consumption", currency, entity=entity, metric="M01", window=recent_days(bench)),
    }
    return {"entity": entity.model_dump(), "figures": {name: figure for name, figure in figures.items() if figure}}


def consumption(bench: Workbench, ids: Collection[str]) -> tuple[dict[str, float], str, dict[str, Any]]:
    """Net consumption of four weeks by account, with the statement and its parameters."""
    from sqlalchemy import func, select

    days, window = bench.views.account_day(), recent_days(bench)
    statement = (
        select(days.c.account_id, func.sum(days.c.usd).label("usd"))
        .where(days.c.usage_date.between(window.start, window.end), days.c.account_id.in_(sorted(ids) or [""]))
        .group_by(days.c.account_id)
    )
    rows = bench.warehouse.run(statement, limit=MOST_NOTES)
    return {row[0]: float(row[1] or 0.0) for row in rows.rows}, rows.sql, rows.params
