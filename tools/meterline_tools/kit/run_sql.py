"""run_sql: exploration by free SQL, behind two walls; its figures are labelled ungoverned."""

from __future__ import annotations

import json
from typing import Any

from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import Receipt, plain
from meterline_tools.warehouse.engines import Rows

ROWS = 1_000
"""The most rows a receipt keeps."""
SHOWN_BYTES = 8_000
"""The most of a result that a model is shown."""
_MONEY = ("usd", "cost", "amount", "consumption", "spend")


def run_sql(bench: Workbench, *, sql: str) -> dict[str, Any]:
    """Explore by one SELECT when no governed metric answers; the figures are labelled ungoverned. Prefer query_metrics.

    Tables: account, rep, usage_daily, account_day (account_id, usage_date, usd, list_usd), rep_day, contract, sku, price,
    workload, use_case, use_case_event, contact, activity, qbr, action_item, enablement_event, support_ticket, change_event,
    forecast, quota, usage_annotation. Only rows visible to the asker are in them.

    Args:
        sql: One SELECT in DuckDB's dialect. WITH, joins, UNION and window functions are fine; days are DATE 'YYYY-MM-DD'.
    """
    from meterline_tools.warehouse.guard.scoped import scoped_sql

    statement = scoped_sql(sql, bench.views, bench.warehouse.engine.dialect, ROWS)
    result = bench.warehouse.sandbox.run(statement, rows=ROWS)
    receipt = bench.book.add_receipt(
        "sql",
        "run_sql",
        result.columns,
        [list(row) for row in result.rows],
        arguments={"sql": sql},
        sql=result.sql,
        truncated=result.truncated,
        known_at=bench.asof.known_at,
        elapsed_ms=result.elapsed_ms,
    )
    return _reply(bench, receipt, result)


def _reply(bench: Workbench, receipt: Receipt, result: Rows) -> dict[str, Any]:
    """Rows as objects whose numbers are figure ids, as many as fit."""
    rows: list[dict[str, Any]] = []
    figures: dict[str, dict[str, Any]] = {}
    left = SHOWN_BYTES
    for number, row in enumerate(result.rows):
        if left < len(json.dumps(row, default=str)) * 3:  # a figure's entry is some three times as long as its number
            break
        told, made = _row(bench, receipt, number, dict(zip(result.columns, row, strict=True)))
        left -= len(json.dumps([told, made], ensure_ascii=False))
        if left < 0:
            break
        rows.append(told)
        figures |= made
    return {
        "receipt": receipt.id,
        "ungoverned": True,
        "rows": rows,
        "rows_found": len(result.rows),
        "rows_shown": len(rows),
        "truncated": result.truncated or len(rows) < len(result.rows),
        "figures": figures,
    }


def _row(bench: Workbench, receipt: Receipt, number: int, row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    about = ", ".join(value for value in row.values() if isinstance(value, str))[:80]
    told: dict[str, Any] = {}
    figures: dict[str, dict[str, Any]] = {}
    for column, value in row.items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            told[column] = plain(value)
            continue
        unit = bench.warehouse.company.currency if any(word in column.lower() for word in _MONEY) else "number"
        label = f"{column.replace('_', ' ')}, {about}" if about else column.replace("_", " ")
        figure = bench.book.add_figure(receipt, label, value, unit, governed=False, cell=(number, column))
        told[column] = figure.id
        figures[figure.id] = {"label": label, "display": figure.display}
    return told, figures
