"""What the nearest examples make of a question whose cues say little: they vote on the intent and fill what is open.

Names, periods and filters are what the rules found. A refusal that the cues found stays; a refusal that examples
propose is taken only where they are near.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from meterline.models.offline.understand.data import FALLBACK, Intent, lexicon, read_yaml
from meterline.models.offline.understand.examples import Example, ExampleBank
from meterline.models.offline.understand.nearness import Neighbour, neighbours
from meterline.models.offline.understand.phrases import SLICE_KINDS
from meterline.models.offline.understand.words import Said

_KINDS = {**dict.fromkeys(SLICE_KINDS, "slice"), "manager": "rep", "sku": "product", "sku_family": "product"}
_TELLING = ("account", "rep", "product", "slice")
"""Kinds of names that make another question of the same words."""
SUGGESTED = 3
"""So many of the nearest topics are offered where none is near enough."""


@dataclass(frozen=True)
class Rule:
    """The thresholds of fallback.yaml."""

    asks_below: float
    neighbours: int
    floor: float
    full: float
    weight: float
    sharpness: float
    minimum: float
    in_thread: float
    refuses: float
    slots: float
    other_names: float
    away: float
    yields: float
    most: float
    words: int
    words_in_thread: int
    topics: Mapping[str, str]
    """Intent -> what it is about, in words that claim nothing."""


@dataclass(frozen=True)
class Likened:
    """What the examples say: `intent` (or the id of a refusal), its score, and the example that tells the rest."""

    intent: str = ""
    refuses: str = ""
    score: float = 0.0
    example: Example | None = None
    """The nearest example of that intent; None where none is near enough to fill what is open."""
    shapes: bool = False
    """Whether the example tells of breakdown and ranking too."""
    nearest: tuple[str, ...] = ()
    """Topics to suggest where nothing was near enough."""

    @property
    def flags(self) -> tuple[str, ...]:
        return self.example.slots.flags if self.example is not None else ()


@cache
def rule() -> Rule:
    return Rule(**read_yaml(FALLBACK))


def liken(
    tokens: Said, metrics: Collection[str], ranked: Sequence[tuple[float, Intent]], bank: ExampleBank, *, in_thread: bool
) -> Likened | None:
    """The examples' verdict; None where the cues are sure or the examples have nothing to say."""
    r = rule()
    if not bank.by_meaning or (ranked and ranked[0][0] >= r.asks_below) or len(tokens) < (r.words_in_thread if in_thread else r.words):
        return None
    near = _by_names(neighbours(tokens, bank, 3 * r.neighbours), tokens)[: r.neighbours]
    if not near:
        return None
    if near[0].near < (r.in_thread if in_thread else r.minimum):
        return Likened(nearest=_suggestions(near)) if not ranked else None
    top = ranked[0][0] if ranked else 0.0
    weight = r.weight * (1 - r.yields * top / r.asks_below)
    votes = _at_home(_votes(near), metrics)
    scores = dict.fromkeys(votes, 0.0) | {i.name: s for s, i in ranked}
    scores = {name: s + weight * votes.get(name, 0.0) for name, s in scores.items()}
    best = max(scores, key=lambda name: scores[name])
    spoken = next((n for n in near if n.example.intent == best), None)
    if spoken is not None and spoken.example.refuses:
        return Likened(refuses=spoken.example.refuses, example=spoken.example) if spoken.near >= r.refuses else None
    example = spoken.example if spoken is not None and spoken.near >= r.slots else None
    by_cues = next((s for s, i in ranked if i.name == best), 0.0)
    score = max(by_cues, min(scores[best], r.most))
    return Likened(intent=best, score=score, example=example, shapes=not ranked or ranked[0][1].name != best)


def _by_names(near: Sequence[Neighbour], tokens: Said) -> list[Neighbour]:
    """The neighbours, those with other kinds of names moved further away."""
    asked = {_KINDS.get(t.kind, t.kind) for t in tokens if t.kind != "word"}
    moved = [Neighbour(n.example, n.near * _fit(n.example, asked)) for n in near]
    return sorted(moved, key=lambda n: -n.near)


def _fit(example: Example, asked: set[str]) -> float:
    said = {kind for kind in _TELLING if f"<{kind}>" in example.question} | ({"product"} if "<sku>" in example.question else set())
    named = asked & set(_TELLING)
    if said and named and said & named:
        return 1.0
    return 1.0 if bool(said) == bool(named) and not said else rule().other_names


def _votes(near: Sequence[Neighbour]) -> dict[str, float]:
    """A share of one per intent, scaled by how near its nearest example is."""
    r = rule()
    weights: dict[str, float] = {}
    best: dict[str, float] = {}
    for n in near:
        weights[n.example.intent] = weights.get(n.example.intent, 0.0) + max(0.0, n.near - r.floor) ** r.sharpness
        best[n.example.intent] = max(best.get(n.example.intent, 0.0), n.near)
    total = sum(weights.values())
    reach = {name: min(1.0, max(0.0, (b - r.floor) / (r.full - r.floor))) for name, b in best.items()}
    return {name: weight / total * reach[name] for name, weight in weights.items()} if total else {}


_GENERAL = frozenset({"M01", "M08", "M24"})
"""Metrics of which any question may speak."""


def _at_home(votes: Mapping[str, float], metrics: Collection[str]) -> dict[str, float]:
    """The votes; for intents that have nothing to do with a metric the question names they count less."""
    named = set(metrics) - _GENERAL
    homes = {i.name for i in lexicon().intents if not named or i.metrics & named} | ({"definition"} if named else set())
    away = rule().away
    return {name: vote if name in homes or not named else away * vote for name, vote in votes.items()}


def _suggestions(near: Sequence[Neighbour]) -> tuple[str, ...]:
    found = [rule().topics.get(n.example.intent, "") for n in near if n.near >= rule().floor]
    return tuple(dict.fromkeys(topic for topic in found if topic))[:SUGGESTED]
