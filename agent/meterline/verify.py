"""Claims against receipts: what cannot be proved is withheld.

Each sentence, table row and list line of a draft is checked by itself. A failing one is taken out, with the
reason; what remains stands on figures and citations of this turn alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from meterline.answer import Draft, Section, Sentence, Table, Withheld
from meterline.evidence import MONTHS, Evidence
from meterline.marks import VIEWS, find_marks, without_marks
from meterline_tools.receipts import Figure, ReceiptBook, Window
from meterline_tools.yamls import parse_yaml

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NUMBER_TOKEN = re.compile(r"\S*\d\S*")
_SIGNED_METRICS = ("M08", "M09", "M10", "M13b")


@cache
def vocabulary() -> dict[str, Any]:
    words: dict[str, Any] = parse_yaml((Path(__file__).parent / "claims.yaml").read_text(encoding="utf-8"))
    return words


@dataclass
class Verified:
    """A draft that holds only what was proved, and what was taken out with reasons."""

    draft: Draft
    withheld: list[Withheld] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether the headline survived: without one there is no answer."""
        return bool(self.draft.headline.text)


Check = Callable[[Sentence, list[Figure], Evidence], str | None]


def _marks_exist(sentence: Sentence, _: list[Figure], evidence: Evidence) -> str | None:
    for mark in find_marks(sentence.text):
        store: Collection[str] = evidence.book.figures if mark.is_figure else evidence.book.citations
        if mark.id not in store:
            return f"{mark.id} is not a figure or citation of this turn"
        if mark.view not in VIEWS:
            return f"[[{mark.id}.{mark.view}]] is not a form a mark can take"
    missing = [c for c in sentence.citations if c not in evidence.book.citations]
    return f"citation {missing[0]} does not exist" if missing else None


def _no_loose_digits(sentence: Sentence, _: list[Figure], evidence: Evidence) -> str | None:
    written = unicodedata.normalize("NFKC", evidence.without_quotations(without_marks(sentence.text)))  # so that ½ and ５ are digits too
    text = evidence.strip_known(written)
    found = _NUMBER_TOKEN.search(text)
    return f"the number '{found.group().strip('.,;:()')}' is in no figure, quotation, name or date in evidence" if found else None


def _no_loose_number_words(sentence: Sentence, figures: list[Figure], evidence: Evidence) -> str | None:
    words = vocabulary()
    text = evidence.strip_known(evidence.without_quotations(without_marks(sentence.text))).lower()
    for phrase in words["vague_quantities"]:
        if re.search(rf"\b{phrase}\b", text):
            return f"'{phrase}' states a quantity without a figure mark"
    tokens = set(_WORD.findall(text))
    counts = {r.row_count for r in evidence.book.receipts.values()} | {f.value for f in evidence.book.figures.values()}
    for word, number in words["cardinals"].items():
        if word in tokens and number not in counts:
            return f"'{word}' is no count in evidence"
    for word, (low, high) in words["ratios"].items():
        if word in tokens and not any(low <= r <= high for r in _ratios(figures)):
            return f"'{word}' does not agree with a change in this sentence's figures"
    return None


def _directions_agree(sentence: Sentence, figures: list[Figure], _: Evidence) -> str | None:
    words = vocabulary()
    tokens = set(_WORD.findall(without_marks(sentence.text).lower()))
    up, down = tokens & set(words["up"]), tokens & set(words["down"])
    signed = [f for f in figures if _is_change(f) and isinstance(f.value, int | float)]
    if not signed or (up and down):
        return None
    if up and all(float(f.value or 0) < 0 for f in signed):
        return f"'{min(up)}' but {signed[0].label} is {signed[0].display}"
    if down and all(float(f.value or 0) > 0 for f in signed):
        return f"'{min(down)}' but {signed[0].label} is {signed[0].display}"
    return None


def _entities_agree(sentence: Sentence, figures: list[Figure], evidence: Evidence) -> str | None:
    text = without_marks(sentence.text).lower()
    named = {n for n in evidence.entities if re.search(rf"(?<!\w){re.escape(n.lower())}(?!\w)", text)}
    named = {n for n in named if not any(n != m and n.lower() in m.lower() for m in named)}
    for figure in figures:
        entity = figure.entity
        if entity is None or entity.name in named:
            continue
        rivals = [n for n in named if evidence.entities[n] == entity.type]
        covered = any(f.entity and f.entity.name in rivals for f in figures)
        if rivals and not covered:
            return f"the sentence names {rivals[0]}, but {figure.id} is about {entity.name}"
    return None


def _windows_agree(sentence: Sentence, figures: list[Figure], _: Evidence) -> str | None:
    tokens = set(_WORD.findall(without_marks(sentence.text).lower()))
    named = [i for i, m in enumerate(MONTHS, 1) if m in tokens and m in vocabulary()["months"]]
    windows = [f.window for f in figures if f.window]
    if not named or not windows:
        return None
    if any(_touches(w, month) for w in windows for month in named):
        return None
    return f"the month named is outside the window of {figures[0].id} ({windows[0]})"


