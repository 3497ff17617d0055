"""Customers lost (M22): active a year ago, under the threshold for four weeks now, and with no commitment that runs on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CTE, and_, case, func, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.held import held_plan
from meterline_tools.catalog.builders.shape import ratio
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

NOT_IN_FORCE = ("draft", "cancelled")
"""Status of contracts that bind nobody."""


def build_logo_churn(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Accounts active in the earlier window: how many there were, how many of them are gone, how many are idle on a commitment."""
    request = requests[0]
    assert request.compare is not None
    threshold = context.company.active_threshold
    told = f"accounts with at least {threshold:g} net {request.compare}, then and {request.window}, and whether a commitment runs on"
    cohort = named_view(_then_and_now(context, request.window, request.compare), "cohort", told)
    gone = and_(cohort.c.now_usd < threshold, cohort.c.committed == 0)
    idle = and_(cohort.c.now_usd < threshold, cohort.c.committed == 1)
    slots: dict[str, Column] = {
        "members": case((cohort.c.account_id.is_not(None), 1), else_=0),
        "lost_count": case((gone, 1), else_=0),
        "lost_usd": case((gone, cohort.c.then_usd), else_=0.0),
        "idle_count": case((idle, 1), else_=0),
    }
    formulas = {d.column: _FORMULAS[d.output.key] for d in outputs_of(request)}
    plan = held_plan(context, requests, cohort, slots, formulas)
    if not context.warehouse.has("contract"):
        plan.notes.append("no contracts are loaded, so an account without usage counts as lost even if a commitment runs on")
    return [plan]


_FORMULAS: dict[str, Formula] = {
    "": lambda get: ratio(get("lost_count"), get("members")),
    "lost": lambda get: get("lost_count"),
    "usd": lambda get: get("lost_usd"),
    "idle": lambda get: get("idle_count"),
    "n": lambda get: get("members"),
}


def _then_and_now(context: Context, now: Window, then: Window) -> AnySelect:
    days = context.views.account_day()
    then_usd = func.sum(case((within(days.c.usage_date, then), days.c.usd), else_=0.0))
    sums = (
        select(
            days.c.account_id,
            then_usd.label("then_usd"),
            func.sum(case((within(days.c.usage_date, now), days.c.usd), else_=0.0)).label("now_usd"),
        )
        .where(within(days.c.usage_date, now) | within(days.c.usage_date, then))
        .group_by(days.c.account_id)
        .having(then_usd >= context.company.active_threshold)
        .subquery("then_and_now")
    )
    running = running_commitments(context, now)
    committed = case((sums.c.account_id.in_(select(running.c.account_id)), 1), else_=0)
    return select(*sums.c, committed.label("committed"))


def running_commitments(context: Context, window: Window) -> CTE:
    """account_id of every commitment in force on the last day of the window."""
    contracts = context.views.table("contract")
    statement = select(contracts.c.account_id).where(
        contracts.c.contract_type == "commit",
        contracts.c.start_date <= window.end,
        contracts.c.end_date > window.end,
        or_(contracts.c.status.is_(None), contracts.c.status.not_in(NOT_IN_FORCE)),
        contracts.c.account_id.is_not(None),
    )
    return named_view(statement, "running", f"accounts with a commitment that runs on {window.end}")
