"""What sizing reads: SKUs and their units, an account's mix and contract, and the prices that hold for it."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.tiers import Tier
from meterline_tools.kit.records import Records, read_records

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TOOL = "size"
MIX_DAYS = 91
_SCALES = {"k": 1e3, "m": 1e6, "g": 1e9, "b": 1e9}
_ANY_WORDS = frozenset({"unit", "units"})


@dataclass(frozen=True)
class Sku:
    id: str
    name: str
    family: str
    unit: str


@dataclass(frozen=True)
class Paper:
    """The contract whose terms hold for an account on d1; discount is 0 to 1."""

    id: str
    kind: str
    discount: float
    start: Any


def read_skus(bench: Workbench) -> list[Sku]:
    """Consumption SKUs on sale on d1."""
    from sqlalchemy import or_, select

    sku = bench.views.table("sku")
    on_sale = or_(sku.c.retired_on.is_(None), sku.c.retired_on > bench.asof.d1)
    statement = select(sku.c.sku_id, sku.c.sku_name, sku.c.sku_family, sku.c.consumed_unit).where(sku.c.is_consumption, on_sale)
    return [Sku(*row) for row in bench.warehouse.run(statement.order_by(sku.c.sku_id)).rows]


def units_per(unit: str, said: str) -> float | None:
    """How many of a SKU's units one said unit is: a row is 0.001 of "k_active_rows". None when the words do not mean it."""
    words = {word.rstrip("s") for word in re.split(r"[^a-z0-9]+", said.lower()) if word}
    parts = unit.lower().split("_")
    scale = _SCALES.get(parts[0], 1.0) if len(parts) > 1 else 1.0
    names = {part.rstrip("s") for part in (parts[1:] if scale > 1.0 else parts)}
    if words & {unit.lower().rstrip("s")} or (words and words <= {parts[0], *names} and scale > 1.0 and parts[0] in words):
        return 1.0
    if not words or words <= _ANY_WORDS:
        return 1.0
    return 1.0 / scale if words & names else None


def natural_unit(unit: str) -> tuple[float, str]:
    """How a unit is told to people: "k_active_rows" is 1,000 active rows each, "gb_month" one GB month."""
    parts = unit.split("_")
    scale = _SCALES.get(parts[0].lower(), 1.0) if len(parts) > 1 else 1.0
    words = [part.upper() if len(part) == 2 else part for part in (parts[1:] if scale > 1.0 else parts)]
    noun = " ".join(words)
    return scale, noun if noun.isupper() or noun.endswith("s") else f"{noun}s"


def quantities(bench: Workbench, account: str | None) -> dict[str, float]:
    """Units of each SKU in the last 91 days, of one account or of all in sight."""
    from sqlalchemy import func, select

    usage = bench.views.usage()
    statement = select(usage.c.sku_id, func.sum(usage.c.consumed_quantity)).where(
        usage.c.usage_date > bench.asof.d1 - timedelta(days=MIX_DAYS), usage.c.sku_id.is_not(None)
    )
    if account:
        statement = statement.where(usage.c.account_id == account)
    rows = bench.warehouse.run(statement.group_by(usage.c.sku_id)).rows
    return {sku: float(units) for sku, units in rows if units and units > 0}


def paid_lately(bench: Workbench, account: str | None, sku: str) -> float | None:
    """Effective price of a unit over the last 28 days (M12)."""
    from sqlalchemy import func, select

    usage = bench.views.usage()
    statement = select(func.sum(usage.c.effective_cost), func.sum(usage.c.consumed_quantity)).where(
        usage.c.usage_date > bench.asof.d1 - timedelta(days=28), usage.c.sku_id == sku
    )
    if account:
        statement = statement.where(usage.c.account_id == account)
    cost, units = bench.warehouse.run(statement).rows[0]
    return float(cost) / float(units) if cost and units and units > 0 else None


def used_in_term(bench: Workbench, paper: Paper, account: str, sku: str) -> float:
    """Units of a SKU since the contract began, up to d1."""
    from sqlalchemy import func, select

    usage = bench.views.usage()
    statement = select(func.coalesce(func.sum(usage.c.consumed_quantity), 0.0)).where(
        usage.c.account_id == account, usage.c.sku_id == sku, usage.c.usage_date >= paper.start
    )
    return float(bench.warehouse.run(statement).rows[0][0])


def running_paper(bench: Workbench, account: str) -> Paper | None:
    """The contract that holds on d1: commitments before licences before pay-as-you-go, the youngest first."""
    from sqlalchemy import or_, select

    if not bench.warehouse.has("contract"):
        return None
    contract, d1 = bench.views.table("contract"), bench.asof.d1
    running = select(contract.c.contract_id, contract.c.contract_type, contract.c.discount_pct, contract.c.start_date).where(
        contract.c.account_id == account,
        contract.c.start_date <= d1,
        contract.c.end_date > d1,
        or_(contract.c.status.is_(None), contract.c.status.not_in(("draft", "cancelled"))),
    )
    order = {"commit": 0, "enterprise_license": 1, "payg": 2}
    rows = bench.warehouse.run(running.order_by(contract.c.start_date.desc())).rows
    first = min(rows, key=lambda row: order.get(row[1], 3), default=None)
    return Paper(first[0], first[1], float(first[2] or 0.0), first[3]) if first else None


def read_prices(bench: Workbench, skus: list[str], paper: Paper | None) -> tuple[Records, dict[tuple[str, bool], list[Tier]]]:
    """Tiers in force on d1 by SKU and whether they are the contract's own; rows of one region only are left out."""
    from sqlalchemy import or_, select

    price, d1 = bench.views.table("price"), bench.asof.d1
    columns = ("price_id", "sku_id", "contract_id", "tier_from", "tier_to", "tier_period", "unit_price", "valid_from", "valid_to")
    mine = or_(price.c.contract_id.is_(None), price.c.contract_id == paper.id) if paper else price.c.contract_id.is_(None)
    statement = (
        select(*(price.c[name] for name in columns))
        .where(price.c.sku_id.in_(skus), mine, price.c.region_id.is_(None))
        .where(price.c.valid_from <= d1, or_(price.c.valid_to.is_(None), price.c.valid_to > d1))
        .order_by(price.c.sku_id, price.c.contract_id.nulls_first(), price.c.tier_from)
    )
    records = read_records(bench, TOOL, {"skus": skus}, statement)
    newest: dict[tuple[str, bool], Any] = {}
    for row in records.rows:
        key = (row["sku_id"], row["contract_id"] is not None)
        newest[key] = max(newest.get(key, row["valid_from"]), row["valid_from"])
    found: dict[tuple[str, bool], list[Tier]] = defaultdict(list)
    for row in records.rows:
        key = (row["sku_id"], row["contract_id"] is not None)
        if row["valid_from"] == newest[key]:
            found[key].append(Tier(float(row["tier_from"]), row["tier_to"], float(row["unit_price"]), row["tier_period"]))
    return records, dict(found)
