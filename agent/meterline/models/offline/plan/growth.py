"""Plans of growth led by the product: accounts to call, what came before the first touch, new products and their adoption."""

from __future__ import annotations

from meterline.models.offline.plan.base import QUARTER, filters_of, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.reading import Reading


def pql(reading: Reading) -> list[Step]:
    return [query("pql", ["M51"], reading, group_by=["account"], order="-M51.age")]


def first_touch(reading: Reading) -> list[Step]:
    given: dict[str, object] = {"view": "first_touch", "filters": filters_of(reading.named), "limit": 10}
    return [Step("first_touch", "activities", {name: value for name, value in given.items() if value})]


def new_products(reading: Reading) -> list[Step]:
    by = [*(reading.measure.group_by or ["week"])]
    if not reading.of_type("sku", "sku_family"):
        reading.named.append(Named("sku", "new", "new products"))
    timely = bool({"week", "month", "day"} & set(by))
    window = window_of(reading, QUARTER if timely else "")
    given = {"metrics": ["M01"], "group_by": by, "filters": filters_of(reading.named), "window": window}
    return [Step("new_products", "query_metrics", {name: value for name, value in given.items() if value})]


PRODUCTS = ("sku", "sku_family")
MOST = 200
"""Accounts looked at when those without a product are listed."""


def whitespace(reading: Reading) -> list[Step]:
    """Accounts by what they consume, and those of them that consume the product."""
    if not reading.of_type(*PRODUCTS):
        return adoption(reading)
    everything = filters_of([n for n in reading.named if n.type not in PRODUCTS])
    given = {"metrics": ["M01"], "group_by": ["account"], "window": window_of(reading), "order": "-M01", "limit": MOST}
    steps = {"everybody": given | {"filters": everything}, "users": given | {"filters": filters_of(reading.named)}}
    return [Step(key, "query_metrics", {name: value for name, value in args.items() if value}) for key, args in steps.items()]


def adoption(reading: Reading) -> list[Step]:
    """Accounts and dollars of the product, its targets, its pipeline, and who is certified for it."""
    filters = filters_of(reading.named)

    def step(key: str, metrics: list[str], **args: object) -> Step:
        return Step(key, "query_metrics", {"metrics": metrics, "filters": filters, **args})

    if not {"sku", "sku_family"} & filters.keys():
        return [step("families", ["M16"], group_by=["sku_family"])]
    product = next((n.name for kind in ("sku", "sku_family") for n in reading.of_type(kind)), "")
    return [
        step("usage", ["M01", "M08", "M05"]),
        step("accounts", ["M16"]),
        step("targets", ["M13", "M14"], group_by=["rep"]),
        step("pipeline", ["M39"]),
        Step("certificates", "enablement", {"view": "certificates", "program": product}),
    ]
