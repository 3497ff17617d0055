"""Days, weeks, months, quarters and years as breakdowns: where each begins, and what it is called.

SQL only ever sees the first days, bound from Python, so that every engine cuts time alike. Quarters and years are the
company's own, fiscal where it has a fiscal calendar.
"""

from __future__ import annotations

from datetime import date, timedelta

from meterline_tools.catalog.calendar import FiscalCalendar, Period, add_months, spell
from meterline_tools.receipts import Window

TIME = ("day", "week", "month", "quarter", "year")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def _holding(unit: str, day: date, calendar: FiscalCalendar) -> Period:
    """The month, quarter or year that holds a day."""
    return {"month": calendar.month, "quarter": calendar.quarter, "year": calendar.year}[unit](day)


def bucket_starts(window: Window, unit: str, calendar: FiscalCalendar) -> list[date]:
    """First days of the units of a window; the first may be cut. Windows of whole weeks are cut into those; others at Mondays."""
    starts = [window.start]
    if unit in _MONTHS:
        following = _holding(unit, window.start, calendar).window.end + timedelta(days=1)
    else:
        step = 7 - window.start.weekday() if unit == "week" and window.days % 7 else 7
        following = window.start + timedelta(days=1 if unit == "day" else step)
    while following <= window.end:
        starts.append(following)
        following = add_months(following, _MONTHS[unit]) if unit in _MONTHS else following + timedelta(days=7 if unit == "week" else 1)
    return starts


def bucket_label(start: date, unit: str, window: Window, calendar: FiscalCalendar) -> str:
    """August 2026, FQ2 FY27, week of 3 Aug 2026; a unit that the window cuts says from or to which day it runs."""
    if unit == "day":
        return spell(start)
    if unit == "week":
        return f"week of {spell(start)}"
    whole = _holding(unit, start, calendar)
    cut = [f"from {start.day} {start:%b}"] if whole.window.start < start else []
    cut += [f"to {window.end.day} {window.end:%b}"] if whole.window.end > window.end else []
    return f"{whole.label} ({' '.join(cut)})" if cut else whole.label
