"""What sections are written in: lines and tables with marks, to be proved and laid out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from meterline.answer import ClaimKind, Sentence
from meterline.marks import find_marks

NAMES = ("label", "entity", "window")
"""Views of a figure's mark that print no value."""
Style = Literal["text", "list", "quotes"]


@dataclass(frozen=True)
class Line:
    """One sentence. `label` stands before it in bold; `internal` lines never reach the customer."""

    text: str
    kind: ClaimKind = "measured"
    citations: tuple[str, ...] = ()
    label: str = ""
    internal: bool = False

    @property
    def sentence(self) -> Sentence:
        return Sentence(text=self.text, kind=self.kind, citations=list(self.citations))


@dataclass(frozen=True)
class Lines:
    """Sentences that run on, stand as a list, or are quoted."""

    items: list[Line]
    style: Style = "text"


@dataclass(frozen=True)
class Grid:
    """A table. `sourced`: its footnotes stand in one line below it."""

    columns: list[str]
    rows: list[list[str]]
    numeric: frozenset[int] = frozenset()
    """Columns of numbers, set to the right."""
    internal: bool = False
    sourced: bool = True


@dataclass(frozen=True)
class Verbatim:
    """Text that is printed as it is, as code: the SQL of a receipt."""

    caption: str
    text: str
    internal: bool = True


Block = Lines | Grid | Verbatim


def text(*sentences: str) -> Lines:
    return Lines([Line(sentence) for sentence in sentences if sentence])


def shareable(blocks: Iterable[Block]) -> list[Block]:
    """The blocks without what is internal."""
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Lines):
            kept.append(Lines([line for line in block.items if not line.internal], block.style))
        elif not block.internal:
            kept.append(block)
    return kept


@dataclass
class Used:
    """Ids of figures and citations that blocks print; `values` are figures of which more than a name or dates is printed."""

    figures: set[str] = field(default_factory=set)
    values: set[str] = field(default_factory=set)
    citations: set[str] = field(default_factory=set)

    @classmethod
    def by(cls, blocks: Iterable[Block]) -> Used:
        used = cls()
        for block in blocks:
            if isinstance(block, Lines):
                for line in block.items:
                    used._add(line.text)
                    used.citations.update(line.citations)
            elif isinstance(block, Grid):
                for row in block.rows:
                    for cell in row:
                        used._add(cell)
        return used

    def _add(self, text: str) -> None:
        for mark in find_marks(text):
            (self.figures if mark.is_figure else self.citations).add(mark.id)
            if mark.is_figure and mark.view not in NAMES:
                self.values.add(mark.id)