def _quotes_are_verbatim(sentence: Sentence, _: list[Figure], evidence: Evidence) -> str | None:
    quoted = evidence.quotations(without_marks(sentence.text))
    return None if all(map(evidence.is_quotable, quoted)) else "the quotation is not a verbatim span retrieved in this turn"


def _causes_are_cited(sentence: Sentence, figures: list[Figure], evidence: Evidence) -> str | None:
    text = evidence.without_quotations(without_marks(sentence.text)).lower()
    causal = next((w for w in vocabulary()["causal"] if re.search(rf"\b{w}\b", text)), None)
    cited = bool(sentence.citations) or any(not m.is_figure for m in find_marks(sentence.text))
    if sentence.kind == "stated" and not cited:
        return "a stated claim without a citation"
    explained = any(evidence.book.receipts[f.receipt].kind == "explanation" for f in figures)
    if causal and not (cited or explained):
        return f"'{causal}' names a cause without evidence"
    return None


CHECKS: tuple[Check, ...] = (
    _marks_exist,
    _no_loose_digits,
    _no_loose_number_words,
    _directions_agree,
    _entities_agree,
    _windows_agree,
    _quotes_are_verbatim,
    _causes_are_cited,
)


def check_sentence(sentence: Sentence, evidence: Evidence) -> str | None:
    """The reason why this sentence cannot be proved, or None."""
    if (reason := CHECKS[0](sentence, [], evidence)) is not None:
        return reason
    figures = [evidence.book.figures[m.id] for m in find_marks(sentence.text) if m.is_figure]
    return next((reason for test in CHECKS[1:] if (reason := test(sentence, figures, evidence))), None)


def check(
    draft: Draft,
    book: ReceiptBook,
    *,
    names: Collection[str] = (),
    phrases: Collection[str] = (),
    dates: Collection[date] = (),
    asked: str = "",
) -> Verified:
    """The draft without what cannot be proved.

    Args:
        draft: What a model wrote.
        book: The receipts, figures and citations of this turn.
        names: Names in the asker's sight that may hold digits (accounts, SKUs, metric ids …).
        phrases: Period labels that tools resolved this turn ("last 30 days", "FQ2 FY27").
        dates: Days the answer may name besides those of figures and citations (d1, time of knowledge).
        asked: The question, whose words may be repeated in quotation marks.
    """
    evidence = Evidence(book, names, phrases, dates, asked)
    withheld: list[Withheld] = []

    def stands(sentence: Sentence) -> bool:
        reason = check_sentence(sentence, evidence)
        if reason is not None:
            withheld.append(Withheld(text=sentence.text, reason=reason))
        return reason is None

    def lines(texts: list[str]) -> list[str]:
        return [t for t in texts if stands(Sentence(text=t))]

    checked = draft.model_copy(
        update={
            "headline": draft.headline if stands(draft.headline) else Sentence(text=""),
            "sections": [kept for s in draft.sections if (kept := _check_section(s, stands))],
            "assumptions": lines(draft.assumptions),
            "not_available": lines(draft.not_available),
            "next_steps": _unflagged(lines(draft.next_steps), book),
            "charts": [chart for chart in draft.charts if stands(Sentence(text=chart.title))],
        }
    )
    return Verified(checked, withheld)


def _check_section(section: Section, stands: Callable[[Sentence], bool]) -> Section | None:
    sentences = [s for s in section.sentences if stands(s)]
    table = section.table
    if table is not None:
        rows = [row for row in table.rows if stands(Sentence(text=" · ".join(row)))]
        table = Table(columns=table.columns, rows=rows) if rows else None
    heading = section.heading if not section.heading or stands(Sentence(text=section.heading)) else ""
    return Section(heading=heading, sentences=sentences, table=table) if sentences or table else None


def _unflagged(texts: list[str], book: ReceiptBook) -> list[str]:
    """Next steps never rest on instruction-like text from a note."""
    return [t for t in texts if not any(not m.is_figure and book.citations[m.id].flagged for m in find_marks(t))]


def _is_change(figure: Figure) -> bool:
    label = figure.label.lower()
    return (figure.metric or "").split(".")[0] in _SIGNED_METRICS or "change" in label or "growth" in label


def _ratios(figures: list[Figure]) -> Iterator[float]:
    for figure in figures:
        if isinstance(figure.value, int | float) and _is_change(figure) and figure.unit == "%":
            yield 1 + figure.value
        elif isinstance(figure.value, int | float) and figure.unit == "ratio":
            yield float(figure.value)


def _touches(window: Window, month: int) -> bool:
    """Whether any day of the window lies in that calendar month."""
    first = window.start.year * 12 + window.start.month
    last = window.end.year * 12 + window.end.month
    return any((m - 1) % 12 + 1 == month for m in range(first, last + 1))
