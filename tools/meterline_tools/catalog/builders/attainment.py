"""Growth above baseline and quota attainment (M13, M14, M15), from quota snapshots and credited consumption.

Of each rep, account and quota type only the latest version counts. Baselines are due by days of the fiscal
year, quota by the weights of its quarters. People without a quota row have no attainment, and are named.
Asked by SKU family, it is the product targets that count, against credited consumption of that family.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import CTE, Double, Text, and_, case, cast, func, literal, null, select, union_all

from meterline_tools.catalog.builders.base import Column, Context, Derived, Fact, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, ratio
from meterline_tools.catalog.calendar import spell
from meterline_tools.receipts import Window
from meterline_tools.warehouse import schema
from meterline_tools.warehouse.engines import Warehouse
from meterline_tools.warehouse.statements import AnySelect, named_view

YEAR = 365
EVEN = (0.25, 0.25, 0.25, 0.25)
QUOTA_TYPE = "incremental_consumption"
PRODUCT_TYPE = "product_target"
_USED = ("rep_id", "account_id", "sku_family", "baseline_annual_usd", "incremental_quota_usd", "quarter_weights")
_WEIGHTS: WeakKeyDictionary[Warehouse, tuple[str | None, ...]] = WeakKeyDictionary()
"""Quarter weights that occur in a company, as written."""


def build_attainment(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """All three metrics from one list of quota rows and credited account days."""
    window = requests[0].window
    outputs = [derived for request in requests for derived in outputs_of(request)]
    year = context.calendar.year(window.end).window
    remaining = (year.end - window.end).days
    formulas = {derived.column: _formula(derived, remaining) for derived in outputs}
    lines = named_view(
        quota_lines(context, window, year),
        "lines",
        "quota rows with what of them is due by now, and credited consumption of the fiscal year",
    )

    def measure() -> Measured:
        slots = {name: func.coalesce(func.sum(lines.c[name]), 0.0) for name in _SLOTS}
        columns = {"rep": lines.c.rep_id, "account": lines.c.account_id, "sku_family": lines.c.sku_family}
        return Fact(context, lines, columns, window=window), slots, []

    metrics = "; ".join(f"{request.metric.id} {request.metric.definition.rstrip('.')}" for request in requests)
    parts, whole = parts_and_whole(context, measure, f"{metrics}. Fiscal year {year}, to {window.end}")
    statement = assemble(context, parts, formulas, whole=whole)
    plan = Plan(statement, outputs, [d.id for d in context.keys])
    snapshot = any(request.metric.id == "M14" for request in requests)
    plan.remark = lambda columns, rows: [*_without_quota(context, columns, rows), *(_snapshot(context, window) if snapshot else [])]
    plan.lacking = lambda columns, rows: _nobody(context, window, columns, rows)
    return [plan]


_SLOTS = ("credited_usd", "baseline_due", "baseline_year", "quota_due", "quota_year", "quota_rows", "uncovered_usd")


def quota_lines(context: Context, window: Window, year: Window) -> AnySelect:
    """Quota rows, and the credited days of the fiscal year: of reps with a quota as credited, of others as uncovered."""
    quota = _latest_quota(context, window)
    elapsed = window.days / year.days
    weight = _weight(context, quota, window)
    days = _family_days(context) if by_product(context) else context.views.rep_day()
    family: Column = days.c.sku_family if by_product(context) else cast(null(), Text())
    zero: Column = literal(0.0)
    plan = select(
        quota.c.rep_id,
        quota.c.account_id,
        quota.c.sku_family,
        zero.label("credited_usd"),
        (func.coalesce(quota.c.baseline_annual_usd, 0.0) * elapsed).label("baseline_due"),
        func.coalesce(quota.c.baseline_annual_usd, 0.0).label("baseline_year"),
        (func.coalesce(quota.c.incremental_quota_usd, 0.0) * weight).label("quota_due"),
        func.coalesce(quota.c.incremental_quota_usd, 0.0).label("quota_year"),
        literal(1).label("quota_rows"),
        zero.label("uncovered_usd"),
    )
    covered = days.c.rep_id.in_(select(quota.c.rep_id))
    used = select(
        days.c.rep_id,
        days.c.account_id,
        family.label("sku_family"),
        case((covered, days.c.usd), else_=0.0).label("credited_usd"),
        *(zero.label(name) for name in ("baseline_due", "baseline_year", "quota_due", "quota_year")),
        literal(0).label("quota_rows"),
        case((covered, 0.0), else_=days.c.usd).label("uncovered_usd"),
    ).where(within(days.c.usage_date, window))
    both = union_all(plan, used).subquery("both")
    return select(*both.c)


def by_product(context: Context) -> bool:
    """Whether targets for a product are asked about rather than quotas on all consumption."""
    return "sku_family" in context.asked


def _family_days(context: Context) -> CTE:
    """rep_id, account_id, usage_date, sku_family, usd: as views.rep_day, by product."""
    usage, credit = context.views.usage(), context.views.credit()
    on_day = and_(
        credit.c.account_id == usage.c.account_id, usage.c.usage_date >= credit.c.valid_from, usage.c.usage_date < credit.c.valid_to
    )
    usd = func.sum(usage.c.effective_cost * credit.c.credit_pct).label("usd")
    keys = [credit.c.rep_id, usage.c.account_id, usage.c.usage_date, usage.c.sku_family]
    statement = select(*keys, usd).select_from(usage.join(credit, on_day)).group_by(*keys)
    return named_view(statement, "family_day", "consumption by product credited to each rep by the assignment of the day")


def _latest_quota(context: Context, window: Window) -> CTE:
    quota = context.views.table("quota")
    latest = (
        func.row_number()
        .over(
            partition_by=[quota.c.rep_id, quota.c.account_id, *([quota.c.sku_family] if by_product(context) else [])],
            order_by=[quota.c.version.desc(), quota.c.snapped_on.desc(), quota.c.quota_id],
        )
        .label("newest")
    )
    fiscal_year = context.calendar.year_number(window.end)
    kind = PRODUCT_TYPE if by_product(context) else QUOTA_TYPE
    versions = (
        select(*(quota.c[name] for name in _USED), latest)
        .where(and_(quota.c.fiscal_year == fiscal_year, quota.c.quota_type == kind, quota.c.snapped_on <= context.asof.today))
        .subquery("versions")
    )
    columns = [versions.c[name] for name in _USED]
    return named_view(
        select(*columns).where(versions.c.newest == 1), "latest_quota", f"newest version of each quota row of fiscal year {fiscal_year}"
    )


def _weight(context: Context, quota: CTE, window: Window) -> Column:
    """The share of the year's quota that is due, by the quarter weights of each row."""
    if context.warehouse not in _WEIGHTS:
        found = context.warehouse.run(select(schema.quota.c.quarter_weights).distinct()).rows
        _WEIGHTS[context.warehouse] = tuple(text for (text,) in found)
    even = context.calendar.elapsed_weight(EVEN, window.end)
    whens = [
        (quota.c.quarter_weights == text, context.calendar.elapsed_weight(weights, window.end))
        for text in _WEIGHTS[context.warehouse]
        if (weights := _weights(text))
    ]
    return case(*whens, else_=even) if whens else cast(literal(even), Double())


