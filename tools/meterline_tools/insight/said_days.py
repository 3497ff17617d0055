"""Days that a sentence names, in several languages, read from the day on which it was said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from meterline_tools.insight.said_relative import FEASTS, WEEKDAY_OF, WEEKDAYS, nearest, relative_days, tells_the_past

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar januari janvier enero",
            "february feb februar februari février febrero",
            "march mar märz mars marzo",
            "april apr avril abril",
            "may mai maj mayo",
            "june jun juni juin junio",
            "july jul juli juillet julio",
            "august aug augusti août agosto",
            "september sep sept septembre septiembre",
            "october oct oktober okt octobre octubre",
            "november nov novembre noviembre",
            "december dec dezember dez december décembre diciembre",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_ISO = re.compile(r"\b(20\d\d)-(\d{1,2})-(\d{1,2})\b")
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th|\.)?\s+(?:of\s+)?({_MONTH})\b\.?(?:\s+(20\d\d))?", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d)(?:,?\s+(20\d\d))?", re.IGNORECASE)
_MONTH_ONLY = re.compile(
    rf"\b(?:in|since|from|during|early|late|mid|end of|im|seit|ab|ende|i|sedan|från|en|depuis)[\s-]+({_MONTH})\b",
    re.IGNORECASE,
)
_MONTH_NAMED = re.compile(
    r"\b(?:around|about|by|until|till|before|after|was|last|next|this|come|back in|bis|vor|nach|um|letzten|tills|kring|före|efter|förra"
    rf"|vers|hasta|hacia)[\s-]+(?-i:(?=[A-ZÅÄÖÉ]))({_MONTH})\b",
    re.IGNORECASE,
)
"""A month after another word of time: with a capital, for "may" is a verb. One by itself may be that of the data: "reload January"."""
_UNITS = "first second third fourth fifth sixth seventh eighth ninth"
_ORDINALS = [
    *f"{_UNITS} tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth".split(),
    *("twentieth", *(f"twenty-{unit}" for unit in _UNITS.split()), "thirtieth", "thirty-first"),
]
_NOT_A_DAY = r"(?!\s+(?:time|quarter|weeks?|month|days?|half|part|one|place|of\s+all))"
_ORDINAL = re.compile(
    rf"\bthe ({'|'.join(sorted(_ORDINALS, key=len, reverse=True))}|\d{{1,2}}(?:st|nd|rd|th))\b{_NOT_A_DAY}(?:\s+of\s+({_MONTH})\b)?",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(rf"\b({WEEKDAYS}),?\s*$", re.IGNORECASE)
_RELATIVE = {
    (0, 0): "today heute idag aujourd'hui hoy 今日",
    (-1, -1): "yesterday gestern igår hier ayer 昨日",
    (1, 1): "tomorrow morgen imorgon demain mañana 明日",
}
_RELATIVE_WEEKS = {
    -7: ("last week", "letzte woche", "förra veckan", "la semaine dernière", "la semana pasada", "先週"),
    0: ("this week", "diese woche", "den här veckan", "cette semaine", "esta semana", "今週"),
    7: ("next week", "nächste woche", "nästa vecka", "la semaine prochaine", "la próxima semana", "来週"),
    14: ("in two weeks", "in zwei wochen", "om två veckor", "dans deux semaines", "en dos semanas"),
}
_UNTIL = re.compile(
    r"\b(?:until|till|by|before|ends?|ending|through|bis|vor|zum|till|tills|fram till|innan|jusqu'\w*|hasta|antes)\W+(?:\w+\W+){0,3}$",
    re.IGNORECASE,
)


_LEAD = (
    r"(?:\b(?:since|from|on|in|at|until|till|by|about|around|as of|before|after|seit|ab|am|bis|im|sedan|från|på|i|depuis|desde)\s+){0,2}"
    r"(?:the\s+)?"
)
_PART_OF = (
    r"(?:early|mid|late|(?:the )?(?:(?:first|second|third|fourth|last) (?:week|half)|first days"
    r"|last days?|beginning|start|middle|end|\w+) of)[\s-]+"
)
_WHEN = [
    re.compile(_LEAD + when + r"(?:\s+on\b)?", re.IGNORECASE)
    for when in (
        rf"(?:week|days?) (?:after|before) (?:{FEASTS})\b",
        rf"(?:(?:last|next|coming)\s+)?\b(?:{WEEKDAYS})\b(?:\s+(?:last|next) week|\s+the \w+)?",
        rf"(?:{_PART_OF})?\b(?:{_MONTH})\b(?!\s+(?:not|be|have))(?:\s+\d{{1,2}}(?:st|nd|rd|th)?)?",
        r"(?:last|this|next) (?:week|month|quarter|year)\b",
        r"20\d\d-\d\d-\d\d",
    )
]


@dataclass(frozen=True)
class Mention:
    """Days a sentence names; `limit` when they are the end of something ("until 30 September")."""

    start: date
    end: date
    limit: bool = False


def dates_in(text: str, said_on: date) -> list[Mention]:
    """Days named in a sentence, those without a year put nearest to the day it was said."""
    found: list[Mention] = []

    def add(match: re.Match[str], start: date | None, end: date | None) -> None:
        if start and end:
            found.append(Mention(start, end, bool(_UNTIL.search(text[: match.start()]))))

    for match in _ISO.finditer(text):
        day = _day(int(match[1]), int(match[2]), int(match[3]))
        add(match, day, day)
    for pattern, day_group, month_group in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(text):
            day = _near(said_on, _MONTHS[match[month_group].lower()], int(match[day_group]), match[3], text, match.start())
            add(match, day, day)
    for match in _ORDINAL.finditer(text) if not found else ():
        number = _ORDINALS.index(match[1].lower()) + 1 if match[1].lower() in _ORDINALS else int(match[1][:-2])
        at = match.start()
        day = _near(said_on, _MONTHS[match[2].lower()], number, None, text, at) if match[2] else _nearest_day(said_on, number, text[:at])
        add(match, day, day)
    exact = [m.span() for pattern in (_DAY_MONTH, _MONTH_DAY, _ORDINAL) for m in pattern.finditer(text)]
    for match, start, end in relative_days(text, said_on, _MONTHS):
        if not any(a <= match.end() + 1 and match.start() <= b + 1 for a, b in exact):  # "Monday the twentieth" is one day
            add(match, start, end)
    return found or [*_vague(text, said_on), *_relative(text.lower(), said_on)]


def _vague(text: str, said_on: date) -> list[Mention]:
    """Whole months: "back in January", "until September"."""
    named = {m.start(m.lastindex or 1): m for pattern in (_MONTH_NAMED, _MONTH_ONLY) for m in pattern.finditer(text)}
    return [
        Mention(*_month(said_on, _MONTHS[match[match.lastindex or 1].lower()], text, at), bool(_UNTIL.search(text[:at])))
        for at, match in sorted(named.items())
    ]


def without_days(text: str) -> str:
    """A sentence without the words that only say when: what it means is compared with sentences of other days."""
    for pattern in _WHEN:
        text = pattern.sub(" ", text)
    return re.sub(r"\s+([,.;:?!])", r"\1", " ".join(text.split()))


def _relative(text: str, said_on: date) -> list[Mention]:
    found = [
        Mention(said_on + timedelta(days=span[0]), said_on + timedelta(days=span[1]))
        for span, words in _RELATIVE.items()
        if any(re.search(rf"(?<!\w){re.escape(w)}(?!\w)", text) for w in words.split())
    ]
    monday = said_on - timedelta(days=said_on.weekday())
    for shift, phrases in _RELATIVE_WEEKS.items():
        if any(phrase in text for phrase in phrases):
            found.append(Mention(monday + timedelta(days=shift), monday + timedelta(days=shift + 6)))
    return found


def _nearest_day(said_on: date, number: int, before: str) -> date | None:
    """The day of the month nearest to when it was said, of the weekday named `before` it, and gone by where that tells the past."""
    months = [(said_on.replace(day=1) + timedelta(days=31 * shift)) for shift in (-1, 0, 1)]
    options = [d for month in months if (d := _day(month.year, month.month, number))]
    weekday = _WEEKDAY.search(before)
    if weekday:
        options = [d for d in options if d.weekday() == WEEKDAY_OF[weekday[1].lower()]] or options
    if tells_the_past(before):
        options = [d for d in options if d <= said_on] or options
    return min(options, key=lambda d: abs(d - said_on), default=None)


def _month(said_on: date, month: int, text: str, at: int) -> tuple[date, date]:
    first = nearest([date(said_on.year + year, month, 1) for year in (-1, 0, 1)], said_on, text, at)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _near(said_on: date, month: int, day: int, year: str | None, text: str, at: int) -> date | None:
    if year:
        return _day(int(year), month, day)
    options = [d for y in (said_on.year - 1, said_on.year, said_on.year + 1) if (d := _day(y, month, day))]
    return nearest(options, said_on, text, at) if options else None
