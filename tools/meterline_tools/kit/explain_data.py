"""What explain_change reads: usage as a frame, other accounts, peers, paper. Few statements, all through views."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import Select, and_, case, func, literal, or_, select, union_all

from meterline_tools.insight.frames import Frame, Mask, build_frame, dense
from meterline_tools.insight.history import History
from meterline_tools.insight.locate import Located
from meterline_tools.insight.thresholds import Thresholds
from meterline_tools.principal import LOCAL_ADMIN
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.warehouse.engines import Rows
    from meterline_tools.warehouse.views import Views

FRAME_DAYS_BEFORE = 430
"""Days before the earliest onset: the same days of last year, with 8 weeks before them; they also say how far usage strays."""
_LOST_STATES = ("left", "moved")


@dataclass(frozen=True)
class Usage:
    """One account's usage with the statement it came from."""

    history: History
    frame: Frame
    rows: Rows
    days: Rows
    account: Mapping[str, Any]
    workloads: Sequence[Mapping[str, Any]]


def everyone(bench: Workbench) -> Views:
    """Views without scope. Only for counts over the whole company: no id, name or amount of another account leaves them."""
    from meterline_tools.warehouse.views import Views

    return bench.views if bench.principal.sees_everything else Views(bench.warehouse, bench.asof, LOCAL_ADMIN)


def read_history(bench: Workbench, account: Entity) -> tuple[History, Rows] | None:
    """Daily money of the account up to d1; None when it has none."""
    days = bench.views.account_day()
    statement = select(days.c.usage_date, days.c.usd, days.c.list_usd).where(days.c.account_id == account.id).order_by(days.c.usage_date)
    rows = bench.warehouse.run(statement, limit=20_000)
    if not rows.rows:
        return None
    dates = [row[0] for row in rows.rows]
    start, end = dates[0], bench.asof.d1
    usd = dense(dates, [row[1] for row in rows.rows], start, end)
    listed = dense(dates, [row[2] for row in rows.rows], start, end)
    seen = dense(dates, [1.0] * len(dates), start, end)
    return History(start, usd, listed, seen), rows


def read_usage(bench: Workbench, account: Entity, earliest: date, rules: Thresholds) -> Usage | None:
    """History and frame; the frame starts early enough for a baseline before `earliest`."""
    read = read_history(bench, account)
    if read is None:
        return None
    history, day_rows = read
    start = max(history.start, earliest - timedelta(days=FRAME_DAYS_BEFORE))
    rows = bench.warehouse.run(_leaf_statement(bench, account, start), limit=rules.data.max_leaves_rows)
    workloads = bench.warehouse.run(_of_account(bench, "workload", account), limit=5_000).dicts() if bench.warehouse.has("workload") else []
    record = bench.warehouse.run(_of_account(bench, "account", account), limit=1).dicts()
    leaf_rows = rows.dicts()
    if not _several_families(bench):  # where all products are of one family, none can be told to be new to anybody
        leaf_rows = [{**row, "sku_family": None} for row in leaf_rows]
    frame = build_frame(leaf_rows, {w["workload_id"]: _attributes(w) for w in workloads}, start, bench.asof.d1, _names(workloads, rows))
    return Usage(history, frame, rows, day_rows, record[0] if record else {}, workloads)


def _several_families(bench: Workbench) -> bool:
    families = everyone(bench).table("sku").c.sku_family
    return int(bench.warehouse.run(select(func.count(families.distinct())), limit=1).rows[0][0] or 0) > 1


def _of_account(bench: Workbench, table: str, account: Entity) -> Select[Any]:
    rows = bench.views.table(table)
    return select(rows).where(rows.c.account_id == account.id)


def _leaf_statement(bench: Workbench, account: Entity, start: date) -> Select[Any]:
    u = bench.views.usage().c
    sums = {
        "usd": u.effective_cost,
        "list_usd": u.list_cost,
        "contracted_usd": u.contracted_cost,
        "qty": u.consumed_quantity,
        "refresh": u.refresh_quantity,
        "retry": u.retry_quantity,
        "idle": u.idle_quantity,
        "users": u.active_users,
        "jobs_ok": u.jobs_succeeded,
        "jobs_failed": u.jobs_failed,
        "rows_processed": u.rows_processed,
        "rows_changed": u.rows_changed,
        "egress": u.gb_egress,
    }
    keys = (u.usage_date, u.workload_id, u.sku_id, u.sku_family, u.sku_name, u.consumed_unit, u.region_id)
    overage = func.sum(case((u.commit_status == "overage", u.effective_cost), else_=0.0)).label("overage_usd")
    return (
        select(*keys, *(func.sum(column).label(name) for name, column in sums.items()), overage, func.count().label("n"))
        .where(u.account_id == account.id, u.usage_date >= start)
        .group_by(*keys)
    )


def _attributes(workload: Mapping[str, Any]) -> dict[str, str | None]:
    return {
        "workspace": workload["workspace_id"],
        "connector": workload["connector_type"],
        "team": workload["owner_team"],
        "environment": workload["environment"],
        "workload_type": workload["workload_type"],
    }


