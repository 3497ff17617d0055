"""Plans of training: certificates of our people, vouchers of customers, pipeline with and without a certificate."""

from __future__ import annotations

from meterline.models.offline.plan.base import filters_of, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

_PRODUCTS = ("program", "sku", "sku_family")


def certificates(reading: Reading) -> list[Step]:
    steps = [Step("certificates", "enablement", _given(reading, "certificates"))]
    if not reading.people:
        steps.append(Step("coverage", "query_metrics", {"metrics": ["M47b"], "group_by": ["program"]}))
    return steps


def vouchers(reading: Reading) -> list[Step]:
    window = "" if coming(reading) else window_of(reading)
    return [query("vouchers", ["M47"], reading, window=window), Step("batches", "enablement", _given(reading, "vouchers"))]


def coming(reading: Reading) -> bool:
    """Whether the period asked about reaches beyond today: then what expires in it is the question."""
    period = reading.periods.main
    return period is not None and period.incomplete and period.unit == "range"


def certified_pipeline(reading: Reading) -> list[Step]:
    return [Step("compared", "enablement", _given(reading, "pipeline"))]


def _given(reading: Reading, view: str) -> dict[str, object]:
    """The product or program goes by its own argument; everything else is a filter."""
    product = next((n.name for kind in _PRODUCTS for n in reading.of_type(kind)), "")
    filters = filters_of([n for n in reading.named if n.type not in _PRODUCTS])
    given: dict[str, object] = {"view": view, "program": product, "filters": filters}
    return {name: value for name, value in given.items() if value}
