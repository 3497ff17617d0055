"""use_cases: the projects of an account or a rep, planned against actual, realised against estimated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import ModelMustRetry
from meterline_tools.insight.savings.model import DAYS_A_MONTH
from meterline_tools.kit.records import Records, derived_records, figure_index, find_account, read_records, window
from meterline_tools.kit.scoping import filters_for
from meterline_tools.kit.use_case_lists import list_use_cases
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from sqlalchemy import Select

    from meterline_tools.kit.bench import Workbench

REALISED_DAYS = 28
SETTLED_DAYS = 56
"""A use case that is live for less is still ramping: what it realises is shown, not judged (M41)."""
DONE = ("live", "lost")
_STAGES = ("live", "implementing", "approved", "evaluating", "qualified", "identified", "paused", "lost")
_TOOL = "use_cases"


def use_cases(
    bench: Workbench,
    *,
    account: str = "",
    rep: str = "",
    which: str = "",
    filters: dict[str, list[str]] | None = None,
    window: str = "",
    limit: int = 15,
    more_than: int = 2,
) -> dict[str, Any]:
    """Use cases with stage, dates, days slipped, realised against estimated money a month; or a list across accounts.

    Args:
        account: Account id or name; give this, a rep or a list.
        rep: Rep id, full name or e-mail of the owner or sales engineer.
        which: A list: open, created, live, slipped, often (date changed over `more_than` times), planned (in the window), late, stalled (no
            event in it), idle (live, no usage), low (below half of the estimate), gaps (MEDDPICC).
        filters: For a list, as in query_metrics.
        window: For a list, any period.
        limit: How many rows of a list.
        more_than: For the list "often".
    """
    if not (account or rep or which):
        raise ModelMustRetry("use_cases needs an account, a rep or a list.")
    if not bench.warehouse.has("use_case"):
        return {"rows": [], "not_available": [{"what": "use cases", "reason": "no use cases loaded"}], "figures": {}}
    if which:
        notes: list[str] = []
        reply = list_use_cases(bench, which, filters_for(bench, account, rep, filters, notes), window, limit, more_than)
        return reply | {"assumptions": [*notes, *reply["assumptions"]]}
    before = len(bench.book.figures)
    entity = find_account(bench, account) if account else None
    listed = read_records(bench, _TOOL, {"account": account, "rep": rep}, _listing(bench, entity, rep), limit=500)
    ids = [row["use_case_id"] for row in listed.rows]
    if not ids:
        return {"receipt": listed.receipt.id, "rows": [], "stages": {}, "truncated": False, "not_available": [], "figures": {}}
    realised = _realised(bench, ids)
    found = _Found(listed, realised, _slip_reasons(bench, ids), _derived(bench, listed, realised))
    rows = [_row(bench, found, n) for n in range(len(ids))]
    return {
        "receipt": listed.receipt.id,
        "rows": rows,
        "stages": dict(Counter(row["stage"] for row in listed.rows)),
        "truncated": listed.receipt.truncated,
        "not_available": [],
        "figures": figure_index(bench, before),
    }


def _listing(bench: Workbench, entity: Entity | None, rep: str) -> Select[Any]:
    """Live and moving use cases first, lost ones last; within a stage the dearest first."""
    from sqlalchemy import case, func, or_, select

    use_case, people, accounts = bench.views.table("use_case"), bench.views.reps(), bench.views.accounts()
    shown = [
        "use_case_id",
        "account_id",
        "use_case_name",
        "business_outcome",
        "stage",
        "est_monthly_usd",
        "original_planned_live_date",
        "planned_live_date",
        "actual_live_date",
        "owner_rep_id",
        "lost_reason",
    ]
    order = case({stage: n for n, stage in enumerate(_STAGES)}, value=use_case.c.stage, else_=len(_STAGES))
    statement = (
        select(*(use_case.c[name] for name in shown), accounts.c.account_name, people.c.full_name.label("owner_name"))
        .join_from(use_case, accounts, accounts.c.account_id == use_case.c.account_id)
        .outerjoin(people, people.c.rep_id == use_case.c.owner_rep_id)
        .order_by(order, use_case.c.est_monthly_usd.desc().nulls_last(), use_case.c.use_case_id)
    )
    if entity is not None:
        statement = statement.where(use_case.c.account_id == entity.id)
    if rep:
        wanted = rep.strip().lower()
        named = select(people.c.rep_id).where(
            or_(people.c.rep_id == rep.strip(), func.lower(people.c.full_name) == wanted, func.lower(people.c.email) == wanted)
        )
        statement = statement.where(or_(use_case.c.owner_rep_id.in_(named), use_case.c.se_rep_id.in_(named)))
    return statement


def _realised(bench: Workbench, ids: list[str]) -> dict[str, tuple[Records, int]]:
    """Per use case with linked workloads: where its net consumption of the last four weeks, a month, stands."""
    from sqlalchemy import func, select

    if not bench.warehouse.has("workload", "use_case_id"):
        return {}
    workload, usage, d1 = bench.views.table("workload"), bench.views.usage(), bench.asof.d1
    recent = usage.c.usage_date.between(d1 - timedelta(days=REALISED_DAYS - 1), d1)
    statement = (
        select(
            workload.c.use_case_id,
            func.count(workload.c.workload_id.distinct()).label("workloads"),
            (func.coalesce(func.sum(usage.c.effective_cost), 0.0) * (DAYS_A_MONTH / REALISED_DAYS)).label("usd_month"),
        )
        .select_from(workload.outerjoin(usage, (usage.c.workload_id == workload.c.workload_id) & recent))
        .where(workload.c.use_case_id.in_(ids))
        .group_by(workload.c.use_case_id)
    )
    found = read_records(bench, _TOOL, {"realised": "M41"}, statement)
    return {row["use_case_id"]: (found, n) for n, row in enumerate(found.rows)}


def _slip_reasons(bench: Workbench, ids: list[str]) -> dict[str, tuple[Records, int]]:
    """The newest recorded reason why a planned date moved, per use case."""
    from sqlalchemy import select

    if not bench.warehouse.has("use_case_event", "reason"):
        return {}
    event = bench.views.table("use_case_event")
    statement = (
        select(event.c.use_case_id, event.c.event_id, event.c.event_at, event.c.reason)
        .where(event.c.use_case_id.in_(ids), event.c.event_type == "date_change", event.c.reason.is_not(None))
        .order_by(event.c.event_at)
    )
    found = read_records(bench, _TOOL, {"reasons": "date_change"}, statement)
    return {row["use_case_id"]: (found, n) for n, row in enumerate(found.rows)}


@dataclass(frozen=True)
class _Found:
    """What was read and worked out about the listed use cases; `derived` has a row for each of `listed`."""

    listed: Records
    realised: dict[str, tuple[Records, int]]
    reasons: dict[str, tuple[Records, int]]
    derived: Records


def _derived(bench: Workbench, listed: Records, realised: dict[str, tuple[Records, int]]) -> Records:
    """Days slipped and the share of the estimate that is realised, worked out with a receipt of their own."""
    worked = []
    for row in listed.rows:
        found = realised.get(row["use_case_id"])
        estimate = row["est_monthly_usd"] if row["stage"] == "live" else None
        share = float(found[0].rows[found[1]]["usd_month"]) / estimate if found and estimate else None
        slipped = days_slipped(row, bench.asof.today)
        worked.append({"use_case_id": row["use_case_id"], "days_slipped": slipped, "realised_share": share})
    return derived_records(bench, "calc", _TOOL, {"of": listed.receipt.id}, worked)


def _row(bench: Workbench, found: _Found, n: int) -> dict[str, Any]:
    row = found.listed.rows[n]
    realised = found.realised.get(row["use_case_id"])
    usd_month = float(realised[0].rows[realised[1]]["usd_month"]) if realised else None
    live_days = (bench.asof.d1 - row["actual_live_date"]).days if row["actual_live_date"] else None
    return {
        "use_case_id": row["use_case_id"],
        "name": row["use_case_name"],
        "account": {"type": "account", "id": row["account_id"], "name": row["account_name"]},
        "stage": row["stage"],
        "measurable": realised is not None,
        "realised_text": "" if realised else "not measurable: no workload is linked to it",
        "live_without_usage": row["stage"] == "live" and usd_month is not None and usd_month <= 0,
        "ramping": row["stage"] == "live" and live_days is not None and live_days < SETTLED_DAYS,
        "overdue": is_overdue(row, bench.asof.today),
        "figures": {name: figure for name, figure in _figures(bench, found, n).items() if figure},
    }


def _figures(bench: Workbench, found: _Found, n: int) -> dict[str, str | None]:
    listed, row = found.listed, found.listed.rows[n]
    entity = Entity(type="use_case", id=row["use_case_id"], name=row["use_case_name"])
    unit = f"{bench.warehouse.company.currency}/month"
    dates = window(bench.asof.d1 - timedelta(days=REALISED_DAYS - 1), bench.asof.d1)
    figures = {
        "name": listed.figure(n, "use_case_name", "Use case", entity=entity),
        "outcome": listed.figure(n, "business_outcome", "Business outcome", entity=entity),
        "owner": listed.figure(n, "owner_name", "Owner", entity=entity),
        "lost_reason": listed.figure(n, "lost_reason", "Reason it was lost", entity=entity),
        "est": listed.figure(n, "est_monthly_usd", "Estimated", unit, entity=entity),
        "original": listed.figure(n, "original_planned_live_date", "First planned live date", "date", entity=entity),
        "planned": listed.figure(n, "planned_live_date", "Planned live date", "date", entity=entity),
        "actual": listed.figure(n, "actual_live_date", "Live date", "date", entity=entity),
        "days_slipped": found.derived.figure(n, "days_slipped", "Days slipped", "days", entity=entity),
        "realised_share": found.derived.figure(n, "realised_share", "Realised of estimate", "%", entity=entity, metric="M41"),
    }
    if row["use_case_id"] in found.realised:
        records, at = found.realised[row["use_case_id"]]
        figures["realized"] = records.figure(at, "usd_month", "Realised", unit, entity=entity, metric="M41", window=dates)
    if row["use_case_id"] in found.reasons:
        records, at = found.reasons[row["use_case_id"]]
        figures["reason"] = records.figure(at, "reason", "Recorded reason of the slip", entity=entity)
    return figures


def is_overdue(row: dict[str, Any], today: date) -> bool:
    """Whether the planned date has passed while the use case is neither live nor lost."""
    return row["stage"] not in DONE and row["planned_live_date"] is not None and row["planned_live_date"] < today


def days_slipped(row: dict[str, Any], today: date) -> int | None:
    """Days from the first planned live date to the actual one, else to the present plan, at least to today when overdue.

    Negative: earlier than first planned. None: no first plan, or nothing to hold against it.
    """
    first = row["original_planned_live_date"] or row["planned_live_date"]
    reached = row["actual_live_date"] or row["planned_live_date"]
    if first is None or reached is None or row["stage"] == "lost":
        return None
    if row["actual_live_date"] is None and is_overdue(row, today):
        reached = max(reached, today)
    return int((reached - first).days)
