"""A bank of verified questions: the nearest one speaks for its intent, and any model may see some as examples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from rapidfuzz import fuzz, process

from meterline.models.offline.understand.data import read_yaml
from meterline.models.offline.understand.phrases import SLICE_KINDS
from meterline.models.offline.understand.words import Said
from meterline.taught import Taught, load_taught

_SHOWN_AS = {**dict.fromkeys(SLICE_KINDS, "slice"), "manager": "rep"}
_HERE = Path(__file__).parent / "examples"
LIKE = 70.0
"""Similarity (0 to 100) from which an example says something."""
FULL = 2.5
"""Points an identical example gives its intent."""


@dataclass(frozen=True)
class Example:
    """A question with its names replaced by <kind>, and what it asks for."""

    question: str
    intent: str


class ExampleBank:
    """Examples to compare a question with, and the phrases that a company teaches with their meaning."""

    def __init__(self, examples: Iterable[Example], taught: tuple[Taught, ...] = ()) -> None:
        self.examples = tuple(examples)
        self.taught = taught
        self._texts = [e.question for e in self.examples]

    def likeness(self, tokens: Said) -> dict[str, float]:
        """Points per intent by the most similar example."""
        points: dict[str, float] = {}
        for text, score, at in process.extract(masked_text(tokens), self._texts, scorer=fuzz.token_sort_ratio, limit=3, score_cutoff=LIKE):
            gain = FULL * (score - LIKE + 10) / (100 - LIKE + 10)
            intent = self.examples[at].intent
            if text:
                points[intent] = max(points.get(intent, 0.0), gain)
        return points


def masked_text(tokens: Said) -> str:
    """The question with its names as kinds: "how is <rep> doing over <period>"."""
    return " ".join(t.norm if t.kind == "word" else f"<{_SHOWN_AS.get(t.kind, t.kind)}>" for t in tokens)


def load_bank(more: tuple[Path, ...] = ()) -> ExampleBank:
    """The built-in bank with the phrases of a company's own files (see meterline.taught)."""
    return _with_taught(more, tuple(path.stat().st_mtime_ns for path in more)) if more else _built_in()


@lru_cache(maxsize=4)
def _with_taught(files: tuple[Path, ...], _changed: tuple[int, ...]) -> ExampleBank:
    return ExampleBank(_built_in().examples, load_taught(files))


@cache
def _built_in() -> ExampleBank:
    """Files map an intent to its verified questions, with names as <rep>, <account>, <slice>, <period>."""
    return ExampleBank(Example(q, intent) for path in sorted(_HERE.glob("*.yaml")) for intent, qs in read_yaml(path).items() for q in qs)
