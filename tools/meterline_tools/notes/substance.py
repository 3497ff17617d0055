"""Substance of a conversation, 0 to 3, scored by rule from what its note says, with the sentence that decides it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from meterline_tools.notes.digest.acts import sounds_like_one
from meterline_tools.notes.digest.cues import cues
from meterline_tools.notes.sayings import Saying
from meterline_tools.notes.themes import read_yaml, tones
from meterline_tools.notes.wording import said_words

_LEAST_WORDS = 3
_HEADING = "#"
_ASKS = ("?", "？")


@dataclass(frozen=True)
class Score:
    """`reason` says what the level means, `saying` is the sentence that has it."""

    level: int
    reason: str
    saying: Saying


@dataclass(frozen=True)
class _Rules:
    meanings: dict[int, str]
    kinds: dict[str, int]
    words: dict[int, re.Pattern[str]]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    given = read_yaml("substance.yaml")
    words = {int(level): re.compile(pattern, re.IGNORECASE) for level, pattern in given["with"].items()}
    return _Rules({int(k): v for k, v in given["meanings"].items()}, given["kinds"], words)


def meaning(level: int) -> str:
    return _rules().meanings[level]


def score(sayings: Iterable[Saying]) -> Score | None:
    """The score of a note by its weightiest sentence; None where there is nothing to score.

    Of equally weighty ones that of a customer, then one that asks nothing, then the first: it is shown as the reason.
    """
    scored = [
        Score(level, meaning(level), saying)
        for saying in sayings
        if not saying.flagged and not saying.text.startswith(_HEADING) and len(said_words(saying.text)) >= _LEAST_WORDS
        for level in (_level(saying.text),)
    ]
    return max(scored, key=lambda s: (s.level, s.saying.side == "customer", not s.saying.text.endswith(_ASKS)), default=None)


def _level(text: str) -> int:
    rules, found = _rules(), cues()
    if tones().denies(text) or found.is_small_talk(text):
        return 0
    kind = found.kind_of(text)
    if kind == "decision" and found.negated.search(text):
        kind = "open"
    if kind == "open":
        return rules.kinds["open"]
    acts = sounds_like_one(text) and not found.hedged.search(text)
    level = max(rules.kinds.get(kind, rules.kinds["said"]), rules.kinds["action"] if acts else 0)
    if rules.words[3].search(text):
        return 3
    if level < 2 and rules.words[0].search(text):
        return 0
    return max(level, 2 if rules.words[2].search(text) and not found.hedged.search(text) else 0)
