"""Use-case churn (M23): workloads that customers who are still active have turned off, migrations aside.

SQL gives the workloads that fell by more than nine tenths and those that came up in the same accounts; a fall that mirrors
such a rise is a rename or a migration and is no churn. Each rise can excuse one fall only, so pairs are made here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, and_, case, func, or_, select, true

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.calendar import trailing
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

MONTH = 30.4
SPAN = 28
GAP = 56
"""Days from the end of the earlier four weeks to the end of the window."""
_OF_WORKLOADS = ("workload", "workload_type", "connector", "sku", "sku_family")
_SHOWN = ("account_id", "workload_id", "sku_id", "was", "now", "workload_was", "workload_now")
Row = dict[str, Any]


def build_turned_off(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One row for each SKU of a workload that went down or came up; the pairs are found when the rows are there."""
    request = requests[0]
    params = request.metric.params
    moved = named_view(_moved(context, request), "moved", _told(request))
    filters = context.query.filters
    own = {name: values for name, values in filters.items() if name in _OF_WORKLOADS}
    fact = _fact(context, request, moved, [name for name in filters if name not in own])
    asked = and_(true(), *(fact.dimension(context.catalog.dimensions[name]).in_(values) for name, values in own.items()))
    extra: dict[str, Column] = {
        name: moved.c[name] for name in ("account_id", "workload_id", "sku_id", "was", "now", "workload_was", "workload_now")
    }
    extra["asked"] = case((asked, 1), else_=0)
    statement = detail_select(context, fact, extra, [], f"M23 {request.metric.definition.rstrip('.')}")
    plan = Plan(statement, outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.finish = lambda found: _finish(context, found, float(params["fell_by"]), tuple(params["mirror"]))
    return [plan]


def _fact(context: Context, request: Request, moved: CTE, filters: Sequence[str]) -> Fact:
    """The moved workloads, filtered by account and people only: a twin may lie outside of the product or workload asked about."""
    rows: Any = moved
    columns: dict[str, Column] = {name: moved.c[f"{name}_id"] for name in ("account", "workload", "sku")}
    columns["sku_family"] = moved.c.sku_family
    if context.by_people:
        credit = context.views.credit()
        end = request.window.end
        valid = and_(credit.c.account_id == moved.c.account_id, credit.c.valid_from <= end, credit.c.valid_to > end)
        rows, columns["rep"] = rows.outerjoin(credit, valid), credit.c.rep_id
    kept = {name: context.query.filters[name] for name in filters}
    wide = replace(context, query=context.query.model_copy(update={"filters": kept}))
    return Fact(wide, rows, columns, window=request.window)


def _told(request: Request) -> str:
    before, after = _spans(request.window)
    return f"workloads of active accounts that went down or came up: was {before}, now {after}, both a month"


def _spans(window: Window) -> tuple[Window, Window]:
    return trailing(window.end - timedelta(days=GAP), SPAN), trailing(window.end, SPAN)


def _moved(context: Context, request: Request) -> AnySelect:
    """SKUs of workloads, with their workload's own sums, in accounts that are active in the later four weeks."""
    params, usage = request.metric.params, context.views.usage()
    before, after = _spans(request.window)
    day, usd = usage.c.usage_date, usage.c.effective_cost

    def monthly(span: Window) -> Column:
        return func.sum(case((within(day, span), usd), else_=0.0)) / SPAN * MONTH

    keys = [usage.c.account_id, usage.c.workload_id, usage.c.sku_id, usage.c.sku_family]
    slices = (
        select(*keys, monthly(before).label("was"), monthly(after).label("now"))
        .where(within(day, before) | within(day, after), usage.c.workload_id.is_not(None))
        .group_by(*keys)
        .subquery("slices")
    )
    workload = [slices.c.account_id, slices.c.workload_id]
    whole = select(
        *slices.c,
        func.sum(slices.c.was).over(partition_by=workload).label("workload_was"),
        func.sum(slices.c.now).over(partition_by=workload).label("workload_now"),
    ).subquery("workloads")
    left, floor = 1 - float(params["fell_by"]), float(params["least_month"])
    fell = and_(whole.c.workload_was > floor, whole.c.workload_now < left * whole.c.workload_was)
    rose = and_(whole.c.workload_now > floor, whole.c.workload_was < left * whole.c.workload_now)
    return select(*whole.c).where(or_(fell, rose), whole.c.account_id.in_(select(_active(context, after).c.account_id)))


def _active(context: Context, window: Window) -> CTE:
    days = context.views.account_day()
    statement = (
        select(days.c.account_id)
        .where(within(days.c.usage_date, window))
        .group_by(days.c.account_id)
        .having(func.sum(days.c.usd) >= context.company.active_threshold)
    )
    return named_view(statement, "active", f"accounts with at least {context.company.active_threshold:g} net {window}")


def _finish(context: Context, rows: Rows, fell_by: float, mirror: tuple[float, float]) -> tuple[list[str], list[list[Any]]]:
    migrated = _migrated(rows.dicts(), mirror)

    def measure(group: Group) -> Row:
        lost = {(row["account_id"], row["workload_id"], row["sku_id"]): row for row in group.rows}.values()
        gone = [row for row in lost if _workload(row) not in migrated]
        return {
            "m23": sum(row["was"] - row["now"] for row in gone),
            "m23_count": len({_workload(row) for row in gone}),
            "m23_migrated": sum(row["was"] - row["now"] for row in lost if _workload(row) in migrated),
        }

    def counts(row: Row) -> bool:
        return bool(row["asked"] and row["workload_now"] < (1 - fell_by) * row["workload_was"])

    return grouped_rows(context, rows, measure, keep=counts)


def _workload(row: Row) -> tuple[Any, Any]:
    return row["account_id"], row["workload_id"]


def _migrated(rows: Sequence[Row], mirror: tuple[float, float]) -> set[tuple[Any, Any]]:
    """Workloads whose fall has a twin: a rise of about its size in the same account. The largest falls choose first, the nearest rise."""
    moves: defaultdict[Any, dict[Any, float]] = defaultdict(dict)
    for row in rows:
        moves[row["account_id"]][row["workload_id"]] = row["workload_now"] - row["workload_was"]
    found: set[tuple[Any, Any]] = set()
    for account, changes in moves.items():
        rises = {workload: change for workload, change in changes.items() if change > 0}
        for workload, change in sorted(changes.items(), key=lambda item: (item[1], str(item[0]))):
            fits = {w: rise for w, rise in rises.items() if mirror[0] * -change <= rise <= mirror[1] * -change} if change < 0 else {}
            if fits:
                del rises[min(fits, key=lambda w: (abs(fits[w] + change), str(w)))]
                found.add((account, workload))
    return found
