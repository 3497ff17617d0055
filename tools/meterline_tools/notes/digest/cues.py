"""The cues of cues.yaml as compiled patterns, and the clauses they are looked for in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from meterline_tools.notes.digest.acts import Acts, acts, is_dictated, may_be_one
from meterline_tools.notes.text import Span, sentences, trim, word_count
from meterline_tools.notes.themes import read_yaml

_LONG = 22
"""A sentence of more words is taken for dictation, and cut where a new thought begins."""
_VERB = re.compile(r"\s*(?:will|is|are|has|have|was|were|must|should) ", re.IGNORECASE)
"""What begins so goes on with the subject in front of the comma."""
_DATE = re.compile(r"\b\d{1,2}\.\d{1,2}\.$")
_ITEM = re.compile(r"\(?[a-z\d][.)]\s")
"""A next item of a list within a sentence."""
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
    labels: re.Pattern[str]
    pronouns: Mapping[str, frozenset[str]]
    roles: re.Pattern[str]
    numbers: tuple[re.Pattern[str], ...]

    def kind_of(self, clause: str) -> str:
        """The kind of a clause, or an empty text."""
        return next((kind for kind, patterns in self.kinds.items() if any(p.search(clause) for p in patterns)), "")

    def is_small_talk(self, clause: str) -> bool:
        return any(p.search(clause) for p in self.small_talk)


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
        labels=re.compile(given["labels"], re.IGNORECASE),
        pronouns={side: frozenset(words) for side, words in given["pronouns"].items()},
        roles=re.compile(given["roles"].replace("{{", "{").replace("}}", "}")),
        numbers=compiled(given["numbers"]),
    )


def clauses(text: str) -> Iterator[Span]:
    """The note cut into clauses, in order: sentences, and of what has no full stops the pieces that hold one thought each.

    Bullets, labels and fillers at the beginning of a clause are left out; every clause is a span of the text.
    """
    found, acting = cues(), acts(dictated=is_dictated(text))
    for sentence in _sentences(text):
        for piece in _by_commas(text, sentence, found):
            for span in _by_breaks(text, piece, found, acting):
                start, end = _bare(text, span, found)
                if start < end:
                    yield start, end


def _sentences(text: str) -> list[Span]:
    """The sentences; a German date ("31.07.") ends none."""
    joined: list[Span] = []
    for start, end in sentences(text):
        dated = joined and _DATE.search(text, joined[-1][0], joined[-1][1]) and "\n" not in text[joined[-1][1] : start]
        joined[-1:] = [(joined[-1][0], end)] if dated else [*joined[-1:], (start, end)]
    return joined


def _bare(text: str, span: Span, found: Cues) -> Span:
    start, end = trim(text, span)
    label = found.labels.match(text, start, end)
    if label and not acts().labelled.match(text, start, end):
        start = label.end() if (text[start] in "-*•·[(" or text[start].isdigit()) and "x" not in label.group() else start
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
        says_more = word_count(behind) >= _LEAST + 1 and word_count(text[start : span[0] + comma.start()]) >= _LEAST and _own(behind, found)
        if (says_more and not _VERB.match(behind)) or _ITEM.match(text, cut):
            yield start, span[0] + comma.start()
            start = cut
        at = cut
    assert at <= span[1]
    yield start, span[1]


def _own(piece: str, found: Cues) -> bool:
    return may_be_one(piece) or (bool(found.kind_of(piece)) and not piece.strip().casefold().startswith(("please", "bitte")))


def _by_breaks(text: str, span: Span, found: Cues, acting: Acts) -> Iterator[Span]:
    begins = [span[0] + at for at in acting.starts(text[slice(*span)])]
    if word_count(text[span[0] : span[1]]) <= _LONG:
        cuts = begins[1:]  # a second one who acts
    else:
        cuts = sorted({*begins, *(m.start() for p in found.breaks for m in p.finditer(text, *span))})
    start = span[0]
    for cut in cuts:
        if word_count(text[start:cut]) > _LEAST and word_count(text[cut : span[1]]) > _LEAST:
            yield start, cut
            start = cut
    yield start, span[1]
