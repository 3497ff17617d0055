"""The cues of cues.yaml as compiled patterns, and the clauses they are looked for in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from meterline_tools.notes.text import Span, sentences, trim, word_count
from meterline_tools.notes.themes import read_yaml

_NAME = r"(?-i:[A-ZÅÄÖÜ][\w'’-]+(?: [A-ZÅÄÖÜ][\w'’-]+)?)"
_LONG = 22
"""A sentence of more words is taken for dictation, and cut where a new thought begins."""
_LEAST = 2
"""Words in front of a cut; fewer are part of what follows."""


@dataclass(frozen=True)
class Cues:
    kinds: Mapping[str, tuple[re.Pattern[str], ...]]
    small_talk: tuple[re.Pattern[str], ...]
    hedged: re.Pattern[str]
    negated: re.Pattern[str]
    breaks: tuple[re.Pattern[str], ...]
    fillers: re.Pattern[str]
    trailing: re.Pattern[str]
    action_heading: re.Pattern[str]
    named_action: re.Pattern[str]
    labels: re.Pattern[str]
    labelled_action: re.Pattern[str]
    actions: tuple[str, ...]
    people: str
    pronouns: Mapping[str, frozenset[str]]
    stative: frozenset[str]
    roles: re.Pattern[str]
    numbers: tuple[re.Pattern[str], ...]

    def kind_of(self, clause: str) -> str:
        """The kind of a clause, or an empty text."""
        return next((kind for kind, patterns in self.kinds.items() if any(p.search(clause) for p in patterns)), "")

    def is_small_talk(self, clause: str) -> bool:
        return any(p.search(clause) for p in self.small_talk)

    def action_patterns(self, names: Sequence[str]) -> list[re.Pattern[str]]:
        """Who is to do something, with the names of known people, however they are written, among those who may."""
        known = [re.escape(name) for name in sorted(names, key=len, reverse=True)]
        person = rf"\b(?:{'|'.join([*known, self.people])}|{_NAME})"
        return [re.compile(form.replace("{person}", person).replace("{{", "{").replace("}}", "}"), re.IGNORECASE) for form in self.actions]


@lru_cache(maxsize=1)
def cues() -> Cues:
    given: dict[str, Any] = read_yaml("digest/cues.yaml")

    def compiled(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(p.replace("{{", "{").replace("}}", "}"), re.IGNORECASE) for p in patterns)

    return Cues(
        kinds={kind: compiled(patterns) for kind, patterns in given["kinds"].items()},
        small_talk=compiled(given["small_talk"]),
        hedged=re.compile(given["hedged"], re.IGNORECASE),
        negated=re.compile(given["negated"], re.IGNORECASE),
        breaks=compiled(given["breaks"]),
        fillers=re.compile(given["fillers"], re.IGNORECASE),
        trailing=re.compile(given["trailing"], re.IGNORECASE),
        action_heading=re.compile(given["action_heading"], re.IGNORECASE),
        named_action=re.compile(given["named_action"]),
        labels=re.compile(given["labels"], re.IGNORECASE),
        labelled_action=re.compile(given["labelled_action"], re.IGNORECASE),
        actions=tuple(given["actions"]),
        people=given["people"],
        pronouns={side: frozenset(words) for side, words in given["pronouns"].items()},
        stative=frozenset(given["stative"]),
        roles=re.compile(given["roles"].replace("{{", "{").replace("}}", "}")),
        numbers=compiled(given["numbers"]),
    )


def clauses(text: str) -> Iterator[Span]:
    """The note cut into clauses, in order: sentences, and of what has no full stops the pieces that hold one thought each.

    Bullets, labels and fillers at the beginning of a clause are left out; every clause is a span of the text.
    """
    found = cues()
    for sentence in sentences(text):
        for piece in _by_commas(text, sentence, found):
            for span in _by_breaks(text, piece, found):
                start, end = _bare(text, span, found)
                if start < end:
                    yield start, end


def _bare(text: str, span: Span, found: Cues) -> Span:
    start, end = trim(text, span)
    label = found.labels.match(text, start, end)
    if label and not found.labelled_action.match(text, start, end):
        start = label.end() if text[start] in "-*•·" or text[start].isdigit() else start
    filler = found.fillers.match(text, start, end)
    if filler and word_count(text[filler.end() : end]) >= _LEAST:
        start = filler.end()
    trailing = found.trailing.search(text[start:end])
    return trim(text, (start, start + trailing.start() if trailing else end))


def _by_commas(text: str, span: Span, found: Cues) -> Iterator[Span]:
    """Cut behind commas where a piece says something of its own; the rest stays with the piece before."""
    start = at = span[0]
    for comma in re.finditer(r"[,;]\s+|\s[-–—]\s", text[span[0] : span[1]]):
        cut = span[0] + comma.end()
        behind = re.split(r"[,;]", text[cut : span[1]], maxsplit=1)[0]
        if word_count(behind) >= _LEAST + 1 and word_count(text[start : span[0] + comma.start()]) >= _LEAST and _own(behind, found):
            yield start, span[0] + comma.start()
            start = cut
        at = cut
    assert at <= span[1]
    yield start, span[1]


def _own(piece: str, found: Cues) -> bool:
    acts = any(p.search(piece) for p in _anybody())
    return acts or (bool(found.kind_of(piece)) and not piece.strip().casefold().startswith(("please", "bitte")))


@lru_cache(maxsize=1)
def _anybody() -> tuple[re.Pattern[str], ...]:
    return tuple(cues().action_patterns(()))


def _by_breaks(text: str, span: Span, found: Cues) -> Iterator[Span]:
    if word_count(text[span[0] : span[1]]) <= _LONG:
        yield span
        return
    cuts = sorted({m.start() for p in found.breaks for m in p.finditer(text, *span)})
    start = span[0]
    for cut in cuts:
        if word_count(text[start:cut]) > _LEAST and word_count(text[cut : span[1]]) > _LEAST:
            yield start, cut
            start = cut
    yield start, span[1]
