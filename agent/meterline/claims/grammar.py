"""The verbs of a sentence, found by grammar: past forms, participles, what stands behind a modal, and what a subject does.

The lists are those of events.yaml. Text is in small letters, with "it" where a name of the turn stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from meterline.claims.lexicon import lexicon, phrase_pattern
from meterline.claims.said import QUOTE, VALUE
from meterline_tools.catalog.words import function_words
from meterline_tools.yamls import parse_yaml

TOKEN = re.compile(rf"[^\W\d_]+(?:['’-][^\W\d_]+)*|{VALUE}|{QUOTE}|[,.;:?!()\n–—·|]")
STOPS = frozenset(".;:?!\n()–—·|")
_WORD = re.compile(r"[^\W\d_]{2,}")
_ADVERBS = r"(?:\s+(?:[a-z]+ly|now|also|already|still))?"
_NEAR = 4
"""Words between a negation and its verb."""
_SHORTEST = 5
"""Letters of a form in -ed or -ing."""
_TABLES = ("reporting", "moving", "irregular", "alike", "no_events", "together")


@dataclass(frozen=True)
class Grammar:
    """The lists of events.yaml; verbs stand in their plain form."""

    reporting: frozenset[str]
    moving: frozenset[str]
    irregular: dict[str, str]
    alike: dict[str, frozenset[str]]
    no_events: re.Pattern[str]
    together: re.Pattern[str]
    """Plain verbs with a word behind them that makes an event of them."""
    comers: re.Pattern[str]
    minds: re.Pattern[str]
    """Somebody of the customer's, and a verb of what goes on in a mind."""
    lists: dict[str, frozenset[str]]

    def reports(self, verb: str) -> bool:
        return bool(forms(verb) & self.reporting)

    def makes_an_event(self, verb: str, behind: str) -> bool:
        return self.together.match(f"{verb} {behind}") is not None

    def moves(self, verb: str) -> bool:
        return bool(forms(verb) & self.moving)

    def is_listed(self, verb: str) -> bool:
        """Whether other words for the same event are known."""
        return any(form in self.alike for form in forms(verb))


@dataclass(frozen=True)
class Verb:
    word: str
    plain: str
    """Its plain form where it is irregular, else the word itself."""
    past: bool
    denied: bool
    behind: str
    """The word behind it."""

    @property
    def stems(self) -> frozenset[str]:
        return stems(self.word) | stems(self.plain)


@cache
def grammar() -> Grammar:
    data: dict[str, Any] = parse_yaml((Path(__file__).parent / "events.yaml").read_text(encoding="utf-8"))
    alike: dict[str, set[str]] = {}
    for group in data["alike"]:
        for word in group:
            alike.setdefault(word, set()).update(group)
    offices = "|".join(sorted(lexicon().data["speakers"], key=len, reverse=True))
    return Grammar(
        reporting=frozenset(data["reporting"]),
        moving=frozenset(data["moving"]),
        irregular=data["irregular"],
        alike={word: frozenset(group) for word, group in alike.items()},
        together=phrase_pattern(data["together"]),
        no_events=phrase_pattern(data["no_events"]),
        comers=re.compile(rf"\b(?:{'|'.join(data['comers'])})\s+(?:{offices})\b"),
        minds=re.compile(rf"\b(?:they|the customer|the client|the buyer|{offices}){_ADVERBS}\s+(?:{'|'.join(data['minds'])})s?\b"),
        lists={name: frozenset(words) for name, words in data.items() if name not in _TABLES},
    )


def verbs(text: str) -> Iterator[Verb]:
    """The verbs that a text holds to be so, in order."""
    for tokens in clauses(grammar().no_events.sub(" ", text)):
        for at in asserted(tokens):
            if (found := _verb_at(tokens, at)) is not None:
                plain, past = found
                yield Verb(tokens[at], plain, past, is_denied(tokens, at), tokens[at + 1] if at + 1 < len(tokens) else "")


def clauses(text: str) -> Iterator[list[str]]:
    """Sentences as runs of tokens; the sign that ends one belongs to it."""
    run: list[str] = []
    for token in TOKEN.findall(text):
        run.append(token)
        if token in STOPS:
            yield run
            run = []
    if run:
        yield run


