"""What is left on signed commitments (M32), how much of it falls into the next year (M33), and what was renewed (M34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Double, and_, case, cast, false, func, literal, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.drawdown import drawn_usage
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, ratio, slot
from meterline_tools.catalog.calendar import trailing
from meterline_tools.warehouse.statements import AnySelect, named_view

NEXT_DAYS = 365
RATE_DAYS = 28
PRORATED = (
    "the next year is prorated: what is left, spread evenly over the rest of each term; beside it, at the rate of the last four weeks"
)


def build_backlog(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M32 and M33 from one row a commitment that is signed, has not ended and cannot be cancelled; also those that have not begun."""
    end = requests[0].window.end
    left = named_view(
        _left(context, end), "backlog", f"commitments not ended on {end}: what is left, its share of the next 365 days, and a rate"
    )
    slots = {
        "left_usd": left.c.left_usd,
        "next_usd": left.c.left_usd * left.c.next_share,
        "paced_usd": case((left.c.pace_usd < left.c.left_usd, left.c.pace_usd), else_=left.c.left_usd),
    }
    by_metric = {"M32": slot("left_usd"), "M32.n": slot("contracts"), "M33": slot("next_usd"), "M33.pace": slot("paced_usd")}
    plan = _plan(context, requests, left, slots, by_metric)
    asked = {request.metric.id for request in requests}
    if "M33" in asked:
        plan.notes.append(PRORATED)
    return [plan]


def _left(context: Context, end: Any) -> AnySelect:
    contracts = context.views.table("contract")
    drawn = named_view(drawn_usage(context, contracts, end), "drawn", "usage rows on each commitment within its term")
    recent = trailing(end, RATE_DAYS)
    used = (
        select(
            drawn.c.contract_id,
            func.sum(drawn.c.usd).label("used_usd"),
            func.sum(case((within(drawn.c.usage_date, recent), drawn.c.usd), else_=0.0)).label("rate_usd"),
        )
        .group_by(drawn.c.contract_id)
        .subquery("used")
    )
    committed = func.coalesce(contracts.c.commit_amount, 0.0) + func.coalesce(contracts.c.rollover_in_amount, 0.0)
    remaining: Column = cast(committed - func.coalesce(used.c.used_usd, 0.0), Double())
    share, days_next = _next_share(context, contracts, end)
    return (
        select(
            contracts.c.contract_id,
            contracts.c.account_id,
            case((remaining > 0, remaining), else_=0.0).label("left_usd"),
            share.label("next_share"),
            (func.coalesce(used.c.rate_usd, 0.0) / RATE_DAYS * days_next).label("pace_usd"),
        )
        .select_from(contracts.outerjoin(used, used.c.contract_id == contracts.c.contract_id))
        .where(
            contracts.c.contract_type == "commit",
            contracts.c.end_date > end,
            or_(contracts.c.signed_date.is_(None), contracts.c.signed_date <= end),
            or_(contracts.c.is_cancellable.is_(None), contracts.c.is_cancellable.is_(false())),
            or_(contracts.c.status.is_(None), contracts.c.status.not_in(("draft", "cancelled"))),
        )
    )


def _next_share(context: Context, contracts: Any, end: Any) -> tuple[Column, Column]:
    """The share of the rest of the term, and the days of it, that lie in the next 365 days.

    Dates are few, so each distinct pair of start and end is worked out here and bound: day arithmetic differs by dialect.
    """
    spans = context.warehouse.run(select(contracts.c.start_date, contracts.c.end_date).where(contracts.c.end_date > end).distinct()).rows
    horizon = end + timedelta(days=1 + NEXT_DAYS)
    shares, counts = [], []
    for start, stop in spans:
        begins = max(start, end + timedelta(days=1))
        inside = max(0, (min(stop, horizon) - begins).days)
        same = and_(contracts.c.start_date == start, contracts.c.end_date == stop)
        shares.append((same, literal(inside / (stop - begins).days if stop > begins else 1.0)))
        counts.append((same, literal(float(inside))))
    if not spans:
        return literal(0.0), literal(0.0)
    return case(*shares, else_=0.0), case(*counts, else_=0.0)


def build_renewals(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M34: commitments whose original term ended in the window, and what their successors renewed, capped at what expired."""
    window = requests[0].window
    contracts, later = context.views.table("contract"), context.alias("contract", "successors")
    renewed = (
        select(later.c.prior_contract_id, func.sum(func.coalesce(later.c.commit_amount, 0.0)).label("renewed_usd"))
        .where(later.c.contract_type == "commit", or_(later.c.status.is_(None), later.c.status.not_in(("draft", "cancelled"))))
        .group_by(later.c.prior_contract_id)
        .subquery("renewed")
    )
    expiring: Column = cast(func.coalesce(contracts.c.commit_amount, 0.0), Double())
    again = func.coalesce(renewed.c.renewed_usd, 0.0)
    statement = (
        select(contracts.c.contract_id, contracts.c.account_id, expiring.label("expiring_usd"), again.label("again_usd"))
        .select_from(contracts.outerjoin(renewed, renewed.c.prior_contract_id == contracts.c.contract_id))
        .where(
            contracts.c.contract_type == "commit",
            within(contracts.c.end_date, window),
            or_(contracts.c.status.is_(None), contracts.c.status != "draft"),
        )
    )
    ended = named_view(statement, "ended", f"commitments whose term ended {window}, and what was renewed")
    slots = {
        "expiring": ended.c.expiring_usd,
        "renewed": case((ended.c.again_usd < ended.c.expiring_usd, ended.c.again_usd), else_=ended.c.expiring_usd),
    }
    by_metric: dict[str, Formula] = {
        "M34": lambda get: ratio(get("renewed"), get("expiring")),
        "M34.expiring": slot("expiring"),
        "M34.renewed": slot("renewed"),
        "M34.n": slot("contracts"),
    }
    return [_plan(context, requests, ended, slots, by_metric)]


def _plan(
    context: Context, requests: Sequence[Request], contracts: Any, slots: Mapping[str, Column], by_metric: Mapping[str, Formula]
) -> Plan:
    """Sums over contracts; by people, money is shared by the credit of the last day, and contracts are counted in each part."""
    request = requests[0]
    end = request.window.end

    def measure() -> Measured:
        rows: Any = contracts
        columns: dict[str, Column] = {"contract": contracts.c.contract_id, "account": contracts.c.account_id}
        share: Column = literal(1.0)
        if context.by_people:
            credit = context.views.credit()
            valid = and_(credit.c.account_id == contracts.c.account_id, credit.c.valid_from <= end, credit.c.valid_to > end)
            rows, columns["rep"] = rows.outerjoin(credit, valid), credit.c.rep_id
            share = func.coalesce(credit.c.credit_pct, 1.0)
        sums: dict[str, Column] = {name: func.coalesce(func.sum(value * share), 0.0) for name, value in slots.items()}
        sums["contracts"] = func.count(contracts.c.contract_id.distinct())
        return Fact(context, rows, columns, window=request.window), sums, []

    told = "; ".join(f"{r.metric.id} {r.metric.definition.rstrip('.')}" for r in requests) + f". {request.window}"
    parts, whole = parts_and_whole(context, measure, told)
    outputs = [derived for each in requests for derived in outputs_of(each)]
    return Plan(assemble(context, parts, {d.column: by_metric[d.key] for d in outputs}, whole=whole), outputs, [d.id for d in context.keys])
