"""Receipts, figures and citations: what every printed number and quotation stands on.

A `ReceiptBook` lives for one turn. Tools add receipts to it and name figures (cells of receipt
rows) and citations (verbatim spans); the model refers to them by id only.
"""

from __future__ import annotations

import hashlib
import json
import math
from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ReceiptKind = Literal["metric", "sql", "notes", "explanation", "rule", "calc"]
SourceKind = Literal[
    "note",
    "ticket",
    "use_case",
    "use_case_event",
    "activity",
    "enablement_event",
    "change_event",
    "contract",
    "contact",
    "action_item",
    "ledger",
    "forecast",
]
Side = Literal["customer", "vendor", "system"]
Cell = str | int | float | bool | None
Day = date
"""The type, for models that have a field of that name."""


class Window(BaseModel):
    """A period of whole UTC usage days; both ends inclusive. Written {"from": ..., "to": ...}."""

    model_config = ConfigDict(populate_by_name=True, frozen=True, serialize_by_alias=True)

    start: date = Field(alias="from")
    end: date = Field(alias="to")

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __str__(self) -> str:
        return f"{self.start.isoformat()} to {self.end.isoformat()}"


class Entity(BaseModel):
    """A thing a figure is about: account, rep, industry, region, sku, workload, contract, company …"""

    model_config = ConfigDict(frozen=True)

    type: str
    id: str
    name: str


class Figure(BaseModel):
    """One number (or date) of a receipt, ready to be printed.

    `value` is exact and in `unit` (percentages as a fraction with unit "%": 0.124 prints 12.4%);
    `display` is how it reads in text. `cell` points at the receipt: row index and column name.
    """

    id: str
    receipt: str
    metric: str | None = None
    label: str
    value: float | int | str | None
    unit: str
    display: str
    window: Window | None = None
    entity: Entity | None = None
    filters: dict[str, list[str]] = Field(default_factory=dict)
    governed: bool = True
    cell: tuple[int, str] | None = None


class InFile(BaseModel):
    """The file that a quotation was read from: bytes [start, end), on the lines from `line` to `last_line` (the first is 1).

    They are None where the file does not hold the words as they are read, as in an encoded e-mail.
    """

    file: str
    start: int | None = None
    end: int | None = None
    line: int | None = None
    last_line: int | None = None


class Citation(BaseModel):
    """A verbatim span of a source. `quote` stands in the source at [start, end) of its turn or body."""

    id: str
    source: SourceKind
    source_id: str
    account_id: str | None = None
    quote: str
    date: Day | None = None
    side: Side
    speaker: str | None = None
    turn: int | None = None
    start: int | None = None
    end: int | None = None
    title: str | None = None
    flagged: bool = False
    """Instruction-like text: may be quoted, never feeds a headline or a next step."""
    original: InFile | None = None
    """Where the quote stands in the file that the source came in, once an answer shows it; None where it came in a table."""


class Receipt(BaseModel):
    """How a result came to be, so that a reader can open and re-run it.

    `rows` may be cut for print; `row_count` is the full count when known and `truncated` tells
    whether rows were left out. `digest` is over columns and all rows that were fetched.
    """

    id: str
    kind: ReceiptKind
    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    sql: str | None = None
    params: dict[str, Any] = Field(default_factory=dict)
    columns: list[str] = Field(default_factory=list)
    rows: list[list[Cell]] = Field(default_factory=list)
    row_count: int = 0
    truncated: bool = False
    digest: str = ""
    derived: str = ""
    """Which of the rows SQL did not return but were worked out from what it did; empty when it returned all of them."""
    known_at: datetime | None = None
    elapsed_ms: float = 0.0


def settled(value: float) -> float:
    """A float without its last bits, and noise around zero as zero: how an engine's threads happen to add up a sum
    must change neither a figure nor a digest."""
    return float(f"{round(value, 9):.12g}")


def plain(value: Any) -> Cell:
    """A JSON-safe cell: dates become ISO text, numpy and decimal numbers become floats or ints."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return settled(value) if math.isfinite(value) else None
    if isinstance(value, date | datetime):
        return value.isoformat()
    if hasattr(value, "item"):
        return plain(value.item())
    try:
        return plain(float(value))
    except (TypeError, ValueError):
        return str(value)


def _exact(value: Any) -> Cell:
    """A parameter as the statement got it: a rounded one would give other rows when the receipt is run again."""
    return value if isinstance(value, float) and math.isfinite(value) else plain(value)


def digest_rows(columns: list[str], rows: list[list[Cell]]) -> str:
    """sha256 over the canonical JSON of columns and rows."""
    text = json.dumps([columns, rows], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class ReceiptBook:
    """All receipts, figures and citations of one turn, with ids given in order: R1, F1, C1 …"""

    def __init__(self) -> None:
        self.receipts: dict[str, Receipt] = {}
        self.figures: dict[str, Figure] = {}
        self.citations: dict[str, Citation] = {}

    def add_receipt(
        self,
        kind: ReceiptKind,
        tool: str,
        columns: list[str],
        rows: list[list[Any]],
        *,
        arguments: dict[str, Any] | None = None,
        sql: str | None = None,
        params: dict[str, Any] | None = None,
        row_count: int | None = None,
        truncated: bool = False,
        derived: str = "",
        known_at: datetime | None = None,
        elapsed_ms: float = 0.0,
    ) -> Receipt:
        cells = [[plain(v) for v in row] for row in rows]
        receipt = Receipt(
            id=f"R{len(self.receipts) + 1}",
            kind=kind,
            tool=tool,
            arguments=arguments or {},
            sql=sql,
            params={k: _exact(v) if not isinstance(v, list | tuple) else [_exact(x) for x in v] for k, v in (params or {}).items()},
            columns=columns,
            rows=cells,
            row_count=len(cells) if row_count is None else row_count,
            truncated=truncated,
            digest=digest_rows(columns, cells),
            derived=derived,
            known_at=known_at,
            elapsed_ms=round(elapsed_ms, 2),
        )
        self.receipts[receipt.id] = receipt
        return receipt

    def add_figure(
        self,
        receipt: Receipt,
        label: str,
        value: float | int | str | date | None,
        unit: str,
        *,
        metric: str | None = None,
        window: Window | None = None,
        entity: Entity | None = None,
        filters: dict[str, list[str]] | None = None,
        governed: bool = True,
        cell: tuple[int, str] | None = None,
    ) -> Figure:
        from meterline_tools.numbers import display

        exact = value.isoformat() if isinstance(value, date) else settled(value) if isinstance(value, float) else value
        figure = Figure(
            id=f"F{len(self.figures) + 1}",
            receipt=receipt.id,
            metric=metric,
            label=label,
            value=exact,
            unit=unit,
            display=display(exact, unit),
            window=window,
            entity=entity,
            filters=filters or {},
            governed=governed,
            cell=cell,
        )
        self.figures[figure.id] = figure
        return figure

    def add_citation(self, source: SourceKind, source_id: str, quote: str, side: Side, **more: Any) -> Citation:
        """A citation; the same span cited twice keeps its first id."""
        for known in self.citations.values():
            if (known.source, known.source_id, known.quote, known.turn) == (source, source_id, quote, more.get("turn")):
                return known
        citation = Citation(id=f"C{len(self.citations) + 1}", source=source, source_id=source_id, quote=quote, side=side, **more)
        self.citations[citation.id] = citation
        return citation
