"""A priced quantity as figures: every tier, every product, the total, all in one receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.tiers import Step, Tier
from meterline_tools.kit.records import Records, derived_records
from meterline_tools.kit.size_data import TOOL, Sku, natural_unit
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

_COLUMNS = ("sku", "line", "tier_from", "tier_to", "quantity", "unit_price", "amount", "list", "discount", "used", "now", "left")


@dataclass(frozen=True)
class Priced:
    """One SKU's part of the quantity with its steps at list and net; `basis` says where the prices come from."""

    sku: Sku
    quantity: float
    list_steps: list[Step]
    net_steps: list[Step]
    basis: str
    used: float
    now: float
    following: tuple[Tier, float] | None


def told(bench: Workbench, priced: list[Priced], entity: Entity | None, *, alternatives: bool) -> dict[str, Any]:
    """Lines and total as figures, with one receipt that holds every step."""
    steps = [(part, _step_row(part, step)) for part in priced for step in part.net_steps]
    sums = [_sum_row(part) for part in priced]
    whole = None if alternatives or not priced else _whole(priced)
    rows = [{**dict.fromkeys(_COLUMNS), **row} for row in [*(row for _, row in steps), *sums, *([whole] if whole else [])]]
    records = derived_records(bench, "rule", TOOL, {"account": entity.id if entity else None}, rows)
    currency = bench.warehouse.company.currency
    tiers: dict[str, list[dict[str, Any]]] = {part.sku.id: [] for part in priced}
    for place, (part, _) in enumerate(steps):
        tiers[part.sku.id].append(_tier(records, place, part.sku.unit, currency))
    lines = [_line(records, len(steps) + n, part, currency, tiers[part.sku.id]) for n, part in enumerate(priced)]
    total = {"figures": _total(records, len(rows) - 1, currency, entity)} if whole else None
    return {"lines": lines, "total": total, "receipt": records.receipt.id}


def _tier(records: Records, place: int, unit: str, currency: str) -> dict[str, str | None]:
    _, noun = natural_unit(unit)
    return {
        "from": records.figure(place, "tier_from", "From", noun),
        "to": records.figure(place, "tier_to", "Up to", noun),
        "quantity": records.figure(place, "quantity", "Units in this tier", noun),
        "price": records.figure(place, "unit_price", "Price a unit", f"{currency}/{unit}"),
        "amount": records.figure(place, "amount", "Cost in this tier", currency),
    }


def _total(records: Records, place: int, currency: str, entity: Entity | None) -> dict[str, str]:
    figures = {
        "list": records.figure(place, "list", "At list prices", f"{currency}/month", entity=entity),
        "net": records.figure(place, "amount", "Net a month", f"{currency}/month", entity=entity),
        "discount": records.figure(place, "discount", "Discount off list", "%", entity=entity),
    }
    return {name: figure for name, figure in figures.items() if figure}


def _step_row(part: Priced, step: Step) -> dict[str, Any]:
    tier, (scale, _) = step.tier, natural_unit(part.sku.unit)
    return {
        "sku": part.sku.id,
        "line": "tier",
        "tier_from": tier.start * scale,
        "tier_to": tier.end * scale if tier.end is not None else None,
        "quantity": step.quantity * scale,
        "unit_price": tier.price,
        "amount": step.amount,
    }


def _sum_row(part: Priced) -> dict[str, Any]:
    net, listed = round(sum(s.amount for s in part.net_steps), 2), round(sum(s.amount for s in part.list_steps), 2)
    scale, _ = natural_unit(part.sku.unit)
    return {
        "sku": part.sku.id,
        "line": "sum",
        "tier_from": part.following[0].start * scale if part.following else None,
        "quantity": part.quantity * scale,
        "unit_price": net / part.quantity if part.quantity > 0 else None,
        "amount": net,
        "list": listed if part.list_steps else None,
        "discount": 1.0 - net / listed if part.list_steps and listed > 0 else None,
        "used": part.used * scale or None,
        "now": part.now * scale or None,
        "left": part.following[1] * scale if part.following else None,
    }


def _whole(priced: list[Priced]) -> dict[str, Any]:
    net = round(sum(s.amount for part in priced for s in part.net_steps), 2)
    whole_list = all(part.list_steps or part.quantity == 0 for part in priced)
    listed = round(sum(s.amount for part in priced for s in part.list_steps), 2) if whole_list else None
    return {"line": "total", "amount": net, "list": listed, "discount": 1.0 - net / listed if listed else None}


def _line(records: Records, place: int, part: Priced, currency: str, tiers: list[dict[str, Any]]) -> dict[str, Any]:
    entity = Entity(type="sku", id=part.sku.id, name=part.sku.name)
    unit = part.sku.unit
    _, noun = natural_unit(unit)
    figures = {
        "quantity": records.figure(place, "quantity", "Quantity a month", noun, entity=entity),
        "net": records.figure(place, "amount", "Net a month", f"{currency}/month", entity=entity),
        "list": records.figure(place, "list", "At list prices", f"{currency}/month", entity=entity),
        "discount": records.figure(place, "discount", "Discount off list", "%", entity=entity),
        "effective": records.figure(place, "unit_price", "Effective price a unit", f"{currency}/{unit}", entity=entity),
        "now": records.figure(place, "now", "Used a month now", noun, entity=entity),
        "used": records.figure(place, "used", "Used in the term so far", noun, entity=entity),
        "next": records.figure(place, "tier_from", "Next tier begins at", noun, entity=entity),
        "left": records.figure(place, "left", "Units until the next tier", noun, entity=entity),
    }
    period = part.net_steps[0].tier.period if part.net_steps else "month"
    return {
        "sku": part.sku.id,
        "name": part.sku.name,
        "unit": unit,
        "basis": part.basis,
        "period": period,
        "tiers": tiers,
        "figures": {name: figure for name, figure in figures.items() if figure},
    }
