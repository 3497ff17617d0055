"""Plans of scorecards and attainment."""

from __future__ import annotations

from meterline.models.offline.plan.base import MONTH, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading


def scorecard(reading: Reading) -> list[Step]:
    window = window_of(reading, MONTH)
    compared = len(reading.people) > 1
    by = [reading.people[0].type] if compared else []
    steps = [
        query("book", ["M01", "M08", "M36", "M37", "M38", "M44"], reading, window=window, group_by=by),
        query("target", ["M14", "M13", "M39"], reading, group_by=by),
    ]
    if compared:
        return [*steps, query("size", ["M06", "M24"], reading, group_by=by)]
    return [*steps, query("movers", ["M10", "M08"], reading, window=window, group_by=["account"], order="abs:M10", limit=3)]


def attainment(reading: Reading) -> list[Step]:
    metrics = ["M14", "M13", "M15"]
    by = reading.measure.group_by
    books = query("books", ["M01", "M08"], reading, group_by=["rep"], window=window_of(reading))
    if by or (reading.people and len(reading.people) == 1):
        return [query("attainment", metrics, reading, group_by=by), *([books] if by == ["rep"] else [])]
    if reading.people:
        return [query("attainment", metrics, reading, group_by=[reading.people[0].type])]
    return [
        query("attainment", metrics, reading, group_by=["rep"]),
        query("managers", metrics, reading, group_by=["manager"]),
        books,
    ]
