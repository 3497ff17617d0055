"""The process that free SQL runs in. One snapshot, read-only; a line of JSON in, a line of JSON out.

The engine has no limit that holds for everything (one function call may ask for gigabytes, and cannot be interrupted), so the
operating system sets them: address space here, and time by whoever started this process.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import duckdb

MEMORY_LIMIT = "512MB"
ADDRESS_SPACE = 3 << 30
_CONFIG: dict[str, Any] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "memory_limit": MEMORY_LIMIT,
    "temp_directory": "",
    "max_temp_directory_size": "0KB",
    "threads": "2",
    "lock_configuration": "true",
}


def main(path: str) -> None:
    """Serves statements from standard input until it closes."""
    _limit_memory()
    connection = duckdb.connect(path, read_only=True, config=_CONFIG)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(_answer(connection, request)), flush=True)


def _answer(connection: duckdb.DuckDBPyConnection, request: dict[str, Any]) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        result = connection.execute(request["sql"])
        columns = [column[0] for column in result.description or []]
        rows, more = _fetch(result, request["rows"], request["bytes"])
    except (duckdb.Error, MemoryError, OverflowError, ValueError) as problem:  # the last two: values that Python cannot hold
        return {"error": _told(problem)}
    return {"columns": columns, "rows": rows, "truncated": more, "elapsed_ms": (time.perf_counter() - started) * 1000}


def _told(problem: Exception) -> str:
    """What was wrong with the statement. Errors of a value do not tell the value."""
    if isinstance(problem, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        return str(problem).split("\n")[0][:300]
    if isinstance(problem, MemoryError | duckdb.OutOfMemoryException):
        return "it needs more memory than it may have; ask for less at once"
    return "a value in it cannot be converted or computed; use TRY_CAST, and NULLIF before dividing"


def _fetch(result: duckdb.DuckDBPyConnection, limit: int, budget: int) -> tuple[list[list[Any]], bool]:
    """Rows up to a number and a size, and whether there were more."""
    rows: list[list[Any]] = []
    for row in _each(result):
        plain = [_plain(value) for value in row]
        budget -= len(json.dumps(plain))
        if len(rows) >= limit or budget < 0:
            return rows, True
        rows.append(plain)
    return rows, False


def _each(result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    while chunk := result.fetchmany(256):
        yield from chunk


def _plain(value: Any) -> Any:
    """A cell as JSON has it: dates as ISO text, numbers that are not finite as none."""
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _limit_memory() -> None:
    with suppress(ImportError, ValueError, OSError):  # not on every system; the engine's own limit stays
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))


if __name__ == "__main__":
    main(sys.argv[1])
