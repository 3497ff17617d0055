"""The one place that runs SQL: read-only, under a deadline, N+1 rows, one connection a thread.

The embedded engine is DuckDB through SQLAlchemy. A snapshot is opened read-only with external access
off and the configuration locked. Connections come from a pool and are never shared by threads at the
same time (sharing one DuckDB connection gives silently wrong results); the pool is twice the cores
wide, further threads wait for their turn.
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from meterline_tools.deadline import time_left
from meterline_tools.errors import ToolFailed, Unavailable
from meterline_tools.warehouse.absent import answer_imports_at_once
from meterline_tools.warehouse.company import Company, read_company
from meterline_tools.warehouse.meta import META_TABLE, SNAPSHOT, SnapshotMeta
from meterline_tools.warehouse.remembered import Remembered, identity
from meterline_tools.warehouse.statements import AnyStatement
from meterline_tools.warehouse.store import Store

if TYPE_CHECKING:
    from pyarrow import Table

    from meterline_tools.warehouse.sandbox.pool import Sandbox

answer_imports_at_once("pandas")  # DuckDB tries to import it for each bound parameter: half the time of a small query
READER_CONFIG: dict[str, Any] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "lock_configuration": True,
}
DEADLINE_TEXT = "The query took longer than {seconds:.3g} s and was stopped. Ask for a shorter window, fewer groups or one account."


@dataclass(frozen=True)
class Rows:
    """A result. `truncated` is true when there were more rows than the limit; `sql` runs again with `params`."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    truncated: bool
    sql: str
    params: dict[str, Any]
    elapsed_ms: float

    def dicts(self) -> list[dict[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Columns:
    """A whole result, column by column. `sql` runs again with `params`."""

    table: Table
    sql: str
    params: dict[str, Any]


class Warehouse:
    """An opened company: its data behind one engine, and what is known about it.

    Where the data can no longer change, `remembered` holds results for the next one who wants them.
    """

    def __init__(self, engine: Engine, meta: SnapshotMeta, remembered: Remembered[Rows] | None = None) -> None:
        self.engine = engine
        self._remembered = remembered
        self.meta = meta
        self.company: Company = read_company(meta.company)
        self.snapshot_id = meta.snapshot_id
        self.tables = frozenset(name for name, coverage in meta.coverage.items() if coverage.rows)

    def has(self, table: str, *columns: str) -> bool:
        """Whether the table has a row and each of the columns has a value in some row."""
        filled = self.meta.coverage[table].filled if table in self.tables else {}
        return table in self.tables and all(filled.get(column) for column in columns)

    def fills(self, table: str, column: str) -> bool:
        """Whether the column has a value in every row of the table."""
        coverage = self.meta.coverage[table]
        return coverage.filled.get(column, 0) == coverage.rows

    def run(self, statement: AnyStatement, *, limit: int = 10_000, deadline_s: float = 20.0) -> Rows:
        """Run one SELECT. ToolFailed when it is stopped at the deadline (the turn's, when that comes first) or the engine refuses it."""
        deadline_s = time_left(deadline_s)
        started = time.perf_counter()
        same = identity(statement) if self._remembered is not None else None
        if self._remembered is not None and same is not None:
            if (known := self._remembered.get((same, limit))) is None:
                known = self._run(statement, limit, deadline_s)
                self._remembered.keep((same, limit), known, len(known.rows) * len(known.columns))
            took = (time.perf_counter() - started) * 1000
            return replace(known, columns=list(known.columns), rows=list(known.rows), params=dict(known.params), elapsed_ms=took)
        return self._run(statement, limit, deadline_s)

    def _run(self, statement: AnyStatement, limit: int, deadline_s: float) -> Rows:
        started = time.perf_counter()
        with self._connect() as connection, _deadline(connection, deadline_s) as stopped:
            try:
                result = connection.execute(statement)
                fetched = [tuple(row) for row in result.fetchmany(limit + 1)]
            except DBAPIError as problem:
                raise ToolFailed(_explain(problem, stopped.is_set(), deadline_s)) from problem
            sql, params = _rerunnable(result)
            columns = list(result.keys())
            result.close()
        elapsed = (time.perf_counter() - started) * 1000
        return Rows(columns, fetched[:limit], len(fetched) > limit, sql, params, elapsed)

    def columns(self, statement: AnyStatement, *, deadline_s: float = 60.0) -> Columns:
        """Run one SELECT whose rows are too many to be Python objects, such as each account's every day. ToolFailed as of `run`."""
        deadline_s = time_left(deadline_s)
        with self._connect() as connection, _deadline(connection, deadline_s) as stopped:
            try:
                result = connection.execute(statement)
                table = _arrow(result)
            except DBAPIError as problem:
                raise ToolFailed(_explain(problem, stopped.is_set(), deadline_s)) from problem
            sql, params = _rerunnable(result)
        return Columns(table, sql, params)

    @cached_property
    def sandbox(self) -> Sandbox:
        """Where free SQL runs: processes of their own over the same snapshot."""
        from meterline_tools.warehouse.sandbox.pool import Sandbox

        if self.engine.dialect.name != "duckdb" or not self.engine.url.database:
            raise Unavailable("Free SQL runs over the embedded warehouse only. Governed metrics answer here.")
        return Sandbox(Path(self.engine.url.database))

    def close(self) -> None:
        """Let go of all connections, so that a newer snapshot can be opened and an older one removed."""
        self.engine.dispose()
        if "sandbox" in self.__dict__:
            self.sandbox.close()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except PoolTimeout:
            raise Unavailable("The warehouse is busy: too many questions at the same time. Try again in a moment.") from None
        with connection:
            yield connection


def open_warehouse(home: Path) -> Warehouse:
    """The company that is loaded in a workspace. UserError when there is none."""
    path = Store(home).current_path()
    width = 2 * (os.cpu_count() or 1)
    engine = create_engine(
        f"duckdb:///{path}",
        connect_args={"read_only": True, "config": READER_CONFIG},
        poolclass=QueuePool,
        pool_size=width,
        max_overflow=0,
        pool_timeout=30,
        pool_reset_on_return=None,  # nothing to roll back: read only, and each statement is a transaction of its own
        isolation_level="AUTOCOMMIT",
        skip_autocommit_rollback=True,  # the engine takes a millisecond to say that there is nothing to roll back
    )
    try:
        with engine.connect() as connection:
            text = connection.execute(select(META_TABLE.c.value).where(META_TABLE.c.name == SNAPSHOT)).scalar_one()
    except DBAPIError as problem:
        engine.dispose()
        raise Unavailable(f"The snapshot {path.name} cannot be read ({_first_line(problem)}). Load the company again.") from problem
    return Warehouse(engine, SnapshotMeta.model_validate_json(text), Remembered())


@contextmanager
def _deadline(connection: Connection, seconds: float) -> Iterator[threading.Event]:
    """Interrupt whatever runs on the connection after some seconds; the event tells whether that happened."""
    stopped, guard, finished = threading.Event(), threading.Lock(), False
    interrupt: Callable[[], None] | None = getattr(connection.connection.driver_connection, "interrupt", None)

    def stop() -> None:
        with guard:  # never interrupts the next user of a pooled connection
            if not finished and interrupt is not None:
                stopped.set()
                interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield stopped
    finally:
        with guard:
            finished = True
        timer.cancel()


def _arrow(result: CursorResult[*tuple[Any, ...]]) -> Table:
    """The result as an Arrow table: straight from an engine that makes them, else from its rows."""
    from pyarrow import Table

    fetch: Callable[[], Table] | None = getattr(result.cursor, "to_arrow_table", None)
    if fetch is not None:
        return fetch()
    names = list(result.keys())
    rows = result.fetchall()
    return Table.from_pydict({name: [row[place] for row in rows] for place, name in enumerate(names)})


def _rerunnable(result: CursorResult[*tuple[Any, ...]]) -> tuple[str, dict[str, Any]]:
    """The statement as it ran, with $name parameters, and their values.

    The engine is sent numbered parameters ($1, $2 …), lists (IN) after all others; names are put back, lists as
    name_1, name_2 …
    """
    context: Any = result.context
    values = context.compiled_parameters[0] if context.compiled_parameters else {}
    order: list[str] = list(context.compiled.positiontup or values)
    single = [name for name in order if name in values]
    listed = (f"{name}_{number}" for name in order if name not in values for number in range(1, len(values) + 1))
    names = single + [name for name in listed if name in values]
    sql = re.sub(r"\$(\d+)", lambda mark: f"${names[int(mark[1]) - 1]}", context.statement)
    return "\n".join(line.rstrip() for line in sql.splitlines()), {name: values[name] for name in names}


def _explain(problem: DBAPIError, stopped: bool, deadline_s: float) -> str:
    return DEADLINE_TEXT.format(seconds=deadline_s) if stopped else f"The warehouse refused the query: {_first_line(problem)}"


def _first_line(problem: DBAPIError) -> str:
    return (str(problem.orig) or "unknown error").strip().splitlines()[0]
