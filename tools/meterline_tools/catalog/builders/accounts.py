"""Counts of accounts: active (M24), large (M25), new (M26)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, and_, case, func, literal, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import assemble, slot
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view


def build_active(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Accounts at or above the company's active threshold."""
    request = requests[0]
    threshold = context.company.active_threshold
    sized = _sized(
        context, request.window, parents=False, least=threshold, told=f"M24 accounts with at least {threshold:g} net, {request.window}"
    )
    return [_counted(context, request, sized, {"": literal(1)})]


def build_large(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Groups of accounts above each of the metric's thresholds."""
    request = requests[0]
    thresholds: dict[str, float] = request.metric.params["thresholds"]
    told = f"M25 accounts with their subsidiaries above {min(thresholds.values()):g} net, {request.window}"
    sized = _sized(context, request.window, parents=True, least=None, told=told)
    return [_counted(context, request, sized, {key: case((sized.c.usd > least, 1), else_=0) for key, least in thresholds.items()})]


def build_new(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Accounts whose cumulative consumption crossed the installed threshold inside the window, on the day they did."""
    request = requests[0]
    threshold = context.company.installed_threshold
    days = context.views.account_day()
    running = select(
        days.c.account_id,
        days.c.usage_date,
        func.sum(days.c.usd).over(partition_by=days.c.account_id, order_by=days.c.usage_date).label("so_far"),
    ).subquery("running")
    statement = (
        select(running.c.account_id, func.min(running.c.usage_date).label("day"))
        .where(running.c.so_far >= threshold)
        .group_by(running.c.account_id)
    )
    crossed = named_view(statement, "crossed", f"M26 the day on which cumulative net consumption of an account first reached {threshold:g}")
    return [_counted(context, request, crossed, {"": literal(1)}, crossed_on=crossed.c.day)]


def _sized(context: Context, window: Window, *, parents: bool, least: float | None, told: str) -> CTE:
    days = context.views.account_day()
    rows: Any = days
    account: Column = days.c.account_id
    if parents:
        accounts = context.alias("account", "parents")
        rows = days.outerjoin(accounts, accounts.c.account_id == days.c.account_id)
        account = func.coalesce(accounts.c.parent_account_id, days.c.account_id)
    statement = select(account.label("account_id"), func.sum(days.c.usd).label("usd")).select_from(rows)
    statement = statement.where(within(days.c.usage_date, window)).group_by(account)
    if least is not None:
        statement = statement.having(func.sum(days.c.usd) >= least)
    return named_view(statement, "sized", told)


def _counted(context: Context, request: Request, accounts: CTE, counts: dict[str, Column], *, crossed_on: Column | None = None) -> Plan:
    """Accounts counted by their attributes; by people, with whoever is credited at the end of the window or on the day of crossing."""
    outputs = {derived.output.key: derived for derived in outputs_of(request)}
    slots = {key: f"n_of_{key or 'all'}" for key in counts}
    formulas: dict[str, Formula] = {outputs[key].column: slot(slots[key]) for key in counts}

    def count_once(*, keyed: bool) -> AnySelect:
        fact = _holders(context, request, accounts, crossed_on)
        keys = [(f"k_{d.id}", fact.dimension(d)) for d in context.keys] if keyed else []
        inside = [] if crossed_on is None else [within(crossed_on, request.window)]
        flags = [column.label(slots[key]) for key, column in counts.items()]
        each = select(*(column.label(name) for name, column in keys), accounts.c.account_id, *flags).distinct()
        each_once = each.select_from(fact.rows).where(*inside, *fact.conditions()).subquery("each" if keyed else "each_whole")
        sums = [func.coalesce(func.sum(each_once.c[name]), 0).label(name) for name in slots.values()]
        statement = select(*(each_once.c[name] for name, _ in keys), *sums)
        return statement.group_by(*(each_once.c[name] for name, _ in keys)) if keys else statement

    parts = named_view(count_once(keyed=True), "sums", f"{request.metric.id} counted, each account once in a part")
    split = context.by_people and context.query.group_by
    whole = named_view(count_once(keyed=False), "whole", "each account once, as credit can be split") if split else None
    return Plan(assemble(context, parts, formulas, whole=whole), list(outputs.values()), [d.id for d in context.keys])


def _holders(context: Context, request: Request, accounts: CTE, crossed_on: Column | None) -> Fact:
    rows: Any = accounts
    columns: dict[str, Column] = {"account": accounts.c.account_id}
    if context.by_people:
        credit = context.views.credit()
        day: Any = request.window.end if crossed_on is None else crossed_on
        valid = and_(credit.c.account_id == accounts.c.account_id, credit.c.valid_from <= day, credit.c.valid_to > day)
        rows = rows.outerjoin(credit, valid)
        columns["rep"] = credit.c.rep_id
    return Fact(context, rows, columns, window=request.window, day=crossed_on)
