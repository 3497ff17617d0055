"""data_loaded: which data the company brought, from when to when, and which questions are off without the rest."""

from __future__ import annotations

from typing import Any

from meterline_tools.kit.bench import Workbench
from meterline_tools.warehouse.coverage import coverage


def data_loaded(bench: Workbench) -> dict[str, Any]:
    """Tell which tables hold how many rows in sight, the first and last complete usage day, and what is off without the others."""
    found = coverage(bench.warehouse)
    first, last = bench.warehouse.meta.first_usage_date, bench.asof.d1
    counts = {line["table"]: _rows_in_sight(bench, line["table"], line["rows"]) for line in found["tables"] if line["rows"]}
    rows: list[list[Any]] = [[table, count] for table, count in counts.items()]
    rows += [["first usage day", first], ["last complete day", last]]
    receipt = bench.book.add_receipt("metric", "data_loaded", ["what", "value"], rows, known_at=bench.asof.known_at)

    def figure(place: int, label: str, unit: str) -> str:
        made = bench.book.add_figure(receipt, label, rows[place][1], unit, cell=(place, "value"))
        return made.id

    tables = [
        {
            "table": table,
            "name": table.replace("_", " "),
            "figures": {"rows": figure(n, f"Rows of {table}", "count")},
        }
        for n, table in enumerate(counts)
    ]
    days = {"first": figure(len(counts), "First usage day", "date")} if first else {}
    days["last"] = figure(len(counts) + 1, "Last complete day", "date")
    return {"receipt": receipt.id, "tables": tables, "days": days, "notes": [_sentence(text) for text in found["off"]]}


def _rows_in_sight(bench: Workbench, table: str, loaded: int) -> int:
    """All rows for who sees everything, else those in the asker's sight: how much others have is theirs to know."""
    from sqlalchemy import func, select

    if bench.principal.sees_everything:
        return loaded
    return int(bench.warehouse.run(select(func.count()).select_from(bench.views.table(table))).rows[0][0])


def _sentence(text: str) -> str:
    """ "sku: all consumption …" as a sentence: "No sku: all consumption …"."""
    return f"No {text.replace('_', ' ').replace(chr(34), '').rstrip('.')}."
