"""Lists of use cases across accounts: what was created, went live, slipped, is planned, late or stalled, idles, underdelivers, has gaps.

Lists that a metric counts are the parts of that metric, so that list and count cannot differ. Each row comes with what
is on record about the use case and with the events behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.builders.qualification import FIELDS
from meterline_tools.catalog.builders.use_cases import CLOSED
from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.qualification import gaps_and_notes
from meterline_tools.kit.records import Records, derived_records, figure_index, read_records
from meterline_tools.kit.scoping import conditions
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from sqlalchemy import Select

    from meterline_tools.kit.bench import Workbench

Filters = dict[str, list[str]]
TOOL = "use_cases"
NEW_TO_LIVE = 28
"""A use case is given so many days to show usage."""
_EVENTS = {"created": ["created"], "live": ["stage_change"], "slipped": ["date_change"], "often": ["date_change"]}
_MOST = 2_000


@dataclass
class Picked:
    """Use cases of a list in order, as many as are shown, with figures of their own, and the sums over all of the list."""

    ids: list[str]
    count: int = 0
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    total: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    not_available: list[dict[str, str]] = field(default_factory=list)
    window: dict[str, str] | None = None


@dataclass(frozen=True)
class Wanted:
    """Which use cases of a list: filters by id, a period, how many rows, and the least number of changes."""

    filters: Filters
    window: str
    limit: int
    more_than: int


Picker = Callable[["Workbench", Wanted], Picked]


def list_use_cases(bench: Workbench, which: str, filters: Filters, window: str, limit: int, more_than: int) -> dict[str, Any]:
    """One of LISTS, cut to `limit` rows with a total over all of them.

    Raises:
        ModelMustRetry: no such list, or a period without dates.
    """
    picker = LISTS.get(which)
    if picker is None:
        raise ModelMustRetry(f"Unknown list '{which}'. It is one of: {', '.join(LISTS)}.")
    before = len(bench.book.figures)
    picked = picker(bench, Wanted(filters, window, limit, more_than))
    rows = _rows(bench, which, picked) if picked.ids else []
    return {
        "which": which,
        "rows": rows,
        "total": {"figures": picked.total | _cut(bench, which, picked.count, len(rows))},
        "window": picked.window,
        "assumptions": picked.notes,
        "not_available": picked.not_available,
        "figures": figure_index(bench, before),
    }


def _cut(bench: Workbench, which: str, count: int, shown: int) -> dict[str, str]:
    """How many there are in the list, and how many of them are not shown."""
    worked = derived_records(bench, "calc", TOOL, {"which": which}, [{"listed": count, "rest": count - shown}])
    made = {
        "listed": worked.figure(0, "listed", "Use cases in the list", "count"),
        "rest": worked.figure(0, "rest", "Further ones", "count"),
    }
    return {name: figure for name, figure in made.items() if figure}


def _of_metric(metric: str, order: str, *outputs: str, having: str = "") -> Picker:
    """Use cases that a metric counts, or those of them that meet a condition; `outputs` are shown with each row."""

    def pick(bench: Workbench, wanted: Wanted) -> Picked:
        reply = query_metrics(
            bench,
            metrics=[metric],
            group_by=["use_case"],
            filters=wanted.filters,
            window=wanted.window,
            order=order,
            limit=wanted.limit,
            having=[having] if having else None,
        )
        figures = {row["keys"]["use_case"]: {key: row["figures"][key] for key in outputs} for row in reply["rows"]}
        count = len(figures) + ((reply["rest"] or {}).get("count") or 0)
        total = (reply["total"] or {}).get("figures", {})
        if matched := reply.get("matched"):
            count = int(reply["figures"][matched["count"]]["value"])
            total = {"whole." + key: figure for key, figure in total.items()} | matched["figures"] | {"count": matched["count"]}
        return Picked(list(figures), count, figures, total, reply["assumptions"], reply["not_available"], reply["window"])

    return pick


def _often(bench: Workbench, wanted: Wanted) -> Picked:
    """Use cases whose date was changed more than so many times, by the events on record."""
    from sqlalchemy import func, literal, select

    if not bench.warehouse.has("use_case_event"):
        return Picked([], not_available=[{"what": "date changes", "reason": "no use-case history loaded"}])
    cases, events = bench.views.table("use_case"), bench.views.table("use_case_event")
    times = func.count(events.c.event_id)
    statement = (
        select(cases.c.use_case_id, cases.c.stage, times.label("times"), cases.c.est_monthly_usd)
        .select_from(cases.join(events, events.c.use_case_id == cases.c.use_case_id))
        .where(
            events.c.event_type == "date_change",
            func.coalesce(events.c.field_name, literal("planned_live_date")) == "planned_live_date",
            *_conditions(bench, wanted.filters),
        )
        .group_by(cases.c.use_case_id, cases.c.stage, cases.c.est_monthly_usd)
        .having(times > wanted.more_than)
        .order_by(times.desc(), cases.c.est_monthly_usd.desc().nulls_last(), cases.c.use_case_id)
    )
    return _picked(
        bench,
        wanted,
        read_records(bench, TOOL, {"which": "often", "more_than": wanted.more_than}, statement, limit=_MOST),
        {"times": ("Date changes", "count")},
    )


def _planned(bench: Workbench, wanted: Wanted) -> Picked:
    """Open use cases that are planned to go live in a period to come."""
    from sqlalchemy import select

    from meterline_tools.catalog.periods import resolve_period

    period = resolve_period(wanted.window or "next 30 days", bench.asof, bench.calendar)
    start, end = _whole(bench, period)
    cases = bench.views.table("use_case")
    statement = (
        select(cases.c.use_case_id, cases.c.stage, cases.c.est_monthly_usd)
        .where(cases.c.stage.not_in(CLOSED), cases.c.planned_live_date.between(start, end), *_conditions(bench, wanted.filters))
        .order_by(cases.c.planned_live_date, cases.c.est_monthly_usd.desc().nulls_last(), cases.c.use_case_id)
    )
    arguments = {"which": "planned", "from": start.isoformat(), "to": end.isoformat()}
    found = read_records(bench, TOOL, arguments, statement, limit=_MOST)
    picked = _picked(bench, wanted, found, {}, window=Window(start=start, end=end))
    picked.window = {"from": start.isoformat(), "to": end.isoformat(), "label": period.label}
    return picked


def _open(bench: Workbench, wanted: Wanted) -> Picked:
    """Use cases that are neither live nor lost, the dearest first."""
    from sqlalchemy import select

    cases = bench.views.table("use_case")
    statement = (
        select(cases.c.use_case_id, cases.c.stage, cases.c.est_monthly_usd)
        .where(cases.c.stage.not_in(CLOSED), *_conditions(bench, wanted.filters))
        .order_by(cases.c.est_monthly_usd.desc().nulls_last(), cases.c.use_case_id)
    )
    return _picked(bench, wanted, read_records(bench, TOOL, {"which": "open"}, statement, limit=_MOST), {})


def _late(bench: Workbench, wanted: Wanted) -> Picked:
    """Open use cases whose planned date has passed, the longest first."""
    from sqlalchemy import select

    cases = bench.views.table("use_case")
    statement = (
        select(cases.c.use_case_id, cases.c.stage, cases.c.est_monthly_usd)
        .where(cases.c.stage.not_in(CLOSED), cases.c.planned_live_date < bench.asof.local_today, *_conditions(bench, wanted.filters))
        .order_by(cases.c.planned_live_date, cases.c.est_monthly_usd.desc().nulls_last(), cases.c.use_case_id)
    )
    return _picked(bench, wanted, read_records(bench, TOOL, {"which": "late"}, statement, limit=_MOST), {})


def _stalled(bench: Workbench, wanted: Wanted) -> Picked:
    """Open use cases, created before the window, of which no event is on record in it, the dearest first."""
    from sqlalchemy import select

    from meterline_tools.catalog.periods import resolve_period

    if not bench.warehouse.has("use_case_event"):
        return Picked([], not_available=[{"what": "movement of use cases", "reason": "no use-case history loaded"}])
    start = resolve_period(wanted.window or "last 60 days", bench.asof, bench.calendar).window.start
    cases, events = bench.views.table("use_case"), bench.views.table("use_case_event")
    moved = select(events.c.use_case_id).where(events.c.event_at >= start)
    statement = (
        select(cases.c.use_case_id, cases.c.stage, cases.c.est_monthly_usd)
        .where(
            cases.c.stage.not_in(CLOSED),
            cases.c.created_at < start,
            cases.c.use_case_id.not_in(moved),
            *_conditions(bench, wanted.filters),
        )
        .order_by(cases.c.est_monthly_usd.desc().nulls_last(), cases.c.use_case_id)
    )
    window = Window(start=start, end=bench.asof.d1)
    found = read_records(bench, TOOL, {"which": "stalled", "since": start.isoformat()}, statement, limit=_MOST)
    picked = _picked(bench, wanted, found, {}, window=window)
    picked.window = {"from": start.isoformat(), "to": bench.asof.d1.isoformat(), "label": f"since {start.isoformat()}"}
    return picked


def _whole(bench: Workbench, period: Any) -> tuple[date, date]:
    """A month, quarter or year to its very end: plans lie ahead of the last complete day."""
    units = {"month": bench.calendar.month, "quarter": bench.calendar.quarter, "year": bench.calendar.year}
    start, end = period.window.start, period.window.end
    return (start, units[period.unit](start).window.end) if period.unit in units else (start, end)


def _idle(bench: Workbench, wanted: Wanted) -> Picked:
    """Live for four weeks or more, with linked workloads of which none used anything in the last four weeks."""
    from sqlalchemy import func, select

    if not bench.warehouse.has("workload", "use_case_id"):
        return Picked([], not_available=[{"what": "live without usage", "reason": "not measurable: no workload is linked to a use case"}])
    cases, workload, usage, d1 = bench.views.table("use_case"), bench.views.table("workload"), bench.views.usage(), bench.asof.d1
    recent = usage.c.usage_date.between(d1 - timedelta(days=NEW_TO_LIVE - 1), d1)
    used = (
        select(workload.c.use_case_id, func.coalesce(func.sum(usage.c.effective_cost), 0.0).label("usd"))
        .select_from(workload.outerjoin(usage, (usage.c.workload_id == workload.c.workload_id) & recent))
        .group_by(workload.c.use_case_id)
        .subquery("used")
    )
    statement = (
        select(cases.c.use_case_id, cases.c.stage, cases.c.est_monthly_usd)
        .select_from(cases.join(used, used.c.use_case_id == cases.c.use_case_id))
        .where(
            cases.c.stage == "live",
            cases.c.actual_live_date <= d1 - timedelta(days=NEW_TO_LIVE),
            used.c.usd <= 0,
            *_conditions(bench, wanted.filters),
        )
        .order_by(cases.c.est_monthly_usd.desc().nulls_last(), cases.c.use_case_id)
    )
    return _picked(bench, wanted, read_records(bench, TOOL, {"which": "idle"}, statement, limit=_MOST), {})


LISTS: dict[str, Picker] = {
    "created": _of_metric("M36", "-M36.usd"),
    "live": _of_metric("M37", "-M37.usd"),
    "slipped": _of_metric("M38", "-M38.usd", "M38.days"),
    "often": _often,
    "planned": _planned,
    "open": _open,
    "late": _late,
    "stalled": _stalled,
    "idle": _idle,
    "low": _of_metric("M41", "-M41.est", "M41", "M41.actual", having="M41 < 50%"),
    "gaps": _of_metric("M43", "M43", "M43", "M43.gaps"),
}


def _conditions(bench: Workbench, filters: Filters) -> list[Any]:
    from sqlalchemy import func, select

    cases, accounts = bench.views.table("use_case"), bench.views.accounts()
    owned = select(accounts.c.owner_rep_id).where(accounts.c.account_id == cases.c.account_id).scalar_subquery()
    person = func.coalesce(cases.c.owner_rep_id, owned)
    cut = {name: values for name, values in filters.items() if name != "stage"}
    staged = [cases.c.stage.in_(filters["stage"])] if "stage" in filters else []
    return staged + conditions(bench, cut, account=cases.c.account_id, person=person, family=cases.c.primary_sku_family)


def _picked(bench: Workbench, wanted: Wanted, found: Records, columns: dict[str, tuple[str, str]], **more: Any) -> Picked:
    """The records as a list, with how many there are, how many are still open, and what is estimated for them."""
    ids = [row["use_case_id"] for row in found.rows]
    figures: dict[str, dict[str, str]] = {}
    for n, ident in enumerate(ids[: wanted.limit or None]):
        made = {name: found.figure(n, name, label, unit) for name, (label, unit) in columns.items()}
        figures[ident] = {name: figure for name, figure in made.items() if figure}
    unit = f"{bench.warehouse.company.currency}/month"
    sums = {
        "count": len(ids),
        "open": sum(row["stage"] not in CLOSED for row in found.rows),
        "usd": sum(row["est_monthly_usd"] or 0.0 for row in found.rows),
    }
    summed = derived_records(bench, "calc", TOOL, {"of": found.receipt.id}, [sums])
    labels = {"count": ("Use cases", "count"), "open": ("Of these still open", "count"), "usd": ("Estimated consumption behind them", unit)}
    total = {name: figure for name, (label, of) in labels.items() if (figure := summed.figure(0, name, label, of, **more))}
    return Picked(list(figures), len(ids), figures, total)


def _rows(bench: Workbench, which: str, picked: Picked) -> list[dict[str, Any]]:
    """What is on record about the listed use cases, in the order of the list."""
    ids = picked.ids
    listed = read_records(bench, TOOL, {"which": which, "details": True}, _details(bench, which, ids), limit=_MOST)
    places = {row["use_case_id"]: n for n, row in enumerate(listed.rows)}
    events = _events(bench, which, ids, picked.window)
    rows = []
    for ident in ids:
        if ident not in places:
            continue
        n, row = places[ident], listed.rows[places[ident]]
        made = _row_figures(bench, listed, n)
        entry = {
            "use_case_id": ident,
            "name": row["use_case_name"],
            "account": {"type": "account", "id": row["account_id"], "name": row["account_name"]},
            "owner": row["owner_name"],
            "stage": row["stage"],
            "figures": {name: figure for name, figure in made.items() if figure} | picked.figures.get(ident, {}),
            "citations": events.get(ident, []),
        }
        if which == "gaps":
            entry |= gaps_and_notes(bench, row)
        rows.append(entry)
    return rows


def _details(bench: Workbench, which: str, ids: Sequence[str]) -> Select[Any]:
    from sqlalchemy import select

    cases, accounts, people = bench.views.table("use_case"), bench.views.accounts(), bench.views.reps()
    shown = ["use_case_id", "account_id", "use_case_name", "stage", "est_monthly_usd", "original_planned_live_date", "planned_live_date"]
    scores = ["meddpicc_notes", *(f"md_{name}" for name in FIELDS)] if which == "gaps" else []
    return (
        select(
            *(cases.c[name] for name in (*shown, "actual_live_date", *scores)),
            accounts.c.account_name,
            people.c.full_name.label("owner_name"),
        )
        .join_from(cases, accounts, accounts.c.account_id == cases.c.account_id)
        .outerjoin(people, people.c.rep_id == cases.c.owner_rep_id)
        .where(cases.c.use_case_id.in_(ids))
    )


def _row_figures(bench: Workbench, listed: Records, n: int) -> dict[str, str | None]:
    row = listed.rows[n]
    entity = Entity(type="use_case", id=row["use_case_id"], name=row["use_case_name"])
    unit = f"{bench.warehouse.company.currency}/month"
    return {
        "name": listed.figure(n, "use_case_name", "Use case", entity=entity),
        "est": listed.figure(n, "est_monthly_usd", "Estimated", unit, entity=entity),
        "planned": listed.figure(n, "planned_live_date", "Planned live date", "date", entity=entity),
        "original": listed.figure(n, "original_planned_live_date", "First planned live date", "date", entity=entity),
        "actual": listed.figure(n, "actual_live_date", "Live date", "date", entity=entity),
    }


def _events(bench: Workbench, which: str, ids: Sequence[str], dates: dict[str, str] | None) -> dict[str, list[str]]:
    """Citations of the newest event behind each row of a list; for repeated changes, of every one."""
    from sqlalchemy import select

    if which not in _EVENTS or not bench.warehouse.has("use_case_event"):
        return {}
    events, cases = bench.views.table("use_case_event"), bench.views.table("use_case")
    kinds: list[Any] = [events.c.use_case_id.in_(ids), events.c.event_type.in_(_EVENTS[which])]
    if dates:
        after = date.fromisoformat(dates["to"]) + timedelta(days=1)
        kinds += [events.c.event_at >= date.fromisoformat(dates["from"]), events.c.event_at < after]
    if which == "live":
        kinds.append(events.c.to_value == "live")
    columns = [events.c[name] for name in ("event_id", "use_case_id", "event_at", "event_type", "from_value", "to_value", "reason")]
    statement = (
        select(*columns, cases.c.account_id, cases.c.use_case_name)
        .join_from(events, cases, cases.c.use_case_id == events.c.use_case_id)
        .where(*kinds)
        .order_by(events.c.event_at.desc())
    )
    found: dict[str, list[str]] = {}
    for row in read_records(bench, TOOL, {"events": which}, statement, limit=_MOST).rows:
        if which == "often" or row["use_case_id"] not in found:
            found.setdefault(row["use_case_id"], []).append(_cite(bench, row))
    return found


def _cite(bench: Workbench, row: dict[str, Any]) -> str:
    at: datetime = row["event_at"]
    quote = row["reason"] or row["to_value"] or row["event_type"].replace("_", " ")
    title = f"{row['use_case_name']}: {row['event_type'].replace('_', ' ')}"
    citation = bench.book.add_citation(
        "use_case_event", row["event_id"], str(quote), "system", account_id=row["account_id"], date=at.date(), title=title
    )
    return citation.id
