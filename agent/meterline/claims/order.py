"""Which is largest, which is more, and what holds of all: against the rows of the receipt and the values of both marks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from meterline.claims.lexicon import lexicon
from meterline.claims.said import Said, is_change
from meterline_tools.receipts import Figure, ReceiptBook

_LEVEL = "level"
"""The column that tells rows from their total; what is compared is on one level."""
_ALIKE = ("metric", "sql")
"""Receipts whose rows are of one kind, so that a column can be put in order."""
_CLAUSE = re.compile(r"[,;:.]|\band\b|\bbut\b|\bwhile\b")


def superlatives_agree(said: Said) -> str | None:
    """ "largest" beside a value: the value is the extreme of its column; with no value the row of what is named must hold it."""
    words = lexicon()
    if said.has("records") and (found := words.words("records", said.bare)):
        record = any(_is_record(f, said.evidence.book) for f in said.figures)
        return None if record else f"'{found[0]}' is not what the rows of the receipt show"
    for name, extreme in (("most", max), ("least", min)):
        if not said.has(name):
            continue
        for at, piece in enumerate(said.pieces[:-1]):
            claimed = words.words(name, said.evidence.strip_known(piece).lower())
            figure = said.valued[at][1]
            if claimed and _denied(figure, said.evidence.book, extreme):
                return f"'{claimed[-1]}' but {figure.id} is not that among the rows of {figure.receipt}"
    return None


def comparisons_agree(said: Said) -> str | None:
    """ "more than" between two marks of one unit: the first must be the greater."""
    words = lexicon()
    for at, piece in enumerate(said.pieces[1:-1]):
        (one_mark, one), (two_mark, two) = said.valued[at], said.valued[at + 1]
        if one_mark.view or one.unit != two.unit or not isinstance(one.value, int | float) or not isinstance(two.value, int | float):
            continue
        first, second = float(one.value), abs(two.value) if two_mark.view else float(two.value)
        clause = _CLAUSE.split(piece)[-1] if _CLAUSE.search(piece) else piece
        negated = words.has("negations", piece)
        for name, holds in (("greater", first > second), ("less", first < second)):
            found = words.words(name, clause)
            if found and holds is negated and not (first == second and negated):
                return f"'{found[0]}' but {one_mark.id} is {one.display} and {two_mark.id} is {two.display}"
    return None


def universals_agree(said: Said) -> str | None:
    """ "all grew", "none fell", "only Orion grew": against the sign of every row of a change's receipt."""
    words = lexicon()
    kinds = [k for k in ("all_of", "none_of", "only_one", "most_of") if said.has(k)]
    if not kinds:
        return None
    up, down = words.has("moved_up", said.bare), words.has("moved_down", said.bare)
    if up == down:
        return None
    columns = [signs for figure in said.evidence.book.figures.values() if (signs := _signs(figure, said.evidence.book))]
    if not columns:
        return "no receipt of this turn holds a change for each row, so nothing is known of all of them"
    matching = [[(s > 0) if up else (s < 0) for s in signs] for signs in columns]
    for kind in kinds:
        if not any(_holds(kind, rows) for rows in matching):
            return f"'{words.words(kind, said.words)[0]}' does not hold over the rows of the receipt"
    return None


def _holds(kind: str, rows: list[bool]) -> bool:
    return {"all_of": all(rows), "none_of": not any(rows), "only_one": sum(rows) == 1, "most_of": sum(rows) * 2 > len(rows)}[kind]


def rank_of(figure: Figure, book: ReceiptBook) -> Iterator[int]:
    """The places a figure has among the rows of its receipt: from the largest, from the smallest, by size without sign."""
    column, at = _column(figure, book)
    if at is None or len(column) < 2:
        return
    value = column[at]
    yield 1 + sum(v > value for v in column)
    yield 1 + sum(v < value for v in column)
    yield 1 + sum(abs(v) > abs(value) for v in column)


def _column(figure: Figure, book: ReceiptBook) -> tuple[list[float], int | None]:
    """The numbers of a figure's column, of the rows that are about something, and where the figure's own stands."""
    if figure.cell is None:
        return [], None
    receipt, (row, name) = book.receipts[figure.receipt], figure.cell
    if receipt.kind not in _ALIKE or name not in receipt.columns or row >= len(receipt.rows):
        return [], None
    place = receipt.columns.index(name)
    level = receipt.columns.index(_LEVEL) if _LEVEL in receipt.columns else None
    alike = [i for i, r in enumerate(receipt.rows) if level is None or r[level] == receipt.rows[row][level]]
    pairs = [(i, receipt.rows[i][place]) for i in alike]
    numbers = [(i, float(v)) for i, v in pairs if isinstance(v, int | float) and not isinstance(v, bool)]
    own = next((n for n, (i, _) in enumerate(numbers) if i == row), None)
    return [v for _, v in numbers], own


def _denied(figure: Figure, book: ReceiptBook, extreme: object) -> bool:
    """Whether a figure is not the most (or least) of its column. "The largest fall" is the lowest number of them."""
    column, at = _column(figure, book)
    if at is None or len(column) < 2:
        return False
    value = column[at]
    sizes = [abs(v) for v in column]
    if extreme is max:
        return value != max(column) and abs(value) != max(sizes) and not (value < 0 and value == min(column))
    return value != min(column) and abs(value) != min(sizes)


def is_extreme(figure: Figure, book: ReceiptBook, *, largest: bool) -> bool:
    """Whether a figure is the largest (or smallest) of its column; one that stands in no column is not."""
    column, at = _column(figure, book)
    return at is not None and len(column) > 1 and column[at] == (max(column) if largest else min(column))


def _is_record(figure: Figure, book: ReceiptBook) -> bool:
    column, at = _column(figure, book)
    return at is not None and len(column) > 2 and column[at] in (max(column), min(column))


def _signs(figure: Figure, book: ReceiptBook) -> list[float]:
    column, _ = _column(figure, book) if is_change(figure) else ([], None)
    return column if len(column) > 1 else []
