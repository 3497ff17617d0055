"""Data completeness (M54), by the same rules that find the last complete day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, or_, select

from meterline_tools.catalog.builders.base import Context, Fact, Plan, Request, outputs_of
from meterline_tools.receipts import Window
from meterline_tools.warehouse.asof import HISTORY_DAYS, AsOf, find_last_complete_day
from meterline_tools.warehouse.statements import narrated

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

Received = dict[date, tuple[int, float]]


def build_completeness(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Rows and dollars received for each day, then the ratios to what was expected."""
    request = requests[0]
    today = context.asof.today
    received = context.views.table("usage_daily")
    columns = {"account": received.c.account_id, "sku": received.c.sku_id, "usage_region": received.c.region_id}
    fact = Fact(context, received, columns, window=request.window, day=received.c.usage_date)
    keys = [(f"k_{d.id}", fact.dimension(d)) for d in context.keys if d.id != "day"]
    statement = (
        select(
            literal(2).label("level"),
            *(column.label(name) for name, column in keys),
            received.c.usage_date.label("usage_day"),
            func.count().label("rows_received"),
            func.coalesce(func.sum(received.c.effective_cost), 0.0).label("usd_received"),
        )
        .select_from(fact.rows)
        .where(
            received.c.usage_date > today - timedelta(days=HISTORY_DAYS),
            received.c.usage_date <= today,
            or_(received.c.charge_category.is_(None), received.c.charge_category == "Usage"),
            received.c.charge_class.is_(None),
            *fact.conditions(),
        )
        .group_by(*(column for _, column in keys), received.c.usage_date)
        .order_by(received.c.usage_date)
    )
    told = "M54 rows and dollars received for each usage day by the time of knowledge, corrections left out"
    plan = Plan(narrated(statement, told), outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.finish = lambda rows: _finish(context, request, rows)
    return [plan]


def _finish(context: Context, request: Request, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    details = rows.dicts()
    keys = [f"k_{d.id}" for d in context.keys if d.id != "day"]
    groups: dict[tuple[Any, ...], Received] = {}
    whole: Received = {}
    for row in details:
        day, got = row["usage_day"], (int(row["rows_received"]), float(row["usd_received"]))
        before = whole.get(day, (0, 0.0))
        whole[day] = (before[0] + got[0], before[1] + got[1])
        if keys:
            groups.setdefault(tuple(row[key] for key in keys), {})[day] = got
    by_day = any(d.id == "day" for d in context.keys)
    filtered = bool(context.query.filters or context.query.exclude)
    columns = ["level", "groups", *keys, *(["k_day"] if by_day else []), *rows.columns[1 + len(keys) :], "m54_pct", "m54_date"]
    total = _judged(context, whole) if filtered else context.asof
    yesterday = context.asof.today - timedelta(days=1)
    made = [
        {
            "level": 0,
            "groups": len(groups) or (len(total.completeness) if by_day else 0),
            "m54_pct": _share(total, yesterday),
            "m54_date": total.d1,
        }
    ]
    for key, received in (groups or ({(): whole} if by_day else {})).items():
        judged = _judged(context, received) if key else total
        named = dict(zip(keys, key, strict=True))
        if by_day:
            made += [
                {"level": 1, "groups": 1, **named, "k_day": day, "m54_pct": min(r, u)}
                for day, r, u in judged.completeness
                if _asked(day, request.window)
            ]
        else:
            made.append({"level": 1, "groups": 1, **named, "m54_pct": _share(judged, context.asof.d1), "m54_date": judged.d1})
    made += [{**row, "level": 2} for row in details]
    return columns, [[row.get(column) for column in columns] for row in made]


def _asked(day: date, window: Window) -> bool:
    """Days of the window, and those after it that are still coming in."""
    return day >= window.start


def _judged(context: Context, received: Received) -> AsOf:
    return find_last_complete_day(received, context.asof.known_at, context.company.settle_lag_days, context.warehouse.meta.first_usage_date)


def _share(judged: AsOf, day: date) -> float | None:
    return next((min(rows, usd) for known, rows, usd in judged.completeness if known == day), None)
