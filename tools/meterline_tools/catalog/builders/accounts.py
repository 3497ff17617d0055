"""Counts of accounts: active (M24), large (M25), new (M26)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CTE, case, func, literal, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.held import held_plan
from meterline_tools.catalog.builders.shape import slot
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import named_view


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
    slots = {f"n_of_{key or 'all'}": column for key, column in counts.items()}
    formulas: dict[str, Formula] = {outputs[key].column: slot(f"n_of_{key or 'all'}") for key in counts}
    return held_plan(context, [request], accounts, slots, formulas, on=crossed_on)
