"""Health of accounts (M52): five components side by side, never one number. A component without its data is empty, not zero."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import CTE, Double, and_, case, cast, func, null, select

from meterline_tools.catalog.builders.adoption import families_in_use, ratio_of
from meterline_tools.catalog.builders.base import FETCH, Column, Context, Derived, Formula, Get, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.explained import explained_moves, move_slots
from meterline_tools.catalog.builders.held import held_plan
from meterline_tools.catalog.builders.ratios import waste_measures, waste_sums
from meterline_tools.catalog.builders.shape import assemble, ratio
from meterline_tools.catalog.builders.usage import usage_rows
from meterline_tools.catalog.calendar import preceding, trailing
from meterline_tools.warehouse.statements import AnySelect, named_view

RECENT = 28


def build_health(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One plan for what usage rows tell, one for the families in use, one for what the cause ledger tells."""
    request = requests[0]
    derived = {each.output.key: each for each in outputs_of(request)}
    # The first plan chooses the parts to show; the others give all, as their own order says nothing about health.
    rest = replace(context, page=replace(context.page, order="", limit=FETCH))
    plans = [_from_usage(context, request, derived), _breadth(rest, request, derived)]
    if (explained := _explained(rest, request, derived)) is not None:
        plans.append(explained)
    return plans


def _from_usage(context: Context, request: Request, derived: dict[str, Derived]) -> Plan:
    """Waste, value link, users and steadiness in one pass over the window."""
    window = request.window
    linked = _linked(context)
    weeks = [trailing(window.end - timedelta(days=7 * n), 7) for n in range(window.days // 7)]

    def sums(*, keyed: bool) -> AnySelect:
        rows = usage_rows(context, waste_measures, window)
        usage = context.views.usage()
        slots = waste_sums(rows)
        if linked is not None:
            rows.rows = rows.rows.outerjoin(linked, linked.c.workload_id == usage.c.workload_id)
            slots["valued"] = func.coalesce(func.sum(case((linked.c.workload_id.is_not(None), usage.c.effective_cost))), 0.0)
        slots["users"] = func.coalesce(func.sum(usage.c.active_users), 0.0)
        slots["user_days"] = func.count(case((usage.c.active_users.is_not(None), rows.day)).distinct())
        for number, week in enumerate(weeks):
            slots[f"week_{number}"] = func.coalesce(func.sum(case((within(rows.day, week), usage.c.effective_cost))), 0.0)
        return rows.sums(slots, [within(rows.day, window)], keyed=keyed)

    told = f"M52 {request.metric.definition.rstrip('.')}, {window}"
    parts = named_view(sums(keyed=True), "sums", told)
    whole = named_view(sums(keyed=False), "whole", "the same without the breakdown") if context.query.group_by else None
    formulas: dict[str, Formula] = {
        derived["waste"].column: lambda get: ratio(get("wasted"), get("measured")),
        derived["value"].column: (lambda get: ratio(get("valued"), get("net"))) if linked is not None else _nothing,
        derived["users"].column: ratio_of("users", "user_days"),
        derived["swing"].column: _swing(len(weeks)),
    }
    outputs = [derived[key] for key in ("waste", "value", "users", "swing")]
    return Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])


def _nothing(get: Get) -> Column:
    return cast(null(), Double())


def _linked(context: Context) -> CTE | None:
    """Workloads of live use cases with a stated outcome; None where no workload is linked or no outcome stated at all."""
    has = context.warehouse.has
    if not (has("workload", "use_case_id") and has("use_case", "business_outcome")):
        return None
    workloads, cases = context.views.table("workload"), context.views.table("use_case")
    statement = select(workloads.c.workload_id).join_from(workloads, cases, cases.c.use_case_id == workloads.c.use_case_id)
    valued = statement.where(and_(cases.c.stage == "live", cases.c.business_outcome.is_not(None)))
    return named_view(valued, "valued", "workloads of live use cases with a business outcome")


def _swing(weeks: int) -> Formula:
    """Standard deviation of weekly consumption over its mean; a week without usage counts as nothing used."""

    def formula(get: Get) -> Column:
        values: list[Column] = [cast(get(f"week_{n}"), Double()) for n in range(weeks)]
        if weeks < 2:
            return _nothing(get)
        total, squares = _added(values, lambda v: v), _added(values, lambda v: v * v)
        spread = (squares - total * total / weeks) / (weeks - 1)
        return case((and_(total > 0, spread >= 0), func.sqrt(case((spread > 0, spread), else_=0.0)) * weeks / total))

    return formula


def _added(values: list[Column], of: Callable[[Column], Column]) -> Column:
    total = of(values[0])
    for value in values[1:]:
        total = total + of(value)
    return total


def _breadth(context: Context, request: Request, derived: dict[str, Derived]) -> Plan:
    """Product families in use in the last four weeks; over several accounts, their average."""
    recent = trailing(request.window.end, min(RECENT, request.window.days))
    used = families_in_use(context, recent, float(request.metric.params["threshold_per_28d"]))
    slots: dict[str, Column] = {"pairs": case((used.c.account_id.is_not(None), 1), else_=0)}
    formulas: dict[str, Formula] = {derived["families"].column: lambda get: ratio(get("pairs"), get("users_of"))}
    plan = held_plan(context, [request], used, slots, formulas, distinct={"users_of": used.c.account_id})
    plan.outputs = [derived["families"]]
    return plan


def _explained(context: Context, request: Request, derived: dict[str, Derived]) -> Plan | None:
    """The share of material moves with a confirmed cause, as in M55; nothing where no cause is on file."""
    if not context.views.has("usage_annotation"):
        return None
    recent = trailing(request.window.end, min(RECENT, request.window.days))
    moves = explained_moves(context, recent, preceding(recent), float(request.metric.params["material_per_28d"]))
    formulas: dict[str, Formula] = {derived["explained"].column: lambda get: ratio(get("explained_usd"), get("moved_usd"))}
    plan = held_plan(context, [request], moves, move_slots(moves), formulas)
    plan.outputs = [derived["explained"]]
    return plan