def _weights(text: str | None) -> tuple[float, ...] | None:
    """Four weights from their JSON; None for anything else, which is then taken as even."""
    try:
        found = [float(weight) for weight in json.loads(text or "")]
    except (ValueError, TypeError):
        return None
    return tuple(found) if len(found) == 4 and sum(found) > 0 and min(found) >= 0 else None


def _formula(derived: Derived, remaining: int) -> Formula:
    """Outputs are NULL where nobody has a quota, so that nobody seems to stand at 0%."""
    name = f"{derived.request.metric.id}.{derived.output.key}".rstrip(".")
    few = remaining < int(derived.request.metric.params.get("min_days", 1))
    values: dict[str, Formula] = {
        "M13": lambda get: get("credited_usd") - get("baseline_due"),
        "M14.pace": lambda get: ratio(get("credited_usd") - get("baseline_due"), get("quota_due")),
        "M14.to_date": lambda get: ratio(get("credited_usd") - get("baseline_due"), get("quota_year")),
        "M14.gap": lambda get: get("credited_usd") - get("baseline_due") - get("quota_due"),
        "M15": lambda get: (
            cast(null(), Double()) if few else (get("baseline_year") + get("quota_year") - get("credited_usd")) / remaining * YEAR
        ),
        "M15.day": lambda get: (
            cast(null(), Double()) if remaining <= 0 else (get("baseline_year") + get("quota_year") - get("credited_usd")) / remaining
        ),
        "M15.remaining": lambda get: get("baseline_year") + get("quota_year") - get("credited_usd"),
    }
    value = values[name]
    return lambda get: case((get("quota_rows") > 0, value(get)))


