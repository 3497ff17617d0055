"""When: a period, a month or a day that a sentence names must be the window of the figures beside it."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

from meterline.claims.lexicon import lexicon
from meterline.claims.said import Said, is_change
from meterline.dates import MONTHS, find_days
from meterline_tools.receipts import Window

_DIGIT = re.compile(r"\d")
_LENGTH = re.compile(r"(?<![\w.,])(\d{1,3})[\s-](day|week|month)s?\b")
_SPELLED = re.compile(r"\b(?:last|past|trailing|latest|previous|preceding|recent)\s+([a-z]+)\s+(day|week|month|quarter|year)s\b")
_KIND_OF_YEAR = re.compile(r"\b(last|this|previous|past|prior)\s+(?:fiscal|calendar|full|whole|entire|complete)\s+")
_SINCE = re.compile(r"\bsince\s+(?:early\s+|mid\s+|late\s+|the\s+(?:start|beginning|end)\s+of\s+)?([a-z]+)\b")
_RANGE = re.compile(r"^\s*(?:to|until|till|through|and|–|—|-)\s*$")
_BEFORE = re.compile(r"([a-z]+)\s+(?:the\s+|all\s+of\s+)?$")
_DAYS = {"day": (1, 1), "week": (7, 7), "month": (28, 31), "quarter": (89, 92), "year": (364, 366)}


def periods_agree(said: Said) -> str | None:
    windows = [f.window for f in said.shown if f.window]
    if not windows:
        return None
    about = f"; {said.shown[0].id} is over {windows[0]}"
    if not _DIGIT.search(said.written) and "periods" not in said.lists and not said.has("months"):
        return None
    if reason := _named_period(said, windows) or _named_month(said, windows) or _named_days(said, windows) or _named_length(said, windows):
        return reason + about
    return None


def _named_period(said: Said, windows: list[Window]) -> str | None:
    """ "last month" needs a window that is a whole calendar month before the running one, and so on."""
    words = lexicon()
    text = _KIND_OF_YEAR.sub(r"\1 ", said.words)
    for match in words.find["periods"].finditer(text):
        phrase = " ".join(match.group().split())
        if _is_compared(said, text, match.start()) or any(phrase in f.label.lower() for f in said.shown):
            continue
        fewest, most, whole, ends = words.data["periods"][phrase]
        if not any(fewest <= w.days <= most and (not whole or w.start.day == 1) and _ends(w, ends, phrase, said) for w in windows):
            return f"'{phrase}' is not the window of a figure here"
    return None


def _ends(window: Window, ends: str, phrase: str, said: Said) -> bool:
    """Whether a window ends where the phrase says: in the period that is running, or before it."""
    today = max((d for d in said.evidence.given_dates), default=None)
    if today is None:
        return True
    if ends == "any":
        return True
    if ends == "earlier":
        return (today - window.end).days >= window.days
    if "month" in phrase:
        running = (window.end.year, window.end.month) == (today.year, today.month)
    elif "year" in phrase or "quarter" in phrase:
        running = (today - window.end).days < 32 and (window.days < 365 or window.end >= today)
        return ends == "past" or running
    else:
        return (today - window.end).days <= (14 if "week" in phrase else 4)
    return running if ends == "now" else not running


def _named_month(said: Said, windows: list[Window]) -> str | None:
    """A month by its name: the window lies in it, or begins or ends in it where the sentence says since or until."""
    months = [(m.group(), m.start()) for m in lexicon().find["months"].finditer(said.words) if m.group() != "may" or "May" in said.written]
    changes = any(is_change(f) or f.unit == "date" for f in said.shown)
    for since in () if changes else _SINCE.finditer(said.words):
        if since.group(1) in MONTHS and not any(w.start.month == MONTHS.index(since.group(1)) + 1 for w in windows):
            return f"'{since.group()}' is not where a window here begins"
    if not months or _DIGIT.search(said.words):
        return None if not months else _dated_month(said, windows)
    numbers = {MONTHS.index(name) + 1 for name, _ in months}
    for name, at in months:
        if not _is_compared(said, said.words, at) and not any(_touches(w, MONTHS.index(name) + 1) for w in windows):
            return f"'{name.title()}' is outside the window of every figure here"
    inside = [at for _, at in months if (lead := _BEFORE.search(said.words[:at])) and lead.group(1) in ("in", "during", "for")]
    if inside and len(inside) == len(months) and not any(_months_of(w) <= _filled(numbers) for w in windows):
        return f"'{months[0][0].title()}' is only a part of the window"
    return None


def _dated_month(said: Said, windows: list[Window]) -> str | None:
    """ "July 2026": the window of some figure must touch that month."""
    for day in find_days(said.written):
        if day.day is not None or _is_compared(said, said.words, day.start):
            continue
        years = {day.year} if day.year else {w.end.year for w in windows}
        if not any(w.start < _first_after(y, day.month) and date(y, day.month, 1) <= w.end for w in windows for y in years):
            return f"'{said.written[day.start : day.end]}' is outside the window of every figure here"
    return None


def _named_days(said: Said, windows: list[Window]) -> str | None:
    """ "3 Jun to 5 Aug" must be a window; a single day must lie in one, or be a day that the evidence itself names."""
    days = [d for d in find_days(said.written) if d.day is not None]
    named = {w.start for w in windows if w.days == 1} | {date.fromisoformat(str(f.value)[:10]) for f in said.shown if f.unit == "date"}
    named |= {c.date for c in said.cited if c.date}
    for day in days:
        if re.search(r"\bon\s+(?:the\s+)?$", said.words[: day.start]) and not any(day.fits(known) for known in named):
            return f"'{said.written[day.start : day.end]}' is the day of no figure here"
    for one, two in pairwise(days):
        between = said.words[one.end : two.start]
        if _RANGE.match(between) and not any(one.fits(w.start) and two.fits(w.end) for w in windows):
            return f"'{said.written[one.start : two.end]}' is the window of no figure here"
    return None


def _named_length(said: Said, windows: list[Window]) -> str | None:
    """ "28 days" must be how long a window is, unless a label or the catalogue's words hold it."""
    text = said.words
    labels = " ".join(f.label.lower() for f in said.shown)
    for spelled in _SPELLED.finditer(text):
        number, (fewest, most) = lexicon().data["cardinals"].get(spelled.group(1)), _DAYS[spelled.group(2)]
        if number and spelled.group() not in labels and not any(number * fewest <= w.days <= number * most for w in windows):
            return f"'{spelled.group()}' is not how long a window here is"
    if not _LENGTH.search(text):
        return None
    for match in _LENGTH.finditer(text):
        number, (fewest, most) = int(match.group(1)), _DAYS[match.group(2)]
        lead = text[max(0, match.start() - 14) : match.start()]
        if not re.search(r"(?:last|past|trailing|latest|these|over|in)\s+(?:the\s+)?$", lead) or match.group() in labels:
            continue
        if not any(number * fewest <= w.days <= number * most for w in windows):
            return f"'{match.group()}' is not how long a window here is"
    return None


def _is_compared(said: Said, text: str, at: int) -> bool:
    """Whether a period is what something is held against: "up on last month", not "consumed over the past month"."""
    lead = _BEFORE.search(text[:at])
    if lead is None or lead.group(1) not in lexicon().data["compared_with"]:
        return False
    return lead.group(1) != "over" or any(is_change(f) or f.unit in ("%", "ratio") for f in said.shown)


def _months_of(window: Window) -> set[int]:
    first = window.start.year * 12 + window.start.month
    last = window.end.year * 12 + window.end.month
    return {(m - 1) % 12 + 1 for m in range(first, last + 1)}


def _touches(window: Window, month: int) -> bool:
    return month in _months_of(window)


def _filled(months: set[int]) -> set[int]:
    """ "May to July" names June too."""
    return set(range(min(months), max(months) + 1))


def _first_after(year: int, month: int) -> date:
    """The first day of the month after."""
    return date(year + month // 12, month % 12 + 1, 1)
