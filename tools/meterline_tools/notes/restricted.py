"""Passages said in confidence inside an open note: blanked out before anything reads them.

The characters are replaced by spaces, so that all other offsets still point into the original.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from meterline_tools.notes.flags import Sign
from meterline_tools.notes.text import Span, sentences, word_count

RESTRICTED = "restricted"
_PARAGRAPH = re.compile(r"\n[ \t\r]*\n")
_ALONE = 6
"""So few words beside the request mean that the confidence is still to come."""


_LONG = 60
"""Of a piece with more words, what was said well before the request stays open."""


@dataclass(frozen=True)
class Patterns:
    begin: re.Pattern[str]
    end: re.Pattern[str]
    asides: tuple[Sign, ...]


@lru_cache(maxsize=1)
def _patterns() -> Patterns:
    from meterline_tools.yamls import parse_yaml

    listed = parse_yaml(resources.files(__package__).joinpath("restricted.yaml").read_text("utf-8"))
    marks = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in listed["marks"].items()}
    asides = (Sign(re.compile(each["pattern"], re.IGNORECASE), tuple(each["anchors"])) for each in listed["asides"])
    return Patterns(marks["begin"], marks["end"], tuple(asides))


def open_body(body: str) -> str:
    """The body with its restricted paragraphs and marked passages blanked out."""
    return _open(body, _paragraphs(body))


def open_turns(texts: Sequence[str], restricted: Sequence[bool]) -> list[str]:
    """The turns with what is restricted blanked out: those marked so, and those said in confidence."""
    joined = "\n".join(texts)
    spans: list[Span] = []
    for text in texts:
        start = spans[-1][1] + 1 if spans else 0
        spans.append((start, start + len(text)))
    opened = _open(joined, spans)
    return [" " * len(text) if closed else opened[a:b] for text, closed, (a, b) in zip(texts, restricted, spans, strict=True)]


def _open(text: str, pieces: Sequence[Span]) -> str:
    folded = text.casefold()
    asides = [sign.pattern for sign in _patterns().asides if sign.may_stand_in(folded)]
    for start, end in [*_marked(text), *(_asides(text, pieces, asides) if asides else ())]:
        text = text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]
    return text


def _marked(text: str) -> Iterable[Span]:
    at = 0
    while begin := _patterns().begin.search(text, at):
        end = _patterns().end.search(text, begin.end())
        at = end.end() if end else len(text)
        yield begin.start(), at


def _asides(text: str, pieces: Sequence[Span], asides: Sequence[re.Pattern[str]]) -> Iterable[Span]:
    for n, (start, end) in enumerate(pieces):
        found = [said for pattern in asides if (said := pattern.search(text, start, end))]
        if not found:
            continue
        said = min(found, key=lambda match: match.start())
        yield _from_the_sentence_before(text, (start, end), said.start()), end
        beside = word_count(text[start : said.start()]) + word_count(text[said.end() : end])
        if beside <= _ALONE and n + 1 < len(pieces):
            yield pieces[n + 1]


def _from_the_sentence_before(text: str, piece: Span, said: int) -> int:
    """Where the confidence may begin: with a short piece, in a long one at the sentence before the request."""
    if word_count(text[piece[0] : piece[1]]) <= _LONG:
        return piece[0]
    begun = [start for start, _ in sentences(text, *piece) if start <= said]
    return begun[-2] if len(begun) > 1 else piece[0]


def _paragraphs(text: str) -> list[Span]:
    edges = [0, *(edge for gap in _PARAGRAPH.finditer(text) for edge in gap.span()), len(text)]
    return list(zip(edges[::2], edges[1::2], strict=True))
