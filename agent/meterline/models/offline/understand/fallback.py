"""What the examples make of a question: what they teach speaks for an intent beside the cues, the nearest fills what is open.

Names, periods and filters are what the rules found. A refusal that the cues found stays; a refusal that examples
propose is taken only where they are near.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from meterline.models.offline.understand.data import FALLBACK, Intent, lexicon, read_yaml
from meterline.models.offline.understand.examples import REFUSED, Example, ExampleBank, masked_text
from meterline.models.offline.understand.learnt import speaks_for
from meterline.models.offline.understand.nearness import Neighbour, neighbours
from meterline.models.offline.understand.phrases import SLICE_KINDS
from meterline.models.offline.understand.scoring import HINT
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
    minimum: float
    in_thread: float
    cues: float
    usual: float
    margin: float
    refuses: float
    refuses_over: float
    ours: float
    of_anything: Sequence[str]
    slots: float
    alike: float
    other_names: float
    away: float
    most: float
    doubt: float
    doubt_lead: float
    decides: float
    nothing: float
    unlike: float
    words: int
    words_in_thread: int
    kin: Sequence[Sequence[str]]
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
    doubt: tuple[str, ...] = ()
    """The intents that it may be, best first, where it is better to ask than to guess."""

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
    if not bank.by_meaning or len(tokens) < (r.words_in_thread if in_thread else r.words):
        return None
    same = bank.worded_like(tokens) if ranked and ranked[0][0] >= r.asks_below else None
    if same is not None and same.intent == ranked[0][1].name:
        return Likened(example=same)  # cues and letters agree: no model is needed
    around = _by_names(neighbours(tokens, bank, 3 * r.neighbours), tokens)
    if around and around[0].near >= (r.in_thread if in_thread else r.minimum):
        return _verdict(tokens, metrics, ranked, bank, around)
    near = _suggestions(around[: r.neighbours])
    if ranked and not in_thread and HINT <= ranked[0][0] < r.unlike:
        return Likened(doubt=_choices([ranked[0][1].name, *(n.example.intent for n in around)]), nearest=near)
    return Likened(nearest=near) if around and (not ranked or ranked[0][0] < HINT) else None


def _verdict(
    tokens: Said, metrics: Collection[str], ranked: Sequence[tuple[float, Intent]], bank: ExampleBank, around: Sequence[Neighbour]
) -> Likened | None:
    """What cues and lesson together make of a question that is near to some example."""
    r = rule()
    by_cues = {i.name: s for s, i in ranked}
    cued = ranked[0][1].name if ranked else ""
    sure = by_cues.get(cued, 0.0) >= r.asks_below
    told = _at_home(_with_nearness(speaks_for(tokens, masked_text(tokens), bank), around), metrics)
    scores = dict.fromkeys(by_cues, 0.0) | told
    scores = {name: says + min(by_cues.get(name, 0.0), r.cues) / r.cues for name, says in scores.items()}
    best = max(scores, key=lambda name: scores[name])
    lead = scores[best] - scores.get(cued, 0.0)
    if scores[best] < r.nothing and (not ranked or ranked[0][0] < HINT):
        return Likened(nearest=_suggestions(around[: r.neighbours]))
    taken = best if not sure or lead >= r.margin else cued
    doubt = _doubt(scores, taken) if by_cues.get(taken, 0.0) < r.decides else ()
    spoken = next((n for n in around[: r.neighbours] if n.example.intent == best), None)
    if sure and (best == cued or lead < r.margin):
        alike = spoken.example if best == cued and spoken is not None and spoken.near >= r.alike else None
        return Likened(example=alike, doubt=doubt) if alike or doubt else None
    if best.startswith(REFUSED):
        refused = spoken is not None and spoken.near >= r.refuses and not (sure and lead < r.refuses_over)
        return Likened(refuses=best.removeprefix(REFUSED), example=spoken.example if spoken else None) if refused else None
    example = spoken.example if spoken is not None and spoken.near >= r.slots else None
    score = max(by_cues.get(best, 0.0), min(r.asks_below * scores[best], r.most))
    return Likened(intent=best, score=score, example=example, shapes=cued != best, doubt=doubt)


def _doubt(scores: Mapping[str, float], taken: str) -> tuple[str, ...]:
    """What a question may be about where little speaks for what it was taken for, and nearly as much for something else."""
    r = rule()
    others = [says for name, says in scores.items() if not _kin(name, taken)]
    if scores[taken] >= r.doubt or scores[taken] - max(others, default=0.0) >= r.doubt_lead:
        return ()
    return _choices([taken, *sorted(scores, key=lambda name: -scores[name])])


def _choices(intents: Sequence[str]) -> tuple[str, ...]:
    """The first few that have a topic, no two of one family."""
    found: list[str] = []
    for name in intents:
        if name in rule().topics and len(found) < SUGGESTED and not any(_kin(name, other) for other in found):
            found.append(name)
    return tuple(found) if len(found) > 1 else ()


def _kin(one: str, other: str) -> bool:
    return one == other or any(one in family and other in family for family in rule().kin)


def clearly_ours(tokens: Said, bank: ExampleBank) -> bool:
    """Whether a word of something not held refuses nothing: the examples speak clearly for a question of what anybody said or did."""
    r = rule()
    if not bank.by_meaning or len(tokens) < r.words:
        return False
    told = speaks_for(tokens, masked_text(tokens), bank)
    refused = max((says for name, says in told.items() if name.startswith(REFUSED)), default=0.0)
    best = max(told, key=lambda name: told[name], default="")
    return best in r.of_anything and told[best] >= max(r.ours, refused + r.refuses_over)


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


def _with_nearness(told: Mapping[str, float], around: Sequence[Neighbour]) -> dict[str, float]:
    """What the lesson says, and for how near the nearest example of each intent is beyond the usual."""
    best: dict[str, float] = {}
    for n in around:
        best.setdefault(n.example.intent, n.near)
    usual = rule().usual
    return {name: says + max(0.0, best.get(name, 0.0) - usual) for name, says in told.items()}


_GENERAL = frozenset({"M01", "M08", "M24"})
"""Metrics of which any question may speak."""


def _at_home(votes: Mapping[str, float], metrics: Collection[str]) -> dict[str, float]:
    """What speaks for each intent; for intents that have nothing to do with a metric the question names they count less."""
    named = set(metrics) - _GENERAL
    homes = {i.name for i in lexicon().intents if not named or i.metrics & named} | ({"definition"} if named else set())
    away = rule().away
    return {name: vote if name in homes or not named else away * vote for name, vote in votes.items()}


def _suggestions(near: Sequence[Neighbour]) -> tuple[str, ...]:
    found = [rule().topics.get(n.example.intent, "") for n in near if n.near >= rule().floor]
    return tuple(dict.fromkeys(topic for topic in found if topic))[:SUGGESTED]
