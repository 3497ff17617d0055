"""Rollups built at load: the two grains that almost every question reads.

They hold settled usage only: rows of category Usage on consumption SKUs, corrections netted in. Views
read them when the time of knowledge is not older than the newest row, so that nothing they sum up was
unknown. `max_ingested_at` says when the last row behind a rollup row reached us.
"""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, Double, MetaData, Table, Text, and_, case, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from meterline_tools.warehouse.schema import sku, usage_daily
from meterline_tools.warehouse.statements import AnySelect

ROLLUPS = MetaData()
KEYS = ("usage_date", "account_id", "workload_id", "sku_id", "region_id", "commit_status", "contract_id")
LARGEST = ("active_users",)
"""Not additive: distinct users of a slice are at least as many as on its largest row."""
WEIGHTED = "avg_utilization"
"""Averaged by compute hours."""
SUMS = (
    *(column.name for column in usage_daily.c if isinstance(column.type, Double) and column.name != WEIGHTED),
    "jobs_succeeded",
    "jobs_failed",
)

account_day = Table(
    "rollup_account_day",
    ROLLUPS,
    Column("usage_date", Date, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("usd", Double),
    Column("list_usd", Double),
    Column("max_ingested_at", DateTime, nullable=False),
)

usage_slice = Table(
    "rollup_usage_slice",
    ROLLUPS,
    *(Column(column.name, column.type) for column in usage_daily.c if column.name not in ("usage_id", "charge_class", "ingested_at")),
    Column("max_ingested_at", DateTime, nullable=False),
)


def is_consumption() -> ColumnElement[bool]:
    """Usage rows of consumption SKUs; a SKU nobody described counts as consumption."""
    category = or_(usage_daily.c.charge_category.is_(None), usage_daily.c.charge_category == "Usage")
    return and_(category, or_(sku.c.is_consumption.is_(None), sku.c.is_consumption.is_(True)))


def select_usage_slices() -> AnySelect:
    """Rows of `rollup_usage_slice`, in its column order, from the raw rows."""
    keys = {name: usage_daily.c[name] for name in KEYS}
    hours = func.sum(case((usage_daily.c[WEIGHTED].is_not(None), usage_daily.c.compute_hours)))
    weighted = func.sum(usage_daily.c[WEIGHTED] * usage_daily.c.compute_hours) / func.nullif(hours, 0)
    columns: list[ColumnElement[object]] = []
    for column in usage_slice.c:
        name = column.name
        if name in keys:
            expression: ColumnElement[object] = keys[name]
        elif name in SUMS:
            expression = func.sum(usage_daily.c[name])
        elif name == WEIGHTED:
            expression = func.coalesce(weighted, func.avg(usage_daily.c[WEIGHTED]))
        elif name == "max_ingested_at":
            expression = func.max(usage_daily.c.ingested_at)
        elif name in LARGEST:
            expression = func.max(usage_daily.c[name])
        else:
            expression = literal("Usage")
        columns.append(expression.label(name))
    source = usage_daily.outerjoin(sku, sku.c.sku_id == usage_daily.c.sku_id)
    return select(*columns).select_from(source).where(is_consumption()).group_by(*keys.values()).order_by(*list(keys.values())[:2])


def select_account_days() -> AnySelect:
    """Rows of `rollup_account_day`, in its column order, from the slices."""
    slices = usage_slice.c
    return (
        select(
            slices.usage_date,
            slices.account_id,
            func.sum(slices.effective_cost).label("usd"),
            func.sum(slices.list_cost).label("list_usd"),
            func.max(slices.max_ingested_at).label("max_ingested_at"),
        )
        .group_by(slices.usage_date, slices.account_id)
        .order_by(slices.usage_date, slices.account_id)
    )
