"""Reading one sentence: which causes it names, whether it denies, doubts or asks, and which days it speaks of.

Cues are general words from causes.yaml and words.yaml, in several languages. Nothing here knows a company.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from meterline_tools.insight.causes import Cause, load_causes, load_words

_TOKEN = re.compile(r"[\w'’-]+")
_GAP = r"(?:\W+[\w'’-]+){0,2}?\W+"
_CLAUSE = re.compile(r"[,;:.!?()–—]|\b(?:but|because|since|after|aber|sondern|men|utan att|mais|pero)\b", re.IGNORECASE)
_NOT_JUST = re.compile(r"\b(?:not (?:only|just)|nicht nur|inte bara|no s[oó]lo|pas seulement)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """What one sentence says about causes. `names` and `denies` are cause ids with the number of distinct cues."""

    names: Mapping[str, int]
    denies: frozenset[str]
    hedged: bool
    asking: bool
    about_usage: bool
    """It speaks of usage or of its rise and fall, so that a cause in it is a claim about a change."""
    lean: str | None
    """"one_time" or "durable" when the sentence says how long something lasts."""


@lru_cache(maxsize=4096)
def _pattern(cue: str) -> re.Pattern[str]:
    """A cue as a pattern: `*` ends a word freely (alone: any word), a space lets two words between, `-` is optional."""
    if not cue.isascii() and re.search(r"[぀-ヿ㐀-鿿]", cue):
        return re.compile(re.escape(cue))
    words = []
    for word in cue.lower().split():
        body = r"\w+" if word == "*" else re.escape(word.rstrip("*")).replace(r"\-", r"[-\s]?")
        words.append(body + (r"[\w-]*" if word.endswith("*") and word != "*" else ""))
    return re.compile(rf"(?<!\w){_GAP.join(words)}(?!\w)", re.IGNORECASE)


def _key(word: str) -> str:
    return word.replace("-", "").replace("'", "")[:3].lower()


class CueBook:
    """All cues of all causes, found through the first letters of the words of a sentence."""

    def __init__(self, cues: Mapping[str, Iterable[str]]) -> None:
        self._by_key: dict[str, list[tuple[str, str]]] = {}
        self._wide: list[tuple[str, str]] = []
        for owner, texts in cues.items():
            for text in texts:
                first = next((w for w in text.lower().split() if w != "*"), "")
                if not first.isascii() and not first[:1].isascii():
                    self._wide.append((owner, text))
                else:
                    self._by_key.setdefault(_key(first.rstrip("*")), []).append((owner, text))

    def find(self, text: str) -> list[tuple[str, re.Match[str]]]:
        """(owner, match) for each cue that occurs, once per cue."""
        keys = {k for token in _TOKEN.findall(text) for k in (_key(token), _key(token)[:2])}
        entries = [entry for key in keys for entry in self._by_key.get(key, ())]
        if not text.isascii():
            entries += self._wide
        return [(owner, match) for owner, cue in entries if (match := _pattern(cue).search(text))]


@lru_cache(maxsize=1)
def _books() -> tuple[CueBook, CueBook, CueBook, CueBook]:
    words = load_words()
    lean = CueBook({"one_time": words.one_time, "durable": words.durable})
    doubt = CueBook({"hedge": words.hedges, "future": words.future})
    negation = CueBook({"before": words.negation["before"], "after": words.negation["after"]})
    return lean, doubt, negation, CueBook({"usage": words.usage_words})


@lru_cache(maxsize=1)
def shipped_cues() -> CueBook:
    """The cues of the causes that ship with the package."""
    return cue_book(load_causes())


def cue_book(causes: Mapping[str, Cause]) -> CueBook:
    return CueBook({cause.id: [cue for cues in cause.cues.values() for cue in cues] for cause in causes.values()})


def read_sentence(text: str, book: CueBook) -> Reading:
    """What a sentence says. A negated cue denies its cause, a question names none."""
    lean, doubt, _, usage = _books()
    names: dict[str, int] = {}
    denies: set[str] = set()
    for owner, match in book.find(text):
        if negated(text, match.start(), match.end()):
            denies.add(owner)
        else:
            names[owner] = names.get(owner, 0) + 1
    doubts = {owner for owner, _ in doubt.find(text)}
    leans = {owner for owner, match in lean.find(text) if not negated(text, match.start(), match.end())}
    asking = text.rstrip(' "”’»)').endswith(("?", "？")) or "future" in doubts
    return Reading(names, frozenset(denies), "hedge" in doubts, asking, bool(usage.find(text)), leans.pop() if len(leans) == 1 else None)


def negated(text: str, start: int, end: int) -> bool:
    """Whether a negation stands within four words before [start, end) in its clause, or says so right after it."""
    if _CLAUSE.match(text, start):  # "since she left" opens a clause of its own
        return False
    _, _, negation, _ = _books()
    before = text[:start]
    breaks = [m.end() for m in _CLAUSE.finditer(before)]
    clause = _NOT_JUST.sub(" ", before[breaks[-1] if breaks else 0 :])
    words = _TOKEN.findall(clause)
    near = " ".join(words[-4:])
    if near and any(owner == "before" for owner, _ in negation.find(near)):
        return True
    following = text[end : end + 60]
    return any(owner == "after" and match.start() < 40 for owner, match in negation.find(following))


# -- days a sentence speaks of ------------------------------------------------------------------------------------------

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
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
    "twenty-first",
    "twenty-second",
    "twenty-third",
    "twenty-fourth",
    "twenty-fifth",
    "twenty-sixth",
    "twenty-seventh",
    "twenty-eighth",
    "twenty-ninth",
    "thirtieth",
    "thirty-first",
]
_ORDINAL = re.compile(
    rf"\bthe ({'|'.join(sorted(_ORDINALS, key=len, reverse=True))}|\d{{1,2}}(?:st|nd|rd|th))\b(?!\s+(?:time|quarter|week|month|one|place|of\s+all))(?:\s+of\s+({_MONTH})\b)?",
    re.IGNORECASE,
)
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
            day = _near(said_on, _MONTHS[match[month_group].lower()], int(match[day_group]), match[3])
            add(match, day, day)
    for match in _ORDINAL.finditer(text) if not found else ():
        number = _ORDINALS.index(match[1].lower()) + 1 if match[1].lower() in _ORDINALS else int(match[1][:-2])
        day = _near(said_on, _MONTHS[match[2].lower()], number, None) if match[2] else _nearest_day(said_on, number)
        add(match, day, day)
    if not found:
        for match in _MONTH_ONLY.finditer(text):
            first = _near(said_on, _MONTHS[match[1].lower()], 1, None)
            add(match, first, first + timedelta(days=30) if first else None)
    found += _relative(text.lower(), said_on)
    return found


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


def _nearest_day(said_on: date, number: int) -> date | None:
    """The day of the month nearest to when it was said."""
    months = [(said_on.replace(day=1) + timedelta(days=31 * shift)) for shift in (-1, 0, 1)]
    options = [d for month in months if (d := _day(month.year, month.month, number))]
    return min(options, key=lambda d: abs(d - said_on), default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _near(said_on: date, month: int, day: int, year: str | None) -> date | None:
    if year:
        return _day(int(year), month, day)
    options = [d for y in (said_on.year - 1, said_on.year, said_on.year + 1) if (d := _day(y, month, day))]
    return min(options, key=lambda d: abs(d - said_on), default=None)
