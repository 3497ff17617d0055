"""Phrases about time to windows of complete days.

The grammar is data (periods.yaml); its rules are in period_rules.py, period_parts.py and period_joins.py. Here it
is matched ("since the first week of July" is a week of a month, and what came since), the words of a sentence that
are no times are told from those that are, and periods are cut at the last complete day, with a sentence for every
assumption made. The asker's time zone says which day is today; usage days are UTC days.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.calendar import FiscalCalendar, Period, days, spell
from meterline_tools.catalog.period_joins import Part, read
from meterline_tools.catalog.period_parts import holidays
from meterline_tools.catalog.period_rules import Groups, Now
from meterline_tools.catalog.period_text import TimeText, grammar, normalise
from meterline_tools.errors import ModelMustRetry
from meterline_tools.receipts import Window
from meterline_tools.warehouse.asof import COMPLETE

if TYPE_CHECKING:
    from meterline_tools.warehouse.asof import AsOf

EXAMPLES = "last 30 days, last month, July 2026, this quarter, fiscal Q2, FY27, YTD, yesterday, since 1 June, 2026-07-01..2026-07-31"
_FILLER = re.compile(r"(?:in|for|during|over|on|at|of|within|across|throughout|the|as|whole|entire|full|all|month|year|quarter) ")
_CONTEXT = {
    "month": re.compile(
        r"(?:in|for|during|since|of|last|this|until|through|by|from|between|over|and|to|or|vs|versus|early|mid|late|,|-|before|after) $"
    ),
    "slash_date": re.compile(r"(?:on|since|from|until|to|through|between|and|by|before|after|-) $"),
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
    joined: bool = False


def resolve_period(phrase: str, asof: AsOf, calendar: FiscalCalendar, *, that: Window | None = None) -> Period:
    """The period a phrase names. ModelMustRetry on nonsense and on dates that do not exist.

    `that` is the period the conversation is about, for "the two months before that".
    """
    time = normalise(phrase.strip(), lenient=True)
    parser = _Parser(time.text)
    begin: int | None = 0
    while begin is not None:
        for found in parser.at(begin):
            if found.end == len(time.text):
                return _finish(read(found, _now(asof, calendar, that)), phrase.strip(), asof)
        filler = _FILLER.match(time.text, begin)
        begin = filler.end() if filler else None
    raise ModelMustRetry(f"'{phrase}' is not a period I know. Examples: {EXAMPLES}.")


def find_periods(text: str, asof: AsOf, calendar: FiscalCalendar, *, that: Window | None = None) -> list[PeriodMatch]:
    """All periods in a text, in order. ModelMustRetry when it names a date that does not exist.

    `that` is the period the conversation is about; a period named earlier in the text takes its place.
    """
    time = normalise(text)
    now = _now(asof, calendar, that)
    parser, ends = _Parser(time.text), _ends(time)
    result: list[PeriodMatch] = []
    place = 0
    for start in time.starts:
        if start < place:
            continue
        for found in parser.at(start):
            if found.end not in ends or not _in_context(found, time, text):
                continue
            try:
                period = read(found, now)
            except ModelMustRetry:
                if _innermost(found).rule in ("quarter", "half", "iso_week", "part", "before_that", "after_that", "slash_date"):
                    continue  # "Q7" and "H3" are more likely names than mistakes, "24/7" is no date
                raise
            begin, end = time.origin(found.start, found.end)
            finished = _finish(period, text[begin:end], asof)
            result.append(PeriodMatch(begin, end, text[begin:end], finished))
            now = replace(now, that=finished.window)
            place = found.end
            break
    return result


def _innermost(part: Part) -> Part:
    return _innermost(part.inner[0]) if part.inner else part


def _now(asof: AsOf, calendar: FiscalCalendar, that: Window | None) -> Now:
    today = asof.local_today
    return Now(today, asof.d1, calendar, today, asof.today, that)


def _compiled(text: str) -> str:
    """A pattern of the grammar with its groups filled in."""
    groups = {**grammar()["groups"], "holiday": f"(?P<holiday>{'|'.join(sorted(holidays(), key=len, reverse=True))})"}
    while any(f"{{{name}}}" in text for name in groups):
        for name, body in groups.items():
            text = text.replace(f"{{{name}}}", str(body))
    return text


@cache
def _atoms() -> tuple[_Atom, ...]:
    reserved = ("match", "rule", "joined")
    return tuple(
        _Atom(
            re.compile(f"(?:{_compiled(entry['match'])})(?![\\w])"),
            entry["rule"],
            {key: value for key, value in entry.items() if key not in reserved},
            bool(entry.get("joined")),
        )
        for entry in grammar()["atoms"]
    )


@cache
def _joins() -> tuple[dict[str, Any], ...]:
    return tuple(
        {**entry, **{key: re.compile(_compiled(entry[key])) for key in ("before", "between", "after") if key in entry}}
        for entry in grammar()["joins"]
    )


def _said(found: re.Match[str]) -> Groups:
    return {key: value for key, value in found.groupdict().items() if value}


class _Parser:
    """What can be read from each place of one normalised text, each place worked out once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[tuple[int, int], list[Part]] = {}

    def at(self, start: int) -> Iterator[Part]:
        """Everything that can be read from `start`, longest first; of equals, what is said in one before what is joined."""
        return (found for found in self._read(start, 2) if not found.groups.get("joined"))

    def _read(self, start: int, depth: int) -> list[Part]:
        if (start, depth) not in self._known:
            found = [*self._atoms_at(start), *(self._joins_at(start, depth) if depth else ())]
            self._known[(start, depth)] = sorted(found, key=lambda part: -part.end)
        return self._known[(start, depth)]

    def _atoms_at(self, start: int) -> Iterator[Part]:
        for atom in _atoms():
            if found := atom.pattern.match(self._text, start):
                marks = {"joined": True} if atom.joined else {}
                yield Part(start, found.end(), atom.rule, {**atom.fixed, **_said(found), **marks})

    def _joins_at(self, start: int, depth: int) -> Iterator[Part]:
        for join in _joins():
            if not (before := join["before"].match(self._text, start)):
                continue
            for first in self._read(before.end(), depth - 1):
                if "between" in join:
                    if (first.rule == "day_of_month" or not first.groups.get("joined")) and (
                        between := join["between"].match(self._text, first.end)
                    ):
                        yield from (Part(start, second.end, "span", {}, (first, second)) for second in self._read(between.end(), depth - 1))
                elif "after" not in join:
                    yield Part(start, first.end, join["rule"], _said(before), (first,))
                elif after := join["after"].match(self._text, first.end):
                    yield Part(start, after.end(), join["rule"], _said(before), (first,))


