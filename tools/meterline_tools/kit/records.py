"""Reading rows for a tool: one statement, one receipt, figures for its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import NOT_VISIBLE, ModelMustRetry, Refused
from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import Entity, Figure, Receipt, ReceiptKind, Window

if TYPE_CHECKING:
    from sqlalchemy import Select

TEXT = "text"
"""Unit of a figure that is a piece of recorded text: it is printed as it stands in its receipt, escaped."""


@dataclass(frozen=True)
class Records:
    """The rows of one statement and the receipt they stand in, in the same order."""

    bench: Workbench
    receipt: Receipt
    rows: list[dict[str, Any]]

    def figure(self, row: int, column: str, label: str, unit: str = TEXT, **more: Any) -> str | None:
        """The id of a figure for one cell, or None where the cell is empty. `more`: see ReceiptBook.add_figure."""
        value = self.rows[row][column]
        if value is None or value == "":
            return None
        return self.bench.book.add_figure(self.receipt, label, value, unit, cell=(row, column), **more).id


def read_records(bench: Workbench, tool: str, arguments: dict[str, Any], statement: Select[Any], *, limit: int = 2_000) -> Records:
    """Runs a statement and puts it in the book."""
    rows = bench.warehouse.run(statement, limit=limit)
    receipt = bench.book.add_receipt(
        "sql",
        tool,
        rows.columns,
        [list(row) for row in rows.rows],
        arguments=arguments,
        sql=rows.sql,
        params=rows.params,
        truncated=rows.truncated,
        known_at=bench.asof.known_at,
        elapsed_ms=rows.elapsed_ms,
    )
    return Records(bench, receipt, rows.dicts())


def derived_records(
    bench: Workbench, kind: ReceiptKind, tool: str, arguments: dict[str, Any], rows: Sequence[dict[str, Any]], **more: Any
) -> Records:
    """Puts rows that were worked out in Python in the book. `more`: sql, params … of what they were worked out from."""
    columns = list(rows[0]) if rows else []
    cells = [[row[column] for column in columns] for row in rows]
    receipt = bench.book.add_receipt(kind, tool, columns, cells, arguments=arguments, known_at=bench.asof.known_at, **more)
    return Records(bench, receipt, list(rows))


def find_account(bench: Workbench, account: str) -> Entity:
    """The one visible account that an id or a name means.

    Raises:
        ModelMustRetry: several accounts are meant equally well; the text names them.
        Refused: none is.
    """
    from sqlalchemy import func, or_, select

    accounts = bench.views.accounts()
    wanted = account.strip()
    statement = select(accounts.c.account_id, accounts.c.account_name).where(
        or_(accounts.c.account_id == wanted, func.lower(accounts.c.account_name) == wanted.lower())
    )
    found = [Entity(type="account", id=row[0], name=row[1]) for row in bench.warehouse.run(statement, limit=10).rows]
    hints: dict[str, str] = {}
    if not found:
        candidates = bench.names.find("account", wanted)
        found = [Entity(type="account", id=c.id, name=c.name) for c in candidates]
        hints = {c.id: f", {c.hint}" for c in candidates if c.hint}
    if not found:
        raise Refused(f"Account '{account}' {NOT_VISIBLE}.")
    if len(found) > 1:
        several = "; ".join(f"{entity.name} ({entity.id}{hints.get(entity.id, '')})" for entity in found[:5])
        raise ModelMustRetry(f"'{account}' may be any of these accounts: {several}. Give the id.")
    return found[0]


def figure_index(bench: Workbench, since: int) -> dict[str, dict[str, Any]]:
    """The figures that were added after the first `since`, as a model reads them."""
    figures: list[Figure] = list(bench.book.figures.values())[since:]
    return {f.id: {"label": f.label, "display": f.display, "value": f.value, "unit": f.unit} for f in figures}


def window(start: Any, end: Any) -> Window:
    return Window.model_validate({"from": start, "to": end})
