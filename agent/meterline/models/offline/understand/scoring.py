"""Which intent a question has: cues by weight, catalogue words, what is named, and the nearest verified example."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from rapidfuzz.distance import OSA

from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.data import Intent, Lexicon, Refusal
from meterline.models.offline.understand.examples import ExampleBank
from meterline.models.offline.understand.phrases import SLICE_KINDS, Pattern
from meterline.models.offline.understand.words import Said, fold

FURTHER_CUE = 0.5
METRIC_CUE = 1.5
NAMED_ONLY = 0.5
"""What the mere name of a thing counts for the intent that is usual for it."""
SURE = 2.0
"""From this score on a question is understood by itself, without the conversation."""

HINT = 1.0
"""Below this score words alone mean nothing."""
RULING = 8.0
"""The points of a cue that outranks every topic."""
VERY_SURE = 6.5
"""From this score on a word that usually calls for a refusal does not."""


def features(tokens: Said, metrics: Collection[str], group_by: Collection[str], lex: Lexicon) -> set[str]:
    """What the question holds: kinds of names, periods, metrics, breakdowns, people in general, gainers or losers."""
    found = {t.kind for t in tokens if t.kind != "word"}
    norms = {t.norm for t in tokens if t.kind == "word"}
    if found & SLICE_KINDS:
        found.add("slice")
    if "manager" in found:
        found.add("rep")
    for name, present in (
        ("metric", bool(metrics)),
        ("dims", bool(group_by)),
        ("people", bool(norms & set(lex.concepts["people"]))),
        ("gainlose", bool(norms & (set(lex.concepts["gain"]) | set(lex.concepts["lose"])))),
    ):
        if present:
            found.add(name)
    return found


def score_intents(
    tokens: Said, metrics: Collection[str], feature: Collection[str], lex: Lexicon, bank: ExampleBank
) -> list[tuple[float, Intent]]:
    """Intents with positive scores, best first; equal scores keep the order of the file."""
    similar = bank.likeness(tokens)
    scored = [(_score(i, tokens, metrics, feature, similar.get(i.name, 0.0)), n, i) for n, i in enumerate(lex.intents)]
    return [(s, i) for s, _, i in sorted(scored, key=lambda t: (-t[0], t[1])) if s > 0]


def _score(intent: Intent, tokens: Said, metrics: Collection[str], feature: Collection[str], similar: float) -> float:
    """Cues and example; without either, what is named alone may speak for an intent."""
    hits = [points for points, pattern in intent.cues if pattern.find(tokens) is not None]
    if intent.metrics & set(metrics):
        hits.append(METRIC_CUE)
    if not hits and not similar and intent.bare in feature:
        hits.append(SURE if all(t.kind != "word" for t in tokens) else NAMED_ONLY)
    if not hits:
        return similar
    hits.sort(reverse=True)
    score = similar + hits[0] + FURTHER_CUE * min(3, len(hits) - 1)
    score += sum(points for name, points in intent.bonus.items() if name in feature)
    return score + sum(points for name, points in intent.penalty.items() if name not in feature)


def refusal_for(tokens: Said, lex: Lexicon) -> Refusal | None:
    """The first refusal whose cue stands in the question (safety first, by the file's order)."""
    held = vocabulary().metrics.keys()
    written = Said(t if t.kind != "word" else replace(t, norm=fold(t.text)) for t in tokens)
    # What lies outside is told by words as they are written: a slip mended into such a word proves nothing. What is unsafe
    # is told by one slip as well, but "passports" asks for no passwords.
    slips = Said(w if OSA.distance(w.norm, t.norm) > 1 else t for w, t in zip(written, tokens, strict=True))
    heard = {"REFUSE_SCOPE": written, "REFUSE_SAFETY": slips}
    meant = (r for r in lex.refusals if not r.metrics & held and any_match(r.cues, heard.get(r.type, tokens)))
    return next((r for r in meant if not any_match(r.unless, tokens)), None)


def any_match(patterns: Sequence[Pattern], tokens: Said) -> bool:
    return any(p.find(tokens) is not None for p in patterns)
