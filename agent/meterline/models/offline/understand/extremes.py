"""The best or the worst day, week, month … on record: a superlative before a stretch of time ranks the stretches themselves."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import lexicon, read_yaml
from meterline.models.offline.understand.phrases import Pattern, compile_pattern

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading

EVER = "2000-01-01"
"""A day before any usage."""
_OF_AMOUNTS = frozenset({"", "lookup", "slice", "movers", "explain", "scorecard", "watch", "forecast"})
_TO_COME = frozenset({"will", "forecast", "expect", "expected", "projected", "projection", "outlook", "next", "case"})
_AMOUNTS = frozenset({"M01", "M02", "M03", "M44"})
_SHOWN = 5
_UNITS = ("day", "week", "month", "quarter", "year")


@cache
def _patterns() -> dict[tuple[str, str], tuple[Pattern, ...]]:
    """By which end and unit ("large", "month"): how it is said."""
    raw = read_yaml(Path(__file__).parent / "selection.yaml")["extremes"]
    found: dict[tuple[str, str], tuple[Pattern, ...]] = {}
    for end in ("large", "small"):
        for unit in _UNITS:
            said = [f"{raw[end]['before']} {raw['between']}? {unit}/{unit}s", *(raw[end]["alone"] if unit == "month" else [])]
            found[end, unit] = tuple(compile_pattern(source, lexicon().concepts) for source in said)
    return found


def rank_stretches(reading: Reading, context: Context) -> None:
    """ "Our best month", "when was Alder at its peak": the stretches of the record, or of the period named, by amount; in place."""
    past = reading.intent in _OF_AMOUNTS and not _TO_COME & reading.tokens.present
    if not past or reading.selection or reading.measure.group_by not in ([], ["month"], ["week"], ["day"]):
        return
    for (end, unit), patterns in _patterns().items():
        if any(pattern.find(reading.tokens) is not None for pattern in patterns):
            reading.intent, reading.score = "lookup", max(reading.score, 5.0)
            reading.measure.metrics = [m for m in reading.metrics if m in _AMOUNTS] or ["M01"]
            reading.measure.group_by, reading.measure.ranked, reading.measure.limit = [unit], end, _SHOWN
            reading.measure.direction, reading.periods.compare = "", ""
            if not reading.periods.window:
                reading.periods.window = f"{EVER}..{_last_whole(unit, context)}"
                reading.assumptions.append(f"Ranked is every whole {unit} on record.")
            return


def _last_whole(unit: str, context: Context) -> str:
    """The last day of the newest whole unit that is complete."""
    last = context.asof.d1
    if unit != "day":
        running = {
            "week": context.calendar.week,
            "month": context.calendar.month,
            "quarter": context.calendar.quarter,
            "year": context.calendar.year,
        }
        window = running[unit](last).window
        last = last if window.end == last else window.start - timedelta(days=1)
    return last.isoformat()
