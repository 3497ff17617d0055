"""How many of our sellers hold an unexpired certificate (M47b)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, and_, case, cast, func, literal, null, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows


def build_certification(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One row a person in scope, or one a person and program where programs are asked about."""
    request = requests[0]
    end = request.window.end
    people = context.alias("rep", "people")
    passes = named_view(_passes(context, end), "passes", "certificates that have not run out, the latest of each person and program")
    rows: Any = people
    columns: dict[str, Column] = {"rep": people.c.rep_id, "role": people.c.role}
    holds = passes.c.rep_id == people.c.rep_id
    if "program" in context.asked:
        programs = named_view(_programs(context), "programs", "programs that anybody ever took the examination of")
        rows = people.join(programs, literal(True))
        columns["program"] = programs.c.program
        holds = and_(holds, passes.c.program == programs.c.program)
    rows = rows.outerjoin(passes, holds)
    extra: dict[str, Column] = {
        "person": people.c.rep_id,
        "start_date": people.c.start_date,
        "certified": case((passes.c.rep_id.is_not(None), 1), else_=0),
        "certificate": passes.c.program if "program" not in context.asked else cast(null(), Text()),
        "runs_out_on": passes.c.expires_on,
    }
    sellers = or_(people.c.role.is_(None), people.c.role.not_in(request.metric.params["not_sellers"]))
    employed = or_(people.c.end_date.is_(None), people.c.end_date > end)
    where = [employed, *([] if "role" in context.asked else [sellers])]
    told = f"M47b {request.metric.definition.rstrip('.')}, as of {end}; one row a person and certificate"
    statement = detail_select(context, Fact(context, rows, columns, window=request.window), extra, where, told)
    plan = Plan(statement, outputs_of(request), [d.id for d in context.keys], paged=False)
    newest = end - timedelta(days=request.metric.params["new_joiner_days"])
    plan.finish = lambda found: _finish(context, newest, found)
    return [plan]


def _passes(context: Context, end: date) -> AnySelect:
    """A later failed attempt does not take a certificate away."""
    events = context.views.table("enablement_event")
    return (
        select(events.c.subject_id.label("rep_id"), events.c.program, func.max(events.c.expires_on).label("expires_on"))
        .where(
            events.c.subject_type == "rep",
            events.c.event_type == "cert_passed",
            events.c.occurred_at < datetime.combine(end + timedelta(days=1), time()),
            or_(events.c.expires_on.is_(None), events.c.expires_on > end),
        )
        .group_by(events.c.subject_id, events.c.program)
    )


def _programs(context: Context) -> AnySelect:
    events = context.views.table("enablement_event")
    return (
        select(events.c.program).where(events.c.subject_type == "rep", events.c.event_type.in_(["cert_passed", "cert_failed"])).distinct()
    )


def _finish(context: Context, newest: date, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    def measure(group: Group) -> dict[str, Any]:
        certified = {row["person"] for row in group.rows if row["certified"]}
        everybody = {row["person"]: row["start_date"] for row in group.rows}
        new = {person for person, started in everybody.items() if started is not None and started > newest}
        settled = everybody.keys() - new
        return {
            "m47b": len(certified & settled) / len(settled) if settled else None,
            "m47b_certified": len(certified & settled),
            "m47b_people": len(settled),
            "m47b_new": len(new),
        }

    return grouped_rows(context, rows, measure)
