"""The forms of acts.yaml: how people say that somebody is to do something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from meterline_tools.notes.themes import read_yaml

_NAME = r"(?-i:(?!I['’]|You\b)[A-ZÅÄÖÜ][\w'’-]+(?: [A-ZÅÄÖÜ][\w'’-]+)?)"
_IN_PLACE_OF_A_NAME = r"(?:^|(?<=\band )|(?<=\bthen )|(?<=\bso )|(?<=\bbut )|(?<=\balso )|(?<=\bthat )|(?<=[,;:] ))"
"""Where a word without a capital may be a name: where a thought begins."""
_BEHIND_NO_ARTICLE = r"(?<!\bthe )(?<!\ba )(?<!\ban )(?<!\bour )(?<!\btheir )(?<!\bthis )(?<!\bthat )(?<!\bmy )\b"
"""Where it may be one in a text that has no capitals."""
_NAMES_TOO = {"will", "may"}
_FEW, _CAPITALS = 12, 0.05
_SAID_BEFORE = re.compile(r"\b(?:said|says|that|told (?:\w+ ){1,2}|if|when|once|because|what|which|who|as|think|thinks) $", re.IGNORECASE)
_LOOKED_BACK = 40
_REACH, _FAR = 80, 200
"""Characters in front of a needle in which a form may begin, and behind it in which it ends."""
_WHO = ("(?P<who>{person})", "(?P<who>{anyone})")
_LEADING = re.compile(r"(?:\b(?:and|so|then|also|but|oh|und|och) )+$", re.IGNORECASE)


@dataclass(frozen=True)
class Form:
    """One way to say it.

    `dated`: only with a day. `present`: said as if it were so already. `mine`: it is the speaker's. `who`: it is this one's
    where nobody is named. `reported`: of somebody else's words. `own`: it says whose it is and not what. `answers`: only
    where something was asked. `starts`: in dictation a new thought begins there. `mail`: only where a reader is greeted.
    `notes`: only in a text that speaks to nobody.
    """

    pattern: re.Pattern[str]
    needle: re.Pattern[str] | None = None
    """What stands behind whoever acts, or what acts.yaml says the form `needs`: quick to look for, and it is in every match."""
    dated: bool = False
    present: bool = False
    mine: bool = False
    who: str = ""
    reported: bool = False
    own: bool = False
    answers: bool = False
    starts: bool = False
    mail: bool = False
    notes: bool = False

    def found(self, clause: str) -> Iterator[re.Match[str]]:
        """Every place in the clause where it stands."""
        if self.needle is None:
            yield from self.pattern.finditer(clause)
            return
        done = 0
        for needle in self.needle.finditer(clause):
            match = self.pattern.search(clause, max(done, needle.start() - _REACH), needle.end() + _FAR) if needle.start() >= done else None
            if match:
                yield match
                done = match.end()


@dataclass(frozen=True)
class Acts:
    """`forms` in the order they are tried; the rest as in acts.yaml."""

    forms: tuple[Form, ...]
    stative: frozenset[str]
    undone: tuple[re.Pattern[str], ...]
    taken_back: re.Pattern[str]
    habit: re.Pattern[str]
    aside: re.Pattern[str]
    introduced: re.Pattern[str]
    theirs: re.Pattern[str]
    waits: re.Pattern[str]
    again: re.Pattern[str]
    vague: re.Pattern[str]
    people: re.Pattern[str]
    """Who a field of a list may name."""
    ready: re.Pattern[str]
    heading: re.Pattern[str]
    heading_over: re.Pattern[str]
    no_item: re.Pattern[str]
    listed: re.Pattern[str]
    labelled: re.Pattern[str]
    deadline: re.Pattern[str]

    def denies(self, clause: str) -> bool:
        """Whether the clause speaks of what was, or of what is not to be done."""
        return any(pattern.search(clause) for pattern in self.undone)

    def found(self, clause: str) -> Iterator[tuple[Form, re.Match[str]]]:
        """Every form that the clause holds."""
        for form in self.forms:
            for match in form.found(clause):
                yield form, match

    def starts(self, text: str) -> list[int]:
        """Where in a text without full stops somebody takes on something, with the "and" in front of it."""
        found = set()
        for form in self.forms:
            for match in form.found(text) if form.starts else ():
                start = match.start()
                lead = _LEADING.search(text[max(0, start - _LOOKED_BACK) : start])
                start -= len(lead.group()) if lead else 0
                if not _SAID_BEFORE.search(text[max(0, start - _LOOKED_BACK) : start]):
                    found.add(start)
        return sorted(found)


def is_dictated(text: str) -> bool:
    """Whether a text has hardly a capital, so that a name may be any word."""
    words = text.split()
    return len(words) >= _FEW and sum(word[0].isupper() for word in words) <= _CAPITALS * len(words)


@lru_cache(maxsize=32)
def acts(names: tuple[str, ...] = (), *, dictated: bool = False) -> Acts:
    """The forms with the names of known people, however they are written, among those who may act."""
    given: dict[str, Any] = read_yaml("digest/acts.yaml")
    known = [re.escape(name) for name in sorted(names, key=len, reverse=True)]
    no_name = "|".join(word for word in given["no_name"].split("|") if word not in _NAMES_TOO)
    person = rf"\b(?:{'|'.join([*known, given['people']])}|(?!(?:{no_name})\b){_NAME})(?:{given['of']})?"
    place = _BEHIND_NO_ARTICLE if dictated else _IN_PLACE_OF_A_NAME
    unknown = rf"{place}(?!(?:{given['no_name']})\b)[a-zåäöü][\w'’-]{{2,}}(?:{given['of']})?"
    parts = {
        "{person}": person,
        "{anyone}": rf"(?:{person}|{unknown})",
        "{does}": rf"(?:{'|'.join(_third(verb) for verb in given['personal'].split())})",
        "{does_anything}": rf"(?:{'|'.join(_third(verb) for verb in given['do'].split())})",
        "{doing}": rf"(?:{'|'.join(_progressive(verb) for verb in given['do'].split())})",
        "{do}": rf"(?:{'|'.join(given['do'].split())})",
        "{personal}": rf"(?:{'|'.join(given['personal'].split())})",
        "{no_name}": given["no_name"],
        "{day}": f"(?:{given['day']})",
        "{desk}": given["desk"],
        "{paper}": given["paper"],
    }

    def filled(text: str) -> str:
        for mark, words in parts.items():
            text = text.replace(mark, words)
        return text

    def form(told: dict[str, Any]) -> Form:
        text = str(told["form"])
        behind = told.get("needs") or next((text.removeprefix(who) for who in _WHO if text.startswith(who)), "")
        pattern, needle = (filled(words) for words in (text, behind))
        return Form(
            re.compile(pattern, re.IGNORECASE),
            re.compile(needle, re.IGNORECASE) if needle else None,
            **{name: value for name, value in told.items() if name not in ("form", "needs")},
        )

    def compiled(name: str) -> re.Pattern[str]:
        return re.compile(given[name], re.IGNORECASE)

    return Acts(
        forms=tuple(form(told) for told in given["forms"]),
        stative=frozenset(given["stative"]),
        undone=tuple(re.compile(pattern, re.IGNORECASE) for pattern in given["undone"]),
        taken_back=compiled("taken_back"),
        habit=compiled("habit"),
        aside=compiled("aside"),
        introduced=compiled("introduced"),
        theirs=compiled("theirs"),
        waits=compiled("waits"),
        again=compiled("again"),
        vague=compiled("vague"),
        people=re.compile(rf"(?:{person}|me)", re.IGNORECASE),
        ready=compiled("ready"),
        heading=compiled("heading"),
        heading_over=compiled("heading_over"),
        no_item=compiled("no_item"),
        listed=re.compile(given["listed"]),
        labelled=compiled("labelled"),
        deadline=compiled("deadline"),
    )


def sounds_like_one(clause: str) -> bool:
    """Whether somebody takes on something in a clause, by its words alone."""
    return any(next(form.found(clause), None) for form in acts().forms if not (form.dated or form.own or form.mail or form.notes))


def may_be_one(clause: str) -> bool:
    """Whether somebody may take on something in a clause, if it has a day."""
    return any(next(form.found(clause), None) for form in acts().forms if not (form.own or form.notes))


def _progressive(verb: str) -> str:
    """The -ing form of an English verb, with a last letter doubled or not."""
    return f"{verb[:-1]}ing" if verb.endswith("e") and not verb.endswith("ee") else f"{verb}{verb[-1]}?ing"


def _third(verb: str) -> str:
    """The third person of an English verb."""
    if verb.endswith(("s", "sh", "ch", "x", "o")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2] not in "aeiou" else f"{verb}s"
