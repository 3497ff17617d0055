"""How far forecasts were from what came (M49), by the version in force 30, 60 and 90 days before each month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, Date, Integer, and_, case, cast, func, literal, select, union_all

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula, Get, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.holders import with_holder
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, ratio
from meterline_tools.catalog.calendar import add_months, spell
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.catalog.builders.base import Derived

HORIZONS = (30, 60, 90)
_MODEL = "model"


def build_accuracy(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Months that are over, account by account; a forecast of an account that used nothing counts in full."""
    request = requests[0]
    months = closed_months(request.window, context.asof.d1)
    outputs = outputs_of(request)
    judged = named_view(
        _judged(context, months or [request.window.start.replace(day=1)]),
        "judged",
        "forecast and actual of each account, month and horizon",
    )
    window = Window(start=months[0], end=add_months(months[-1], 1) - timedelta(days=1)) if months else request.window

    def measure() -> Measured:
        rows: Any = judged
        columns: dict[str, Column] = {"account": judged.c.account_id}
        share: Column = literal(1.0)
        if context.by_people:
            rows, columns["rep"], credited = with_holder(context, rows, judged.c.account_id, judged.c.period_month)
            share = func.coalesce(credited, 1.0)
        return Fact(context, rows, columns, window=window, day=judged.c.period_month), _slots(judged, share), []

    told = f"M49 {request.metric.definition.rstrip('.')}. Months {window}"
    parts, whole = parts_and_whole(context, measure, told)
    plan = Plan(assemble(context, parts, {d.column: _formula(d) for d in outputs}, whole=whole), outputs, [d.id for d in context.keys])
    plan.notes = [f"closed months only: {spell(window.start)} to {spell(window.end)}"] if months else []
    plan.lacking = lambda columns, rows: _nothing(months, columns, rows)
    return [plan]


def closed_months(window: Window, d1: date) -> list[date]:
    """First days of the calendar months that lie in a window as a whole and are over."""
    first = window.start if window.start.day == 1 else add_months(window.start.replace(day=1), 1)
    months = []
    while add_months(first, 1) - timedelta(days=1) <= min(window.end, d1):
        months.append(first)
        first = add_months(first, 1)
    return months


def _judged(context: Context, months: list[date]) -> AnySelect:
    """account_id, period_month, horizon, model_usd, overlay_usd, actual_usd."""
    due = _due(months)
    forecasts = context.views.table("forecast")
    nth = func.row_number().over(
        partition_by=[
            forecasts.c.account_id,
            func.coalesce(forecasts.c.sku_family, literal("")),
            forecasts.c.period_month,
            forecasts.c.source,
            func.coalesce(forecasts.c.use_case_id, literal("")),
            due.c.horizon,
        ],
        order_by=[forecasts.c.version_date.desc(), forecasts.c.forecast_id.desc()],
    )
    in_time = and_(forecasts.c.period_month == due.c.period_month, forecasts.c.version_date <= due.c.known_by)
    versions = (
        select(
            forecasts.c.account_id, forecasts.c.period_month, due.c.horizon, forecasts.c.source, forecasts.c.amount_usd, nth.label("nth")
        )
        .select_from(forecasts.join(due, in_time))
        .subquery("versions")
    )
    model = func.sum(case((versions.c.source == _MODEL, versions.c.amount_usd)))
    overlay = func.coalesce(func.sum(case((versions.c.source != _MODEL, versions.c.amount_usd), else_=0.0)), 0.0)
    keys = [versions.c.account_id, versions.c.period_month, versions.c.horizon]
    called = (
        select(*keys, model.label("model_usd"), overlay.label("overlay_usd")).where(versions.c.nth == 1).group_by(*keys).subquery("called")
    )
    actual = named_view(_actual(context, months), "actual", "net consumption of each account and month")
    same = and_(actual.c.account_id == called.c.account_id, actual.c.period_month == called.c.period_month)
    usd = func.coalesce(actual.c.usd, 0.0).label("actual_usd")
    return select(*called.c, usd).select_from(called.outerjoin(actual, same)).where(called.c.model_usd.is_not(None))


def _due(months: list[date]) -> CTE:
    """By when a version had to be known, for each month and horizon."""
    each = [
        select(
            cast(literal(month), Date).label("period_month"),
            cast(literal(horizon), Integer).label("horizon"),
            cast(literal(month - timedelta(days=horizon)), Date).label("known_by"),
        )
        for month in months
        for horizon in HORIZONS
    ]
    lines = union_all(*each).subquery("each_horizon")
    return named_view(select(*lines.c), "due", "the day by which a version had to be in force, for each month and horizon")


def _actual(context: Context, months: list[date]) -> AnySelect:
    days = context.views.account_day()
    last = add_months(months[-1], 1) - timedelta(days=1)
    starts = [(days.c.usage_date < add_months(month, 1), cast(literal(month), Date)) for month in months]
    month = case(*starts) if starts else cast(literal(months[0]), Date)
    inside = within(days.c.usage_date, Window(start=months[0], end=last))
    return (
        select(days.c.account_id, month.label("period_month"), func.sum(days.c.usd).label("usd"))
        .where(inside)
        .group_by(days.c.account_id, month)
    )


def _slots(judged: CTE, share: Column) -> dict[str, Column]:
    slots: dict[str, Column] = {}
    total = judged.c.model_usd + judged.c.overlay_usd
    for horizon in HORIZONS:
        here = judged.c.horizon == horizon
        for name, value in (
            ("model", func.abs(judged.c.actual_usd - judged.c.model_usd)),
            ("called", func.abs(judged.c.actual_usd - total)),
            ("bias", total - judged.c.actual_usd),
            ("actual", judged.c.actual_usd),
        ):
            slots[f"n_{name}_{horizon}"] = func.coalesce(func.sum(case((here, value * share), else_=0.0)), 0.0)
    return slots


def _formula(derived: Derived) -> Formula:
    """model_30: the model alone; d30: with overlays; added_30: what overlays improved; bias_30: too high when positive."""
    name, _, horizon = (derived.output.key or "d30").rpartition("_")
    horizon = horizon.removeprefix("d")  # "d60" is the forecast as called: it has no name of its own

    def share(part: str, get: Get) -> Column:
        return ratio(get(f"n_{part}_{horizon}"), get(f"n_actual_{horizon}"))

    formulas: dict[str, Formula] = {
        "": lambda get: share("called", get),
        "model": lambda get: share("model", get),
        "added": lambda get: share("model", get) - share("called", get),
        "bias": lambda get: share("bias", get),
    }
    return formulas[name]


def _nothing(months: list[date], columns: list[str], rows: list[list[Any]]) -> str | None:
    if not months:
        return "no month of this period is over"
    total = next((row for row in rows if row[columns.index("level")] == 0), None)
    judged = total is not None and any(total[columns.index(f"n_actual_{horizon}")] for horizon in HORIZONS)
    return None if judged else "no forecast was in force before these months"
