"""Use cases slipped (M38): dates moved later on balance, and dates that passed.

Days between dates are not the same function in any two dialects, and dates in the history are texts, so the
statement gives the use cases concerned and the counting is done here; the rows stay in the receipt as level 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, and_, case, func, literal, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Plan, Request, outputs_of, within, within_moments
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.use_cases import case_fact
from meterline_tools.warehouse.statements import named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows


def build_slipped(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Use cases whose date moved or passed in the window."""
    request = requests[0]
    outputs = outputs_of(request)
    cases = context.views.table("use_case")
    fact = case_fact(context, cases, request.window)
    passed = and_(within(cases.c.planned_live_date, request.window), cases.c.stage.not_in(["live", "lost"]))
    extra: dict[str, Column] = {
        "use_case_id": cases.c.use_case_id,
        "planned_live_date": cases.c.planned_live_date,
        "passed": case((passed, 1), else_=0),
        "est_monthly_usd": cases.c.est_monthly_usd,
    }
    where: list[Any] = [passed]
    if context.warehouse.has("use_case_event"):
        moves = _moves(context, request)
        fact.rows = fact.rows.outerjoin(moves, moves.c.use_case_id == cases.c.use_case_id)
        extra |= {"first_date": moves.c.first_date, "last_date": moves.c.last_date}
        where = [or_(passed, moves.c.use_case_id.is_not(None))]
    told = f"M38 {request.metric.definition.rstrip('.')}, {request.window}; one row a use case"
    statement = detail_select(context, fact, extra, where, told)
    plan = Plan(statement, outputs, [d.id for d in context.keys], paged=False)
    plan.finish = lambda rows: _finish(context, request, rows)
    if not context.warehouse.has("use_case_event"):
        plan.notes.append("slips only by today's date against the plan: no use-case history loaded")
    return [plan]


def _moves(context: Context, request: Request) -> CTE:
    """For each use case the date it had before the window's first move and after its last."""
    events = context.views.table("use_case_event")
    moved = select(
        events.c.use_case_id,
        events.c.from_value,
        events.c.to_value,
        func.row_number().over(partition_by=events.c.use_case_id, order_by=[events.c.event_at, events.c.event_id]).label("nth"),
        func.row_number()
        .over(partition_by=events.c.use_case_id, order_by=[events.c.event_at.desc(), events.c.event_id.desc()])
        .label("nth_last"),
    ).where(
        events.c.event_type == "date_change",
        func.coalesce(events.c.field_name, literal("planned_live_date")) == "planned_live_date",
        *within_moments(events.c.event_at, request.window),
    )
    each = moved.subquery("moved")
    statement = select(
        each.c.use_case_id,
        func.max(case((each.c.nth == 1, each.c.from_value))).label("first_date"),
        func.max(case((each.c.nth_last == 1, each.c.to_value))).label("last_date"),
    ).group_by(each.c.use_case_id)
    return named_view(statement, "moves", "planned live date before the first and after the last move in the window")


def _finish(context: Context, request: Request, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    def count(group: Group) -> dict[str, Any]:
        slipped = [(row, days) for row in group.once("use_case_id") if (days := _days_slipped(row, request.window.end)) is not None]
        lengths = [days for _, days in slipped]
        return {
            "m38_count": len(slipped),
            "m38_usd": sum(row["est_monthly_usd"] or 0.0 for row, _ in slipped),
            "m38_days": sum(lengths) / len(lengths) if lengths else None,
        }

    def counts(row: dict[str, Any]) -> bool:
        return _days_slipped(row, request.window.end) is not None

    return grouped_rows(context, rows, count, keep=counts)


def _days_slipped(row: dict[str, Any], end: date) -> int | None:
    """Days by which a use case slipped; None when its moves cancel out and its date has not passed."""
    first, last = _date(row.get("first_date")), _date(row.get("last_date"))
    if first and last and last > first:
        return (last - first).days
    if row["passed"]:
        planned: date = row["planned_live_date"]
        return max(0, (end - planned).days)
    return None


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None
