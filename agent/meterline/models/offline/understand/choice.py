"""Answers to a question of ours: "Corp", "the second", "2", "the software one", "both"."""

from __future__ import annotations

from rapidfuzz import fuzz

from meterline.models.offline.understand.context import Pending
from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.scoring import any_match
from meterline.models.offline.understand.words import Token, tokenize

_LIKE = 84.0
MEANT = "intent"
"""The type of options, and the pending mention, of the question what is asked for."""
_LONGEST = 12
"""An answer of more words than this is a new question."""


def chosen_options(answer: str, pending: Pending, lex: Lexicon) -> list[Named]:
    """The option or options picked; empty when the text does not answer the question."""
    tokens = tokenize(answer)
    if not tokens or len(tokens) > _LONGEST:
        return []
    short = len(tokens) <= 4
    if pending.mention == MEANT and not short:  # what is asked in other words is a new question
        return [o for o in pending.options if fuzz.ratio(answer.lower(), o.name.lower()) >= _LIKE][:1]
    by_words = _by_words(tokens, pending)
    if by_words is not None:
        return [by_words]
    if short and any_match(lex.followups["both"], tokens):
        return list(pending.options)
    place = next((p for t in tokens if (p := _place(t.norm, lex))), 0) if short else 0
    if place and place <= len(pending.options):
        return [pending.options[place - 1 if place > 0 else place]]
    return []


def _place(word: str, lex: Lexicon) -> int:
    return int(word) if word.isdigit() else lex.ordinals.get(word, 0)


def _by_words(tokens: list[Token], pending: Pending) -> Named | None:
    """The one option whose own words (those the others lack) the answer uses most."""
    words = [{t.norm for t in tokenize(f"{o.name} {o.hint} {o.id}")} for o in pending.options]
    shared = set.intersection(*words) if words else set()
    scores = [sum(any(fuzz.ratio(t.norm, w) >= _LIKE for w in own - shared if len(w) > 1) for t in tokens) for own in words]
    best = max(scores, default=0)
    return pending.options[scores.index(best)] if best and scores.count(best) == 1 else None