def _ends(time: TimeText) -> set[int]:
    return {start - 1 for start in time.starts[1:]} | {len(time.text)}


def _in_context(found: Part, time: TimeText, text: str) -> bool:
    """Whether a lone word such as "may", "march", "sat" or a mended month is meant as a time: something must say so."""
    groups = found.groups
    if found.inner or found.rule not in _CONTEXT or len(time.tokens(found.start, found.end)) > 1:
        return True
    token = time.tokens(found.start, found.end)[0]
    always = found.rule in ("calendar_year", "slash_date")
    doubtful = token in time.mended or token in time.short or groups.get("month") == "may" or always
    if found.rule == "slash_date" and groups["slash"].count("/") != 1:
        return True  # 3/7/2026 is nothing but a date
    begin = time.spans[token][0]
    if found.rule == "month" and _names_something(time.spans[token], text):
        return False
    if groups.get("month") == "may" and text[begin].isupper() and text[:begin].rstrip()[-1:] not in ("", ".", "?", "!"):
        return True  # "May usage" in the middle of a sentence is no verb
    return not doubtful or bool(_CONTEXT[found.rule].search(time.text[: found.start]))


_PROPER = re.compile(r"\s+(?:&\s+)?([A-Z][^\W\d_]+)")


def _names_something(span: tuple[int, int], text: str) -> bool:
    """Whether a capitalised month begins a name in capitals that no preposition of time stands before: "March Networks"."""
    follows = _PROPER.match(text, span[1])
    if not (text[span[0]].isupper() and follows) or text == text.upper():
        return False
    return not re.search(r"(?:in|during|since|last|this|until|through|between|early|mid|late)\s+$", text[: span[0]])


def _finish(period: Period, phrase: str, asof: AsOf) -> Period:
    """Cut at the last complete day, and say so."""
    cut, note = _cut(period, asof)
    alternatives = [_cut(other, asof)[0] for other in period.alternatives]
    relative = " that" in f" {phrase.casefold()}" or phrase.casefold().rstrip(" ?.!").endswith("before") or bool(period.compare)
    if relative:  # said again without the conversation, it must still mean the same
        phrase = f"{cut.window.start.isoformat()}..{cut.window.end.isoformat()}"
    return replace(cut, phrase=phrase, assumptions=[*period.assumptions, *note], alternatives=alternatives)


def _cut(period: Period, asof: AsOf) -> tuple[Period, list[str]]:
    window, d1 = period.window, asof.d1
    if period.unit == "so_far":
        return replace(period, incomplete=True), [f"{spell(window.start)} is {_received(window.start, asof)}: not a complete day"]
    if window.end <= d1 or period.incomplete:
        return period, []
    if period.unit == "as_of":
        text = f"{spell(window.end)} lies after the last complete day, so this is as of {spell(d1)}"
        return replace(period, label=f"as of {spell(d1)}", window=days(d1, d1), incomplete=True), [text]
    if window.start <= d1:
        text = f"{period.label} is cut at the last complete day: {spell(window.start)} to {spell(d1)}"
        return replace(period, label=f"{period.label} to date", window=days(window.start, d1), incomplete=True), [text]
    return _not_yet(period, asof)


def _not_yet(period: Period, asof: AsOf) -> tuple[Period, list[str]]:
    """A period that begins after the last complete day."""
    window, d1, today = period.window, asof.d1, asof.local_today
    if window.start > today:
        return replace(period, incomplete=True), [f"{period.label} has not begun (today is {spell(today)})"]
    if period.unit == "day":
        text = f"{period.label} is {_received(window.start, asof)}, so the last complete day, {spell(d1)}, is answered"
        return replace(period, label=f"{spell(d1)}, the last complete day", window=days(d1, d1), incomplete=True), [text]
    text = f"{period.label} has no complete day yet: the last complete day is {spell(d1)}"
    return replace(period, window=days(window.start, min(window.end, today)), incomplete=True), [text]


def _received(day: date, asof: AsOf) -> str:
    for known, rows, usd in asof.completeness:
        if known == day:
            share = min(rows, usd, 1.0)
            return f"{share:.0%} received" if share < COMPLETE else "received but too young to be settled"
    return "not complete"
