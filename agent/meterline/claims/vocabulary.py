"""What a sentence of a language model names: nothing but what this turn's evidence holds, and words that frame it.

Closed-class words, words of measures and periods, verbs of reporting, use and movement, and the lexicon of frames.yaml are free. Any
other word must stand, in some form, in a label, a row, a name, a quotation, a reply's own text or the question. So what nobody thought
of when these rules were written is withheld, and not let through.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from meterline.claims.grammar import asserted, clauses, forms, grammar, stems
from meterline.claims.lexicon import WORD, lexicon
from meterline.claims.said import Said
from meterline_tools.catalog.words import function_words
from meterline_tools.yamls import parse_yaml

_FRAMES = ("nouns", "adjectives", "verbs", "adverbs")
_LISTS = (
    "up",
    "down",
    "flat",
    "hedges",
    "speech",
    "months",
    "weekdays",
    "records",
    "bounds",
    "greater",
    "less",
    "most",
    "least",
    "all_of",
    "none_of",
    "cardinals",
)
_GRADES = ("er", "est", "r", "st", "ly")
_SHORTEST = 3
_PARTS = frozenset(
    {"isn", "aren", "wasn", "weren", "doesn", "don", "didn", "hasn", "haven", "hadn", "won", "wouldn", "couldn", "shouldn", "non"}
)
"""What an apostrophe or a hyphen leaves of a closed-class word."""
_ENDING = re.compile(r"(?:izations?|isations?|ations?|ments?|ions?|als?|ness|ity|ances?|ences?|ers?|ors?|ly|ive|able|ful|ing|ed|es|s|y|e)$")
_TAIL = re.compile(
    r"(?:e|s|es|ed|d|ing|er|ers|or|ors|al|als|ment|ments|ion|ions|ation|ations|ly|y|ive|ance|ances|ence|ities|ity|able|ies|ied|r|rs|['’]s)?"
)
"""What may follow the root of a word in another form of it."""
_DEFINITE = frozenset({"the", "their", "its", "his", "her", "our", "your", "my", "this", "that", "these", "those", "s"})
_REACH = 3
"""Words between an article and the noun it makes definite."""


@cache
def frames() -> dict[str, frozenset[str]]:
    """The lists of frames.yaml."""
    data: dict[str, Any] = parse_yaml((Path(__file__).parent / "frames.yaml").read_text(encoding="utf-8"))
    return {name: frozenset(str(word) for word in words) for name, words in data.items()}


def words_are_held(said: Said) -> str | None:
    """The first word that neither frames what is said nor stands in this turn's evidence; a question may ask with new words."""
    if said.evidence.is_own(said.sentence.text):
        return None
    for tokens in clauses(said.written):
        asked: set[int] | None = None
        for at, token in enumerate(tokens):
            unknown = next((w for w in WORD.findall(token) if not _is_free(w.lower()) and not _is_held(w, said)), None)
            if unknown is None:
                continue
            if asked is None:
                asked = _asked(tokens)
            if at not in asked or _is_definite(tokens, at):
                return f"'{unknown}' stands in nothing that this turn's evidence holds; leave it out, or cite what says so"
    return None


def _is_held(word: str, said: Said) -> bool:
    lowered = word.lower()
    if not word.islower() and said.evidence.tells(lowered):
        return True  # a name; names are held against evidence by their own check
    if holds(said.evidence.held, lowered):
        return True
    return bool(said.cited) and any(holds(said.evidence.held, other) for other in stems(lowered))


def holds(text: str, word: str) -> bool:
    """Whether a lower-case text holds a word in some form."""
    return any(_begins(root, text) for root in _roots(word))


def _begins(root: str, text: str) -> bool:
    """Whether some word of a text is a form of what has that root."""
    at = text.find(root)
    while at >= 0:
        end = tail = at + len(root)
        if not text[at - 1 : at].isalpha() or not at:
            while tail < len(text) and text[tail].isalpha():
                tail += 1
            doubled = end + (text[end : end + 1] == root[-1])  # "planning" is a form of plan, "plant" is none
            if tail == end or (len(root) >= _SHORTEST and any(_TAIL.fullmatch(text, start, tail) for start in (end, doubled))):
                return True
        at = text.find(root, end)
    return False


@lru_cache(maxsize=4096)
def _roots(word: str) -> frozenset[str]:
    """The parts of a word that its other forms share: "migrating" and "migration" are both migrat, "frozen" is freez too."""
    plain = {word, min(forms(word), key=lambda form: (len(form), form)), grammar().irregular.get(word, word), *_pasts().get(word, ())}
    return frozenset(root if len(root := _ENDING.sub("", form)) > _SHORTEST else form for form in plain)


@cache
def _pasts() -> dict[str, list[str]]:
    """Verb -> its irregular past forms."""
    found: dict[str, list[str]] = {}
    for past, verb in grammar().irregular.items():
        found.setdefault(verb, []).append(past)
    return found


@lru_cache(maxsize=8192)
def _is_free(word: str) -> bool:
    """Whether a word names nothing of a customer's."""
    data = grammar()
    if len(word) < _SHORTEST or word in function_words() or word in _PARTS or data.reports(word) or data.moves(word):
        return True
    if word in _lexicon_words() or word in data.lists["auxiliaries"] | data.lists["adverbs"] | data.lists["plain_states"]:
        return True
    graded = {word.removesuffix(end) for end in _GRADES} | {f"{word.removesuffix(end)}y" for end in ("ily", "ier", "iest")}
    graded |= {stem[:-1] for stem in graded if stem[-1:] == stem[-2:-1]}
    return not (forms(word).isdisjoint(_framing()) and graded.isdisjoint(frames()["adjectives"]))


@cache
def _framing() -> frozenset[str]:
    return frozenset(part for name in _FRAMES for word in frames()[name] for part in word.split("-"))


@cache
def _lexicon_words() -> frozenset[str]:
    """Words of measures, units, periods, directions and order, and what the catalogue calls its metrics and dimensions."""
    from meterline_tools.catalog import load_catalog

    data, catalog = lexicon().data, load_catalog()
    texts = [phrase for name in _LISTS for phrase in data[name]]
    texts += [phrase for phrases in (*data["measures"].values(), *data["units"].values()) for phrase in phrases]
    texts += [name[:3] for name in (*data["months"], *data["weekdays"])]
    texts += [*data["periods"], *data["ratios"], *data["shares"], *data["ordinals"], *data["currencies"]]
    texts += [label for metric in catalog.metrics.values() for label in (metric.label, *(output.label for output in metric.outputs))]
    texts += [text for dimension in catalog.dimensions.values() for text in (dimension.label, *dimension.words)]
    return frozenset(word for text in texts for word in WORD.findall(text.lower()))


def _asked(tokens: list[str]) -> set[int]:
    """Places of a clause that are asked or supposed: behind "whether" and "if", and in a question that begins with a verb."""
    lowered = [token.lower() for token in tokens]
    said_to_be = set(asserted(lowered))
    opens = 0 if lowered[-1] == "?" and lowered[0] in grammar().lists["auxiliaries"] else len(tokens)
    first = min([opens, *(at for at, token in enumerate(lowered) if token in ("whether", "if"))])
    return {at for at in range(first, len(tokens)) if at not in said_to_be}


def _is_definite(tokens: list[str], at: int) -> bool:
    """Whether an article or a possessive before a word takes what it names for given."""
    near = [token.lower() for token in tokens[max(0, at - _REACH) : at]]
    return any(token in _DEFINITE or token.endswith(("'s", "’s")) for token in near)
