"""Which language a note is in, told by its little words, letters and script (languages.yaml)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

_WORD = re.compile(r"[^\W\d_]+")
_SAMPLE = 20_000
"""Characters that are looked at; a language does not show later than that."""
_LITTLE = 0.12
"""The share of a text's words that must be little words of its language."""
_LETTER = 0.5
_SCRIPT = 0.2


@dataclass(frozen=True)
class _Signs:
    words: Mapping[str, frozenset[str]]
    letters: Mapping[str, frozenset[str]]
    scripts: Mapping[str, re.Pattern[str]]


@lru_cache(maxsize=1)
def _signs() -> _Signs:
    from meterline_tools.yamls import parse_yaml

    listed = parse_yaml(resources.files(__package__).joinpath("languages.yaml").read_text("utf-8"))
    return _Signs(
        {language: frozenset(words.split()) for language, words in listed["words"].items()},
        {language: frozenset(letters) for language, letters in listed["letters"].items()},
        {language: re.compile(f"[{span}]") for language, span in listed["scripts"].items()},
    )


def find_language(text: str) -> str | None:
    """ISO 639-1 code; None when the text is too short or too mixed to tell."""
    sample = text[:_SAMPLE]
    letters = sum(c.isalpha() for c in sample)
    if not letters:
        return None
    for language, script in _signs().scripts.items():
        if len(script.findall(sample)) > _SCRIPT * letters:
            return language
    said = _WORD.findall(sample.casefold())
    points = {language: sum(word in little for word in said) for language, little in _signs().words.items()}
    for language, special in _signs().letters.items():
        points[language] += round(_LETTER * sum(any(c in special for c in word) for word in said))
    best, second = sorted(points.values(), reverse=True)[:2]
    enough = best >= max(2, _LITTLE * len(said)) and best > second
    return max(points, key=points.__getitem__) if enough else None