def asserted(tokens: list[str]) -> Iterator[int]:
    """Places of a sentence that it holds to be so: no open question, no condition."""
    lists = grammar().lists
    asked = tokens[-1] == "?" and tokens[0] in lists["auxiliaries"] | lists["questions"]
    supposed = False
    for at, token in enumerate(tokens):
        before = tokens[at - 1] if at else ""
        if token in lists["open_clauses"]:
            asked, supposed = asked or at > 0, at == 0
        elif token in lists["relatives"] and (before in lists["asking"] or (asked and before in ("or", "and", ","))):
            asked = True
        elif token in lists["held_true"]:
            asked = supposed = False
        elif token == ",":
            supposed = False
        if not (asked or supposed):
            yield at


def is_denied(tokens: list[str], at: int) -> bool:
    """Whether a negation stands close before a place."""
    near = tokens[max(0, at - _NEAR) : at]
    return lexicon().has("negations", " ".join(near)) or any(t.endswith(("n't", "n’t")) or t in ("no", "cannot") for t in near)


def _verb_at(tokens: list[str], at: int) -> tuple[str, bool] | None:
    """(the verb in a plain form, whether it is past) of a token that is a verb of its clause."""
    lists, word = grammar().lists, tokens[at]
    if not word[0].isalpha() or word in lists["auxiliaries"] or word in lists["no_verbs"]:
        return None
    before = next((t for t in reversed(tokens[:at]) if not _is_adverb(t)), "")
    if (past := _past_form(word, before)) is not None:
        return past, True
    return (word, False) if not _is_adverb(word) and _acts(word, before, tokens, at) else None


def _past_form(word: str, before: str) -> str | None:
    """The verb of a past form, a participle, or a form in -ing behind "after"."""
    data = grammar()
    if word in data.irregular:
        return data.irregular[word]
    participle = word.endswith("ed") and len(word) >= _SHORTEST and not word.startswith(("un", "non"))
    undone = word.startswith("un") and word[2:] in data.irregular
    having_done = word.endswith("ing") and len(word) > _SHORTEST and before in data.lists["done_before"]
    unchanged = word in data.lists["unchanging"] and before not in data.lists["auxiliaries"] | data.lists["no_subjects"] | {""}
    return word if participle or undone or having_done or unchanged else None


def _acts(word: str, before: str, tokens: list[str], at: int) -> bool:
    """Whether a word in the present is what its subject does, will do or is doing."""
    lists = grammar().lists
    as_one = word.endswith("s") and not word.endswith("ss") and word not in lists["things"]
    if (before in lists["pronouns"] or before in lists["ones"]) and as_one:
        return True
    if word in function_words():
        return False
    if before in lists["modals"]:
        return not {"i", "you"} & set(tokens[max(0, at - 3) : at])
    doing = word.endswith("ing") and len(word) > _SHORTEST and before in lists["beings"]
    intended = before == "to" and at > 1 and tokens[at - 2] in lists["intents"]
    of_many = before in ("they", "who") or (before in lists["many"] and grammar().is_listed(word))
    return doing or intended or of_many


def _is_adverb(token: str) -> bool:
    return (token.endswith("ly") and len(token) >= _SHORTEST) or token in grammar().lists["adverbs"]


@lru_cache(maxsize=4096)
def forms(word: str) -> frozenset[str]:
    """What the plain form of a verb may be: "stopped" is stop, "moved" is move, "tried" is try."""
    found = {word, grammar().irregular.get(word, word)}
    for ending in ("ed", "ing", "es", "s", "d"):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            found |= {stem, f"{stem}e"}
            if stem.endswith("i"):
                found.add(f"{stem[:-1]}y")
            if len(stem) > 2 and stem[-1] == stem[-2]:
                found.add(stem[:-1])
    return frozenset(found)


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """The plain forms of the words of a text, and the words for the same events."""
    alike = grammar().alike
    found = frozenset(form for word in _WORD.findall(text.lower()) for form in forms(word))
    return found.union(*(alike[form] for form in found if form in alike))


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """The first letters of the words that say something."""
    empty = lexicon().data["empty_words"]
    said = (w for w in _WORD.findall(text) if len(w) > 2 and w not in empty and w not in function_words())
    return frozenset(min(forms(w), key=len)[:_SHORTEST] for w in said)
