"""Rows that are left out: named by line, column and reason, and kept whole in a file that can be mended."""

from __future__ import annotations

import csv
from pathlib import Path

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.loading.convert import MISSING_DATE, Problem, find_bad_rows
from meterline_tools.warehouse.loading.read import STAGING, Staged
from meterline_tools.warehouse.loading.report import Check, Reject

SHOWN = 20
Rejected = tuple[Reject, list[str]]
"""A reject and the cells of its row, as far as they could be read."""


def collect_rejects(connection: DuckDBPyConnection, staged: Staged, problems: list[Problem]) -> list[Rejected]:
    """All rejects of the staged file in line order, each with the cells of its row."""
    why = find_bad_rows(connection, problems)
    found = [
        (Reject(line=line, column=why[record][0], reason=why[record][1]), cells or _cells(connection, record))
        for record, line, cells in staged.locate(why)
    ]
    broken: list[Rejected] = [(reject, []) for reject in staged.rejects]
    return sorted(found + broken, key=lambda pair: pair[0].line)


def keep_rejects(rejects: list[Rejected], columns: list[str], path: Path) -> None:
    """Write the rejects file: line, column, reason, then the row as it came."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["_line", "_column", "_reason", *columns])
        for reject, cells in rejects:
            writer.writerow([reject.line, reject.column, reject.reason, *cells])


def missing_date_check(file: str, rejects: list[Rejected]) -> Check | None:
    """A usage row without a date fails the load: dropping it would understate somebody's consumption."""
    lines = [reject.line for reject, _ in rejects if reject.reason == MISSING_DATE]
    if not lines:
        return None
    return Check(
        name="null_date",
        level="fail",
        count=len(lines),
        message=f"{len(lines)} usage rows have no usage date; fill the dates in or remove these rows",
        examples=[f"{file} line {line}" for line in lines[:SHOWN]],
    )


def _cells(connection: DuckDBPyConnection, record: int) -> list[str]:
    row = connection.execute(f"SELECT * FROM {STAGING} WHERE rowid = ?", [record]).fetchone()
    return ["" if value is None else str(value) for value in row or ()]
