"""The catalogue's words: which metric or dimension a phrase of a question means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from meterline.models.offline.understand.phrases import plain_pattern
from meterline.models.offline.understand.words import Token, tokenize
from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.model import Metric


@dataclass(frozen=True)
class Vocabulary:
    """Phrases by metric id and by dimension id, longest first, and the metrics themselves."""

    metric_words: dict[str, tuple[str, ...]]
    dimension_words: dict[str, tuple[str, ...]]
    metrics: dict[str, Metric]
    dimension_labels: dict[str, str]


@dataclass(frozen=True)
class Hit:
    """A phrase found in the question: what it means and the tokens [start, end) it covers."""

    id: str
    start: int
    end: int


@cache
def vocabulary() -> Vocabulary:
    catalog = load_catalog()
    metrics = dict(catalog.metrics)
    return Vocabulary(
        metric_words={m.id: tuple(dict.fromkeys([*m.words, m.name.replace("_", " "), m.label, m.id])) for m in metrics.values()},
        dimension_words={d.id: tuple(dict.fromkeys([d.id.replace("_", " "), d.label, *d.words])) for d in catalog.dimensions.values()},
        metrics=metrics,
        dimension_labels={d.id: d.label for d in catalog.dimensions.values()},
    )


@cache
def _first_words(kind: str) -> dict[str, list[tuple[str, str]]]:
    """First word -> (phrase, id), so that only phrases that can begin at a token are tried."""
    known = vocabulary()
    index: dict[str, list[tuple[str, str]]] = {}
    for ident, phrases in (known.metric_words if kind == "metric" else known.dimension_words).items():
        for phrase in phrases:
            pattern = plain_pattern(phrase)
            for word in pattern.slots[0].words if pattern.slots else ():
                index.setdefault(word, []).append((phrase, ident))
    for entries in index.values():
        entries.sort(key=lambda e: -len(plain_pattern(e[0]).slots))
    return index


def find_hits(tokens: Sequence[Token], kind: str) -> list[Hit]:
    """Catalogue phrases in the question, none overlapping: the longest win, and of equals the later, which says more."""
    index = _first_words(kind)
    hits = [
        hit
        for at, token in enumerate(tokens)
        if token.kind == "word"
        if (hit := next((h for phrase, ident in index.get(token.norm, []) if (h := _fits(phrase, ident, tokens, at))), None))
    ]
    found: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, -h.start)):
        if all(hit.end <= other.start or other.end <= hit.start for other in found):
            found.append(hit)
    return sorted(found, key=lambda h: h.start)


def _fits(phrase: str, ident: str, tokens: Sequence[Token], at: int) -> Hit | None:
    slots = plain_pattern(phrase).slots
    end = at + len(slots)
    if end > len(tokens) or not all(slot.takes(token) for slot, token in zip(slots, tokens[at:end], strict=True)):
        return None
    return Hit(ident, at, end)


@cache
def dimension_nouns() -> dict[str, str]:
    """Single words that name a kind of thing -> its dimension: "plan", "segments", "vertical"."""
    found: dict[str, str] = {}
    for ident, phrases in vocabulary().dimension_words.items():
        for phrase in phrases:
            slots = plain_pattern(phrase).slots
            for word in slots[0].words if len(slots) == 1 else ():
                found.setdefault(word, ident)
    return found


def metric_named(text: str) -> str | None:
    """The metric a short text names ("net retention"), by the longest phrase found."""
    hits = find_hits(tokenize(text), "metric")
    return max(hits, key=lambda h: h.end - h.start).id if hits else None
