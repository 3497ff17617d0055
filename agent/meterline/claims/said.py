"""A sentence as the checks read it: the model's own words, the figures of its marks, and the words between them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from meterline.answer import Sentence
from meterline.claims.lexicon import WORD, lexicon
from meterline.evidence import Evidence
from meterline.marks import MARK, Mark, figure_text, find_marks
from meterline_tools.receipts import Citation, Figure

VALUE, QUOTE = "\ue000", "\ue001"
"""Stand-ins for a mark that prints a value and for one that prints a quotation; a draft cannot hold them itself."""
TEXT_VIEWS = ("entity", "label", "window")


@dataclass(frozen=True)
class Said:
    """One sentence, or a cell with its column, against the evidence of its turn. Its marks exist."""

    sentence: Sentence
    evidence: Evidence

    @cached_property
    def marks(self) -> list[Mark]:
        return list(find_marks(self.sentence.text))

    @cached_property
    def valued(self) -> list[tuple[Mark, Figure]]:
        """The marks that print a value, in order, with their figures."""
        return [(m, self.evidence.book.figures[m.id]) for m in self.marks if m.is_figure and not self._is_text(m)]

    @property
    def figures(self) -> list[Figure]:
        return [figure for _, figure in self.valued]

    @cached_property
    def shown(self) -> list[Figure]:
        """The figures of all marks, those that print a name, a label or dates too."""
        return [self.evidence.book.figures[m.id] for m in self.marks if m.is_figure]

    @cached_property
    def cited(self) -> list[Citation]:
        """The citations of the sentence, marked or listed."""
        ids = dict.fromkeys([*self.sentence.citations, *(m.id for m in self.marks if not m.is_figure)])
        return [self.evidence.book.citations[i] for i in ids]

    @cached_property
    def written(self) -> str:
        """What the model wrote itself: stand-ins for marks, no quotations that may stand, compatibility forms folded."""
        return self._fold(named=False)

    @cached_property
    def words(self) -> str:
        return self.written.lower()

    @cached_property
    def tokens(self) -> frozenset[str]:
        return frozenset(WORD.findall(self.words))

    @cached_property
    def lists(self) -> frozenset[str]:
        """The lists of words of which the sentence may hold one; a sentence is not searched for the others."""
        lists_of = lexicon().lists_of
        return frozenset().union(*(lists_of[token] for token in self.tokens if token in lists_of))

    def has(self, name: str) -> bool:
        """Whether a word of that list stands in the sentence."""
        return name in self.lists and lexicon().has(name, self.words)

    @cached_property
    def read(self) -> str:
        """As a reader sees it, in lower case: names and labels that marks print are filled in."""
        return self._fold(named=True).lower() if len(self.valued) < len(self.shown) else self.words

    @cached_property
    def pieces(self) -> list[str]:
        """The words before, between and behind the marks that print values: one more than there are such marks."""
        return self.read.split(VALUE)

    @cached_property
    def stripped(self) -> str:
        """Own words without names, dates and phrases that evidence holds."""
        return self.evidence.strip_known(self.written)

    @cached_property
    def bare(self) -> str:
        return self.stripped.lower()

    def _is_text(self, mark: Mark) -> bool:
        return mark.view in TEXT_VIEWS or self.evidence.book.figures[mark.id].unit == "text"

    def _fold(self, *, named: bool) -> str:
        def stand_in(mark: Mark) -> str:
            if not mark.is_figure:
                return QUOTE
            if not self._is_text(mark):
                return VALUE
            return f" {figure_text(self.evidence.book.figures[mark.id], mark.view)} " if named else " "

        text = self.sentence.text
        pieces = [0, *(at for m in self.marks for at in (m.start, m.end)), len(text)]
        own = [text[a:b] for a, b in pairwise(pieces)][::2]
        filled = own[0] + "".join(stand_in(m) + rest for m, rest in zip(self.marks, own[1:], strict=True))
        return unicodedata.normalize("NFKC", self.evidence.without_quotations(filled))


def own_text(text: str) -> str:
    """The text of a sentence without its marks."""
    return MARK.sub(" ", text)


_CHANGES = ("M08", "M09", "M10", "M13b")
"""Metrics whose sign tells a direction."""


def is_change(figure: Figure) -> bool:
    """Whether a figure is a number whose sign tells a direction."""
    if not isinstance(figure.value, int | float):
        return False
    label = figure.label.lower().split(":")[0]
    return (figure.metric or "").split(".")[0] in _CHANGES or "change" in label or "growth" in label
