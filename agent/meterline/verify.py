"""Claims against receipts: what cannot be proved is withheld.

Each sentence, table cell, heading, list line and option of a draft is checked by itself, by the checks of `claims`.
A failing one is taken out, with the reason; what remains stands on figures and citations of this turn alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date

from meterline.answer import Clarification, Draft, Option, Section, Sentence, Table, Withheld
from meterline.claims import (
    bounds,
    causes,
    directions,
    events,
    excerpts,
    governed,
    numbers,
    order,
    orders,
    periods,
    quotations,
    ranks,
    subjects,
    units,
    vocabulary,
)
from meterline.claims.said import Said
from meterline.evidence import Evidence
from meterline.marks import MARK, VIEWS, find_marks
from meterline.told import Told
from meterline_tools.receipts import ReceiptBook

Check = Callable[[Said], str | None]
CHECKS: tuple[Check, ...] = (
    numbers.no_hidden_characters,
    orders.no_links,
    orders.nothing_dictated,
    orders.no_deeds,
    quotations.quotations_are_verbatim,
    numbers.no_loose_digits,
    numbers.no_roman_numbers,
    numbers.no_other_script,
    numbers.no_loose_number_words,
    units.units_agree,
    subjects.entities_agree,
    subjects.measures_agree,
    subjects.nothing_is_denied,
    governed.names_are_governed,
    periods.periods_agree,
    directions.directions_agree,
    numbers.ratios_agree,
    directions.moves_are_measured,
    order.superlatives_agree,
    order.comparisons_agree,
    order.universals_agree,
    ranks.superlatives_are_shown,
    ranks.comparisons_are_shown,
    bounds.values_are_exact,
    bounds.verbs_fit_figures,
    bounds.named_comparisons_agree,
    quotations.stated_is_cited,
    quotations.inferences_say_so,
    quotations.speakers_agree,
    quotations.accounts_of_quotations_agree,
    excerpts.excerpts_keep_their_sense,
    excerpts.fragments_stand_apart,
    excerpts.quotations_are_dated,
    excerpts.people_are_those_cited,
    causes.causes_are_proved,
    events.events_are_told,
    events.states_are_told,
    events.minds_are_cited,
    subjects.names_are_known,
    vocabulary.words_are_held,
)
"""From the plainest reason to the finest: the first one is told."""
_OF_A_COLUMN: tuple[Check, ...] = (
    units.units_agree,
    subjects.entities_agree,
    subjects.measures_agree,
    governed.names_are_governed,
    periods.periods_agree,
    events.events_are_told,
)
"""What a column's title or a section's heading claims of the figures below it."""
_OF_A_ROW: tuple[Check, ...] = (numbers.no_hidden_characters, orders.no_links, orders.nothing_dictated, *_OF_A_COLUMN)
"""A row of names and marks says nothing but whose figures they are."""
_OF_A_FINDING: tuple[Check, ...] = (quotations.stated_is_cited,)
"""A sentence that a tool wrote, repeated to the letter, was proved when it was made."""


@dataclass
class Verified:
    """A draft that holds only what was proved, and what was taken out with reasons."""

    draft: Draft
    withheld: list[Withheld] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether the headline survived: without one there is no answer."""
        return bool(self.draft.headline.text)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is left to be told."""
        return not self.stands and not self.draft.sections and self.draft.clarification is None


def check_sentence(sentence: Sentence, evidence: Evidence) -> str | None:
    """The reason why this sentence cannot be proved, or None."""
    found = sentence.text in evidence.findings
    return _check(sentence, evidence, _OF_A_FINDING if found else CHECKS)


def check(
    draft: Draft,
    book: ReceiptBook,
    *,
    names: Collection[str] = (),
    told: Told | None = None,
    dates: Collection[date] = (),
    asked: str = "",
    own_words: bool = False,
) -> Verified:
    """The draft without what cannot be proved.

    Args:
        draft: What a model wrote.
        book: The receipts, figures and citations of this turn.
        names: Names in the asker's sight that may hold digits (accounts, SKUs, metric ids …).
        told: What tools said this turn: period labels ("last 30 days", "FQ2 FY27"), findings, names.
        dates: Days the answer may name besides those of figures and citations (d1, time of knowledge).
        asked: The question, whose words may be repeated in quotation marks.
        own_words: Whether Meterline's own writers wrote the draft, who read events off replies.
    """
    told = told or Told()
    return _Checker(Evidence(book, names, told.phrases, dates, asked, told, own_words=own_words)).checked(draft)


class _Checker:
    """One draft against one turn's evidence; keeps what was taken out."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.withheld: list[Withheld] = []

    def checked(self, draft: Draft) -> Verified:
        headline = draft.headline if self._stands(draft.headline, quotes_orders=False) else Sentence(text="")
        update = {
            "headline": headline,
            "sections": [kept for s in draft.sections if (kept := self._section(s))],
            "assumptions": self._lines(draft.assumptions),
            "not_available": self._lines(draft.not_available),
            "next_steps": self._lines(draft.next_steps, quotes_orders=False),
            "clarification": self._clarification(draft.clarification),
            "charts": [chart for chart in draft.charts if self._stands(Sentence(text=chart.title), quotes_orders=False)],
        }
        return Verified(draft.model_copy(update=update), self.withheld)

    def _stands(self, sentence: Sentence, *, quotes_orders: bool = True) -> bool:
        reason = check_sentence(sentence, self.evidence)
        if reason is None and not quotes_orders:
            reason = flagged(sentence, self.evidence.book)
        return self._keeps(sentence.text, reason)

    def _keeps(self, text: str, reason: str | None) -> bool:
        if reason is not None:
            self.withheld.append(Withheld(text=text, reason=reason))
        return reason is None

    def _lines(self, texts: list[str], *, quotes_orders: bool = True) -> list[str]:
        return [t for t in texts if self._stands(Sentence(text=t), quotes_orders=quotes_orders)]

    def _section(self, section: Section) -> Section | None:
        sentences = [s for s in section.sentences if self._stands(s)]
        table = self._table(section.table) if section.table else None
        kept = Section(heading="", sentences=sentences, table=table)
        if section.heading and self._keeps(section.heading, self._title(section.heading, _marks_of(kept))):
            kept.heading = section.heading
        return kept if sentences or table else None

    def _table(self, table: Table) -> Table | None:
        """Rows whose cells stand, under columns whose titles stand and say what is below them."""
        rows = [row for row in table.rows if self._row(row)]
        kept = [i for i, title in enumerate(table.columns) if self._column(title, [row[i] for row in rows if i < len(row)])]
        if not rows or not kept:
            return None
        return Table(columns=[table.columns[i] for i in kept], rows=[[row[i] for i in kept if i < len(row)] for row in rows])

    def _row(self, row: list[str]) -> bool:
        sentence = Sentence(text=" · ".join(row))
        plain = all(not cell or cell == "–" or MARK.fullmatch(cell) or self.evidence.knows(cell) for cell in row)
        return self._keeps(sentence.text, _check(sentence, self.evidence, _OF_A_ROW)) if plain else self._stands(sentence)

    def _column(self, title: str, cells: list[str]) -> bool:
        return not title or self._keeps(title, self._title(title, [m for cell in cells for m in _valued(cell)]))

    def _title(self, title: str, marks: list[str]) -> str | None:
        """Why a title cannot stand: by itself, or above each of the marks below it."""
        alone = CHECKS if not marks or "[[" in title else tuple(test for test in CHECKS if test is not events.events_are_told)
        if reason := _check(Sentence(text=title), self.evidence, alone):
            return reason
        if "[[" in title:
            return None
        first: str | None = None
        for mark in dict.fromkeys(marks):
            reason = _check(Sentence(text=f"{title}: {mark}"), self.evidence, _OF_A_COLUMN)
            if reason is None:
                return None
            first = first or reason
        return first

    def _clarification(self, clarification: Clarification | None) -> Clarification | None:
        if clarification is None or not self._stands(Sentence(text=clarification.question), quotes_orders=False):
            return None
        options = [o for o in clarification.options if self._option(o)]
        return clarification.model_copy(update={"options": options}) if options or not clarification.options else None

    def _option(self, option: Option) -> bool:
        return self._stands(Sentence(text=option.label)) and self._stands(Sentence(text=option.hint)) and not orders.link_in(option.value)


