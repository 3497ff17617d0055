"""The forecast a company brought (M48): the latest model row and the latest overlays of each account and month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Date, and_, case, cast, func, literal, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.holders import with_holder
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, slot
from meterline_tools.warehouse.statements import AnySelect, named_view

MODEL = "model"
_LIVE = "live"


def build_called(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Model, overlays and their sum. People are credited by the assignment of the last complete day."""
    request = requests[0]
    outputs = outputs_of(request)
    called = named_view(_latest(context, request), "called", "the latest model row and the latest overlays of each account and month")
    model, overlay = ((called.c.source == MODEL), and_(called.c.source != MODEL, called.c.in_actuals == 0))

    def measure() -> Measured:
        rows: Any = called
        columns: dict[str, Column] = {"account": called.c.account_id, "sku_family": called.c.sku_family}
        share: Column = literal(1.0)
        if context.by_people:
            rows, columns["rep"], credited = with_holder(context, rows, called.c.account_id, cast(literal(context.asof.d1), Date))
            share = func.coalesce(credited, 1.0)
        slots: dict[str, Column] = {
            name: func.coalesce(func.sum(case((which, called.c.amount_usd * share), else_=0.0)), 0.0)
            for name, which in {"n_model": model, "n_overlay": overlay, "n_total": or_(model, overlay)}.items()
        }
        return Fact(context, rows, columns, window=request.window, day=called.c.period_month), slots, []

    told = f"M48 {request.metric.definition.rstrip('.')}. Months {request.window}"
    parts, whole = parts_and_whole(context, measure, told)
    formulas = {d.column: slot(f"n_{d.output.key or 'total'}") for d in outputs}
    return [Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])]


def _latest(context: Context, request: Request) -> AnySelect:
    """Rows in force: of each account, product family, month, source and use case the version that came last."""
    forecasts, cases = context.views.table("forecast"), context.views.table("use_case")
    nth = func.row_number().over(
        partition_by=[
            forecasts.c.account_id,
            func.coalesce(forecasts.c.sku_family, literal("")),
            forecasts.c.period_month,
            forecasts.c.source,
            func.coalesce(forecasts.c.use_case_id, literal("")),
        ],
        order_by=[forecasts.c.version_date.desc(), forecasts.c.forecast_id.desc()],
    )
    ranked = select(*forecasts.c, nth.label("nth")).where(within(forecasts.c.period_month, request.window)).subquery("ranked")
    live = and_(cases.c.stage == _LIVE, or_(cases.c.actual_live_date.is_(None), cases.c.actual_live_date <= context.asof.d1))
    return (
        select(*ranked.c, case((live, 1), else_=0).label("in_actuals"))
        .select_from(ranked.outerjoin(cases, cases.c.use_case_id == ranked.c.use_case_id))
        .where(ranked.c.nth == 1)
    )