def _names(workloads: Iterable[Mapping[str, Any]], rows: Rows) -> dict[str, str]:
    names = {w["workload_id"]: w["workload_name"] for w in workloads if w["workload_name"]}
    at, name = rows.columns.index("sku_id"), rows.columns.index("sku_name")
    return names | {row[at]: row[name] for row in rows.rows if row[at] and row[name]}


def crowd_statement(bench: Workbench, account: Entity, located: Located, rules: Thresholds) -> Select[Any] | None:
    """Counts of other accounts on the slice's connector, SKU and region, and of those that moved alike in the same days."""
    onset = located.onset
    days = min(rules.others.days, (bench.asof.d1 - onset).days + 1)
    values = _common_values(located)
    if days < rules.detect.min_days or not values:
        return None
    views = everyone(bench)
    parts = [_crowd(bench, views, account, located, rules, days, dimension, value) for dimension, value in values.items()]
    return select(union_all(*parts).subquery())


def _common_values(located: Located) -> dict[str, str]:
    """Connector, SKU and region that all leaves of the slice share."""
    mask = _carrying(located)
    out: dict[str, str] = {}
    for dimension in ("connector", "sku", "region"):
        values = {leaf.get(dimension) for leaf, inside in zip(located.frame.leaves, mask, strict=True) if inside}
        value = next(iter(values)) if len(values) == 1 else None
        if value:
            out[dimension] = value
    return out


def _carrying(located: Located) -> Mask:
    """Leaves of the slice; without one, those of the workload that contributes most of all."""
    frame = located.frame
    if located.part is not None:
        return located.part.mask
    if located.drivers and located.drivers[0].share >= 0.5:
        return frame.mask(located.drivers[0].attribute, [located.drivers[0].value])
    return np.ones(len(frame.leaves), dtype=bool)


def _crowd(
    bench: Workbench, views: Views, account: Entity, located: Located, rules: Thresholds, days: int, dimension: str, value: str
) -> Select[Any]:
    usage = views.usage()
    onset, back = located.onset, rules.others.reference_days
    last = onset + timedelta(days=days - 1)
    source: Any = usage
    match: Any = usage.c.sku_id == value if dimension == "sku" else usage.c.region_id == value
    if dimension == "connector":
        workload = views.table("workload")
        source = usage.join(workload, workload.c.workload_id == usage.c.workload_id)
        match = workload.c.connector_type == value
    before = func.sum(case((usage.c.usage_date < onset, usage.c.effective_cost), else_=0.0)) / back
    after = func.sum(case((usage.c.usage_date >= onset, usage.c.effective_cost), else_=0.0)) / days
    each = (
        select(usage.c.account_id, before.label("before_usd"), after.label("after_usd"))
        .select_from(source)
        .where(match, usage.c.account_id != account.id)
        .where(usage.c.usage_date >= onset - timedelta(days=back), usage.c.usage_date <= last)
        .group_by(usage.c.account_id)
    ).subquery()
    factor = 1 + rules.others.rise if located.direction == "up" else 1 - rules.others.rise
    moved = each.c.after_usd >= factor * each.c.before_usd if located.direction == "up" else each.c.after_usd <= factor * each.c.before_usd
    return select(
        literal(dimension).label("dimension"),
        literal(value).label("value"),
        func.count().label("accounts"),
        func.coalesce(func.sum(case((moved, 1), else_=0)), 0).label("moved"),
    ).where(each.c.before_usd >= rules.others.min_usd_per_day)


def peer_statement(bench: Workbench, account: Entity, industry: str, located: Located, rules: Thresholds) -> Select[Any]:
    """Counts of other accounts of the industry, and of those with at least half of this account's lift in the same days."""
    views = everyone(bench)
    days, accounts = views.account_day(), views.accounts()
    onset, back = located.onset, rules.others.reference_days
    length = located.change.days
    before = func.sum(case((days.c.usage_date < onset, days.c.usd), else_=0.0)) / back
    after = func.sum(case((days.c.usage_date >= onset, days.c.usd), else_=0.0)) / length
    each = (
        select(days.c.account_id, before.label("before_usd"), after.label("after_usd"))
        .join(accounts, accounts.c.account_id == days.c.account_id)
        .where(accounts.c.industry == industry, days.c.account_id != account.id)
        .where(days.c.usage_date >= onset - timedelta(days=back), days.c.usage_date <= located.end)
        .group_by(days.c.account_id)
    ).subquery()
    half = 1 + rules.calendar.share * (located.pct or 0.0)
    moved = each.c.after_usd >= half * each.c.before_usd if located.direction == "up" else each.c.after_usd <= half * each.c.before_usd
    return select(func.count().label("accounts"), func.coalesce(func.sum(case((moved, 1), else_=0)), 0).label("moved")).where(
        each.c.before_usd >= rules.others.min_usd_per_day
    )


