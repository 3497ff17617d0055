"""Days from creation to first live (M42): a median, with the open use cases that are older than it beside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_

from meterline_tools.catalog.builders.base import Column, Context, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.use_cases import CLOSED, case_fact

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows


def build_time_to_live(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Use cases that went live in the window, and those still open."""
    request = requests[0]
    cases = context.views.table("use_case")
    arrived = and_(within(cases.c.actual_live_date, request.window), cases.c.created_at.is_not(None))
    still_open = and_(cases.c.stage.not_in(CLOSED), cases.c.created_at.is_not(None))
    extra: dict[str, Column] = {name: cases.c[name] for name in ("use_case_id", "created_at", "actual_live_date", "stage")}
    told = f"M42 {request.metric.definition.rstrip('.')}, {request.window}; one row a use case"
    statement = detail_select(context, case_fact(context, cases, request.window), extra, [or_(arrived, still_open)], told)
    plan = Plan(statement, outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.finish = lambda rows: _finish(context, request, rows)
    return [plan]


def _finish(context: Context, request: Request, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    start, end = request.window.start, request.window.end

    def measure(group: Group) -> dict[str, Any]:
        cases = group.once("use_case_id")
        lengths = [_days(c, c["actual_live_date"]) for c in cases if c["actual_live_date"] and start <= c["actual_live_date"] <= end]
        ages = [_days(c, end) for c in cases if c["stage"] not in CLOSED]
        middle = median(lengths) if lengths else None
        older = sum(age > middle for age in ages) if middle is not None else None
        return {"m42": middle, "m42_count": len(lengths), "m42_open": len(ages), "m42_open_longer": older}

    return grouped_rows(context, rows, measure)


def _days(use_case: dict[str, Any], until: date) -> int:
    created: date = use_case["created_at"].date()
    return (until - created).days
