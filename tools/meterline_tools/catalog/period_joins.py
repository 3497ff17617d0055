"""Periods made of periods: from one to another, since, until, the first week of, the 90 days up to, as of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from meterline_tools.catalog.calendar import Period, add_months, days, spell
from meterline_tools.catalog.period_parts import PART_RULES, nth_weekday
from meterline_tools.catalog.period_rules import RULES, STEPS, WEEKDAYS, Groups, Now
from meterline_tools.errors import ModelMustRetry
from meterline_tools.receipts import Window

_DAY = timedelta(days=1)
_EVERY_RULE = {**RULES, **PART_RULES}


@dataclass(frozen=True)
class Part:
    """Normalised text [start, end) read by a rule: an atom, or a join of the parts in it."""

    start: int
    end: int
    rule: str
    groups: Groups
    inner: tuple[Part, ...] = ()


def read(part: Part, now: Now) -> Period:
    """The period of a part, not yet cut at the last complete day."""
    if len(part.inner) == 2:
        return _span(part.inner[0], part.inner[1], now)
    if not part.inner:
        return _EVERY_RULE[part.rule](part.groups, now)
    period = read(part.inner[0], now)
    join = JOINS[part.rule]
    return replace(join(period, part.groups, now), alternatives=[join(other, part.groups, now) for other in period.alternatives])


def _dated(part: Part) -> bool:
    return any(part.groups.get(key) for key in ("year", "relative", "iso", "iso_year", "slash")) or any(_dated(p) for p in part.inner)


def _span(first: Part, second: Part, now: Now) -> Period:
    """From one period to another; a month without a year takes it from its partner."""
    if _dated(first) and not _dated(second):
        start = read(first, now)
        end = read(second, replace(now, anchor=min(now.today, add_months(start.window.start, 12))))
    else:
        end = read(second, now)
        start = read(first, replace(now, anchor=min(now.anchor, end.window.end)))
    if start.window.start > end.window.end:
        raise ModelMustRetry(f"The period ends ({spell(end.window.end)}) before it begins ({spell(start.window.start)}).")
    window = days(start.window.start, end.window.end)
    return Period(_from_to(window), window, assumptions=[*start.assumptions, *end.assumptions])


def _from_to(window: Window) -> str:
    return f"{spell(window.start)} to {spell(window.end)}"


def since(period: Period, groups: Groups, now: Now) -> Period:
    return _open_end(period, period.window.start, now)


def after(period: Period, groups: Groups, now: Now) -> Period:
    return _open_end(period, period.window.end + _DAY, now)


def _open_end(period: Period, start: date, now: Now) -> Period:
    return replace(period, label=f"since {spell(start)}", window=days(start, max(now.d1, start)), unit="range")


def until(period: Period, groups: Groups, now: Now) -> Period:
    return _open_start(period, period.window.end, now)


def before(period: Period, groups: Groups, now: Now) -> Period:
    return _open_start(period, period.window.start - _DAY, now)


def _open_start(period: Period, end: date, now: Now) -> Period:
    """An end without a beginning counts from the start of that fiscal year, and says so."""
    window = days(now.calendar.year(end).window.start, end)
    assumed = [*period.assumptions, f"counted from {spell(window.start)}, when that fiscal year began"]
    return replace(period, label=_from_to(window), window=window, unit="range", assumptions=assumed)


def as_of(period: Period, groups: Groups, now: Now) -> Period:
    """As of 31 May: each metric over its own window up to that day."""
    end = period.window.end
    return Period(f"as of {spell(end)}", days(end, end), unit="as_of", assumptions=period.assumptions)


def at_end_of(period: Period, groups: Groups, now: Now) -> Period:
    """At the end of May, where it is over; the end of a running period is a matter of forecasts and stays that period."""
    return as_of(period, groups, now) if period.window.end <= now.today else period


def _length(groups: Groups) -> tuple[str, int]:
    count, unit = int(groups.get("n") or 1), groups["unit"]
    if not 1 <= count * {"day": 1, "week": 7}.get(unit, 30 * STEPS.get(unit, 1)) <= 3700:
        raise ModelMustRetry(f"{count} {unit}s cannot be told: name from 1 day to ten years.")
    return unit, count


def _ends_on(end: date, groups: Groups) -> Period:
    unit, count = _length(groups)
    start = (
        add_months(end + _DAY, -count * STEPS[unit]) if unit in STEPS else end - timedelta(days=count * (7 if unit == "week" else 1) - 1)
    )
    return Period(_from_to(days(start, end)), days(start, end))


def _begins_on(start: date, groups: Groups) -> Period:
    unit, count = _length(groups)
    stop = add_months(start, count * STEPS[unit]) if unit in STEPS else start + timedelta(days=count * (7 if unit == "week" else 1))
    return Period(_from_to(days(start, stop - _DAY)), days(start, stop - _DAY))


def ending(period: Period, groups: Groups, now: Now) -> Period:
    """The 90 days up to 30 June, that day included."""
    return _ends_on(period.window.end, groups)


def leading(period: Period, groups: Groups, now: Now) -> Period:
    """The 90 days before 30 June, that day left out."""
    return _ends_on(period.window.start - _DAY, groups)


def following(period: Period, groups: Groups, now: Now) -> Period:
    """The 30 days after 1 June, that day left out."""
    return _begins_on(period.window.end + _DAY, groups)


def starting(period: Period, groups: Groups, now: Now) -> Period:
    """30 days from 1 June, that day included."""
    return _begins_on(period.window.start, groups)


def _nth(groups: Groups) -> int:
    """-1 for the last, else which one."""
    edge = str(groups["edge"])
    return -1 if edge in ("last", "final", "closing") else 1 if edge == "opening" else int(edge.removesuffix("th"))


_SPOKEN = {-1: "last", 1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}


def part(period: Period, groups: Groups, now: Now) -> Period:
    """The first week, the last 10 days, the second month of a period, counted from its first or last day."""
    whole, nth, unit, count = period.window, _nth(groups), groups["part"], int(groups.get("count") or 1)
    window = _half_of(whole, nth) if unit == "half" else _piece_of(whole, nth, {"unit": unit, "n": count})
    if not (whole.start <= window.start and window.end <= whole.end):
        raise ModelMustRetry(f"{period.label} has no such {unit}: it runs from {_from_to(whole)}.")
    if unit in STEPS and unit != "half":
        return Period(_from_to(window), window, assumptions=period.assumptions)
    name = f"{_SPOKEN.get(nth, f'{nth}th')} {f'{count} {unit}s' if count > 1 else unit}"
    text = f"the {name} of {period.label} taken as {_from_to(window)}"
    return Period(_from_to(window), window, assumptions=[*period.assumptions, text])


def _half_of(whole: Window, nth: int) -> Window:
    """Half the days; of an even number of whole months, half the months."""
    months = (whole.end.year - whole.start.year) * 12 + whole.end.month - whole.start.month + 1
    by_months = whole.start.day == 1 and (whole.end + _DAY).day == 1 and months % 2 == 0
    middle = add_months(whole.start, months // 2) if by_months else whole.start + timedelta(days=whole.days // 2)
    return days(whole.start, middle - _DAY) if nth == 1 else days(middle, whole.end)


def _piece_of(whole: Window, nth: int, pieces: Groups) -> Window:
    if nth == -1:
        return _ends_on(whole.end, pieces).window
    skipped = {**pieces, "n": int(pieces["n"]) * (nth - 1)}
    start = whole.start if nth == 1 else _begins_on(whole.start, skipped).window.end + _DAY
    return _begins_on(start, pieces).window


def weekday_of(period: Period, groups: Groups, now: Now) -> Period:
    """The last Friday of July."""
    whole = period.window
    day = nth_weekday(whole.start, whole.end + _DAY, WEEKDAYS.index(groups["weekday"]), _nth(groups))
    if day > whole.end:
        raise ModelMustRetry(f"{period.label} has no such {groups['weekday'].title()}.")
    return now.calendar.day(day)


def rest(period: Period, groups: Groups, now: Now) -> Period:
    """The rest of the quarter, from tomorrow: days for a forecast."""
    start = now.today + _DAY
    window = days(start, max(start, period.window.end))
    return Period(
        f"the rest of {period.label}", window, assumptions=[*period.assumptions, f"{_from_to(window)} is still to come"], incomplete=True
    )


JOINS: dict[str, Callable[[Period, Groups, Now], Period]] = {
    rule.__name__: rule
    for rule in (since, after, until, before, as_of, at_end_of, ending, leading, following, starting, part, weekday_of, rest)
}  # fmt: skip