def correction_usd(bench: Workbench, account: Entity, start: date, end: date) -> float:
    """Absolute money of correction rows of these days, known by now."""
    if not bench.warehouse.has("usage_daily", "charge_class"):
        return 0.0
    rows = bench.views.table("usage_daily")
    statement = select(func.sum(func.abs(rows.c.effective_cost))).where(
        rows.c.account_id == account.id, rows.c.charge_class == "Correction", rows.c.usage_date >= start, rows.c.usage_date <= end
    )
    return float(bench.warehouse.run(statement, limit=1).rows[0][0] or 0.0)


def region_rows(bench: Workbench, start: date, end: date) -> list[tuple[date, str | None, int]]:
    """Number of accounts with usage a day and region over the whole company, for the weeks around these days."""
    usage = everyone(bench).usage()
    statement = (
        select(usage.c.usage_date, usage.c.region_id, func.count(func.distinct(usage.c.account_id)))
        .where(usage.c.usage_date >= start - timedelta(days=28), usage.c.usage_date <= end)
        .group_by(usage.c.usage_date, usage.c.region_id)
    )
    return [(row[0], row[1], row[2]) for row in bench.warehouse.run(statement, limit=50_000).rows]


def contracts_of(bench: Workbench, account: Entity) -> list[dict[str, Any]]:
    return bench.warehouse.run(_of_account(bench, "contract", account), limit=500).dicts() if bench.warehouse.has("contract") else []


def prices_of(bench: Workbench, contract_ids: Sequence[str], skus: Sequence[str]) -> list[dict[str, Any]]:
    """Price rows of these SKUs, public or of these contracts."""
    if not bench.warehouse.has("price") or not skus:
        return []
    price = bench.views.table("price")
    mine = or_(price.c.contract_id.is_(None), price.c.contract_id.in_(list(contract_ids)))
    return bench.warehouse.run(select(price).where(and_(mine, price.c.sku_id.in_(list(skus)))), limit=5_000).dicts()


def drawn_by(bench: Workbench, contract: Mapping[str, Any], day: date) -> float:
    """Money drawn from a commitment from its start up to the day before `day`."""
    usage = bench.views.usage()
    statement = select(func.sum(usage.c.effective_cost)).where(
        usage.c.contract_id == contract["contract_id"],
        usage.c.usage_date >= contract["start_date"],
        usage.c.usage_date < day,
        or_(usage.c.commit_status.is_(None), usage.c.commit_status != "overage"),
    )
    return float(bench.warehouse.run(statement, limit=1).rows[0][0] or 0.0)


def drawn_quantities(bench: Workbench, contract: Mapping[str, Any], onset: date) -> dict[str, tuple[float, float]]:
    """Quantity by SKU from the contract's start to a week before the onset, and to a week after it."""
    usage = bench.views.usage()
    week = timedelta(days=7)
    own = usage.c.account_id == contract["account_id"]  # usage without a commitment names no contract
    early = func.sum(case((usage.c.usage_date < onset - week, usage.c.consumed_quantity), else_=0.0))
    statement = (
        select(usage.c.sku_id, early, func.sum(usage.c.consumed_quantity))
        .where(or_(usage.c.contract_id == contract["contract_id"], and_(usage.c.contract_id.is_(None), own)))
        .where(usage.c.usage_date >= contract["start_date"], usage.c.usage_date < onset + week)
        .group_by(usage.c.sku_id)
    )
    rows = bench.warehouse.run(statement, limit=2_000).rows
    return {str(sku): (float(before or 0.0), float(after or 0.0)) for sku, before, after in rows}


def related_change(bench: Workbench, account: Entity, record: Mapping[str, Any], located: Located) -> float:
    """Rise of visible accounts of the same group or domain in the days of a fall, as a share of it."""
    accounts, days = bench.views.accounts(), bench.views.account_day()
    kin = [accounts.c.parent_account_id == account.id]
    if record.get("parent_account_id"):
        kin += [accounts.c.account_id == record["parent_account_id"], accounts.c.parent_account_id == record["parent_account_id"]]
    if record.get("domain"):
        kin.append(accounts.c.domain == record["domain"])
    last = located.frame.day(located.watched.end)
    recent, back = timedelta(days=13), timedelta(days=28)
    statement = (
        select(
            func.sum(case((days.c.usage_date < located.onset, days.c.usd), else_=0.0)) / 28.0,
            func.sum(case((days.c.usage_date >= last - recent, days.c.usd), else_=0.0)) / 14.0,
        )
        .join(accounts, accounts.c.account_id == days.c.account_id)
        .where(or_(*kin), accounts.c.account_id != account.id)
        .where(days.c.usage_date >= located.onset - back, days.c.usage_date <= last)
    )
    before, after = bench.warehouse.run(statement, limit=1).rows[0]
    fall = abs(located.watched_price.delta) / located.watched.days
    return max(0.0, float(after or 0.0) - float(before or 0.0)) / fall if fall else 0.0


def records(bench: Workbench, table: str, account: Entity) -> list[dict[str, Any]]:
    """All visible rows of a table that belong to the account; empty when the table was not brought."""
    return bench.warehouse.run(_of_account(bench, table, account), limit=20_000).dicts() if bench.views.has(table) else []
