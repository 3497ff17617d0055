"""Names and questions made comparable: words apart, folded to plain letters, with their places kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"&|[^\W_]+(?:['’][^\W_]+)*")
_UNFOLDED = str.maketrans({"ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_LEGAL_FORMS = (
    "inc corp corporation co company ltd limited llc llp lp plc gmbh ag kg se sa sas sarl srl spa bv nv oy oyj ab as asa aps pty pte kk bhd"
)
_LEGAL = frozenset([*_LEGAL_FORMS.split(), "group", "holding", "holdings"])
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
    while len(parts) > 1 and parts[-1] in _LEGAL:
        parts.pop()
    short = " ".join(parts)
    return short if short != name else ""


def unspaced(text: str) -> bool:
    """Whether a text is in a script without spaces between words."""
    return bool(_UNSPACED.search(text))