_SNAPSHOTS: WeakKeyDictionary[Warehouse, dict[Any, list[str]]] = WeakKeyDictionary()
"""What has been said of a company's quota snapshots, by who asked for which fiscal year with the knowledge of when."""


def _snapshot(context: Context, window: Window) -> list[str]:
    """Which snapshot the quota stands in: the day it was set and its version."""
    kept = _SNAPSHOTS.setdefault(context.warehouse, {})
    kind = PRODUCT_TYPE if by_product(context) else QUOTA_TYPE
    key = (context.views.principal, context.asof.today, context.calendar.year_number(window.end), kind)
    if key not in kept:
        quota = context.views.table("quota")
        of_year = and_(quota.c.fiscal_year == key[2], quota.c.quota_type == kind, quota.c.snapped_on <= context.asof.today)
        last = select(func.max(quota.c.snapped_on), func.max(quota.c.version)).where(of_year)
        [(day, version)] = context.warehouse.run(last).rows
        label = context.calendar.year(window.end).label
        kept[key] = [] if day is None else [f"quota of {label} as last set on {spell(day)}, version {version}"]
    return kept[key]


def _without_quota(context: Context, columns: list[str], rows: list[list[Any]]) -> list[str]:
    """Who is credited with consumption this fiscal year but has no quota."""
    place = {name: number for number, name in enumerate(columns)}
    if "rep" in context.query.group_by:
        names = [row[place["n_rep"]] or row[place["k_rep"]] for row in rows if row[place["level"]] == 1 and not row[place["quota_rows"]]]
        people = [str(name) for name in dict.fromkeys(names) if name]
        return [f"no quota loaded for {', '.join(sorted(people))}"] if people else []
    total = next((row for row in rows if row[place["level"]] == 0), None)
    if total is None or not total[place["uncovered_usd"]]:
        return []
    return ["people without a quota row are left out of attainment"] if total[place["quota_rows"]] else []


def _nobody(context: Context, window: Window, columns: list[str], rows: list[list[Any]]) -> str | None:
    """That none of those asked about has a quota, by name where people are filtered by."""
    level, quota_rows = columns.index("level"), columns.index("quota_rows")
    if any(row[quota_rows] for row in rows if row[level] == 0):
        return None
    ids = [id_ for name in ("rep", "manager") for id_ in context.query.filters.get(name, [])]
    people = context.views.reps()
    found = context.warehouse.run(select(people.c.full_name).where(people.c.rep_id.in_(ids))).rows if ids else []
    about = ", ".join(sorted(name for (name,) in found)) or context.calendar.year(window.end).label
    return f"no {'product target' if by_product(context) else 'quota'} loaded for {about}"
