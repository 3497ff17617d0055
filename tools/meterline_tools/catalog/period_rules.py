"""The rules behind the patterns of periods.yaml: from the groups of a match to a period, not yet cut at the last complete day.

Where fiscal and calendar readings differ and the phrase names neither, the fiscal one is answered and the
calendar one offered (rules 4 and "last month" of the metric catalogue). A month, weekday or quarter named
without a year is the latest one that has begun.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from meterline_tools.catalog.calendar import MONTHS, FiscalCalendar, Period, add_months, days, spell, trailing
from meterline_tools.errors import ModelMustRetry
from meterline_tools.receipts import Window

Groups = dict[str, Any]
Rule = Callable[[Groups, "Now"], "Period"]
MONTH_NUMBERS = {name.casefold(): number for number, name in enumerate(MONTHS, 1)}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STEPS = {"month": 1, "quarter": 3, "half": 6, "year": 12}


class NoSuchDate(ModelMustRetry):
    """A day that is in no calendar, with the nearest one that is."""

    def __init__(self, text: str, nearest: date) -> None:
        super().__init__(f"{text} The nearest day is {spell(nearest)}.")
        self.nearest = nearest


@dataclass(frozen=True)
class Now:
    """What a phrase is relative to: the asker's day. `anchor` is the day that month names and the like are looked up before."""

    today: date
    d1: date
    calendar: FiscalCalendar
    anchor: date
    running: date
    """The usage day that is coming in."""
    that: Window | None = None
    """What "the month before that" is before: the period named just now, in this text or the conversation."""


def either(fiscal: Period, calendar: Period, which: str | None, now: Now) -> Period:
    """The fiscal reading with the calendar one as alternative, unless the phrase says which, or they are the same."""
    if which == "calendar":
        return calendar
    if which == "fiscal" or fiscal.window == calendar.window:
        return fiscal
    text = f"read as fiscal: {fiscal.label} is {spell(fiscal.window.start)} to {spell(fiscal.window.end)}"
    other = f"{calendar.label} would be {spell(calendar.window.start)} to {spell(calendar.window.end)}"
    return replace(fiscal, alternatives=[calendar], assumptions=[f"{text}; {other}"])


