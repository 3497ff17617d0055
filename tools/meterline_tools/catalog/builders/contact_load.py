"""How often customers were asked for something (M46)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CTE, and_, case, func, literal, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula, Plan, Request, outputs_of, within_moments
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, slot
from meterline_tools.catalog.calendar import trailing
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

LONG = 90
IN_PRODUCT = "in_product"


def build_contact_load(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Asks by everybody in our company, in the window and in the 90 days up to its end; a prompt inside the product weighs half."""
    request = requests[0]
    long = trailing(request.window.end, max(LONG, request.window.days))
    asks = named_view(_asks(context, long), "asks", "what customers were asked for, with whether the same topic had come up before")
    inside = and_(*within_moments(asks.c.occurred_at, request.window))
    quarter = and_(*within_moments(asks.c.occurred_at, trailing(request.window.end, LONG)))
    weight: Column = case((asks.c.activity_type == IN_PRODUCT, request.metric.params["in_product"]), else_=1.0)

    def measure() -> Measured:
        def load(test: Column, value: Column) -> Column:
            return func.coalesce(func.sum(case((test, value), else_=0.0)), 0.0)

        slots: dict[str, Column] = {
            "n_all": load(inside, weight),
            "n_d90": load(quarter, weight),
            "n_again": load(and_(quarter, asks.c.nth > 1), literal(1.0)),
            "n_unanswered": load(and_(quarter, asks.c.ask_outcome.in_(request.metric.params["unanswered"])), literal(1.0)),
        }
        columns: dict[str, Column] = {"account": asks.c.account_id, "rep": asks.c.rep_id, "topic": asks.c.ask_type}
        return Fact(context, asks, columns, window=request.window), slots, []

    outputs = outputs_of(request)
    parts, whole = parts_and_whole(context, measure, f"M46 {request.metric.definition.rstrip('.')}, {request.window} and {long}")
    formulas: dict[str, Formula] = {derived.column: slot(f"n_{derived.output.key or 'all'}") for derived in outputs}
    return [Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])]


def _asks(context: Context, window: Window) -> AnySelect:
    done: CTE = context.views.table("activity")
    nth = func.row_number().over(partition_by=[done.c.account_id, done.c.ask_type], order_by=[done.c.occurred_at, done.c.activity_id])
    columns = [done.c[name] for name in ("account_id", "rep_id", "activity_type", "occurred_at", "ask_type", "ask_outcome")]
    asked = [done.c.ask_type.is_not(None), done.c.activity_type != "internal"]
    return select(*columns, nth.label("nth")).where(*asked, *within_moments(done.c.occurred_at, window))
