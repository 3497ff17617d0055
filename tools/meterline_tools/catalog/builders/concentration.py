"""Concentration (M17): the share of the largest accounts, subsidiaries counted with their parent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CTE, case, func, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import assemble, ratio
from meterline_tools.catalog.builders.usage import plain_context, usage_fact
from meterline_tools.warehouse.statements import named_view


def build_concentration(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Groups of accounts are ranked within each part, and once more for the total."""
    request = requests[0]
    top = int(request.metric.params["top"])
    derived = outputs_of(request)[0]
    formulas: dict[str, Formula] = {derived.column: lambda get: ratio(get("top_usd"), get("usd"))}
    parts = _ranked(context, request, top, keyed=True)
    whole = _ranked(context, request, top, keyed=False) if context.query.group_by else None
    return [Plan(assemble(context, parts, formulas, whole=whole), [derived], [d.id for d in context.keys])]


def _ranked(context: Context, request: Request, top: int, *, keyed: bool) -> CTE:
    fact = usage_fact(context if keyed else plain_context(context), {"usd"}, request.window)
    accounts = context.alias("account", "parents")
    fact.rows = fact.rows.outerjoin(accounts, accounts.c.account_id == fact.columns["account"])
    group = func.coalesce(accounts.c.parent_account_id, fact.columns["account"])
    keys = [(f"k_{d.id}", fact.dimension(d)) for d in context.keys] if keyed else []
    usd: Column = func.sum(fact.measures["usd"])
    sized = (
        select(
            *(column.label(name) for name, column in keys),
            usd.label("usd"),
            func.row_number().over(partition_by=[column for _, column in keys] or None, order_by=usd.desc()).label("place"),
        )
        .select_from(fact.rows)
        .where(within(fact.day, request.window), *fact.conditions())
        .group_by(*(column for _, column in keys), group)
        .subquery("sized" if keyed else "sized_whole")
    )
    statement = select(
        *(sized.c[name] for name, _ in keys),
        func.sum(case((sized.c.place <= top, sized.c.usd), else_=0.0)).label("top_usd"),
        func.sum(sized.c.usd).label("usd"),
    )
    statement = statement.group_by(*(sized.c[name] for name, _ in keys)) if keys else statement
    told = f"M17 {request.metric.definition.rstrip('.')}, {request.window}"
    return named_view(statement, "sums" if keyed else "whole", told if keyed else "the same over all accounts")