def unit_of(unit: str, day: date, which: str | None, now: Now) -> Period:
    """The day, week, month, quarter, half or year that holds `day`."""
    book = now.calendar
    if unit == "quarter":
        return either(book.quarter(day), book.calendar_quarter(day.year, (day.month + 2) // 3), which, now)
    if unit == "half":
        fiscal = book.fiscal_half(book.year_number(day), (book.quarter_number(day) + 1) // 2)
        return either(fiscal, book.calendar_half(day.year, (day.month + 5) // 6), which, now)
    if unit == "year":
        return either(book.year(day), book.calendar_year(day.year), which, now)
    return {"day": book.day, "week": book.week, "month": book.month}[unit](day)


def moved(unit: str, count: int, which: str | None, now: Now) -> Period:
    """The unit `count` units from today's; a fiscal and a calendar unit are each moved in their own frame."""
    if unit in ("day", "week"):
        return unit_of(unit, now.today + timedelta(days=count * (7 if unit == "week" else 1)), which, now)
    here = unit_of(unit, now.today, which, now)
    moved = add_months(here.window.start, count * STEPS[unit])
    if not here.alternatives:
        return unit_of(unit, moved, which, now)
    fiscal = unit_of(unit, moved, "fiscal", now)
    calendar = unit_of(unit, add_months(here.alternatives[0].window.start, count * STEPS[unit]), "calendar", now)
    return either(fiscal, calendar, None, now)


def shifted(groups: Groups, now: Now) -> Period:
    """This, last, next, the one before last."""
    unit, count, which = groups["unit"], int(groups["n"]), groups.get("which")
    if unit == "week" and count == 0:
        week = replace(now.calendar.week(now.today), alternatives=[])
        text = f"this week taken as the 7 complete days to {spell(now.d1)}"
        return Period("the last 7 complete days", trailing(now.d1, 7), unit="rolling", assumptions=[text], alternatives=_begun([week], now))
    if unit == "day":
        return days_ago({"n": -count}, now)
    return moved(unit, count, which, now)


def _begun(periods: list[Period], now: Now) -> list[Period]:
    return [period for period in periods if period.window.start <= now.d1]


def days_ago(groups: Groups, now: Now) -> Period:
    """Yesterday, today, three days ago."""
    return now.calendar.day(now.today - timedelta(days=int(groups["n"])))


def unit_now(groups: Groups, now: Now) -> Period:
    """The quarter to date, the quarter that runs."""
    return unit_of(groups["unit"], now.today, groups.get("which"), now)


def units_ago(groups: Groups, now: Now) -> Period:
    """Two weeks ago: that whole week; three months ago: that whole month."""
    return moved(groups["unit"], -int(groups["n"]), groups.get("which"), now)


def rolling(groups: Groups, now: Now) -> Period:
    """The last n days, weeks, months or years up to the last complete day; quarters and halves are whole fiscal ones."""
    unit, count, which = groups["unit"], int(groups["n"]), groups.get("which")
    if count < 1:
        raise ModelMustRetry("A period needs at least 1 day.")
    if unit in ("day", "week"):
        length = count * (7 if unit == "week" else 1)
        if length > 3700:
            raise ModelMustRetry(f"{count} {unit}s is longer than ten years: name a shorter period.")
        return Period(f"the last {length} days", trailing(now.d1, length), unit="rolling")
    if unit in ("quarter", "half") and count > 1:
        ends = moved(unit, -1, which, now).window.end
        start = add_months(moved(unit, -1, which, now).window.start, -STEPS[unit] * (count - 1))
        return Period(f"the last {count} complete {unit if unit == 'quarter' else 'halve'}s", days(start, ends), unit="range")
    months = count * STEPS[unit]
    if months > 120:
        raise ModelMustRetry(f"{count} {unit}s is longer than ten years: name a shorter period.")
    window = days(add_months(now.d1 + timedelta(days=1), -months), now.d1)
    name = f"{count} {unit}s" if count > 1 else unit
    assumed = f"{'the last' if count > 1 else 'the past'} {name} taken as the {window.days} days to {spell(now.d1)}"
    return Period(f"the last {name}", window, unit="rolling", assumptions=[assumed])


def ahead(groups: Groups, now: Now) -> Period:
    """The next n days, weeks, months …, from tomorrow."""
    count, unit = int(groups["n"]), groups["unit"]
    start = now.today + timedelta(days=1)
    end = (
        start + timedelta(days=count * (7 if unit == "week" else 1)) if unit in ("day", "week") else add_months(start, count * STEPS[unit])
    )
    return Period(f"the next {count} {unit}s", days(start, end - timedelta(days=1)), unit="range")


def year_number(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _numbered(groups: Groups, key: str, top: int, kind: str) -> int:
    number = int(groups[key])
    if not 1 <= number <= top:
        raise ModelMustRetry(f"There is no {key.upper()}{number}: {kind} run from 1 to {top}.")
    return number


def _nth(groups: Groups, now: Now, key: str, top: int, kind: str) -> Period:
    number, which = _numbered(groups, key, top, kind), groups.get("which")
    fiscal_of, calendar_of = _frames(kind, now.calendar)
    if groups.get("fy") or groups.get("year_kind"):
        which = groups.get("year_kind") or "fiscal"
    if groups.get("year"):
        year = year_number(groups["year"])
        return either(fiscal_of(year, number), calendar_of(year, number), which, now)
    fiscal_year, calendar_year = now.calendar.year_number(now.anchor), now.anchor.year
    if groups.get("relative"):
        back = 0 if groups["relative"] == "this" else 1
        which = groups.get("which_year") or which
        return either(fiscal_of(fiscal_year - back, number), calendar_of(calendar_year - back, number), which, now)
    fiscal, calendar = fiscal_of(fiscal_year, number), calendar_of(calendar_year, number)
    if fiscal.window.start > now.anchor:
        fiscal = fiscal_of(fiscal_year - 1, number)
    if calendar.window.start > now.anchor:
        calendar = calendar_of(calendar_year - 1, number)
    return either(fiscal, calendar, which, now)


def _frames(kind: str, book: FiscalCalendar) -> tuple[Callable[[int, int], Period], Callable[[int, int], Period]]:
    return (book.fiscal_quarter, book.calendar_quarter) if kind == "quarters" else (book.fiscal_half, book.calendar_half)


def quarter(groups: Groups, now: Now) -> Period:
    """Q3, fiscal Q3, Q3 FY27, calendar Q3 2026."""
    return _nth(groups, now, "q", 4, "quarters")


def half(groups: Groups, now: Now) -> Period:
    """H1, fiscal H2 FY27."""
    return _nth(groups, now, "h", 2, "halves")


def fiscal_year(groups: Groups, now: Now) -> Period:
    return now.calendar.fiscal_year(year_number(groups["year"]))


def calendar_year(groups: Groups, now: Now) -> Period:
    """A bare 2025 is the calendar year; the fiscal year of that label is offered."""
    year = int(groups["year"])
    period = now.calendar.calendar_year(year)
    if groups.get("which") == "calendar" or now.calendar.is_calendar:
        return period
    return replace(period, alternatives=[now.calendar.fiscal_year(year)], assumptions=[f"{year} read as the calendar year"])


def make_day(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise ModelMustRetry(f"There is no month {month}: months run from 1 to 12.")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        text = f"There is no {day} {MONTHS[month - 1]} {year}: {MONTHS[month - 1]} has {last} days."
        raise NoSuchDate(text, nearest=date(year, month, min(max(day, 1), last)))
    return date(year, month, day)


def year_for(month: int, groups: Groups, now: Now, day: int = 1) -> int:
    """The year given, or the latest in which that day has come."""
    if groups.get("year"):
        return year_number(groups["year"])
    if relative := groups.get("relative") or groups.get("relative2"):
        return now.today.year - (0 if relative == "this" else 1)
    return now.anchor.year if (month, day) <= (now.anchor.month, now.anchor.day) else now.anchor.year - 1


def one_day(groups: Groups, now: Now) -> Period:
    """12 August, August 12 2026, 2026-08-12."""
    if groups.get("iso"):
        year, month, day = (int(part) for part in groups["iso"].replace("/", "-").split("-"))
        return now.calendar.day(make_day(year, month, day))
    month, day = MONTH_NUMBERS[groups["month"]], int(groups["d"])
    return now.calendar.day(make_day(year_for(month, groups, now, day), month, day))


def slash_date(groups: Groups, now: Now) -> Period:
    """3/7/2026, 3-7-2026 or 3/7 in the company's order, 3.7.2026 day first; where both readings exist the other is offered."""
    written = groups["slash"]
    first, second, *rest = (int(part) for part in written.replace(".", "/").replace("-", "/").split("/"))
    dotted = "." in written
    day_first = first > 12 or (second <= 12 and (dotted or now.calendar.day_first))
    day, month = (first, second) if day_first else (second, first)
    period = now.calendar.day(make_day(_slash_year(rest, month, day, now), month, day))
    if dotted or day > 12 or day == month:
        return period
    other = now.calendar.day(make_day(_slash_year(rest, day, month, now), day, month))
    return replace(period, assumptions=[f"{written} read {'day' if day_first else 'month'} first: {period.label}"], alternatives=[other])


def _slash_year(rest: list[int], month: int, day: int, now: Now) -> int:
    return year_for(month, {"year": str(rest[0])} if rest else {}, now, day)


def iso_month(groups: Groups, now: Now) -> Period:
    return now.calendar.month(make_day(int(groups["iso_year"]), int(groups["iso_month"]), 1))


def month(groups: Groups, now: Now) -> Period:
    """July, July 2026, last July (the latest that is over), next July."""
    number, which = MONTH_NUMBERS[groups["month"]], groups.get("which")
    year = year_for(number, groups, now)
    if which == "last" and date(year, number, monthrange(year, number)[1]) > now.today:
        year -= 1
    if which == "next":
        year += 1
    return now.calendar.month(date(year, number, 1))


def days_of_month(groups: Groups, now: Now) -> Period:
    """1 to 15 July."""
    number = MONTH_NUMBERS[groups["month"]]
    year = year_for(number, groups, now, int(groups["d"]))
    start, end = make_day(year, number, int(groups["d"])), make_day(year, number, int(groups["d2"]))
    if end < start:
        raise ModelMustRetry(f"The period ends ({spell(end)}) before it begins ({spell(start)}).")
    return Period(f"{spell(start)} to {spell(end)}", days(start, end))


_PARTS = {
    **dict.fromkeys(("early", "start", "beginning"), ("early", 1, 10)),
    **dict.fromkeys(("mid", "middle of"), ("mid", 11, 20)),
    **dict.fromkeys(("late", "end"), ("late", 21, 31)),
    "1th": ("first half of", 1, 15),
    "2th": ("second half of", 16, 31),
}
"""Part of a month: how it is called, first and last day."""


def part_of_month(groups: Groups, now: Now) -> Period:
    """Early, mid and late July are its three thirds; halves break after the 15th."""
    number = MONTH_NUMBERS[groups["month"]]
    year = year_for(number, groups, now)
    last = monthrange(year, number)[1]
    part, first_day, last_day = _PARTS[groups["part"]]
    window = days(date(year, number, first_day), date(year, number, min(last_day, last)))
    assumed = f"{part} {MONTHS[number - 1]} taken as {spell(window.start)} to {spell(window.end)}"
    return Period(f"{part} {MONTHS[number - 1]} {year}", window, assumptions=[assumed])


def weekday(groups: Groups, now: Now) -> Period:
    """Monday, last Monday: the latest one before today; this, next or coming Monday: the first from today on."""
    number = WEEKDAYS.index(groups["weekday"])
    if groups.get("ahead"):
        forward = (number - now.today.weekday()) % 7
        return now.calendar.day(now.today + timedelta(days=forward or (0 if groups["ahead"] == "this" else 7)))
    back = (now.anchor.weekday() - number) % 7
    return now.calendar.day(now.anchor - timedelta(days=back or 7))


def week_of(groups: Groups, now: Now) -> Period:
    return now.calendar.week(one_day(groups, now).window.start)


def iso_week(groups: Groups, now: Now) -> Period:
    """Week 32: the ISO week of this year, or of last year where it has not begun."""
    number, year = int(groups["n"]), int(groups.get("year") or now.today.isocalendar().year)
    try:
        monday = date.fromisocalendar(year, number, 1)
    except ValueError:
        raise ModelMustRetry(f"There is no week {number} in {year}.") from None
    if monday > now.anchor and not groups.get("year"):
        monday = date.fromisocalendar(year - 1, number, 1)
    return now.calendar.week(monday)


RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        shifted, days_ago, unit_now, units_ago, rolling, ahead, quarter, half, fiscal_year, calendar_year, one_day, slash_date,
        iso_month, month, days_of_month, part_of_month, weekday, week_of, iso_week,
    )
}  # fmt: skip
