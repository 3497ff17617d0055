"""Text made ready for the period grammar: tokens with their places, abbreviations spelled out, typos of time words mended."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Any

from meterline_tools.catalog.words import common_words, read_yaml

_TOKEN = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{4}-\d{1,2}(?![\d-])|\d{1,2}/\d{1,2}/\d{4}|(?:fq|cq|q|h)\d(?!\d)|t12m|\.\.|\d+|[^\W\d_]+|[^\w\s]",
    re.IGNORECASE,
)
_JOINED = re.compile(r"^(fq|cq|q|h)(\d)$")
_PREFIXES = {"fq": "fiscal q", "cq": "calendar q", "q": "q", "h": "h"}
_ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4"}
_DAY_SUFFIXES = ("st", "nd", "rd", "th")


@dataclass(frozen=True)
class TimeText:
    """`text` is normalised; `origin` maps a span of it back to the original."""

    text: str
    starts: list[int]
    spans: list[tuple[int, int]]
    mended: frozenset[int]
    """Tokens (by index) whose spelling was corrected."""
    short: frozenset[int]
    """Tokens that were abbreviations of three letters or fewer."""

    def tokens(self, start: int, end: int) -> range:
        """Indices of the tokens in [start, end) of the normalised text."""
        return range(bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1))

    def origin(self, start: int, end: int) -> tuple[int, int]:
        inside = self.tokens(start, end)
        return self.spans[inside[0]][0], self.spans[inside[-1]][1]


@cache
def grammar() -> dict[str, Any]:
    read: dict[str, Any] = read_yaml("periods.yaml")
    return read


@cache
def _targets() -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(word) for word in grammar()["words"]))


def normalise(text: str, *, lenient: bool = False) -> TimeText:
    """Normalise for the grammar. `lenient` also mends words that are ordinary English (for a text known to be a period)."""
    aliases = grammar()["aliases"]
    pieces: list[str] = []
    spans: list[tuple[int, int]] = []
    mended: set[int] = set()
    short: set[int] = set()
    tokens = list(_TOKEN.finditer(text))
    for index, found in enumerate(tokens):
        word = found[0].casefold()
        if _glue(word, tokens, index, pieces):
            continue
        plain = str(aliases.get(word, word))
        if plain == word and (better := _mend(word, lenient)):
            plain = str(aliases.get(better, better))
            mended.add(len(pieces))
        if plain != word and len(word) <= 3:
            short.add(len(pieces))
        pieces.append(_spell_out(plain, tokens, index))
        spans.append(found.span())
    starts, place = [], 0
    for piece in pieces:
        starts.append(place)
        place += len(piece) + 1
    return TimeText(" ".join(pieces), starts, spans, frozenset(mended), frozenset(short))


def _glue(word: str, tokens: list[re.Match[str]], index: int, pieces: list[str]) -> bool:
    """Whether the token says nothing of its own: the hyphen of "30-day", the "th" of "5th", the "'s" of "July's"."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    touching = before is not None and before.end() == tokens[index].start()
    if word == "-" and touching and after is not None and after.start() == tokens[index].end():
        return not (before is not None and before[0][0].isdigit() and after[0][0].isdigit())
    if word in _DAY_SUFFIXES:
        return touching and before is not None and before[0].isdigit()
    return word == "s" and touching and before is not None and before[0] in "'’"


def _spell_out(word: str, tokens: list[re.Match[str]], index: int) -> str:
    """q3 → q3, fq3 → fiscal q3; "first quarter" → "q1" is left to the ordinals: first → q when a quarter or half follows."""
    if joined := _JOINED.match(word):
        return _PREFIXES[joined[1]] + joined[2]
    following = tokens[index + 1][0].casefold() if index + 1 < len(tokens) else ""
    if following in _DAY_SUFFIXES and word in _ORDINALS.values() and index + 2 < len(tokens):
        following = tokens[index + 2][0].casefold()
    if following in ("quarter", "qtr"):
        nth = _ORDINALS.get(word) or (word if tokens[index + 1][0].casefold() in _DAY_SUFFIXES else "")
        return f"q{nth}" if nth else word
    if word in ("d", "w", "m", "y") and index and tokens[index - 1][0].isdigit() and tokens[index - 1].end() == tokens[index].start():
        return {"d": "day", "w": "week", "m": "month", "y": "year"}[word]
    return word


def _mend(word: str, lenient: bool) -> str | None:
    """The time word this is a misspelling of: one edit up to five letters, two above."""
    if len(word) < 4 or not word.isalpha() or word in _targets() or word in grammar()["aliases"]:
        return None
    if not lenient and word in common_words():
        return None
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    best = process.extractOne(word, _targets(), scorer=OSA.distance, score_cutoff=1 if len(word) <= 5 else 2)
    return best[0] if best is not None and best[0][0] == word[0] else None
