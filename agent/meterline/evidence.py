"""What a turn has proved: the names, dates, phrases and quotations that may stand in text without a mark."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime

from meterline_tools.receipts import Citation, ReceiptBook

QUOTED = re.compile(r"[“\"]([^”\"]{3,})[”\"]")
_QUOTE = re.compile(r"[“”\"]")
_AMOUNT = re.compile(r"[$€£¥%]|\d\s*(?:k|m|bn|million|thousand|percent)\b", re.IGNORECASE)
MAX_ECHO = 80
"""Characters of the question that an answer may repeat in quotation marks, such as a name it did not find."""

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


class Evidence:
    """What a turn's receipts prove: names, dates and phrases that may stand in text without a mark."""

    def __init__(
        self, book: ReceiptBook, names: Collection[str], phrases: Collection[str], dates: Collection[date], asked: str = ""
    ) -> None:
        self.book = book
        self.asked = asked
        self.dates = set(dates) | set(_dates_of(book))
        known = set(names) | set(phrases) | _names_of(book)
        for day in self.dates:
            known |= _spellings(day)
        known |= {str(day.year) for day in self.dates}
        self._known = sorted((k for k in known if k in phrases or any(c.isdigit() for c in k)), key=len, reverse=True)
        self._quoting = sorted((k for k in known if _QUOTE.search(k)), key=len, reverse=True)
        self.entities = {f.entity.name: f.entity.type for f in book.figures.values() if f.entity}

    def strip_known(self, text: str) -> str:
        """The text without names, dates and phrases that evidence holds."""
        lowered = text.lower()
        for known in self._known:
            if known.lower() not in lowered:
                continue
            text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", text, flags=re.IGNORECASE)
        return text

    def without_quotations(self, text: str) -> str:
        """The text without quoted spans that may stand; what is left must be proved word by word."""
        return QUOTED.sub(lambda m: " " if self.is_quotable(m.group(1)) else m.group(), text)

    def quotations(self, text: str) -> list[str]:
        """What the text puts in quotation marks; names that are written with such marks are none."""
        for name in self._quoting:
            text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
        return [match.group(1) for match in QUOTED.finditer(text)]

    def is_quotable(self, span: str) -> bool:
        """Whether a quoted span was retrieved in this turn, or repeats words of the asker (but never an amount of theirs)."""
        if any(_contains(citation, span) for citation in self.book.citations.values()):
            return True
        return len(span) <= MAX_ECHO and not _AMOUNT.search(span) and span.lower() in self.asked.lower()


def _contains(citation: Citation, span: str) -> bool:
    return " ".join(span.split()) in " ".join(citation.quote.split())


def _names_of(book: ReceiptBook) -> set[str]:
    """Names in this turn's receipts: entities, labels, source ids, receipt ids, and short text cells of rows."""
    names: set[str] = set(book.receipts)
    for figure in book.figures.values():
        names.add(figure.label)
        if figure.entity:
            names |= {figure.entity.name, figure.entity.id}
        names |= {value for values in figure.filters.values() for value in values}
    for citation in book.citations.values():
        names |= {citation.source_id, citation.title or "", citation.speaker or ""}
    for receipt in book.receipts.values():
        if receipt.kind != "notes":
            names |= {cell for row in receipt.rows for cell in row if isinstance(cell, str) and len(cell) <= 80}
    return names - {""}


def _dates_of(book: ReceiptBook) -> Iterator[date]:
    for figure in book.figures.values():
        if figure.window:
            yield figure.window.start
            yield figure.window.end
        if figure.unit == "date" and isinstance(figure.value, str):
            yield date.fromisoformat(figure.value[:10])
    for citation in book.citations.values():
        if citation.date:
            yield citation.date.date() if isinstance(citation.date, datetime) else citation.date


def _spellings(day: date) -> set[str]:
    """The ways a day may be written: ISO, 5 Aug 2026, 5 August 2026, Aug 5, August 5, 2026 …"""
    month, short = MONTHS[day.month - 1].title(), MONTHS[day.month - 1][:3].title()
    spelled = {day.isoformat(), f"{month} {day.year}", f"{short} {day.year}"}
    for name in (month, short):
        spelled |= {f"{day.day} {name} {day.year}", f"{day.day} {name}", f"{name} {day.day}, {day.year}", f"{name} {day.day}"}
    return spelled
