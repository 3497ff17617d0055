"""What people said, sentence by sentence, for the tools that count it: scope, time of knowledge and restriction already applied."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterable, Sequence
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from meterline_tools.kit.scoping import conditions
from meterline_tools.kit.texts import notes_with_names
from meterline_tools.notes.passages import readable
from meterline_tools.notes.sayings import Saying, quoted, sayings
from meterline_tools.receipts import Citation, Window

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
    """Every sentence of the visible notes of those days; copies of a note count once, restricted ones never."""
    key = (bench.principal.user_id, bench.asof.known_at, days, str(sorted(filters.items())), bench.views.own_note_ids)
    with _lock:
        kept = _read.setdefault(bench.warehouse, OrderedDict())
        if key in kept:
            kept.move_to_end(key)
            return kept[key]
    found = sayings(readable(note_rows(bench, days, filters), bench.asof.known_at))
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


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def cite(bench: Workbench, saying: Saying, around: Sequence[str] = ()) -> Citation:
    """The sentence as a citation, cut to a quotation's length around the words that matter."""
    start, end = quoted(saying, around)
    return bench.book.add_citation(
        "note",
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
