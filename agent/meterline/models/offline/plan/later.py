"""Plans of forecast and retention: the metrics the catalogue holds, else the nearest useful figures."""

from __future__ import annotations

from meterline.models.offline.plan.base import query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.reading import Reading


def later(reading: Reading) -> list[Step]:
    """Questions whose own metrics the catalogue may not hold yet: those it holds, else the nearest useful figures."""
    known = [m for m in reading.metrics if m in lexicon().by_name[reading.intent].metrics]
    nearest = {"forecast": ["M05", "M06", "M07"], "retention": ["M08", "M24"]}[reading.intent]
    return [query("later", known or nearest, reading, window=window_of(reading) if known else "")]
