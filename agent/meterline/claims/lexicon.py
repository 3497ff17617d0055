"""The words of claims.yaml, ready to be looked for: one pattern a list, each word whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meterline_tools.catalog.words import common_words
from meterline_tools.yamls import parse_yaml

_NOT_LISTS = frozenset(
    {
        "units",
        "signs",
        "measures",
        "related_measures",
        "sides",
        "number_signs",
        "flat_within",
        "currencies",
        "rates",
        "empty_words",
        "ordinary_endings",
        "amount_words",
        "ordinary_capitals",
        "ordinary_openers",
        "compared_with",
        "called",
        "verbs_of_figures",
        "takes_a_change",
        "moves_in_labels",
        "sources",
    }
)
"""What of claims.yaml is no list of words to be looked for in text."""

WORD = re.compile(r"[^\W\d_]+")


def phrase_pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """Finds any of the phrases as whole words, the longest first."""
    ordered = sorted(phrases, key=len, reverse=True)
    return re.compile(r"(?<![\w'’])(?:" + "|".join(re.escape(p).replace(r"\ ", r"\s+") for p in ordered) + r")(?!\w)")


@dataclass(frozen=True)
class Lexicon:
    """Lists and tables of claims.yaml with the patterns that find them in lower-case text."""

    data: dict[str, Any]
    find: dict[str, re.Pattern[str]]
    first: dict[str, frozenset[str]]
    """The first word of each phrase of a list: a text that holds none of them needs no search."""
    measures: dict[str, re.Pattern[str]]
    sides: dict[str, re.Pattern[str]]
    lists_of: dict[str, frozenset[str]]
    """The same the other way round: word -> lists with a phrase that begins with it."""
    units: dict[str, str]
    """A word or sign beside a mark -> the kind of unit it states."""
    ordinary: frozenset[str]
    """Words that may open a sentence without naming anything."""

    def words(self, name: str, text: str) -> list[str]:
        """The words of a list that stand in a lower-case text, in order."""
        return self.find[name].findall(text)

    def has(self, name: str, text: str) -> bool:
        return self.find[name].search(text) is not None


def _first_words(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(WORD.findall(phrase)[0] for phrase in phrases)


@cache
def lexicon() -> Lexicon:
    data: dict[str, Any] = parse_yaml((Path(__file__).parent / "claims.yaml").read_text(encoding="utf-8"))
    find = {name: phrase_pattern(data[name]) for name in data if name not in _NOT_LISTS}
    days = [*data["months"], *data["weekdays"]]
    capitals = {*data["ordinary_capitals"], *days, *(name[:3] for name in days)}
    first = {name: _first_words(data[name]) for name in find}
    first["measures"] = _first_words(w for words in data["measures"].values() for w in words)
    lists_of: dict[str, set[str]] = {}
    for name, beginnings in first.items():
        for word in beginnings:
            lists_of.setdefault(word, set()).add(name)
    return Lexicon(
        data=data,
        find=find,
        first=first,
        lists_of={word: frozenset(names) for word, names in lists_of.items()},
        measures={name: phrase_pattern(words) for name, words in data["measures"].items()},
        sides={name: phrase_pattern(words) for name, words in data["sides"].items()},
        units={word: kind for kind, words in data["units"].items() for word in words},
        ordinary=frozenset(common_words() | capitals | set(data["ordinary_openers"])),
    )
