"""The receipts of the thread's last answer, for "show me the SQL"."""

from __future__ import annotations

from typing import Any

from meterline_tools.errors import ToolFailed
from meterline_tools.kit.bench import Workbench


def previous_receipts(bench: Workbench) -> dict[str, Any]:
    """The statements behind the previous answer of this conversation, to be shown with "show_receipts".

    Returns receipt ids of this turn with the tool and the metrics each one stands for.
    """
    if not bench.previous:
        raise ToolFailed("There is no earlier answer in this conversation whose SQL could be shown. Ask the question first.")
    listed = []
    for earlier in bench.previous:
        if earlier.sql is None:
            continue
        receipt = bench.book.add_receipt(
            earlier.kind,
            earlier.tool,
            earlier.columns,
            earlier.rows,
            arguments=earlier.arguments,
            sql=earlier.sql,
            params=earlier.params,
            row_count=earlier.row_count,
            truncated=earlier.truncated,
            known_at=earlier.known_at,
            elapsed_ms=earlier.elapsed_ms,
        )
        listed.append({"receipt": receipt.id, "tool": receipt.tool, "rows": receipt.row_count})
    return {"receipts": listed}
