"""Which cells of a receipt a chart draws: nothing is computed here, so every value drawn is a value of the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from meterline.answer import Chart
from meterline.render import clean
from meterline_tools.receipts import Cell, Figure, Receipt, ReceiptBook, Window

MAX_BARS = 12
MAX_SERIES = 6
MAX_POINTS = 400
ROLES = ("ahead", "low", "high", "target", "events")
PART = 1
"""The level of the rows of a breakdown; a total has level 0, what it was worked out from level 2."""

Row = Mapping[str, Cell]


@dataclass(frozen=True)
class Drawn:
    """The rows of a chart, with the receipt's own column names, and what they stand for."""

    rows: Sequence[Row]
    x: str
    y: str
    names: tuple[str, ...] = ()
    """With bars: the columns that name one, best first."""
    series: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Role -> column."""
    unit: str = ""
    label: str = ""
    window: Window | None = None
    left_out: int = 0


def drawn(chart: Chart, book: ReceiptBook) -> Drawn | None:
    """What there is to draw; None when a column is not in the receipt, or too little is."""
    named = [book.receipts[i] for i in dict.fromkeys([chart.receipt, *chart.also]) if i in book.receipts]
    receipts = [r for r in named if _column(r, chart.x) and _column(r, chart.y)]
    if not receipts:
        return None
    first = receipts[0]
    names = tuple(n for n in (f"n_{chart.x}", f"k_{chart.x}", chart.x) if n in first.columns)
    x, y = names[-1] if names else None, _column(first, chart.y)
    series = (_column(first, chart.series) or "") if chart.series else ""
    roles = {role: column for role in ROLES if (column := _column(first, getattr(chart, role)))}
    if x is None or y is None or x == y:
        return None
    kept = list(dict.fromkeys([*names, y, *([series, f"n_{chart.series}"] if series else []), *roles.values()]))
    shown = {} if chart.mark == "projection" else _told(receipts, y, book)
    rows = _rows(receipts, [c for c in kept if c in first.columns], x, series, shown)
    measure = next((f for f in book.figures.values() if f.receipt == first.id and f.cell and f.cell[1] == y), None)
    made = Drawn(rows, x, y, names, series, roles, *_about(measure))
    return _bars(made) if chart.mark == "bar" else _over_time(made)


def _about(measure: Figure | None) -> tuple[str, str, Window | None]:
    """Unit, label and window of the column that is drawn."""
    return (measure.unit, measure.label.partition(",")[0], measure.window) if measure else ("", "", None)


def _column(receipt: Receipt, name: str) -> str | None:
    """A column by its own name, or by the name a tool gave it: M14.pace stands in m14_pace."""
    own = (name, f"k_{name}", f"n_{name}", name.lower().replace(".", "_"))
    return next((column for column in own if name and column in receipt.columns), None)


def _told(receipts: Sequence[Receipt], y: str, book: ReceiptBook) -> dict[str, set[int]]:
    """By receipt, the rows of which a figure was told: a statement may return more than an answer lists."""
    cells = [(f.receipt, f.cell[0]) for f in book.figures.values() if f.cell and f.cell[1] == y]
    return {receipt.id: {row for ident, row in cells if ident == receipt.id} for receipt in receipts}


def _rows(receipts: Sequence[Receipt], columns: Sequence[str], x: str, series: str, told: Mapping[str, set[int]]) -> list[Row]:
    """Rows of the breakdown, each once."""
    found: dict[tuple[Cell, ...], Row] = {}
    for receipt in receipts:
        place = {name: at for at, name in enumerate(receipt.columns)}
        if not set(columns) <= place.keys():
            continue
        shown = told.get(receipt.id)
        for n, row in enumerate(receipt.rows):
            if ("level" not in place or row[place["level"]] == PART) and (not shown or n in shown):
                found.setdefault((row[place[x]], row[place[series]] if series else None), {c: row[place[c]] for c in columns})
    return list(found.values())


def _bars(made: Drawn) -> Drawn | None:
    """The largest by size, sorted by value."""
    rows = [row for row in made.rows if isinstance(row[made.y], int | float)]
    largest = sorted(rows, key=lambda row: -abs(number(row[made.y])))[:MAX_BARS]
    if len(largest) < 2 or not any(row[made.y] for row in largest):
        return None
    ordered = sorted(largest, key=lambda row: -number(row[made.y]))
    return replace(made, rows=ordered, series="", columns={}, left_out=len(rows) - len(ordered))


def _over_time(made: Drawn) -> Drawn | None:
    """In order of the days; at least two of them, and not more lines than can be told apart."""
    keys = [made.y, *made.columns.values()]
    rows = [row for row in made.rows if _is_day(row[made.x]) and any(isinstance(row[k], int | float) for k in keys)]
    days = {row[made.x] for row in rows}
    if len(days) < 2 or len(rows) > MAX_POINTS or (made.series and len({row[made.series] for row in rows}) > MAX_SERIES):
        return None
    ordered = sorted(rows, key=lambda row: str(row[made.x]))
    return replace(made, rows=ordered)


def number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0


def _is_day(cell: Cell) -> bool:
    try:
        return bool(date.fromisoformat(str(cell)[:10]))
    except ValueError:
        return False


def bar_names(made: Drawn) -> list[str]:
    """What each bar is called; of two that share a name, each carries its id."""
    plain = [next((str(row[c]) for c in made.names if row[c] is not None), "none") for row in made.rows]
    shown = [name.replace("_", " ") if row[made.x] == name else name for name, row in zip(plain, made.rows, strict=True)]
    return [clean(f"{name} ({row[made.x]})" if shown.count(name) > 1 else name) for name, row in zip(shown, made.rows, strict=True)]
