"""Renewals of commitments (M34): what of the commitments that ended was committed again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Double, and_, case, cast, func, literal, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, ratio, slot
from meterline_tools.warehouse.statements import named_view


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
