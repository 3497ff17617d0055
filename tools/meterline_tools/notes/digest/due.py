"""Due dates in a clause, as said and as a day: relative ones are counted from the day of the note.

"Friday" is the coming one, "next Friday" that of the next week. A week is due on its Friday, a month, quarter or year on
its last day. A day without a year is the next one to come.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from meterline_tools.notes.text import Span
from meterline_tools.notes.themes import read_yaml

_LETTER = r"[^\W぀-ヿ一-鿿]"
"""A letter or digit of a script that puts spaces between words."""
QuarterEnd = Callable[[date], date]


@dataclass(frozen=True)
class Due:
    span: Span
    day: date | None


@dataclass(frozen=True)
class _Words:
    days: dict[str, int]
    weekdays: dict[str, int]
    months: dict[str, int]
    numbers: dict[str, int]
    pattern: re.Pattern[str]
    loose: re.Pattern[str]
    corrected: re.Pattern[str]
    past: re.Pattern[str]


def find_due(text: str, span: Span, on: date, *, day_first: bool = True, quarter_end: QuarterEnd | None = None) -> Due | None:
    """The due date of text[start:end]; one behind a word such as "by" goes before others, a day before "as soon as possible".

    None when none is stated.
    """
    words = _words()
    corrected = [m.end() for m in words.corrected.finditer(text, *span)]
    found = list(words.pattern.finditer(text, corrected[-1] if corrected else span[0], span[1])) or list(
        words.pattern.finditer(text, *span)
    )
    found = [match for match in found if match["by"] or not words.past.search(text[max(span[0], match.start() - 12) : match.start("when")])]
    for match in sorted(found, key=lambda m: (not m["by"], m.start())):
        day = _day(match, words, on, day_first, quarter_end or _quarter_end)
        start = match.start("by") if match["by"] else match.start("when")
        return Due((start, match.end()), day)
    loosely = words.loose.search(text, *span)
    return Due(loosely.span(), None) if loosely else None


def _day(match: re.Match[str], words: _Words, on: date, day_first: bool, quarter_end: QuarterEnd) -> date | None:
    given = {name: value for name, value in match.groupdict().items() if value}
    absolute = _absolute(given, words, on, day_first)
    return absolute if absolute is not None else _relative(given, words, on, quarter_end)


def _absolute(given: dict[str, str], words: _Words, on: date, day_first: bool) -> date | None:
    if "iso" in given:
        return _safe(*(int(n) for n in given["iso"].split("-")))
    if "dotted" in given or "slashed" in given:
        return _numeric(given, on, day_first)
    if "cjk_month" in given:
        return _coming(int(given["cjk_month"]), int(given["cjk_day"]), None, on)
    if day := given.get("day_only"):
        return _coming_day(int(day), on)
    month = given.get("month") or given.get("month_after") or given.get("month_alone")
    if month is None:
        return None
    number, day = words.months[month.casefold().rstrip(".")], given.get("day") or given.get("day_after")
    year = int(given["year"]) if "year" in given else None
    return _coming(number, int(day), year, on) if day else _end_of_month_named(number, on)


def _relative(given: dict[str, str], words: _Words, on: date, quarter_end: QuarterEnd) -> date | None:
    found: date | None = None
    if near := given.get("near"):
        found = on + timedelta(days=words.days[_plain(near)])
    elif weekday := given.get("weekday"):
        found = _weekday(words.weekdays[weekday.casefold()], bool(given.get("next")), on)
    elif weekday := given.get("weekday_next"):
        found = _weekday(words.weekdays[weekday.casefold()], True, on)
    elif of_week := given.get("of_week"):
        found = _weekday(next(n for word, n in words.weekdays.items() if word in of_week.casefold()), False, on) + timedelta(days=7)
    elif unit := given.get("end_of") or given.get("turn") or given.get("this_unit"):
        found = _end(_unit(unit), on, 0, quarter_end)
    elif unit := given.get("next_unit"):
        found = _end(_unit(unit), on, 1, quarter_end)
    elif unit := given.get("cjk_unit"):
        found = _ahead(_unit(unit), int(given["cjk_count"]), on)
    elif unit := given.get("ahead_unit"):
        count = given["count"].casefold()
        found = _ahead(_unit(unit), int(count) if count.isdigit() else words.numbers[count], on)
    return found


def _numeric(given: dict[str, str], on: date, day_first: bool) -> date | None:
    first, second, *rest = re.split(r"[./]", (given.get("dotted") or given["slashed"]).strip("."))
    day, month = (first, second) if "dotted" in given or day_first else (second, first)
    year = int(rest[0]) + (2000 if len(rest[0]) == 2 else 0) if rest and rest[0] else None
    return _coming(int(month), int(day), year, on)


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _coming(month: int, day: int, year: int | None, on: date) -> date | None:
    """The day in that year, or the next one of its kind."""
    if year is not None:
        return _safe(year, month, day)
    this = _safe(on.year, month, day)
    return this if this is None or this >= on else _safe(on.year + 1, month, day)


def _coming_day(day: int, on: date) -> date | None:
    """That day of this month, or of the next one when it is past."""
    month = on if day >= on.day else _month_end(on, 1)
    return _safe(month.year, month.month, day)


def _end_of_month_named(month: int, on: date) -> date:
    year = on.year if month >= on.month else on.year + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def _weekday(number: int, is_next: bool, on: date) -> date:
    if is_next:
        return on - timedelta(days=on.weekday()) + timedelta(days=7 + number)
    return on + timedelta(days=(number - on.weekday() - 1) % 7 + 1)


def _unit(word: str) -> str:
    word = word.casefold()
    return next(unit for unit, starts in _UNITS.items() if word.removeprefix("turn of the ").startswith(starts))


_UNITS: dict[str, tuple[str, ...]] = {
    "day": ("day", "tag", "dag", "日"),
    "week": ("week", "eow", "before the week", "by the week", "woche", "veck", "週"),
    "month": ("month", "eom", "monat", "månad", "か月", "ヶ月", "月"),
    "quarter": ("quarter", "eoq", "quartal", "kvartal", "四半期"),
    "year": ("year", "eoy", "jahr", "år", "年"),
}


def _end(unit: str, on: date, later: int, quarter_end: QuarterEnd) -> date:
    if unit == "week":
        return on - timedelta(days=on.weekday()) + timedelta(days=4 + 7 * later)
    if unit == "month":
        return _month_end(on, later)
    if unit == "quarter":
        end = quarter_end(on)
        return quarter_end(end + timedelta(days=1)) if later else end
    return date(on.year + later, 12, 31)


def _month_end(on: date, later: int) -> date:
    at = on.year * 12 + on.month - 1 + later
    return date(at // 12, at % 12 + 1, calendar.monthrange(at // 12, at % 12 + 1)[1])


def _quarter_end(on: date) -> date:
    month = (on.month - 1) // 3 * 3 + 3
    return date(on.year, month, calendar.monthrange(on.year, month)[1])


def _ahead(unit: str, count: int, on: date) -> date:
    if unit in ("day", "week"):
        return on + timedelta(days=count * (7 if unit == "week" else 1))
    months = on.year * 12 + on.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(on.day, calendar.monthrange(year, month)[1]))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _any(words: Any) -> str:
    return "|".join(re.escape(w).replace(r"\ ", r"\s+") for w in sorted(words, key=len, reverse=True))


@lru_cache(maxsize=1)
def _words() -> _Words:
    """due.yaml as one pattern; longer forms first."""
    given = read_yaml("digest/due.yaml")
    days = {name: count for count, names in given["near"].items() for name in names}
    weekdays = {name: n for n, names in enumerate(given["weekdays"]) for name in names} | {"mon": 0, "fri": 4}
    weekday = rf"{_any(set(weekdays) - {'mon', 'fri'})}|(?-i:Mon|Fri)"  # "fri" and "mon" are words of other languages
    months = {name: n + 1 for n, names in enumerate(given["months"]) for name in names}
    numbers = {name: count for count, names in given["numbers"].items() for name in names}
    month, end, unit = _any(months), _any(given["end_of"]), given["units"]
    a_date = (
        rf",?\s+(?:(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th|\.|:e)?\s+(?:of\s+)?(?:{month})\b|(?:{month})\s+\d"
        r"|the\s+\d{1,2}(?:st|nd|rd|th)\s*(?:$|[,.;:)?!])|(?:den\s+)?\d{1,2}\.\d{1,2}\.)"
    )
    forms = [
        r"(?P<iso>\d{4}-\d{2}-\d{2})",
        r"(?P<cjk_month>\d{1,2})月(?P<cjk_day>\d{1,2})日",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.|:e)?\s+(?:of\s+)?(?P<month>{month})\b\.?(?:,?\s+(?P<year>20\d\d))?",
        rf"(?P<month_after>{month})\b\.?\s+(?P<day_after>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)",
        r"(?P<dotted>\d{1,2}\.\d{1,2}\.(?:20\d\d|\d\d)?)(?!\d)",
        r"(?P<slashed>\d{1,2}/\d{1,2}(?:/(?:20\d\d|\d\d))?)(?![\d/])",
        r"(?<=\bthe )(?P<day_only>\d{1,2})(?:st|nd|rd|th)\b"
        r"(?=\s*(?:$|[,.;:)?!–-]|(?:and|so|but|to|if|at|with|when|then|because|he|she|they|we|i)\b))",
        rf"(?P<of_week>{given['of_week'].replace('{weekday}', f'(?:{_any(weekdays)})')})",
        rf"(?P<turn>{given['turn']})",
        rf"(?P<weekday_next>{weekday})\s+(?:{_any(given['next'])})\s*(?:week|woche|vecka|veckan)",
        rf"(?:{end})\s*(?P<end_of>{unit})",
        rf"(?:{_any(given['ahead'])})\s+(?P<count>\d{{1,2}}|{_any(numbers)})\s+(?P<ahead_unit>{unit})",
        rf"(?P<cjk_count>\d{{1,2}})(?P<cjk_unit>{unit})(?:{_any(given['after'])})",
        rf"(?:(?P<next>{_any(given['next'])})\s*|(?:{_any(given['this'])})\s+)?(?P<weekday>{weekday})(?!{a_date})",
        rf"(?:{_any(given['next'])})\s*(?P<next_unit>{unit})",
        rf"(?:{_any(given['this'])})\s+(?P<this_unit>week|woche|vecka|veckan|month|monat|månad|månaden|quarter|quartal|kvartal|kvartalet|year|jahr|år)",
        rf"(?P<near>{_any(days)})",
        rf"(?:(?<=\bby )|(?<=\bbis )|(?<=\bsenast )|(?<=\bbefore ))(?P<month_alone>{month})\b",
    ]
    by = _any(given["by"])
    body = "|".join(forms)
    return _Words(
        days,
        weekdays,
        months,
        numbers,
        re.compile(rf"(?:(?P<by>\b(?:{by}))\s+)?(?:the\s+)?(?P<when>(?<!{_LETTER})(?:{body}))(?!{_LETTER})", re.IGNORECASE),
        re.compile(rf"\b(?:{given['loose'].replace('{month}', f'(?:{month})')})", re.IGNORECASE),
        re.compile(given["corrected"], re.IGNORECASE),
        re.compile(given["past"], re.IGNORECASE),
    )
