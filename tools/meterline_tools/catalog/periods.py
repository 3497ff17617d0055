"""Phrases about time to windows of complete days.

The grammar is data (periods.yaml); its rules are in period_rules.py. Here they are matched, joined ("from
March to May", "since June 1") and cut at the last complete day, with a sentence for every assumption made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.calendar import FiscalCalendar, Period, add_months, days, spell
from meterline_tools.catalog.period_rules import RULES, Groups, Now
from meterline_tools.catalog.period_text import TimeText, grammar, normalise
from meterline_tools.errors import ModelMustRetry
from meterline_tools.warehouse.asof import COMPLETE

if TYPE_CHECKING:
    from meterline_tools.warehouse.asof import AsOf

EXAMPLES = "last 30 days, last month, July 2026, this quarter, fiscal Q2, FY27, YTD, yesterday, since 1 June, 2026-07-01..2026-07-31"
_FILLER = re.compile(r"^(?:(?:in|for|during|over|on|at|of|within|across|throughout|the|as|whole|entire|full|all|month|year|quarter) )+")
_CONTEXT = {
    "month": re.compile(
        r"(?:in|for|during|since|of|last|this|until|through|by|from|between|over|and|to|or|vs|versus|early|mid|late|,|-|before|after) $"
    ),
    "weekday": re.compile(r"(?:on|since|last|this|until|by|before|after) $"),
    "calendar_year": re.compile(r"(?:in|for|during|since|of|until|through|over|and|vs|versus|year|all|before|after) $"),
}
"""What stands before a word that may be a time, for it to be one."""


@dataclass(frozen=True)
class PeriodMatch:
    """A period found in free text: `text[start:end]` is `phrase`."""

    start: int
    end: int
    phrase: str
    period: Period


@dataclass(frozen=True)
class _Atom:
    pattern: re.Pattern[str]
    rule: str
    fixed: Groups


@dataclass(frozen=True)
class _Found:
    """A match in normalised text: one atom, or two joined."""

    start: int
    end: int
    first: tuple[_Atom, Groups]
    second: tuple[_Atom, Groups] | None = None
    join: str = ""


def resolve_period(phrase: str, asof: AsOf, calendar: FiscalCalendar) -> Period:
    """The period a phrase names. ModelMustRetry on nonsense and on dates that do not exist."""
    time = normalise(phrase.strip(), lenient=True)
    filler = _FILLER.match(time.text)
    for begin in dict.fromkeys((0, filler.end() if filler else 0)):
        for found in _matches_at(time.text, begin):
            if found.end == len(time.text):
                return _finish(_resolve(found, _now(asof, calendar)), phrase.strip(), asof)
    raise ModelMustRetry(f"'{phrase}' is not a period I know. Examples: {EXAMPLES}.")


def find_periods(text: str, asof: AsOf, calendar: FiscalCalendar) -> list[PeriodMatch]:
    """All periods in a text, in order. ModelMustRetry when it names a date that does not exist."""
    time = normalise(text)
    now = _now(asof, calendar)
    result: list[PeriodMatch] = []
    place = 0
    for start in time.starts:
        if start < place:
            continue
        for found in _matches_at(time.text, start):
            if found.end not in _ends(time) or not _in_context(found, time, text):
                continue
            try:
                period = _resolve(found, now)
            except ModelMustRetry:
                if found.first[0].rule in ("quarter", "half", "iso_week"):
                    continue  # "Q7" and "H3" are more likely names than mistakes
                raise
            begin, end = time.origin(found.start, found.end)
            result.append(PeriodMatch(begin, end, text[begin:end], _finish(period, text[begin:end], asof)))
            place = found.end
            break
    return result


def _now(asof: AsOf, calendar: FiscalCalendar) -> Now:
    return Now(asof.today, asof.d1, calendar, asof.today)


@cache
def _atoms() -> tuple[_Atom, ...]:
    groups = grammar()["groups"]
    groups = {name: str(text).replace("{which_year}", groups["which_year"]) for name, text in groups.items()}

    def pattern(text: str) -> re.Pattern[str]:
        for name, body in groups.items():
            text = text.replace(f"{{{name}}}", body)
        return re.compile(text + r"(?![\w])")

    return tuple(
        _Atom(pattern(entry["match"]), entry["rule"], {key: value for key, value in entry.items() if key not in ("match", "rule")})
        for entry in grammar()["atoms"]
    )


@cache
def _joins() -> tuple[dict[str, Any], ...]:
    return tuple(
        {**entry, **{key: re.compile(entry[key]) for key in ("before", "between", "after") if key in entry}} for entry in grammar()["joins"]
    )


def _atoms_at(text: str, start: int) -> list[tuple[int, _Atom, Groups]]:
    """Atoms that begin at `start`, longest first."""
    hits = [(found.end(), atom, found) for atom in _atoms() if (found := atom.pattern.match(text, start))]
    return [
        (end, atom, {**atom.fixed, **{k: v for k, v in found.groupdict().items() if v}})
        for end, atom, found in sorted(hits, key=lambda h: -h[0])
    ]


def _matches_at(text: str, start: int) -> Iterator[_Found]:
    """Everything that can be read from `start`, longest first."""
    found: list[_Found] = []
    for join in _joins():
        if not (before := join["before"].match(text, start)):
            continue
        for end, atom, groups in _atoms_at(text, before.end()):
            if "between" in join:
                if between := join["between"].match(text, end):
                    found += [
                        _Found(start, last, (atom, groups), (other, more), "span") for last, other, more in _atoms_at(text, between.end())
                    ]
            elif "after" not in join:
                found.append(_Found(start, end, (atom, groups), join=join["rule"]))
            elif after := join["after"].match(text, end):
                found.append(_Found(start, after.end(), (atom, groups), join=join["rule"]))
    found += [_Found(start, end, (atom, groups)) for end, atom, groups in _atoms_at(text, start)]
    yield from sorted(found, key=lambda item: -item.end)


def _ends(time: TimeText) -> set[int]:
    return {start - 1 for start in time.starts[1:]} | {len(time.text)}


def _in_context(found: _Found, time: TimeText, text: str) -> bool:
    """Whether a lone word such as "may", "march", "sat" or a mended month is meant as a time: something must say so."""
    atom, groups = found.first
    if found.join or atom.rule not in _CONTEXT or len(time.tokens(found.start, found.end)) > 1:
        return True
    token = time.tokens(found.start, found.end)[0]
    doubtful = token in time.mended or token in time.short or groups.get("month") == "may" or atom.rule == "calendar_year"
    begin = time.spans[token][0]
    if groups.get("month") == "may" and text[begin].isupper() and text[:begin].rstrip()[-1:] not in ("", ".", "?", "!"):
        return True  # "May usage" in the middle of a sentence is no verb
    return not doubtful or bool(_CONTEXT[atom.rule].search(time.text[: found.start]))


def _read(part: tuple[_Atom, Groups], now: Now) -> Period:
    atom, groups = part
    return RULES[atom.rule](groups, now)


def _resolve(found: _Found, now: Now) -> Period:
    if found.join == "span" and found.second:
        return _span(found.first, found.second, now)
    period = _read(found.first, now)
    if not found.join:
        return period
    return replace(_open(period, found.join, now), alternatives=[_open(other, found.join, now) for other in period.alternatives])


def _open(period: Period, join: str, now: Now) -> Period:
    """Since, after, before or until a period."""
    window = period.window
    if join in ("until", "before"):
        window = days(window.start, window.start - timedelta(days=1)) if join == "before" else window
        start = now.calendar.year(window.end).window.start
        assumed = [*period.assumptions, f"counted from {spell(start)}, when that fiscal year began"]
        return replace(
            period, label=f"{spell(start)} to {spell(window.end)}", window=days(start, window.end), unit="range", assumptions=assumed
        )
    start = window.start if join == "since" else window.end + timedelta(days=1)
    return replace(period, label=f"since {spell(start)}", window=days(start, max(now.d1, start)), unit="range")


def _dated(groups: Groups) -> bool:
    return any(groups.get(key) for key in ("year", "relative", "iso", "iso_year", "slash"))


def _span(first: tuple[_Atom, Groups], second: tuple[_Atom, Groups], now: Now) -> Period:
    """From one period to another; a month without a year takes it from its partner."""
    if _dated(first[1]) and not _dated(second[1]):
        start = _read(first, now)
        end = _read(second, replace(now, anchor=min(now.today, add_months(start.window.start, 12))))
    else:
        end = _read(second, now)
        start = _read(first, replace(now, anchor=min(now.anchor, end.window.end)))
    if start.window.start > end.window.end:
        raise ModelMustRetry(f"The period ends ({spell(end.window.end)}) before it begins ({spell(start.window.start)}).")
    window = days(start.window.start, end.window.end)
    return Period(f"{spell(window.start)} to {spell(window.end)}", window, assumptions=[*start.assumptions, *end.assumptions])


def _finish(period: Period, phrase: str, asof: AsOf) -> Period:
    """Cut at the last complete day, and say so."""
    cut, note = _cut(period, asof)
    alternatives = [_cut(other, asof)[0] for other in period.alternatives]
    return replace(cut, phrase=phrase, assumptions=[*period.assumptions, *note], alternatives=alternatives)


def _cut(period: Period, asof: AsOf) -> tuple[Period, list[str]]:
    window, d1 = period.window, asof.d1
    if window.end <= d1:
        return period, []
    if window.start > asof.today:
        return replace(period, incomplete=True), [f"{period.label} has not begun (today is {spell(asof.today)})"]
    if window.start <= d1:
        text = f"{period.label} is cut at the last complete day: {spell(window.start)} to {spell(d1)}"
        return replace(period, label=f"{period.label} to date", window=days(window.start, d1), incomplete=True), [text]
    if period.unit == "day":
        text = f"{period.label} is {_received(window.start, asof)}, so the last complete day, {spell(d1)}, is answered"
        return replace(period, label=f"{spell(d1)}, the last complete day", window=days(d1, d1), incomplete=True), [text]
    text = f"{period.label} has no complete day yet: the last complete day is {spell(d1)}"
    return replace(period, window=days(window.start, min(window.end, asof.today)), incomplete=True), [text]


def _received(day: date, asof: AsOf) -> str:
    for known, rows, usd in asof.completeness:
        if known == day:
            share = min(rows, usd, 1.0)
            return f"{share:.0%} received" if share < COMPLETE else "received but too young to be settled"
    return "not complete"
