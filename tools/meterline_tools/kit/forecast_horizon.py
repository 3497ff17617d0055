"""From a phrase to the months of a forecast: whole calendar months, at most a year ahead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from meterline_tools.catalog.calendar import add_months, days
from meterline_tools.catalog.periods import resolve_period
from meterline_tools.errors import ModelMustRetry
from meterline_tools.insight.forecast.outlook import MAX_DAYS

if TYPE_CHECKING:
    from meterline_tools.catalog.calendar import Period
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.receipts import Window

_YEARS = frozenset(
    {"", "fiscal year", "the fiscal year", "year end", "end of year", "end of the year", "fiscal year end", "landing", "fytd"}
)
_OUTLOOK = frozenset({"default", "outlook", "current and next two quarters", "three quarters"})
_YEAR_AHEAD = frozenset({"year ahead", "the year ahead", "next 12 months", "next twelve months", "the next 12 months"})
_MIDDLE = 15


@dataclass(frozen=True)
class Horizon:
    """Months from `window.start` to `window.end`; `elapsed` is the part that is over, if any. `notes` say what was changed."""

    label: str
    window: Window
    elapsed: Window | None
    ahead: Window
    notes: tuple[str, ...] = ()

    @property
    def months(self) -> list[date]:
        """First days of the months with days to come."""
        found, month = [], self.ahead.start.replace(day=1)
        while month <= self.window.end:
            found.append(month)
            month = add_months(month, 1)
        return found


def read_horizon(bench: Workbench, phrase: str) -> Horizon:
    """The horizon a phrase means; the rest of the fiscal year without one. ModelMustRetry for what is over."""
    text, d1 = " ".join(phrase.lower().split()), bench.asof.d1
    if text in _YEARS:
        year = bench.calendar.year(d1 + timedelta(days=1))
        return _horizon(year.label, year.window, d1)
    if text in _OUTLOOK:
        first = bench.calendar.quarter(d1).window.start
        return _horizon("this fiscal quarter and the next two", days(first, add_months(first, 9) - timedelta(days=1)), d1)
    if text in _YEAR_AHEAD:
        first = (d1 + timedelta(days=1)).replace(day=1)
        return _horizon("the twelve months from now", days(first, add_months(first, 12) - timedelta(days=1)), d1)
    period = resolve_period(phrase, bench.asof, bench.calendar)
    window = _whole(bench, period)
    if window.end <= d1 and not re.search(r"\d{2}|last|past|ago|previous", text):
        window = days(add_months(window.start, 12), add_months(window.start, 12) + (window.end - window.start))
        window = days(window.start, _end_of_month(window.end))
    if window.end <= d1:
        raise ModelMustRetry(f"{period.label} is over; how close its forecast came is told by forecast accuracy (M49).")
    label = period.label.removesuffix(" to date") if window.start == period.window.start else _months(window)
    return _horizon(label, window, d1)


def _months(window: Window) -> str:
    """The months of a window: one by its name, several from the first to the last."""
    first, last = f"{window.start:%B %Y}", f"{window.end:%B %Y}"
    return first if first == last else f"{first} to {last}"


def _whole(bench: Workbench, period: Period) -> Window:
    """The period to its very end, in whole months."""
    named = {"month": bench.calendar.month, "quarter": bench.calendar.quarter, "year": bench.calendar.year}
    window = period.window
    if period.unit in named and period.incomplete and "calendar" not in period.label:
        window = named[period.unit](window.start).window
    start = window.start.replace(day=1)
    end = window.end
    if end != _end_of_month(end):
        end = _end_of_month(end) if end.day >= _MIDDLE or end.replace(day=1) <= start else end.replace(day=1) - timedelta(days=1)
    return days(start, end)


def _end_of_month(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


def _horizon(label: str, window: Window, d1: date) -> Horizon:
    last = d1 + timedelta(days=MAX_DAYS)
    notes: tuple[str, ...] = ()
    if window.start > last:
        raise ModelMustRetry("A forecast reaches at most a year ahead. Ask for a period within it.")
    if window.end > last:
        window = days(window.start, last.replace(day=1) - timedelta(days=1))
        notes = ("a forecast reaches at most a year ahead, so the period is cut there",)
    elapsed = days(window.start, min(d1, window.end)) if window.start <= d1 else None
    return Horizon(label, window, elapsed, days(max(window.start, d1 + timedelta(days=1)), window.end), notes)
