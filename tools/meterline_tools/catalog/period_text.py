"""Text made ready for the period grammar: tokens with their places, abbreviations spelled out, typos of time words mended."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache
from typing import Any

from meterline_tools.catalog.words import common_words, read_yaml

_TOKEN = re.compile(
    r"\d{4}([-/])\d{1,2}\1\d{1,2}(?!\d)|\d{4}-\d{1,2}(?![\d-])"  # 2026-07-03, 2026/07/03, 2026-07
    r"|\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)(?!\d)|\d{1,2}([.-])\d{1,2}\2\d{4}(?!\d)|(?<![\d/])\d{1,2}/\d{1,2}(?![\d/])"  # 3/7/2026, 3.7.2026, 3/7
    r"|(?:fq|cq|q|h)\d(?!\d)|t12m|\.\.|\d+|[^\W\d_]+|[^\w\s]",
    re.IGNORECASE,
)
_JOINED = re.compile(r"^(fq|cq|q|h)(\d)$")
_PREFIXES = {"fq": "fiscal q", "cq": "calendar q", "q": "q", "h": "h"}
_TENS = {"20", "30", "40", "50", "60", "70", "80", "90"}
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


@cache
def _spelled() -> frozenset[str]:
    """Every word that the grammar itself uses: none of them is a misspelling of another."""
    patterns = [str(value) for entry in (*grammar()["atoms"], *grammar()["joins"]) for value in entry.values()]
    return frozenset(word for pattern in patterns for word in re.findall(r"[a-z]{4,}", pattern))


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
            if word in _DAY_SUFFIXES:
                spans[-1] = (spans[-1][0], found.end())
            continue
        plain = str(aliases.get(word, word))
        if plain == word and (better := _mend(word, lenient)):
            plain = str(aliases.get(better, better))
            mended.add(len(pieces))
        if _counts_on(plain, pieces, tokens, index):
            pieces[-1] = str(int(pieces[-1]) + int(plain))
            spans[-1] = (spans[-1][0], found.end())
            continue
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
    """Whether the token says nothing of its own: the hyphen of "30-day", the "th" of "5th", the "'s" of "July's", the dot of "Aug."."""
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    touching = before is not None and before.end() == tokens[index].start()
    if word == "-" and touching and after is not None and after.start() == tokens[index].end():
        return not (before is not None and before[0][0].isdigit() and after[0][0].isdigit())
    if word in _DAY_SUFFIXES:
        return touching and before is not None and before[0].isdigit()
    if word == "." and touching and before is not None and after is not None:
        return before[0].casefold() in grammar()["aliases"] and after[0][0].isdigit()
    return word == "s" and touching and before is not None and before[0] in "'’"


def _counts_on(word: str, pieces: list[str], tokens: list[re.Match[str]], index: int) -> bool:
    """Whether a spelled unit belongs to the tens before it: "twenty-eight"."""
    return bool(pieces) and pieces[-1] in _TENS and word in "123456789" and tokens[index][0].isalpha() and len(word) == 1


def _spell_out(word: str, tokens: list[re.Match[str]], index: int) -> str:
    """q3 → q3, fq3 → fiscal q3, 5 (before "th") → 5th, first quarter → q1 quarter, 30d → 30 day."""
    if joined := _JOINED.match(word):
        return _PREFIXES[joined[1]] + joined[2]
    following = tokens[index + 1 : index + 3]
    if word.isdigit() and following and following[0][0].casefold() in _DAY_SUFFIXES and following[0].start() == tokens[index].end():
        word, following = f"{word}th", following[1:]
    if word.endswith("th") and word[:-2] in "1234" and following and following[0][0].casefold() in ("quarter", "qtr"):
        return f"q{word[:-2]}"
    if word in ("d", "w", "m", "y") and index and tokens[index - 1][0].isdigit() and tokens[index - 1].end() == tokens[index].start():
        return {"d": "day", "w": "week", "m": "month", "y": "year"}[word]
    return word


def _mend(word: str, lenient: bool) -> str | None:
    """The time word this is a misspelling of: one edit up to five letters, two above; in some short words only swapped letters."""
    if len(word) < 4 or not word.isalpha() or word in _targets() or word in _spelled() or word in grammar()["aliases"]:
        return None
    if not lenient and word in common_words():
        return None
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    for target in grammar()["swapped"]:
        if sorted(word) == sorted(target) and OSA.distance(word, target) == 1:
            return str(target)
    best = process.extractOne(word, _targets(), scorer=OSA.distance, score_cutoff=1 if len(word) <= 5 else 2)
    return best[0] if best is not None and best[0][0] == word[0] else None
