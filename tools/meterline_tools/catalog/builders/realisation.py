"""What live use cases consume against what was estimated (M41), where workloads are linked to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CTE, and_, case, func, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, ratio, slot
from meterline_tools.catalog.builders.use_cases import case_fact
from meterline_tools.warehouse.statements import AnySelect, named_view

DAYS_A_MONTH = 30.4


def build_realisation(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Use cases that have been live long enough: those without a linked workload are counted apart, never as nothing."""
    request = requests[0]
    params = request.metric.params
    cases = context.views.table("use_case")
    used = named_view(_used(context, request), "used", "net consumption a month of the workloads linked to each use case")
    settled = request.window.end - timedelta(days=params["settled_days"])

    def measure() -> Measured:
        fact = case_fact(context, cases, request.window)
        fact.rows = fact.rows.outerjoin(used, used.c.use_case_id == cases.c.use_case_id)
        return fact, _slots(cases, used, params["low"]), [cases.c.stage == "live", cases.c.actual_live_date <= settled]

    told = f"M41 {request.metric.definition.rstrip('.')}, {request.window}"
    parts, whole = parts_and_whole(context, measure, told)
    names = {"": ratio_of("actual", "est"), **{key: slot(f"n_{key}") for key in ("actual", "est", "count", "low", "idle", "unlinked")}}
    outputs = outputs_of(request)
    formulas: dict[str, Formula] = {derived.column: names[derived.output.key] for derived in outputs}
    return [Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])]


def ratio_of(above: str, below: str) -> Formula:
    return lambda get: ratio(get(f"n_{above}"), get(f"n_{below}"))


def _used(context: Context, request: Request) -> AnySelect:
    workload, usage = context.views.table("workload"), context.views.usage()
    inside = and_(usage.c.workload_id == workload.c.workload_id, within(usage.c.usage_date, request.window))
    monthly = func.coalesce(func.sum(usage.c.effective_cost), 0.0) * (DAYS_A_MONTH / request.window.days)
    return (
        select(workload.c.use_case_id, monthly.label("usd_month"))
        .select_from(workload.outerjoin(usage, inside))
        .where(workload.c.use_case_id.is_not(None))
        .group_by(workload.c.use_case_id)
    )


def _slots(cases: CTE, used: CTE, low: float) -> dict[str, Column]:
    linked = used.c.use_case_id.is_not(None)
    measured = and_(linked, cases.c.est_monthly_usd > 0)
    tests: dict[str, Any] = {
        "n_count": measured,
        "n_low": and_(measured, used.c.usd_month < cases.c.est_monthly_usd * low),
        "n_idle": and_(linked, used.c.usd_month <= 0),
        "n_unlinked": used.c.use_case_id.is_(None),
    }
    counts: dict[str, Column] = {name: func.coalesce(func.sum(case((test, 1), else_=0)), 0) for name, test in tests.items()}
    actual = func.coalesce(func.sum(case((measured, used.c.usd_month), else_=0.0)), 0.0)
    return {"n_actual": actual, "n_est": func.coalesce(func.sum(case((measured, cases.c.est_monthly_usd), else_=0.0)), 0.0), **counts}
