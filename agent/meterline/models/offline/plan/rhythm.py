"""Plans of the morning coffee and of exceptions."""

from __future__ import annotations

from meterline.models.offline.plan.base import query
from meterline.models.offline.plan.people import attainment, scorecard
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.periods import WEEK
from meterline.models.offline.understand.reading import Reading


def coffee(reading: Reading) -> list[Step]:
    return [
        query("movers_week_up", ["M10", "M08"], reading, window=WEEK, group_by=["account"], order="-M10", limit=3),
        query("movers_week_down", ["M10", "M08"], reading, window=WEEK, group_by=["account"], order="M10", limit=3),
        query("flow", ["M36", "M37", "M38"], reading, window=WEEK),
        query("target", ["M14"], reading),
        Step("fresh", "query_metrics", {"metrics": ["M54"]}),
    ]


def exceptions(reading: Reading) -> list[Step]:
    return scorecard(reading) if reading.people else attainment(reading)
