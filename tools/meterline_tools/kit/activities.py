"""activities: what we did with customers, whom nobody was in touch with, what they were asked for, and who came by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.periods import resolve_period
from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.contact import account_contact, over_limits
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.noted_touches import FROM_NOTES, noted_touches
from meterline_tools.kit.records import Records, derived_records, figure_index, find_account, read_records
from meterline_tools.kit.scoping import conditions, filters_for
from meterline_tools.kit.substance import SUBSTANTIVE, scored, told
from meterline_tools.kit.touches import (
    INSIDE,
    MESSAGES,
    MOST,
    TOOL,
    Ask,
    account_columns,
    administered,
    listed,
    longest,
    silent,
    touched,
    used_lately,
)
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from sqlalchemy import Select

    from meterline_tools.kit.bench import Workbench
    from meterline_tools.notes.substance import Score

_SCORED = 60
"""The newest touches of an account that are scored by their notes where nobody scored them."""


def activities(
    bench: Workbench,
    *,
    view: str = "log",
    account: str = "",
    rep: str = "",
    filters: dict[str, list[str]] | None = None,
    window: str = "",
    limit: int = 10,
) -> dict[str, Any]:
    """Customer activities behind M44 and M46: the log, silent accounts, asks, first human touches, whether a customer may be asked now.

    Args:
        view: "log" (newest first; of one account with what unscored ones were worth by their notes), "silent" (accounts without any
            touch in the window, dearest first), "longest" (longest silence first), "admin" (accounts whose touches in the window were
            all administrative), "asks" (what customers were asked for), "first_touch" (what accounts consumed before anybody spoke
            with them), or "contact" (whether an account may be asked now; without an account, who was asked too often).
        account: Account id or name.
        rep: Rep id or name; for the log who did it, else whose accounts.
        filters: As in query_metrics.
        window: Any period; for "silent" how long back.
        limit: How many rows.
    """
    if view not in _VIEWS:
        raise ModelMustRetry(f"Unknown view '{view}'. It is one of: {', '.join(_VIEWS)}.")
    logged = bench.warehouse.has("activity")
    if not logged and not (view == "log" and bench.views.holds_notes):
        return {"view": view, "rows": [], "not_available": [{"what": "activities", "reason": "no activities loaded"}], "figures": {}}
    before = len(bench.book.figures)
    notes: list[str] = [] if logged else [FROM_NOTES]
    period = resolve_period(window or _DEFAULT[view], bench.asof, bench.calendar)
    ask = Ask(bench, filters_for(bench, account, rep, filters, notes), period.window, limit or MOST)
    reply = _VIEWS[view](ask) if logged else _told_log(ask, noted_touches(ask))
    shown = {"from": ask.window.start.isoformat(), "to": ask.window.end.isoformat(), "label": period.label}
    common = {"view": view, "window": shown, "assumptions": [*notes, *period.assumptions], "not_available": []}
    return common | reply | {"figures": figure_index(bench, before)}


def _log(ask: Ask) -> dict[str, Any]:
    from sqlalchemy import select

    bench, done = ask.bench, ask.bench.views.table("activity")
    names = (
        "activity_id",
        "account_id",
        "activity_type",
        "purpose",
        "occurred_at",
        "customer_attendees",
        "substance",
        "substance_source",
        "ask_type",
        "ask_topic",
    )
    statement = _with_names(ask, select(*(done.c[name] for name in names))).where(
        done.c.activity_type.not_in(["internal"]),
        done.c.occurred_at >= ask.window.start,
        *conditions(bench, ask.filters, account=done.c.account_id, person=done.c.rep_id),
    )
    found = read_records(bench, TOOL, {"view": "log"}, statement.order_by(done.c.occurred_at.desc(), done.c.activity_id), limit=MOST)
    return _told_log(ask, found)


def _told_log(ask: Ask, found: Records) -> dict[str, Any]:
    """The newest touches, and for one account what unscored ones were worth by their notes."""
    scores = scored(ask.bench, found.rows[:_SCORED]) if len(ask.filters.get("account", [])) == 1 else {}
    rows = [_touch(found, n, scores) for n in range(min(ask.limit, len(found.rows)))]
    return {"rows": rows, "rest": len(found.rows) - len(rows), "last": _last(found, scores)}


def _with_names(ask: Ask, statement: Select[Any]) -> Select[Any]:
    """Joined to the names of account and person, which may be out of sight."""
    done, accounts, people = ask.bench.views.table("activity"), ask.bench.views.accounts(), ask.bench.views.reps()
    return (
        statement.add_columns(accounts.c.account_name, people.c.full_name)
        .join_from(done, accounts, accounts.c.account_id == done.c.account_id)
        .outerjoin(people, people.c.rep_id == done.c.rep_id)
    )


def _touch(found: Records, n: int, scores: Mapping[str, Score] | None = None) -> dict[str, Any]:
    row = found.rows[n]
    entity = Entity(type="account", id=row["account_id"], name=row["account_name"])
    figures = {
        "date": found.figure(n, "occurred_at", "Date", "date", entity=entity),
        "attendees": found.figure(n, "customer_attendees", "Customers present", "count", entity=entity),
        "substance": found.figure(n, "substance", "Substance", "count", entity=entity),
    }
    worth = {} if scores is None else {"substance": told(found.bench, row, scores, figures["substance"])}
    return worth | {
        "activity_id": row["activity_id"],
        "account": entity.model_dump(),
        "who": row["full_name"],
        "type": row["activity_type"],
        "purpose": row["purpose"],
        "ask": row["ask_type"],
        "topic": row["ask_topic"],
        "figures": {name: figure for name, figure in figures.items() if figure},
        "citations": [] if row.get("of_note") else [_cite(found, n)],
    }


def _cite(found: Records, n: int) -> str:
    row = found.rows[n]
    kind = str(row["activity_type"]).replace("_", " ")
    said = row.get("ask_topic") or row.get("purpose") or kind
    more = {"account_id": row["account_id"], "date": row["occurred_at"].date(), "title": f"{row['account_name']}: {kind}"}
    return found.bench.book.add_citation("activity", row["activity_id"], str(said), "system", **more).id


def _last(found: Records, scores: Mapping[str, Score]) -> dict[str, Any]:
    """The newest touch, the newest conversation (a message may go unread), and the newest conversation of substance."""

    def substantive(row: Mapping[str, Any]) -> bool:
        by_rule = scores.get(str(row["activity_id"]))
        level = row["substance"] if row["substance"] is not None else by_rule.level if by_rule else 0
        return row["activity_type"] not in MESSAGES and level >= SUBSTANTIVE and (row["customer_attendees"] or 0) >= 1

    tests = {
        "touch": lambda row: row["activity_type"] not in INSIDE,
        "conversation": lambda row: row["activity_type"] not in MESSAGES,
        "substantive": substantive,
    }
    first = {name: next((n for n, row in enumerate(found.rows) if test(row)), None) for name, test in tests.items()}
    return {name: _touch(found, n, scores) for name, n in first.items() if n is not None}


def _first_touch(ask: Ask) -> dict[str, Any]:
    """Accounts that consumed before a person of ours had spoken with them, by what they consumed until then.

    Only accounts whose usage began after the log did: of older ones the first touch may simply not be on record.
    """
    from sqlalchemy import func, or_, select

    bench = ask.bench
    log_starts = bench.warehouse.run(select(func.min(bench.views.table("activity").c.occurred_at))).rows[0][0]
    accounts, touch, days, used = bench.views.accounts(), touched(bench), bench.views.account_day(), used_lately(bench)
    before = (
        select(days.c.account_id, func.sum(days.c.usd).label("before_usd"), func.min(days.c.usage_date).label("first_usage"))
        .select_from(days.outerjoin(touch, touch.c.account_id == days.c.account_id))
        .where(days.c.usd > 0, or_(touch.c.first_touch.is_(None), days.c.usage_date < touch.c.first_touch))
        .group_by(days.c.account_id)
        .subquery("before")
    )
    statement = (
        account_columns(bench, used)
        .add_columns(accounts.c.acquisition_source, touch.c.first_touch, before.c.before_usd, before.c.first_usage)
        .join(before, before.c.account_id == accounts.c.account_id)
        .outerjoin(touch, touch.c.account_id == accounts.c.account_id)
        .where(before.c.first_usage >= log_starts.date(), *conditions(bench, ask.filters, account=accounts.c.account_id))
        .order_by(before.c.before_usd.desc(), accounts.c.account_id)
    )
    found = read_records(bench, TOOL, {"view": "first_touch"}, statement, limit=MOST)
    columns = {
        "before_usd": ("Consumed before the first human touch", bench.warehouse.company.currency),
        "first_usage": ("First usage", "date"),
        "first_touch": ("First human touch on record", "date"),
        "usd": ("Net consumption", bench.warehouse.company.currency),
    }
    reply = listed(ask, found, columns, "before_usd", "Consumed before the first human touch")
    sources: dict[str, dict[str, Any]] = {}
    for row in found.rows:
        source = sources.setdefault(row["acquisition_source"] or "unknown", {"accounts": 0, "usd": 0.0})
        source["accounts"] += 1
        source["usd"] += row["before_usd"]
    split = derived_records(bench, "calc", TOOL, {"of": found.receipt.id}, [{"source": name, **sums} for name, sums in sources.items()])
    reply["sources"] = [
        {
            "source": row["source"],
            "accounts": split.figure(n, "accounts", "Accounts", "count"),
            "usd": split.figure(n, "usd", "Consumed before the first human touch", bench.warehouse.company.currency),
        }
        for n, row in enumerate(split.rows)
    ]
    starts = derived_records(bench, "calc", TOOL, {"of": "first activity on record"}, [{"log_starts": log_starts.date()}])
    reply["log_starts"] = starts.figure(0, "log_starts", "First activity on record", "date")
    return reply


def _asks(ask: Ask) -> dict[str, Any]:
    """The load by account (M46), and for one account every ask with its outcome and the last one on the same topic."""
    from sqlalchemy import select

    bench, done = ask.bench, ask.bench.views.table("activity")
    by = ["topic"] if len(ask.filters.get("account", [])) == 1 else ["account"]
    window = f"{ask.window.start.isoformat()}..{ask.window.end.isoformat()}"
    load = query_metrics(bench, metrics=["M46"], group_by=by, filters=ask.filters, window=window, order="-M46.d90", limit=ask.limit)
    names = (
        "activity_id",
        "account_id",
        "activity_type",
        "purpose",
        "occurred_at",
        "customer_attendees",
        "substance",
        "ask_type",
        "ask_topic",
    )
    statement = (
        _with_names(ask, select(*(done.c[name] for name in names), done.c.ask_outcome))
        .where(done.c.ask_type.is_not(None), done.c.activity_type != "internal")
        .where(*conditions(bench, ask.filters, account=done.c.account_id))
        .order_by(done.c.occurred_at.desc(), done.c.activity_id)
    )
    found = read_records(bench, TOOL, {"view": "asks"}, statement, limit=MOST) if by == ["topic"] else None
    rows = (
        []
        if found is None
        else [_touch(found, n) | {"outcome": found.rows[n]["ask_outcome"]} for n in range(min(ask.limit, len(found.rows)))]
    )
    return {"rows": rows, "load": load, "not_available": load["not_available"], "rest": max(0, len(found.rows) - len(rows)) if found else 0}


def _contact(ask: Ask) -> dict[str, Any]:
    """For one account whether it may be asked something now; else who was asked too often."""
    bench, named = ask.bench, ask.filters.get("account", [])
    if len(named) == 1:
        return {"rows": [], "check": account_contact(bench, find_account(bench, named[0]))}
    accounts = bench.views.accounts()
    return over_limits(bench, conditions(bench, ask.filters, account=accounts.c.account_id), ask.limit)


_VIEWS: dict[str, Callable[[Ask], dict[str, Any]]] = {
    "log": _log,
    "silent": silent,
    "longest": longest,
    "admin": administered,
    "asks": _asks,
    "first_touch": _first_touch,
    "contact": _contact,
}
_DEFAULT = {
    "log": "last 365 days",
    "silent": "last 60 days",
    "longest": "last 60 days",
    "admin": "last 90 days",
    "asks": "last 30 days",
    "first_touch": "last 365 days",
    "contact": "last 30 days",
}
