"""What the receipts, figures and citations of a turn hold as names, cells and dates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from meterline_tools.receipts import Receipt, ReceiptBook

_ACCOUNT_COLUMNS = ("n_account", "account_name", "account")
"""Columns of receipts that hold the name of an account."""


def names_of(book: ReceiptBook) -> set[str]:
    """Names of the figures, citations and receipts themselves."""
    names: set[str] = set(book.receipts)
    for figure in book.figures.values():
        names.add(figure.label)
        if figure.entity:
            names |= {figure.entity.name, figure.entity.id}
        if isinstance(figure.value, str):
            names.add(figure.value)
        names |= {value for values in figure.filters.values() for value in values}
    for citation in book.citations.values():
        names |= {citation.source_id, citation.title or "", citation.speaker or ""}
    return names


def account_cells(book: ReceiptBook) -> set[str]:
    """Names of accounts in the rows of receipts."""
    found: set[str] = set()
    for receipt in book.receipts.values():
        for at in (i for i, column in enumerate(receipt.columns) if column in _ACCOUNT_COLUMNS):
            found |= {name for row in receipt.rows if at < len(row) and isinstance(name := row[at], str)}
    return found


def cells_of(receipts: Iterable[Receipt]) -> set[str]:
    """The text in the rows of receipts."""
    return {cell for receipt in receipts for row in receipt.rows for cell in row if isinstance(cell, str)}


def dates_of(book: ReceiptBook) -> Iterator[date]:
    """Days of windows, of figures that are dates, and of what was said."""
    for figure in book.figures.values():
        if figure.window:
            yield figure.window.start
            yield figure.window.end
        if figure.unit == "date" and isinstance(figure.value, str):
            yield date.fromisoformat(figure.value[:10])
    for citation in book.citations.values():
        if citation.date:
            yield citation.date.date() if isinstance(citation.date, datetime) else citation.date
