"""Who uses what: product families in use (M16), and people who use them (M18)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CTE, Date, Double, case, cast, func, literal, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.held import held_plan
from meterline_tools.catalog.builders.shape import assemble, ratio
from meterline_tools.catalog.builders.usage import UsageFact, overlapping, plain_context, usage_rows
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

UPPER_BOUND = "people who use several workloads or products in a day are counted once for each, so users are an upper bound"


def build_adoption(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Products in use of accounts: how many accounts use one, and how many families an account uses."""
    request = requests[0]
    used = families_in_use(context, request.window, float(request.metric.params["threshold_per_28d"]))
    slots: dict[str, Column] = {"pairs": case((used.c.account_id.is_not(None), 1), else_=0)}
    outputs = {derived.output.key: derived.column for derived in outputs_of(request)}
    formulas: dict[str, Formula] = {
        outputs[""]: lambda get: get("users_of"),
        outputs["per_account"]: lambda get: ratio(get("pairs"), get("users_of")),
    }
    kinds = {"sku_family": used.c.sku_family}
    return [held_plan(context, requests, used, slots, formulas, kinds=kinds, distinct={"users_of": used.c.account_id})]


def families_in_use(context: Context, window: Window, threshold_per_28d: float) -> CTE:
    """account_id, sku_family: products on which an account consumed at least the threshold."""
    usage = context.views.usage()
    least = threshold_per_28d * window.days / 28
    statement = (
        select(usage.c.account_id, usage.c.sku_family)
        .where(within(usage.c.usage_date, window), usage.c.sku_family.is_not(None))
        .group_by(usage.c.account_id, usage.c.sku_family)
        .having(func.sum(usage.c.effective_cost) >= least)
    )
    return named_view(statement, "in_use", f"product families with at least {least:g} net, by account, {window}")


def build_users(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Users a day, before and now, and what each uses, over rows on which users are counted."""
    request = requests[0]
    now, before = request.window, request.compare
    span = now if before is None else Window(start=min(now.start, before.start), end=max(now.end, before.end))
    parts = named_view(_users(context, request, span, keyed=True), "sums", f"M18 {request.metric.definition.rstrip('.')}, {now}")
    whole = None
    if context.query.group_by:  # days with users are not additive over parts
        whole = named_view(_users(context, request, span, keyed=False), "whole", "the same without the breakdown")
    outputs = {derived.output.key: derived.column for derived in outputs_of(request)}
    per_day = ratio_of("users_now", "days_now")
    formulas: dict[str, Formula] = {
        outputs[""]: per_day,
        outputs["prior"]: ratio_of("users_before", "days_before"),
        outputs["usd"]: ratio_of("usd_now", "users_now"),
        outputs["units"]: lambda get: case((get("kinds") == 1, ratio(get("units_now"), get("users_now")))),
    }
    plan = Plan(assemble(context, parts, formulas, whole=whole), outputs_of(request), [d.id for d in context.keys])
    plan.notes.append(UPPER_BOUND)
    return [plan]


def ratio_of(above: str, below: str) -> Formula:
    """One slot over another."""
    return lambda get: ratio(get(above), get(below))


def _users(context: Context, request: Request, span: Window, *, keyed: bool) -> AnySelect:
    inner = context if keyed or not overlapping(context, {"rows"}) else plain_context(context)
    rows = usage_rows(
        inner,
        lambda usage: {
            "users": usage.c.active_users,
            "usd": case((usage.c.active_users > 0, usage.c.effective_cost)),
            "units": case((usage.c.active_users > 0, usage.c.consumed_quantity)),
        },
        span,
    )
    slots: dict[str, Column] = {}
    for name, window in (("now", request.window), ("before", request.compare)):
        slots |= _slots(rows, name, window)
    return rows.sums(slots, [within(rows.day, span), rows.measures["users"].is_not(None)], keyed=keyed)


def _slots(rows: UsageFact, name: str, window: Window | None) -> dict[str, Column]:
    """Sums of one window; of a window before all history they are empty."""
    if window is None:
        return {f"users_{name}": cast(literal(0), Double()), f"days_{name}": literal(0)}
    inside, value = within(rows.day, window), rows.measures
    slots: dict[str, Column] = {
        f"users_{name}": func.coalesce(func.sum(case((inside, value["users"]))), 0.0),
        f"days_{name}": func.count(case((inside, cast(rows.day, Date))).distinct()),
    }
    if name == "now":
        slots |= {
            "usd_now": func.coalesce(func.sum(case((inside, value["usd"]))), 0.0),
            "units_now": func.coalesce(func.sum(case((inside, value["units"]))), 0.0),
            "kinds": func.count(case((inside, rows.columns["consumed_unit"])).distinct()),
        }
    return slots
