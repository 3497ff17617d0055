"""A question in another language, word by word in English: enough for names, periods and the plain words of consumption."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meterline.models.offline.understand.data import read_yaml

_WORD = re.compile(r"[^\W\d_]+")
_FEW = 2
"""So many words of a language, one of them a telling one, make a question of it."""


@dataclass(frozen=True)
class _Language:
    name: str
    telling: frozenset[str]
    words: Mapping[str, str]
    pattern: re.Pattern[str]


@cache
def _languages() -> tuple[_Language, ...]:
    found = []
    for name, raw in read_yaml(Path(__file__).parent / "gloss.yaml").items():
        words = {str(said): str(meant) for said, meant in raw["words"].items()}
        said_so = "|".join(r"\s+".join(said.split()) for said in sorted(words, key=lambda said: -len(said)))
        pattern = re.compile(rf"\b(?:{said_so})\b", re.IGNORECASE)
        found.append(_Language(name, frozenset(raw["telling"]), words, pattern))
    return tuple(found)


def glossed(question: str) -> tuple[str, str]:
    """The question with the words of its language in English, and the language; unchanged and "" where it is English or unknown."""
    words = [word.lower() for word in _WORD.findall(question)]
    counts = {
        language.name: sum(word in language.words or word in language.telling for word in words)
        for language in _languages()
        if language.telling & set(words)
    }
    best = max(counts, key=lambda name: counts[name], default="")
    if not best or counts[best] < min(_FEW, len(words)) or 2 * counts[best] < len(words) - _FEW:
        return question, ""
    language = next(known for known in _languages() if known.name == best)
    return language.pattern.sub(lambda m: language.words[re.sub(r"\s+", " ", m.group().lower())], question), best
