"""Periods a question names: the one asked about, and the one it is compared with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.words import Token, tokenize
from meterline_tools.catalog.calendar import FiscalCalendar, Period, add_months, preceding, spell
from meterline_tools.errors import ModelMustRetry
from meterline_tools.receipts import Window

if TYPE_CHECKING:
    from meterline_tools.catalog.periods import PeriodMatch
    from meterline_tools.warehouse.asof import AsOf


@dataclass
class PeriodsAsked:
    """`main` is the period asked about, `compare` the window it is set against ("" for none, "prior", "year_ago" or ISO dates)."""

    main: Period | None = None
    compare: str = ""
    window: str = ""
    """The main period as tools take it: the phrase as said, or what a follow-up inherits."""
    tokens: list[Token] = field(default_factory=list)
    impossible: str = ""
    """The nearest day that exists, where the question names one that does not; "unknown" where there is none near."""


FOUR_WEEKS = "last 28 days"
"""What a figure is told over where nobody names a period."""
WEEK = "last 7 days"
"""What a period without a complete day is replaced by, and what moves of "this week" are told over."""
_CURRENCIES = frozenset("$€£¥")
"""Before "5M" these make an amount of it, not months."""
_NEWS = re.compile(r"\b(changed|new|happened|different|moved)\b.{0,12}\b(since yesterday|overnight)$", re.IGNORECASE)
"""What is new since yesterday is news, and no period of consumption: of yesterday no complete day may be known."""
_SET_BESIDE = re.compile(r"\bcompares?\s+(?:with|to|against)\s+(?:the\s+)?$", re.IGNORECASE)
_OF_AGE = frozenset({"older", "younger", "longer", "newer"})
"""Before "than" these make an age of a stretch of time: nothing is compared with it."""
_BETWEEN = frozenset({"to", "with", "the", "same", "what", "it", "was", "in", "during", "for", "over", "on", "they", "did"})
"""Words that may stand between "compared" and the period."""


def iso(period: Period) -> str:
    return f"{period.window.start.isoformat()}..{period.window.end.isoformat()}"


def find_asked_periods(text: str, context: Context, masks: Sequence[Token], lex: Lexicon) -> PeriodsAsked:
    """The periods of a question, names left out."""
    from meterline_tools.catalog.period_rules import NoSuchDate

    try:
        every = _periods_in(text, context.asof, context.calendar, _window_so_far(context))
    except NoSuchDate as problem:
        return PeriodsAsked(impossible=spell(problem.nearest))
    except ModelMustRetry:
        return PeriodsAsked(impossible="unknown")
    found = [
        m for m in every if not any(k.start < m.end and m.start < k.end for k in masks) and text[m.start - 1 : m.start] not in _CURRENCIES
    ]
    found = [m for m in found if not _NEWS.search(text[: m.start] + m.phrase.lower())]
    asked = PeriodsAsked(tokens=[Token(text[m.start : m.end], "<period>", m.start, m.end, "period") for m in found])
    for match in found:
        if pair := _changed_between(match, text, context, lex):
            asked.main, asked.window, asked.compare = pair
            continue
        before = [t.norm for t in tokenize(text[: match.start]) if t.norm not in _BETWEEN]
        against = bool(before) and (before[-1] in lex.compare_words or (asked.main is not None and before[0] == "compare"))
        against = against or bool(_SET_BESIDE.search(text[: match.start]))
        against = against and not (before[-1:] == ["than"] and before[-2:-1] and before[-2] in _OF_AGE)
        if match.period.compare:
            asked.compare = match.period.compare
        elif against and not asked.compare:
            asked.compare = _earlier(asked.main, match.period)
        elif asked.main is not None and (both := _both(asked.main, match, text)):
            asked.main, asked.window = both, iso(both)
        elif asked.main is None:
            asked.main = match.period
            asked.window = match.period.phrase if _says_it_alone(match, context) else iso(match.period)
    plain = tokenize(text)
    asked.compare = next((name for name, patterns in lex.compare.items() if any(p.find(plain) for p in patterns)), asked.compare)
    return asked


def _both(first: Period, match: PeriodMatch, text: str) -> Period | None:
    """ "May and June": neighbours of one kind, joined by "and", are one period."""
    later = match.period
    joined = re.search(r"(?:\band|&|,)\s*(?:the\s|in\s)?$", text[: match.start])
    if joined is None or first.unit != later.unit or first.unit not in ("day", "week", "month", "quarter"):
        return None
    if first.window.end + timedelta(days=1) != later.window.start:
        return None
    label = f"{spell(first.window.start)} to {spell(later.window.end)}"
    return Period(label, Window(start=first.window.start, end=later.window.end), incomplete=later.incomplete)


_FROM_TO = re.compile(r"^(?:between|from)\s+(?P<earlier>.+?)\s+(?:and|to)\s+(?P<later>.+)$", re.IGNORECASE)
_CHANGES = ("up", "down", "change", "gain", "lose")
_SAID_OF_CHANGE = frozenset({"difference", "differ", "growth", "compare", "comparison", "delta", "versus", "trend"})


def _changed_between(match: PeriodMatch, text: str, context: Context, lex: Lexicon) -> tuple[Period, str, str] | None:
    """ "What changed between June and July" sets July against June, where "consumption between June and July" is of both."""
    from meterline_tools.catalog.periods import resolve_period

    ends = _FROM_TO.match(match.phrase)
    words = {t.norm for t in tokenize(text)}
    if ends is None or not words & (_SAID_OF_CHANGE | {w for name in _CHANGES for w in lex.concepts[name]}):
        return None
    with suppress(ModelMustRetry):
        earlier, later = (resolve_period(ends[end], context.asof, context.calendar) for end in ("earlier", "later"))
        if earlier.unit == later.unit and earlier.unit in ("week", "month", "quarter", "half", "year"):
            follows = earlier.window.end + timedelta(days=1) == later.window.start
            return later, later.phrase or iso(later), "prior" if follows else iso(earlier)
    return None


def dated(text: str, start: int, end: int, context: Context) -> bool:
    """Whether a piece of the text is part of a period as written ("since easter")."""
    with suppress(ModelMustRetry):
        return any(m.start <= start and end <= m.end for m in _periods_in(text, context.asof, context.calendar, _window_so_far(context)))
    return False


@lru_cache(maxsize=64)
def _periods_in(text: str, asof: AsOf, calendar: FiscalCalendar, that: Window | None) -> tuple[PeriodMatch, ...]:
    """Looked for once a text: a turn reads it before and after its names are known."""
    from meterline_tools.catalog.periods import find_periods

    return tuple(find_periods(text, asof, calendar, that=that))


def _says_it_alone(match: PeriodMatch, context: Context) -> bool:
    """Whether a tool that gets the phrase alone, without the conversation, means the same days by it."""
    from meterline_tools.catalog.periods import resolve_period

    phrase = match.period.phrase
    if not phrase or not context.thread:
        return bool(phrase)
    with suppress(ModelMustRetry):
        return resolve_period(phrase, context.asof, context.calendar).window == match.period.window
    return False


def _window_so_far(context: Context) -> Window | None:
    """The days the conversation is about, which "the month before that" is before."""
    from meterline_tools.catalog.periods import resolve_period

    with suppress(ModelMustRetry):
        return resolve_period(context.thread.window or FOUR_WEEKS, context.asof, context.calendar).window if context.thread else None
    return None


def _earlier(main: Period | None, earlier: Period) -> str:
    """How the compared period is handed on: as like days before, as the same days a year ago, or by its dates."""
    if main is not None and main.window == earlier.window:
        return "year_ago"  # "this spring against last spring"
    if _like_days(main, earlier):
        return "prior"
    a_year_on = add_months(earlier.window.start, 12)
    if main is not None and main.incomplete and main.unit == earlier.unit and a_year_on == main.window.start:
        return "year_ago"
    return iso(earlier)


def _like_days(main: Period | None, earlier: Period) -> bool:
    """A period that still runs is set against as many days of the one before it, not against all of it."""
    if main is None or not main.incomplete or main.unit != earlier.unit:
        return False
    return earlier.window.end + timedelta(days=1) == main.window.start


def whole_window(periods: PeriodsAsked, calendar: FiscalCalendar) -> tuple[date, date] | None:
    """First and last day of the period asked about, to its very end: contracts end on days to come."""
    period = periods.main
    if period is None:
        return None
    units = {"month": calendar.month, "quarter": calendar.quarter, "year": calendar.year}
    if period.incomplete and period.unit in units:
        return period.window.start, units[period.unit](period.window.start).window.end
    return period.window.start, period.window.end


def period_before(window: str, context: Context) -> str:
    """The period that precedes one given as a phrase, as ISO dates: the month, quarter or year before, else equal days."""
    from meterline_tools.catalog.periods import resolve_period

    period = resolve_period(window, context.asof, context.calendar)
    last = period.window.start - timedelta(days=1)
    named = {"month": context.calendar.month, "quarter": context.calendar.quarter, "year": context.calendar.year}.get(period.unit)
    fitting = named(last) if named and named(period.window.start).window.start == period.window.start else None
    before = fitting.window if fitting and fitting.window.end == last else preceding(period.window)
    return f"{before.start.isoformat()}..{before.end.isoformat()}"
