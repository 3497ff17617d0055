"""Names and questions made comparable: words apart, folded to plain letters, with their places kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from meterline_tools.catalog.words import read_yaml

_WORD = re.compile(r"&|[^\W_]+(?:['’][^\W_]+)*")
_UNFOLDED = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]")
"""Scripts that write words without spaces between them."""


@dataclass(frozen=True)
class Word:
    """A word of a text: folded, as written, and where."""

    text: str
    raw: str
    start: int
    end: int
    possessive: bool = False


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Lower case without accents: Ødegård → odegard, STRASSE → strasse."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_UNFOLDED))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(text: str) -> list[Word]:
    """The words of a text. A possessive 's is taken off, & reads "and", other apostrophes vanish (O'Neil → oneil)."""
    result: list[Word] = []
    for found in _WORD.finditer(text):
        raw, end, possessive = found[0], found.end(), False
        if len(raw) > 2 and raw[-2] in "'’" and raw[-1] in "sS":
            raw, end, possessive = raw[:-2], end - 2, True
        elif text[end : end + 1] in ("'", "’") and raw[-1:] in "sS":
            possessive = True
        folded = "and" if raw == "&" else fold(raw.replace("'", "").replace("’", ""))
        if folded:
            result.append(Word(folded, raw, found.start(), end, possessive))
    return result


def plain_name(text: str) -> str:
    """A name as its folded words."""
    return " ".join(word.text for word in words_of(text))


def without_legal_form(name: str) -> str:
    """A plain name without Inc, GmbH, Holdings … at its end; empty when nothing is left or nothing was taken off."""
    parts = name.split()
    while len(parts) > 1 and parts[-1] in word_list("legal_forms"):
        parts.pop()
    short = " ".join(parts)
    return short if short != name else ""


def unspaced(text: str) -> bool:
    """Whether a text is in a script without spaces between words."""
    return bool(_UNSPACED.search(text))


@cache
def word_list(title: str) -> frozenset[str]:
    """One of the lists of names.yaml."""
    return frozenset(str(read_yaml("names.yaml")[title]).split())


def meant_as_time(words: list[Word], place: int) -> bool:
    """Whether a word that is also a time stands where times stand: "in April", "Q2 vs Q1", "Q2 FY27", "May 2026"."""
    if words[place].text not in word_list("times"):
        return False
    before = words[place - 1].text if place else ""
    after = words[place + 1].text if place + 1 < len(words) else ""
    counted = after.startswith("fy") or (after.isdigit() and len(after) in (1, 2, 4))
    return before in word_list("before_times") or after in word_list("after_times") or counted


def initials_of(name: str) -> str:
    """NL for Northern Lights: the first letters of two to four words, capitals; empty for other names."""
    parts = [part for part in name.split() if part != "and"]
    plain = 2 <= len(parts) <= 4 and all(part[0].isascii() and part.isalpha() for part in parts)
    letters = "".join(part[0] for part in parts).upper() if plain else ""
    return "" if letters in word_list("taken_initials") else letters
