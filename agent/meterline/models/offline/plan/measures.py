"""Plans of price, adoption, users, waste, commitment share, savings of a book and explained share: one query by the catalogue."""

from __future__ import annotations

from meterline.models.offline.plan.base import QUARTER, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading
from meterline_tools.catalog.buckets import TIME

KNOWN = ("M11", "M12", "M16", "M18", "M35", "M50", "M53", "M55")
LISTED = 10
_CUES = {
    "M12": ("price", "pay", "pays", "paying", "paid", "unit", "credit", "rate"),
    "M11": ("discount", "discounts", "discounted", "discounting"),
    "M53": ("save", "savings", "saving", "optimization", "optimisation", "opportunity"),
    "M35": ("committed", "uncommitted", "commitment"),
    "M50": ("waste", "wasted", "wasting", "wasteful", "wasters", "waster", "idle"),
    "M55": ("explain", "explained", "unexplained", "know", "understand"),
    "M18": ("users", "people", "user"),
    "M16": ("use", "using", "adopted", "run", "running", "adoption", "attach", "penetration", "families"),
}
"""Words that say which measure a question of this kind is about, where it does not use a name of the catalogue."""
_ORDER = {"M53": "-M53.high", "M11": "-M11.usd", "M35": "-M35.uncommitted"}
"""What rows are ordered by, where the size of the share alone would put the small first."""


def measures(reading: Reading) -> list[Step]:
    """One query; unit prices come by SKU, adoption by product family, and savings of a book by account."""
    asked = asked_measures(reading)
    reading.measure.metrics = asked
    if asked == ["M53"] and not reading.accounts and not reading.measure.group_by:
        return book_savings(reading)
    by = reading.measure.group_by
    if asked == ["M18"]:
        by = reading.measure.group_by = [name for name in by if name != "day"]  # "daily active users" is the measure, not a series
    if "wasters" in reading.tokens.present and not by:
        by = reading.measure.group_by = ["account"]
    if asked == ["M12"] and not by:
        by = reading.measure.group_by = ["sku"]
    if asked == ["M16"]:
        by = reading.measure.group_by = ["sku_family" if name == "sku" else name for name in by]
    if asked == ["M16"] and not by and not reading.of_type("sku_family"):
        by = reading.measure.group_by = ["sku_family"]
    if "M11" in asked and not by and reading.accounts:
        return [
            _asked(reading, asked, []),
            query("skus", ["M11", "M01"], reading, window=window_of(reading), group_by=["sku"], order="-M01"),
        ]
    return [_asked(reading, asked, by)]


def _asked(reading: Reading, asked: list[str], by: list[str]) -> Step:
    limit = reading.measure.limit or (LISTED if by == ["account"] else 0)
    head = asked[0] if len(asked) == 1 else ""
    order = _ORDER.get(head, f"-{head}" if limit and head else "")
    compare = reading.periods.compare
    window = window_of(reading, QUARTER if set(by) & set(TIME) else "")
    return query("lookup", asked, reading, window=window, group_by=by, limit=limit, order=order, compare=compare)


def asked_measures(reading: Reading) -> list[str]:
    """The measures that the question names, or that its words are about."""
    said = [m for m in reading.metrics if m in KNOWN]
    return said or [next((m for m, words in _CUES.items() if set(words) & reading.tokens.present), "M11")]


def book_savings(reading: Reading) -> list[Step]:
    """Where in a book savings lie."""
    reading.measure.metrics = ["M53"]
    return [query("lookup", ["M53"], reading, group_by=["account"], order="-M53.high", limit=reading.measure.limit or LISTED)]
