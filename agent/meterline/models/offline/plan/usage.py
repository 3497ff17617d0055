"""Plans of usage lookups and slices."""

from __future__ import annotations

from meterline.models.offline.plan.base import LISTED, MOVERS, QUARTER, YEAR, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.periods import iso
from meterline.models.offline.understand.reading import Reading


def lookup(reading: Reading) -> list[Step]:
    metrics = reading.metrics or ["M01"]
    by = reading.measure.group_by
    if metrics == ["M01"] and not by:
        metrics = ["M08", "M01"] if reading.measure.direction else ["M01"] if reading.periods.compare else ["M01", "M02"]
    if metrics == ["M01"] and by and not reading.measure.ranked and set(by) & {"account", "region", "segment", "industry", "rep"}:
        metrics = ["M01", "M08"] if not set(by) & {"week", "month", "day"} else metrics
    largest = by == ["account"] and bool(reading.measure.ranked) and not reading.metrics and not reading.periods.window
    timely = bool(set(by) & {"week", "month", "day"})
    args: dict[str, object] = {
        "window": window_of(reading, QUARTER if timely else YEAR if largest else ""),
        "group_by": by,
        "compare": reading.periods.compare,
    }
    if reading.measure.limit and by:
        args |= {"order": ("-" if reading.measure.ranked != "small" else "") + metrics[0], "limit": reading.measure.limit}
    elif by == ["account"] and not reading.beside:
        args |= {"order": "-" + metrics[0], "limit": LISTED}
    steps = [query("lookup", metrics, reading, **args)]
    period = reading.periods.main
    if period is not None and period.alternatives and not by:
        steps.append(query("other", metrics, reading, **(args | {"window": iso(period.alternatives[0])})))
    return steps


def slice_(reading: Reading) -> list[Step]:
    window = window_of(reading)
    by = ["workload"] if len(reading.accounts) == 1 else ["account"]
    whole = ["M01", "M08", "M09"] if reading.accounts else ["M01", "M08", "M09", "M24"]
    steps = [
        query("slice", whole, reading, window=window),
        query("movers", ["M10", "M08", "M01"], reading, window=window, group_by=by, order="abs:M10", limit=MOVERS),
    ]
    return steps if reading.accounts else [*steps, query("share", ["M17"], reading)]
