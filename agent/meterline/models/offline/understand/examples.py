"""A bank of verified questions: the nearest ones speak for their intent, and any model may see some as examples.

Files in examples/ map an intent to questions, with names as <account>, <rep>, <slice>, <product>, <period>. Those in
examples/wordings/ hold many voices of the same questions, each group with what it leaves unsaid (metrics, breakdown,
direction); under `refuse.<id>` stand questions that a refusal answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz, process

from meterline.models.offline.understand.data import EXAMPLES, read_yaml
from meterline.models.offline.understand.phrases import SLICE_KINDS
from meterline.models.offline.understand.words import Said
from meterline.taught import Taught, load_taught

_SHOWN_AS = {**dict.fromkeys(SLICE_KINDS, "slice"), "manager": "rep"}
REFUSED = "refuse."
"""Before the id of a refusal, where an example stands for it instead of an intent."""
LIKE = 70.0
"""Similarity (0 to 100) from which an example says something."""
SAME = 92.0
"""Similarity from which a question is all but an example."""
FULL = 2.5
"""Points an identical example gives its intent."""


@dataclass(frozen=True)
class Slots:
    """What a question of this wording means although it does not say so."""

    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    direction: str = ""
    ranked: str = ""
    flags: tuple[str, ...] = ()
    """Names of yes-or-no fields of a reading that hold: ending, silence."""


@dataclass(frozen=True)
class Example:
    """A question with its names replaced by <kind>, and what it asks for."""

    question: str
    intent: str
    slots: Slots = field(default_factory=Slots)

    @property
    def refuses(self) -> str:
        """The id of the refusal that answers it; "" for a question of ours."""
        return self.intent.removeprefix(REFUSED) if self.intent.startswith(REFUSED) else ""


class ExampleBank:
    """Examples to compare a question with, by letters and by meaning, and the phrases that a company teaches.

    `examples` are compared by their letters, and together with `wordings` by meaning where `by_meaning`.
    """

    def __init__(
        self,
        examples: Iterable[Example],
        taught: tuple[Taught, ...] = (),
        wordings: Iterable[Example] = (),
        *,
        by_meaning: bool = False,
    ) -> None:
        self.examples = tuple(examples)
        self.taught = taught
        self.wordings = tuple(wordings)
        self.by_meaning = by_meaning
        self._texts = [e.question for e in self.examples]
        self._every_text = [e.question for e in self.every]

    @property
    def every(self) -> tuple[Example, ...]:
        """All examples, those of a company among them."""
        own = (Example(ask, t.intent, Slots(t.metrics, t.group_by, "", t.ranked)) for t in self.taught if not t.filters for ask in t.ask)
        return (*self.examples, *self.wordings, *own)

    def likeness(self, tokens: Said) -> dict[str, float]:
        """Points per intent by the most similar example."""
        points: dict[str, float] = {}
        for text, score, at in process.extract(masked_text(tokens), self._texts, scorer=fuzz.token_sort_ratio, limit=3, score_cutoff=LIKE):
            gain = FULL * (score - LIKE + 10) / (100 - LIKE + 10)
            intent = self.examples[at].intent
            if text:
                points[intent] = max(points.get(intent, 0.0), gain)
        return points

    def worded_like(self, tokens: Said) -> Example | None:
        """The example that is all but the same by its letters; None where there is none."""
        near = process.extractOne(masked_text(tokens), self._every_text, scorer=fuzz.token_sort_ratio, score_cutoff=SAME)
        return self.every[near[2]] if near else None


def masked_text(tokens: Said) -> str:
    """The question with its names as kinds: "how is <rep> doing over <period>"."""
    return " ".join(t.norm if t.kind == "word" else f"<{_SHOWN_AS.get(t.kind, t.kind)}>" for t in tokens)


def load_bank(more: tuple[Path, ...] = (), *, by_meaning: bool = False) -> ExampleBank:
    """The built-in bank with the phrases of a company's own files (see meterline.taught)."""
    return _with_taught(more, tuple(path.stat().st_mtime_ns for path in more), by_meaning) if more else _built_in(by_meaning)


@lru_cache(maxsize=4)
def _with_taught(files: tuple[Path, ...], _changed: tuple[int, ...], by_meaning: bool) -> ExampleBank:
    built_in = _built_in(by_meaning)
    return ExampleBank(built_in.examples, load_taught(files), built_in.wordings, by_meaning=by_meaning)


@cache
def _built_in(by_meaning: bool) -> ExampleBank:
    return ExampleBank(_verified(), wordings=_wordings(), by_meaning=by_meaning)


def _verified() -> Iterator[Example]:
    for path in sorted(EXAMPLES.glob("*.yaml")):
        yield from (Example(q, intent) for intent, questions in read_yaml(path).items() for q in questions)


def _wordings() -> Iterator[Example]:
    for path in sorted((EXAMPLES / "wordings").glob("*.yaml")):
        for intent, groups in read_yaml(path).items():
            for group in groups:
                slots = _slots(group)
                yield from (Example(line.strip(), intent, slots) for line in group["ask"].splitlines())


def _slots(raw: Mapping[str, Any]) -> Slots:
    several = {name: tuple(raw.get(name, ())) for name in ("metrics", "group_by", "flags")}
    return Slots(**several, direction=raw.get("direction", ""), ranked=raw.get("ranked", ""))
