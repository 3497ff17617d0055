"""Words of a question that its answer makes nothing of: they are in no cue, name or measure, and no example of that kind holds them.

Words that examples of many kinds of questions hold ("please", "about") tell nothing and are no loss.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.examples import ExampleBank
from meterline.models.offline.understand.fallback import rule
from meterline.models.offline.understand.phrases import words_of
from meterline.models.offline.understand.words import stem, tokenize

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading

FIGURES = frozenset(
    {
        "lookup", "slice", "scorecard", "movers", "attainment", "activity", "commit", "usecases", "golive", "slips", "idle", "realised",
        "retention", "forecast", "health", "measures", "adoption", "whitespace", "last_touch", "asks", "cadence", "vouchers",
        "certificates", "exceptions", "watch", "savings", "overlays", "accuracy",
    }
)  # fmt: skip
"""Intents whose answers are figures and lists; what is said in notes may hold any word."""
_ANYWHERE = 8
"""A word in the examples of so many intents tells nothing by itself."""
_SHORTEST = 3


def unused_words(reading: Reading, bank: ExampleBank) -> list[str]:
    """The words, as written, that the answer to this reading does without."""
    if reading.intent not in FIGURES or reading.refusal is not None:
        return []
    family = {reading.intent, *(name for kin in rule().kin if reading.intent in kin for name in kin)}
    held, known = _held(bank), _known() | _cues(reading.intent)
    left = []
    for token in reading.tokens:
        if token.kind != "word" or not token.text.isalpha() or len(token.text) < _SHORTEST:
            continue
        root = stem(token.norm)
        among = held.get(root, frozenset())
        if root not in known and len(among) < _ANYWHERE and not family & among and token.text not in reading.unknown:
            left.append(token.text)
    return left


@lru_cache(maxsize=4)
def _held(bank: ExampleBank) -> Mapping[str, frozenset[str]]:
    """The intents in whose examples a word stands, by its stem."""
    found: dict[str, set[str]] = defaultdict(set)
    for example in bank.every:
        for token in tokenize(example.question):
            found[stem(token.norm)].add(example.intent)
    return {word: frozenset(intents) for word, intents in found.items()}


@cache
def _known() -> frozenset[str]:
    """Words of measures, dimensions, thresholds and concepts, and those that lead or follow any talk."""
    lex = lexicon()
    told = {word for words in lex.concepts.values() for word in words}
    phrases = [p for known in (vocabulary().metric_words, vocabulary().dimension_words) for ps in known.values() for p in ps]
    told |= {token.norm for phrase in phrases for token in tokenize(phrase)} | lex.selection_words | set(lex.numbers) | lex.compare_words
    told |= words_of([p for name in _TALK for p in lex.followups[name]]) | set(lex.plain_talk)
    return frozenset(stem(word) for word in told)


@cache
def _cues(intent: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words_of([pattern for _, pattern in lexicon().by_name[intent].cues]))


_TALK = (
    "openers", "pronouns", "everything", "ourselves", "self", "opposite", "both", "together", "versus", "silence", "ending", "late",
    "stalled", "sitting", "strip",
)  # fmt: skip
