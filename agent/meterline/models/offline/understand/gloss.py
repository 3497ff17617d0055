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
    orders: tuple[tuple[re.Pattern[str], str], ...]
    """Whole questions whose words go in another order in English, and how they go there."""

    def in_english(self, text: str) -> str:
        return self.pattern.sub(lambda m: self.words[re.sub(r"\s+", " ", m.group().lower())], text)

    def ordered(self, question: str) -> str | None:
        """The question in English where its order is a known one."""
        for pattern, english in self.orders:
            if asked := pattern.fullmatch(question):
                return english.format(*(self._bare(part) for part in asked.groups())) + "?"
        return None

    def _bare(self, part: str) -> str:
        """A group in English, without the articles that names and things take there."""
        return re.sub(r"^(?:the|a|an) ", "", self.in_english(part), flags=re.IGNORECASE)


@cache
def _languages() -> tuple[_Language, ...]:
    found = []
    for name, raw in read_yaml(Path(__file__).parent / "gloss.yaml").items():
        words = {str(said): str(meant) for said, meant in raw["words"].items()}
        said_so = "|".join(r"\s+".join(said.split()) for said in sorted(words, key=lambda said: -len(said)))
        pattern = re.compile(rf"\b(?:{said_so})\b", re.IGNORECASE)
        orders = tuple((re.compile(rf"\s*{said}\s*[?!.]*\s*", re.IGNORECASE), english) for said, english in raw.get("orders", []))
        found.append(_Language(name, frozenset(raw["telling"]), words, pattern, orders))
    return tuple(found)


def glossed(question: str) -> tuple[str, str]:
    """The question with the words of its language in English, and the language; unchanged and "" where it is English or unknown."""
    for language in _languages():
        if (asked := language.ordered(question)) is not None:
            return asked, language.name
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
    return language.in_english(question), best
