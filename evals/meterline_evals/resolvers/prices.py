"""Prices and discounts (M11, M12)."""

from __future__ import annotations

from meterline_evals.company import CompanyFiles
from meterline_evals.resolvers.registry import resolver, total


@resolver
def discount(files: CompanyFiles, start: str = "d1-27", end: str = "d1", **filters: str) -> float:
    """One less net over list."""
    return 1 - total(files, start, end, "effective_cost", filters) / total(files, start, end, "list_cost", filters)


@resolver
def unit_price(files: CompanyFiles, sku_name: str, start: str = "d1-27", end: str = "d1", **filters: str) -> float:
    """Net per unit within one SKU."""
    narrowed = {"sku_name": sku_name, **filters}
    return total(files, start, end, "effective_cost", narrowed) / total(files, start, end, "consumed_quantity", narrowed)
