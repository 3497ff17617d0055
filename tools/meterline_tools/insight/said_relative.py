"""Days that a sentence names by weekday, by a part of a month, by a feast or by counting weeks ("Friday last week", "mid March")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

Found = tuple[re.Match[str], date, date]
WEEKDAY_OF = {
    name: number
    for number, names in enumerate(
        (
            "monday montag måndag måndags lundi lunes 月曜",
            "tuesday dienstag tisdag tisdags mardi martes 火曜",
            "wednesday mittwoch onsdag onsdags mercredi miércoles 水曜",
            "thursday donnerstag torsdag torsdags jeudi jueves 木曜",
            "friday freitag fredag fredags vendredi viernes 金曜",
            "saturday samstag sonnabend lördag lördags samedi sábado 土曜",
            "sunday sonntag söndag söndags dimanche domingo 日曜",
        )
    )
    for name in names.split()
}
_WEEKDAY = "|".join(WEEKDAY_OF)
_LAST = r"last|past|letzte\w*|vergangene\w*|förra|dernière?|pasad[oa]|先週の?"
_NEXT = r"next|coming|nächste\w*|kommende\w*|nästa|prochaine?|próxim[oa]|来週の?"
_AHEAD = re.compile(
    r"\b(?:from|next|coming|starting|as of|until|till|by|ab|bis|från|till|à partir du|a partir del?|nästa|nächste\w*)\W*$", re.IGNORECASE
)
_BEHIND = re.compile(r"\b(?:since|last|seit|sedan(?: i)?|depuis|desde(?: el)?|letzte\w*|förra|already)\W*$", re.IGNORECASE)
_PAST = re.compile(
    r"\b(?:since|was|were|had|did|ran|went|began|came|got|made|hit|took|fell|rose|cut|let|put|left|lost|saw|said|told|gave|bought|sold"
    r"|broke|ended|(?!need)\w{2,}ed)\b",
    re.IGNORECASE,
)
_COMING = re.compile(r"\b(?:will|shall|'ll|going to|until|till|by|planned|scheduled|expected|goe?s? live|starts?|begins?)\b", re.IGNORECASE)
_GONE = re.compile(
    r"\b(?:since|back in|last|was|were|been|seit|sedan(?: i)?|depuis|desde|letzte\w*|vergangene\w*|förra|i fjol)"
    r"(?:\s+(?:in|on|at|the|el))?\W*$",
    re.IGNORECASE,
)
_FAR_AHEAD = timedelta(days=90)
_WEEK_OF_DAY = re.compile(
    rf"\b({_WEEKDAY})\s+(?:in\s+|i\s+)?(?:({_LAST})|({_NEXT}))\s+(?:week|woche|vecka\w*|semaine|semana)\b"
    rf"|(?:({_LAST})|({_NEXT}))({_WEEKDAY})",
    re.IGNORECASE,
)
_DAY_OF_WEEK = re.compile(rf"(?<!\w)({_WEEKDAY})(?!\w)", re.IGNORECASE)
_MONTHS_PART = (
    r"(early|mid|late|the first days of|the last days of|the beginning of|the start of|the middle of|the end of|beginning of|start of"
    r"|middle of|end of"
    r"|anfang|mitte|ende|början av|mitten av|slutet av|början på|slutet på|début|mi|fin|principios de|mediados de|finales de)"
)
_PARTS = {
    (1, 10): "early beginning start anfang början début principios",
    (1, 7): "first",
    (10, 21): "mid middle mitte mitten mi mediados",
    (20, 31): "late last end ende slutet fin finales",
}
_NTH_PART = (
    r"(?:(first|1st|second|2nd|third|3rd|fourth|4th|last)\s+(week|half)\s+(?:of|in)"
    r"|(erste|zweite|dritte|vierte|letzte)[nr]?\s+(woche|hälfte)\s+(?:im|des|in)"
    r"|(första|andra|tredje|fjärde|sista)\s+(veckan|halvan)\s+(?:i|av))"
)
_NTH = (
    "first 1st erste första",
    "second 2nd zweite andra",
    "third 3rd dritte tredje",
    "fourth 4th vierte fjärde",
)
_FEASTS: dict[str, Callable[[int], date]] = {}


def easter(year: int) -> date:
    """Easter Sunday, after Gauss and Butcher."""
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def _weekday_from(year: int, month: int, day: int, weekday: int) -> date:
    first = date(year, month, day)
    return first + timedelta(days=(weekday - first.weekday()) % 7)


_FEASTS.update(
    {
        r"easter|ostern|påsk\w*|pâques|pascua|semana santa": easter,
        r"whitsun|pentecost|pfingsten|pingst\w*|pentecôte|pentecostés": lambda year: easter(year) + timedelta(days=49),
        r"midsummer|midsommar\w*|mittsommer": lambda year: _weekday_from(year, 6, 19, 4),
        r"christmas|weihnachten|jul(?:en|helgen)|noël|navidad": lambda year: date(year, 12, 25),
        r"new year(?:'s)?|neujahr|nyår\w*|nouvel an|año nuevo": lambda year: date(year, 1, 1),
        r"thanksgiving": lambda year: _weekday_from(year, 11, 22, 3),
        r"black friday": lambda year: _weekday_from(year, 11, 22, 3) + timedelta(days=1),
        r"golden week|ゴールデンウィーク": lambda year: date(year, 5, 1),
        r"labou?r day": lambda year: _weekday_from(year, 9, 1, 0),
        r"all saints|allerheiligen|toussaint": lambda year: date(year, 11, 1),
    }
)
_BESIDE = (
    r"(?:(?:the |in der |i |la |die )?(?:week|woche|veckan?|semaine|semana)\s+"
    r"(after|before|of|nach|vor|efter|före|après|avant|después de|antes de)\s+(?:the )?)?"
)
_FEAST = [(re.compile(rf"{_BESIDE}\b(?:{name})\b", re.IGNORECASE), when) for name, when in _FEASTS.items()]
FEASTS, WEEKDAYS = "|".join(_FEASTS), _WEEKDAY
_BEFORE_WORDS = {"before", "vor", "före", "avant", "antes de"}
_COUNTS = (
    "",
    "a one einer ein en una un",
    "two zwei två deux dos couple",
    "three drei tre trois tres",
    "four vier fyra quatre cuatro",
    "five",
)
_COUNT = {word: n for n, words in enumerate(_COUNTS) for word in words.split()}
_N = r"(\d{1,2}|" + "|".join(_COUNT) + ")"
_AGO = re.compile(
    rf"\b{_N}\s+(?:of\s+)?(day|week|month)s?\s+ago\b|\bin\s+{_N}\s+(day|week|month)s?\b"
    rf"|\bvor\s+{_N}\s+(wochen?|tagen?|monaten?)\b|\bför\s+{_N}\s+(veckor|dagar|månader)\s+sedan\b",
    re.IGNORECASE,
)
_DAYS = {"d": 1, "t": 1, "w": 7, "v": 7, "m": 30}
_JA_PART = re.compile(r"(\d{1,2})月(上旬|中旬|下旬|初め|半ば|末)")
_JA_DAYS = {"上旬": (1, 10), "初め": (1, 10), "中旬": (10, 21), "半ば": (10, 21), "下旬": (20, 31), "末": (24, 31)}
_JA_DAY = re.compile(r"(\d{1,2})月(\d{1,2})日")


def tells_the_past(words: str) -> bool:
    """Whether words tell what has happened, and not what will."""
    return bool(_PAST.search(words)) and not _COMING.search(words)


def nearest(options: Sequence[date], said_on: date, text: str, at: int) -> date:
    """The one nearest to the day it was said; one gone by where the words before its place in the text say so ("since …", "that was …"),
    or the text tells the past while the nearest would be months ahead."""
    near = min(options, key=lambda d: abs(d - said_on))
    past = [d for d in options if d <= said_on]
    gone = _GONE.search(text[:at]) or (near - said_on > _FAR_AHEAD and tells_the_past(text))
    return max(past) if past and gone else near


def relative_days(text: str, said_on: date, months: dict[str, int]) -> Iterator[Found]:
    """(match, first day, last day) for each phrase."""
    yield from _week_of_day(text, said_on)
    yield from _month_parts(text, said_on, months)
    for pattern, when in _FEAST:
        for match in pattern.finditer(text):
            day = nearest([when(year) for year in (said_on.year - 1, said_on.year, said_on.year + 1)], said_on, text, match.start())
            yield match, *_beside(day, match[1])
    for match in _AGO.finditer(text):
        amount, unit, sign = next((match[i], match[i + 1], -1 if i != 3 else 1) for i in (1, 3, 5, 7) if match[i])
        count = int(amount) if amount.isdigit() else _COUNT.get(amount.lower(), 0)
        if count:
            away = said_on + timedelta(days=sign * count * _DAYS[unit[0].lower()])
            slack = timedelta(days=3 if unit[0].lower() in "wv" else 10 if unit[0].lower() == "m" else 0)
            yield match, away - slack, away + slack


def _beside(day: date, side: str | None) -> tuple[date, date]:
    """The feast itself with its neighbours, or the whole week after or before it."""
    if side is None or side.lower() == "of":
        return day - timedelta(days=3), day + timedelta(days=3)
    monday = day - timedelta(days=day.weekday())
    start = monday - timedelta(days=7) if side.lower() in _BEFORE_WORDS else monday + timedelta(days=7)
    return start, start + timedelta(days=6)


def _week_of_day(text: str, said_on: date) -> Iterator[Found]:
    monday, taken = said_on - timedelta(days=said_on.weekday()), []
    for match in _WEEK_OF_DAY.finditer(text):
        name, last = (match[1], match[2]) if match[1] else (match[6], match[4])
        day = monday + timedelta(days=(-7 if last else 7) + WEEKDAY_OF[name.lower()])
        taken.append(match.span())
        yield match, day, day
    for match in _DAY_OF_WEEK.finditer(text):
        if any(start <= match.start() < end for start, end in taken):
            continue
        back = (said_on.weekday() - WEEKDAY_OF[match[1].lower()]) % 7
        before, after = said_on - timedelta(days=back), said_on + timedelta(days=(7 - back) % 7 or 7)
        lead = text[max(0, match.start() - 16) : match.start()]
        if _AHEAD.search(lead):
            yield match, after, after
        elif _BEHIND.search(lead):
            yield match, before, before
        else:
            yield match, before, after


def _month_parts(text: str, said_on: date, months: dict[str, int]) -> Iterator[Found]:
    names = "|".join(sorted(months, key=len, reverse=True))
    for match in re.finditer(rf"\b{_MONTHS_PART}[\s-]+({names})\b(?:\s+(20\d\d))?", text, re.IGNORECASE):
        word = match[1].lower().removeprefix("the ").split()[0]
        days = next(span for span, words in _PARTS.items() if word in words.split())
        yield match, *_part(said_on, months[match[2].lower()], days, match[3], text, match.start())
    for match in re.finditer(rf"\b{_NTH_PART}\s+({names})\b(?:\s+(20\d\d))?", text, re.IGNORECASE):
        nth, what = next((match[i].lower(), match[i + 1].lower()) for i in (1, 3, 5) if match[i])
        yield match, *_part(said_on, months[match[7].lower()], _nth_days(nth, what), match[8], text, match.start())
    for match in _JA_PART.finditer(text):
        yield match, *_part(said_on, int(match[1]), _JA_DAYS[match[2]], None)
    for match in _JA_DAY.finditer(text):
        yield match, *_part(said_on, int(match[1]), (int(match[2]), int(match[2])), None)


def _nth_days(nth: str, what: str) -> tuple[int, int]:
    """First and last day of the month for "second week", "last half"; a month is reckoned in weeks from its first day."""
    place = next((at for at, words in enumerate(_NTH) if nth in words.split()), None)
    if what.startswith(("half", "hä", "halv")):
        return (1, 15) if place == 0 else (15, 31)
    return (24, 31) if place is None else (7 * place + 1, 7 * place + 7)


def _part(said_on: date, month: int, days: tuple[int, int], year: str | None, text: str = "", at: int = 0) -> tuple[date, date]:
    """These days of the month, in the year that puts them nearest."""
    first = [date(y, min(max(month, 1), 12), 1) for y in ([int(year)] if year else [said_on.year - 1, said_on.year, said_on.year + 1])]
    start = nearest([day + timedelta(days=days[0] - 1) for day in first], said_on, text, at)
    last = (start.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return start, min(start.replace(day=1) + timedelta(days=days[1] - 1), last)
