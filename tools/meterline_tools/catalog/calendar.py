"""Calendar and fiscal periods of whole days, computed in Python so that SQL only ever sees bound dates."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from meterline_tools.receipts import Window

Unit = Literal["day", "week", "month", "quarter", "half", "year", "rolling", "range", "as_of", "so_far"]
"""`as_of`: the state at the end of a day, each metric over its own window up to it. `so_far`: a day that is still coming in."""
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass(frozen=True)
class Period:
    """A named window of days, as understood from a phrase.

    `incomplete` is set when the period reaches past the last complete day (its window then ends there)
    or has not begun. `assumptions` are sentences for the answer; `alternatives` the other lawful readings.
    """

    label: str
    window: Window
    phrase: str = ""
    unit: Unit = "range"
    assumptions: list[str] = field(default_factory=list)
    alternatives: list[Period] = field(default_factory=list)
    incomplete: bool = False
    compare: str = ""
    """"year_ago" or "prior" when the phrase names what another period is held against ("same time last year")."""


def days(start: date, end: date) -> Window:
    """The window from `start` to `end`, both inclusive."""
    return Window(start=start, end=end)


def trailing(end: date, count: int) -> Window:
    """The `count` days that end on `end`."""
    return Window(start=end - timedelta(days=count - 1), end=end)


def preceding(window: Window) -> Window:
    """The window of equal length that ends the day before."""
    return trailing(window.start - timedelta(days=1), window.days)


def year_ago(window: Window) -> Window:
    """The same window 364 days earlier, so that weekdays stay aligned."""
    return days(window.start - timedelta(days=364), window.end - timedelta(days=364))


def spell(day: date) -> str:
    """1 Feb 2026."""
    return f"{day.day} {day:%b %Y}"


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def months_window(start: date, months: int) -> Window:
    """Whole months from `start`, the first of a month."""
    return days(start, add_months(start, months) - timedelta(days=1))


@dataclass(frozen=True)
class FiscalCalendar:
    """A fiscal year of twelve calendar months.

    `label_rule` says which calendar year names the fiscal year: the one it ends in ("end") or begins in ("start").
    """

    start_month: int = 1
    label_rule: Literal["end", "start"] = "end"
    day_first: bool = False
    """Whether 3/7 is written for 3 July (else March 7)."""

    @property
    def is_calendar(self) -> bool:
        """Whether fiscal and calendar years are the same, so that no trap lies between them."""
        return self.start_month == 1

    def year_number(self, day: date) -> int:
        """The label year: 2027 for any day from February 2026 to January 2027, when it starts in February and is named by its end."""
        begins_in = day.year if day.month >= self.start_month else day.year - 1
        return begins_in + (1 if self.label_rule == "end" and not self.is_calendar else 0)

    def year_start(self, number: int) -> date:
        """First day of the fiscal year with this label year."""
        return date(number - (1 if self.label_rule == "end" and not self.is_calendar else 0), self.start_month, 1)

    def quarter_number(self, day: date) -> int:
        """1 to 4."""
        return (day.month - self.start_month) % 12 // 3 + 1

    def fiscal_year(self, number: int) -> Period:
        label = str(number) if self.is_calendar else f"FY{number % 100:02d}"
        return Period(label, months_window(self.year_start(number), 12), unit="year")

    def fiscal_quarter(self, number: int, quarter: int) -> Period:
        label = f"Q{quarter} {number}" if self.is_calendar else f"FQ{quarter} FY{number % 100:02d}"
        return Period(label, months_window(add_months(self.year_start(number), 3 * (quarter - 1)), 3), unit="quarter")

    def fiscal_half(self, number: int, half: int) -> Period:
        label = f"H{half} {number}" if self.is_calendar else f"fiscal H{half} FY{number % 100:02d}"
        return Period(label, months_window(add_months(self.year_start(number), 6 * (half - 1)), 6), unit="half")

    def year(self, day: date) -> Period:
        """The fiscal year that holds `day`."""
        return self.fiscal_year(self.year_number(day))

    def quarter(self, day: date) -> Period:
        """The fiscal quarter that holds `day`."""
        return self.fiscal_quarter(self.year_number(day), self.quarter_number(day))

    def month(self, day: date) -> Period:
        """The calendar month that holds `day`."""
        return Period(f"{MONTHS[day.month - 1]} {day.year}", months_window(day.replace(day=1), 1), unit="month")

    def week(self, day: date) -> Period:
        """The week, Monday to Sunday, that holds `day`."""
        monday = day - timedelta(days=day.weekday())
        return Period(f"week of {spell(monday)}", days(monday, monday + timedelta(days=6)), unit="week")

    def day(self, day: date) -> Period:
        return Period(spell(day), days(day, day), unit="day")

    def calendar_year(self, year: int) -> Period:
        return Period(f"calendar {year}" if not self.is_calendar else str(year), days(date(year, 1, 1), date(year, 12, 31)), unit="year")

    def calendar_quarter(self, year: int, quarter: int) -> Period:
        label = f"calendar Q{quarter} {year}" if not self.is_calendar else f"Q{quarter} {year}"
        return Period(label, months_window(date(year, 3 * quarter - 2, 1), 3), unit="quarter")

    def calendar_half(self, year: int, half: int) -> Period:
        label = f"calendar H{half} {year}" if not self.is_calendar else f"H{half} {year}"
        return Period(label, months_window(date(year, 6 * half - 5, 1), 6), unit="half")

    def elapsed_weight(self, weights: tuple[float, ...], until: date) -> float:
        """Share of the year's quota due by the end of `until`: whole quarters by weight, the running one by its elapsed days.

        Even weights mean no season: then quota falls due by days, as the baseline does, whatever the quarters' lengths.
        """
        if len(set(weights)) == 1:
            year = self.year(until).window
            return ((until - year.start).days + 1) / year.days
        number, current = self.year_number(until), self.quarter_number(until)
        running = self.fiscal_quarter(number, current).window
        done = sum(weights[: current - 1])
        return (done + weights[current - 1] * ((until - running.start).days + 1) / running.days) / sum(weights)

    def earlier_same_days(self, period: Period) -> Window:
        """What a period is compared with: the earlier period's same number of days when it is to date, else the preceding equal window."""
        if not period.incomplete or period.unit not in ("month", "quarter", "half", "year", "week"):
            return preceding(period.window)
        step = {"month": 1, "quarter": 3, "half": 6, "year": 12}.get(period.unit)
        start = period.window.start - timedelta(days=7) if step is None else add_months(period.window.start, -step)
        return days(start, min(start + timedelta(days=period.window.days - 1), period.window.start - timedelta(days=1)))