def _check(sentence: Sentence, evidence: Evidence, checks: tuple[Check, ...]) -> str | None:
    if (reason := _missing_mark(sentence, evidence)) is not None:
        return reason
    said = Said(sentence, evidence)
    return next((reason for test in checks if (reason := test(said))), None)


def _missing_mark(sentence: Sentence, evidence: Evidence) -> str | None:
    for mark in find_marks(sentence.text):
        store: Collection[str] = evidence.book.figures if mark.is_figure else evidence.book.citations
        if mark.id not in store:
            return f"{mark.id} is not a figure or citation of this turn"
        if mark.view not in VIEWS:
            return f"[[{mark.id}.{mark.view}]] is not a form a mark can take"
    missing = [c for c in sentence.citations if c not in evidence.book.citations]
    return f"citation {missing[0]} does not exist" if missing else None


def flagged(sentence: Sentence, book: ReceiptBook) -> str | None:
    """Instruction-like text from a note may be quoted, but carries no headline, no question and no next step."""
    cited = [*sentence.citations, *(m.id for m in find_marks(sentence.text) if not m.is_figure)]
    found = next((c for c in cited if book.citations[c].flagged), None)
    return f"{found} holds instruction-like text, which is quoted in the body alone" if found else None


def _valued(text: str) -> list[str]:
    return [text[m.start : m.end] for m in find_marks(text) if m.is_figure and m.view in ("", "abs", "change")]


def _marks_of(section: Section) -> list[str]:
    """The value marks of a section's sentences and table."""
    texts = [s.text for s in section.sentences]
    texts += [cell for row in section.table.rows for cell in row] if section.table else []
    return [mark for text in texts for mark in _valued(text)]
