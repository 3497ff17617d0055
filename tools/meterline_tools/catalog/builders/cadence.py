"""Whether eligible accounts had their quarterly business review (M45)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, FromClause, case, func, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within, within_moments
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.holders import with_holder
from meterline_tools.catalog.calendar import trailing
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

RATE_DAYS = 28
YEAR = 365
MOTION = "core"
REVIEW = "qbr"
INFERRED = "no QBRs are loaded, so activities of type qbr are taken for them; whether a customer executive attended is not known"


def build_cadence(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One row for each eligible account, with its latest review in the window."""
    request = requests[0]
    end, accounts = request.window.end, context.alias("account", "eligible")
    sized = named_view(_sized(context, request), "sized", "accounts whose annualised consumption of the last 28 days makes them eligible")
    held = named_view(_held(context, request), "held", "latest review in the window, and latest one with a customer executive")
    rows: Any = accounts.join(sized, sized.c.account_id == accounts.c.account_id)
    rows = rows.outerjoin(held, held.c.account_id == accounts.c.account_id)
    columns: dict[str, Column] = {"account": accounts.c.account_id}
    if context.by_people:
        rows, columns["rep"], _ = with_holder(context, rows, accounts.c.account_id, end)
    extra: dict[str, Column] = {
        "account_id": accounts.c.account_id,
        "run_rate_usd": sized.c.run_rate_usd,
        "held_at": held.c.held_at,
        "held_with_executive": held.c.held_with_executive,
    }
    told = f"M45 {request.metric.definition.rstrip('.')}, {request.window}; one row an eligible account"
    fact = Fact(context, rows, columns, window=request.window)
    statement = detail_select(context, fact, extra, _eligible(context, request, accounts), told)
    plan = Plan(statement, outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.finish = lambda found: _finish(context, found)
    if not context.warehouse.has("qbr"):
        plan.notes.append(INFERRED)
    return [plan]


def _sized(context: Context, request: Request) -> AnySelect:
    days = context.views.account_day()
    rate = func.sum(days.c.usd) / RATE_DAYS * YEAR
    return (
        select(days.c.account_id, rate.label("run_rate_usd"))
        .where(within(days.c.usage_date, trailing(request.window.end, RATE_DAYS)))
        .group_by(days.c.account_id)
        .having(rate >= context.company.qbr_min_run_rate)
    )


def _held(context: Context, request: Request) -> AnySelect:
    if not context.warehouse.has("qbr"):
        return _inferred(context, request)
    qbr = context.views.table("qbr")
    attended = case((qbr.c.customer_exec_contact_id.is_not(None), qbr.c.held_at))
    return (
        select(qbr.c.account_id, func.max(qbr.c.held_at).label("held_at"), func.max(attended).label("held_with_executive"))
        .where(qbr.c.status == "held", *within_moments(qbr.c.held_at, request.window))
        .group_by(qbr.c.account_id)
    )


def _inferred(context: Context, request: Request) -> AnySelect:
    """Reviews as activities of their type; each counts as attended, since nothing says otherwise."""
    activity = context.views.table("activity")
    latest = func.max(activity.c.occurred_at)
    return (
        select(activity.c.account_id, latest.label("held_at"), latest.label("held_with_executive"))
        .where(activity.c.activity_type == REVIEW, *within_moments(activity.c.occurred_at, request.window))
        .group_by(activity.c.account_id)
    )


def _eligible(context: Context, request: Request, accounts: FromClause) -> list[ColumnElement[bool]]:
    """Old enough, and worked by a core rep where the company tells motions apart that way."""
    oldest = request.window.end - timedelta(days=request.metric.params["min_age_days"])
    since = func.coalesce(accounts.c.first_consumption_date, accounts.c.signup_date)
    tests: list[ColumnElement[bool]] = [or_(since.is_(None), since <= oldest)]
    motions = {motion for (motion,) in context.warehouse.run(select(accounts.c.motion).distinct()).rows}
    return [*tests, accounts.c.motion == MOTION] if MOTION in motions else tests


def _finish(context: Context, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    def measure(group: Group) -> dict[str, Any]:
        accounts = group.once("account_id")
        attended = sum(account["held_with_executive"] is not None for account in accounts)
        held = sum(account["held_at"] is not None for account in accounts)
        return {
            "m45": attended / len(accounts) if accounts else None,
            "m45_held": attended,
            "m45_without_executive": held - attended,
            "m45_missing": len(accounts) - held,
            "m45_eligible": len(accounts),
        }

    return grouped_rows(context, rows, measure)
