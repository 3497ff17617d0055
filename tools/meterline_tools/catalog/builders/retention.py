"""Net and gross retention (M19, M20, M21): what customers of a year ago consume now, over what they consumed then.

The cohort is fixed at the start of the earlier window, so that who left stays in the denominator and who is new counts
nowhere. Subsidiaries count with their parent: usage that moves inside a group is neither churn nor growth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CTE, and_, case, func, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.held import held_plan
from meterline_tools.catalog.builders.shape import ratio
from meterline_tools.catalog.calendar import days
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import named_view


def build_retention_year(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M19: the second year over the first, of groups with paid usage in the first days of the first year."""
    request = requests[0]
    year = request.window.days // 2
    second = days(request.window.end - timedelta(days=year - 1), request.window.end)
    first = days(request.window.start, second.start - timedelta(days=1))
    opening = days(first.start, first.start + timedelta(days=int(request.metric.params["opening_days"]) - 1))
    told = f"M19 cohort: groups with paid usage {opening}; then_usd {first}, now_usd {second}"
    return [_plan(context, requests, _cohort(context, first, second, opening, told))]


def build_retention_point(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M20 and M21 from one cohort: groups with net consumption in the window 364 days earlier."""
    request = requests[0]
    assert request.compare is not None
    told = f"{' '.join(r.metric.id for r in requests)} cohort: groups with net consumption {request.compare}; now_usd {request.window}"
    return [_plan(context, requests, _cohort(context, request.compare, request.window, None, told))]


def grouped(context: Context) -> tuple[Any, Column, Column, Column]:
    """Account days with the group of their account: rows, the group's account id, day and dollars.

    A parent that the asker cannot see stands for nobody: the account then is its own group.
    """
    accounts, parents = context.alias("account", "accounts"), context.alias("account", "parents")
    days_ = context.views.account_day()
    rows = days_.outerjoin(accounts, accounts.c.account_id == days_.c.account_id)
    rows = rows.outerjoin(parents, parents.c.account_id == accounts.c.parent_account_id)
    return rows, func.coalesce(parents.c.account_id, days_.c.account_id), days_.c.usage_date, days_.c.usd


def _cohort(context: Context, then: Window, now: Window, opening: Window | None, told: str) -> CTE:
    """account_id (the group's), then_usd, now_usd. The cohort paid in `opening`, or where there is none, was above zero `then`."""
    rows, group, day, usd = grouped(context)
    then_usd = func.sum(case((within(day, then), usd), else_=0.0))
    now_usd = func.sum(case((within(day, now), usd), else_=0.0))
    belongs = then_usd > 0
    if opening is not None:
        belongs = func.sum(case((and_(within(day, opening), usd > 0), 1), else_=0)) > 0
    statement = (
        select(group.label("account_id"), then_usd.label("then_usd"), now_usd.label("now_usd"))
        .select_from(rows)
        .where(within(day, then) | within(day, now))
        .group_by(group)
        .having(belongs)
    )
    return named_view(statement, "cohort", told)


def _plan(context: Context, requests: Sequence[Request], cohort: CTE) -> Plan:
    kept = case((cohort.c.now_usd < cohort.c.then_usd, cohort.c.now_usd), else_=cohort.c.then_usd)
    slots: dict[str, Column] = {
        "members": case((cohort.c.account_id.is_not(None), 1), else_=0),
        "then_sum": cohort.c.then_usd,
        "now_sum": cohort.c.now_usd,
        "kept_sum": kept,
    }
    formulas = {d.column: _FORMULAS[f"{d.output.key}" or "net"] for request in requests for d in outputs_of(request)}
    return held_plan(context, requests, cohort, slots, formulas)


_FORMULAS: dict[str, Formula] = {
    "net": lambda get: ratio(get("now_sum"), get("then_sum")),
    "grr": lambda get: ratio(get("kept_sum"), get("then_sum")),
    "churn": lambda get: 1 - ratio(get("kept_sum"), get("then_sum")),
    "lost": lambda get: get("then_sum") - get("kept_sum"),
    "then": lambda get: get("then_sum"),
    "now": lambda get: get("now_sum"),
    "n": lambda get: get("members"),
}
"""By output key: net is M19's and M20's own, grr, churn and lost are M21's."""
