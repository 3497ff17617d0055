"""Rules for what people name rather than date: seasons, holidays, weekends, whole months, what has come in so far, the time before that."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from typing import Any

from meterline_tools.catalog.calendar import MONTHS, Period, add_months, days, preceding, spell, trailing
from meterline_tools.catalog.period_rules import STEPS, WEEKDAYS, Groups, Now, Rule, make_day, moved, unit_of, year_number
from meterline_tools.catalog.words import read_yaml
from meterline_tools.errors import ModelMustRetry
from meterline_tools.receipts import Window

_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
"""First month of each, north of the equator."""


def whole(groups: Groups, now: Now) -> Period:
    """The last n whole weeks, months, quarters …: the newest that lie within the complete days."""
    unit, count, which = groups["unit"], int(groups.get("n") or 1), groups.get("which")
    if not 1 <= count * STEPS.get(unit, 1) <= 120:
        raise ModelMustRetry(f"{count} whole {unit}s cannot be told: name from 1 {unit} to ten years.")
    if unit == "day":
        return Period(f"the last {count} complete days", trailing(now.d1, count), unit="rolling")
    here = unit_of(unit, now.d1, which, now).window
    end = here.end if here.end == now.d1 else here.start - timedelta(days=1)
    start = end - timedelta(days=7 * count - 1) if unit == "week" else add_months(end + timedelta(days=1), -count * STEPS[unit])
    named = unit_of(unit, end, which, now)
    if count == 1:
        return named
    assumed = f"the last {count} whole {unit}s taken as {spell(start)} to {spell(end)}"
    return Period(f"the last {count} whole {unit}s", days(start, end), assumptions=[assumed])


def hours(groups: Groups, now: Now) -> Period:
    """Usage is kept by day: hours become the complete days that hold as many."""
    count = max(1, -(-int(groups["n"]) // 24))
    text = f"usage is kept by day: the last {groups['n']} hours taken as the last {count} complete day{'s' if count > 1 else ''}"
    return Period(f"the last {count} complete day{'s' if count > 1 else ''}", trailing(now.d1, count), unit="rolling", assumptions=[text])


def so_far(groups: Groups, now: Now) -> Period:
    """Today so far: the usage day (UTC) that is coming in."""
    day = now.running - timedelta(days=int(groups["n"]))
    elsewhere = now.today - timedelta(days=int(groups["n"]))
    text = [f"usage days are UTC days: told for {spell(day)}, not {spell(elsewhere)}"] if elsewhere != day else []
    return Period(f"{spell(day)} so far", days(day, day), unit="so_far", assumptions=text)


def earlier_to_date(groups: Groups, now: Now) -> Period:
    """Last year to date: as many days of the earlier year (quarter, month) as the running one has by now."""
    unit, which = groups["unit"], groups.get("which")
    if unit not in STEPS:
        return moved(unit, -1, which, now)
    here = unit_of(unit, now.today, which, now)

    def cut(running: Period, book: str | None) -> Period:
        start = add_months(running.window.start, -STEPS[unit])
        length = max(1, (now.d1 - running.window.start).days + 1)
        end = min(start + timedelta(days=length - 1), running.window.start - timedelta(days=1))
        label = f"{unit_of(unit, start, book, now).label} to {spell(end)}"
        return Period(label, days(start, end), assumptions=[f"{label}: as many days as this {unit} has so far"])

    others = [cut(other, "calendar") for other in here.alternatives]
    return replace(cut(here, which or "fiscal"), alternatives=others)


def before_that(groups: Groups, now: Now) -> Period:
    """The two months before that: before the period that was named last, else before the running one."""
    unit, count = groups["unit"], int(groups["n"])
    if now.that is None and unit == "same":
        return _no_that()
    if now.that is None and count == 1:
        return moved(unit, -1, groups.get("which"), now)
    that = now.that or unit_of(unit, now.today, groups.get("which"), now).window
    last = that.start - timedelta(days=1)
    if unit == "same":
        window = preceding(that)
    elif unit == "quarter" and count == 1:
        return _unit_beside(that, last, groups.get("which"), now)
    elif unit in STEPS:
        window = days(add_months(that.start, -count * STEPS[unit]), last)
    else:
        window = trailing(last, count * (7 if unit == "week" else 1))
    return _of_window(window, now)


def after_that(groups: Groups, now: Now) -> Period:
    """The month after that."""
    unit, count = groups["unit"], int(groups.get("n") or 1)
    if now.that is None:
        return _no_that()
    start = now.that.end + timedelta(days=1)
    end = add_months(start, count * STEPS[unit]) if unit in STEPS else start + timedelta(days=count * (7 if unit == "week" else 1))
    return _of_window(days(start, end - timedelta(days=1)), now)


def _no_that() -> Period:
    raise ModelMustRetry("Before or after which period? Name one, e.g. the month before July.")


def _unit_beside(that: Window, day: date, which: str | None, now: Now) -> Period:
    """The quarter of `day`, in the frame (fiscal or calendar) in which the period before it was a quarter."""
    calendar = now.calendar.calendar_quarter(that.start.year, (that.start.month + 2) // 3)
    frame = which or ("calendar" if calendar.window == that else "fiscal")
    return unit_of("quarter", day, frame, now)


def _from_to(window: Window) -> str:
    return spell(window.start) if window.days == 1 else f"{spell(window.start)} to {spell(window.end)}"


def _of_window(window: Window, now: Now) -> Period:
    """A window under the name it has, if it is a month."""
    month = now.calendar.month(window.start)
    return month if month.window == window else Period(_from_to(window), window)


def year_before_that(groups: Groups, now: Now) -> Period:
    """The same period last year: 364 days earlier, so that weekdays stay alike; what something is compared with rather than asked for."""
    that = now.that or trailing(now.d1, 28)
    window = days(that.start - timedelta(days=364), that.end - timedelta(days=364))
    text = f"a year earlier is 364 days earlier, so that weekdays stay alike: {_from_to(window)}"
    return Period(_from_to(window), window, assumptions=[text], compare="year_ago")


def fiscal_span(groups: Groups, now: Now) -> Period:
    """FY26/27: the fiscal year that begins in the first and ends in the second."""
    first, second = year_number(groups["from"]), year_number(groups["to"])
    if second != first + 1:
        raise ModelMustRetry(f"A fiscal year runs from one year into the next: FY{first % 100:02d}/{(first + 1) % 100:02d}.")
    return now.calendar.year(date(first, now.calendar.start_month, 1))


def day_of_month(groups: Groups, now: Now) -> Period:
    """The 11th: of this month or, where it has not come, of the last one."""
    number = int(groups["d"])
    here = now.anchor if not groups.get("back") else now.today
    back = groups.get("back") in ("last", "previous") or (not groups.get("back") and number > here.day)
    month = add_months(here.replace(day=1), -1) if back else here
    return now.calendar.day(make_day(month.year, month.month, number))


def weekday_of_week(groups: Groups, now: Now) -> Period:
    """Tuesday of last week."""
    step = {"this": 0, "last": -7, "next": 7}[groups["week"]]
    monday = now.today - timedelta(days=now.today.weekday()) + timedelta(days=step)
    return now.calendar.day(monday + timedelta(days=WEEKDAYS.index(groups["weekday"])))


def weekend(groups: Groups, now: Now) -> Period:
    """The latest weekend that has begun; the last one is over."""
    saturday = now.today - timedelta(days=(now.today.weekday() - 5) % 7)
    if int(groups["n"]) and saturday + timedelta(days=1) >= now.today:
        saturday -= timedelta(days=7)
    window = days(saturday, saturday + timedelta(days=1))
    return Period(f"the weekend of {spell(saturday)}", window)


def season(groups: Groups, now: Now) -> Period:
    """Over the summer: three whole months, said which. Winter is named after the year it begins in."""
    first = _SEASONS[groups["season"]]
    if groups.get("year"):
        year = int(groups["year"])
    elif groups.get("relative"):
        year = now.today.year - (1 if groups["relative"] == "last" else 0)
    else:
        year = now.today.year - (0 if now.today >= date(now.today.year, first, 1) else 1)
        runs_until = add_months(date(year, first, 1), 3)
        year -= 1 if groups.get("which") == "last" and now.today < runs_until else 0
    window = days(date(year, first, 1), add_months(date(year, first, 1), 3) - timedelta(days=1))
    name = f"{groups['season']} {year}"
    return Period(name, window, assumptions=[f"{name} taken as {MONTHS[first - 1]} to {MONTHS[(first + 1) % 12]}"])


@cache
def holidays() -> dict[str, dict[str, Any]]:
    """By name, as written in holidays.yaml."""
    return {name: entry for entry in read_yaml("holidays.yaml") for name in entry["names"]}


def holiday(groups: Groups, now: Now) -> Period:
    """Black Friday, the week of Easter: the latest that has begun, or of the year named."""
    name = groups["holiday"]
    entry = holidays()[name]
    relative = groups.get("relative")
    year = int(groups["year"]) if groups.get("year") else now.today.year - (1 if relative == "last" else 0)
    first = _holiday_date(entry, year)
    if first > now.today and not (groups.get("year") or relative):
        first = _holiday_date(entry, year - 1)
    spoken = name.removesuffix(" '").removeprefix("the ").title()
    if groups.get("week"):
        week = now.calendar.week(first)
        return replace(week, label=f"the week of {spoken} ({spell(week.window.start)})")
    window = days(first, first + timedelta(days=int(entry.get("days", 1)) - 1))
    return Period(
        f"{spoken} {first.year}",
        window,
        unit="day" if window.days == 1 else "range",
        assumptions=[f"{spoken} {first.year} is {_from_to(window)}"],
    )


def _holiday_date(entry: dict[str, Any], year: int) -> date:
    extra = timedelta(days=int(entry.get("plus", 0)))
    if "easter" in entry:
        return _easter(year) + timedelta(days=int(entry["easter"]))
    if "day" in entry:
        return date(year, entry["month"], entry["day"]) + extra
    return nth_weekday(date(year, entry["month"], 1), add_months(date(year, entry["month"], 1), 1), entry["weekday"], entry["nth"]) + extra


def nth_weekday(start: date, stop: date, weekday: int, nth: int) -> date:
    """The nth such weekday in [start, stop); nth -1 is the last. May lie beyond `stop` where there is no such."""
    if nth < 0:
        last = stop - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    return start + timedelta(days=(weekday - start.weekday()) % 7 + 7 * (nth - 1))


def _easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by the anonymous algorithm (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday_shift = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday_shift) // 451
    month, day = divmod(h + weekday_shift - 7 * m + 114, 31)
    return date(year, month, day + 1)


PART_RULES: dict[str, Rule] = {
    rule.__name__: rule
    for rule in (
        whole, hours, so_far, earlier_to_date, before_that, after_that, year_before_that, fiscal_span, day_of_month,
        weekday_of_week, weekend, season, holiday,
    )
}  # fmt: skip
