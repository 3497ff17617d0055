"""Growth on the year (M09): all accounts, and like for like without the young ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import CTE, and_, case, func, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import assemble
from meterline_tools.catalog.builders.usage import growth, plain_context, usage_fact
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view


def build_yoy(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Sums per account first, as youth is a property of accounts; the total counts each account once."""
    request = requests[0]
    metric, compare = request.metric, request.compare
    assert compare is not None
    outputs = {derived.output.key: derived for derived in outputs_of(request)}
    floor = float(metric.params["near_zero_per_28d"])
    formulas: dict[str, Formula] = {
        outputs[""].column: growth("usd_1", "usd_2", request, floor),
        outputs["like_for_like"].column: growth("older_1", "older_2", request, floor),
        outputs["young"].column: lambda get: get("young"),
    }
    born = _first_days(context, request.window)
    limit = request.window.end - timedelta(days=int(metric.params["young_days"]))
    told = f"M09 {metric.definition.rstrip('.')}, {request.window} against {compare}; usd_1 and usd_2 are the two windows"
    parts = named_view(_grown(context, request, born, limit_day=limit, keyed=True), "sums", told)
    whole = None
    if context.query.group_by:
        whole = named_view(_grown(context, request, born, limit_day=limit, keyed=False), "whole", "each account once")
    return [Plan(assemble(context, parts, formulas, whole=whole), list(outputs.values()), [d.id for d in context.keys])]


def _first_days(context: Context, window: Window) -> CTE:
    days = context.views.account_day()
    statement = (
        select(days.c.account_id, func.min(days.c.usage_date).label("first_day"))
        .where(days.c.usd > 0, days.c.usage_date <= window.end)
        .group_by(days.c.account_id)
    )
    return named_view(statement, "first_use", "first day with paid usage of each account")


def _grown(context: Context, request: Request, born: CTE, *, limit_day: date, keyed: bool) -> AnySelect:
    assert request.compare is not None
    fact = usage_fact(context if keyed else plain_context(context), {"usd"}, request.window)
    day, usd, account = fact.day, fact.measures["usd"], fact.columns["account"]
    keys = [(f"k_{d.id}", fact.dimension(d)) for d in context.keys] if keyed else []
    conditions = [*fact.conditions(), (within(day, request.window) | within(day, request.compare))]
    rows = fact.rows.outerjoin(born, born.c.account_id == account)
    sums: dict[str, Column] = {
        "usd_1": func.sum(case((within(day, request.window), usd), else_=0.0)),
        "usd_2": func.sum(case((within(day, request.compare), usd), else_=0.0)),
    }
    per_account = (
        select(
            *(column.label(name) for name, column in keys),
            account.label("account_id"),
            *(column.label(name) for name, column in sums.items()),
            func.min(born.c.first_day).label("first_day"),
        )
        .select_from(rows)
        .where(*conditions)
        .group_by(*(column for _, column in keys), account)
        .subquery("grown" if keyed else "grown_whole")
    )
    older = per_account.c.first_day <= limit_day
    young = and_(per_account.c.first_day > limit_day, per_account.c.usd_1 > 0)
    statement = select(
        *(per_account.c[name] for name, _ in keys),
        func.coalesce(func.sum(per_account.c.usd_1), 0.0).label("usd_1"),
        func.coalesce(func.sum(per_account.c.usd_2), 0.0).label("usd_2"),
        func.coalesce(func.sum(case((older, per_account.c.usd_1), else_=0.0)), 0.0).label("older_1"),
        func.coalesce(func.sum(case((older, per_account.c.usd_2), else_=0.0)), 0.0).label("older_2"),
        func.coalesce(func.sum(case((young, 1), else_=0)), 0).label("young"),
    )
    return statement.group_by(*(per_account.c[name] for name, _ in keys)) if keys else statement
