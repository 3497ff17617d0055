"""Customer activities and their substance (M44)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, case, func

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within_moments
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, slot


def build_activities(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Everything but internal meetings; never one number alone."""
    request = requests[0]
    params = request.metric.params
    done = context.views.table("activity")

    def measure() -> Measured:
        def tally(test: Column) -> Column:
            return func.coalesce(func.sum(case((test, 1), else_=0)), 0)

        slots: dict[str, Column] = {
            "n_count": func.count(done.c.activity_id),
            "n_substantive": tally(and_(done.c.substance >= params["substantive"], done.c.customer_attendees >= 1)),
            "n_unscored": tally(done.c.substance.is_(None)),
            "n_conversations": tally(done.c.activity_type.not_in(params["messages"])),
        }
        columns: dict[str, Column] = {
            "account": done.c.account_id,
            "rep": done.c.rep_id,
            "activity_type": done.c.activity_type,
            "purpose": done.c.purpose,
        }
        fact = Fact(context, done, columns, window=request.window, day=done.c.occurred_at, moments=True)
        return fact, slots, [done.c.activity_type != "internal", *within_moments(done.c.occurred_at, request.window)]

    outputs = outputs_of(request)
    parts, whole = parts_and_whole(context, measure, f"M44 {request.metric.definition.rstrip('.')}, {request.window}")
    formulas = {derived.column: slot(f"n_{derived.output.key}") for derived in outputs}
    return [Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])]
