"""The snapshot file: created or copied, rolled up, described, sealed."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from duckdb import DuckDBPyConnection
from duckdb_sqlalchemy import Dialect
from sqlalchemy import Column, Table

from meterline_tools.errors import UserError
from meterline_tools.warehouse.asof import AsOf, Received, as_utc, completeness_statement, find_last_complete_day
from meterline_tools.warehouse.company import Company, configured
from meterline_tools.warehouse.loading.convert import sql_type
from meterline_tools.warehouse.loading.merge import SNAP
from meterline_tools.warehouse.loading.read import quote
from meterline_tools.warehouse.meta import META_TABLE, SNAPSHOT, SnapshotMeta, TableCoverage
from meterline_tools.warehouse.rollups import ROLLUPS, account_day, select_account_days, select_usage_slices, usage_slice
from meterline_tools.warehouse.schema import METADATA, REQUIRED_TABLES, TABLES
from meterline_tools.warehouse.statements import AnySelect

STORAGE_VERSION = "v1.5.0"
_READ_ONE_BY_ONE = {"note": "note_id", "support_ticket": "ticket_id", "use_case_event": "event_id"}
"""Tables of which a search reads some rows by their ids, of however many."""


@contextmanager
def open_staging(staged: Path, previous: Path | None, folder: Path) -> Iterator[DuckDBPyConnection]:
    """A connection with the next snapshot attached: a copy of the previous one, or a new file with empty tables."""
    if previous is not None:
        shutil.copyfile(previous, staged)
    connection = duckdb.connect(":memory:", config={"temp_directory": str(folder), "preserve_insertion_order": True})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # the engine draws its own on standard output
    connection.execute(f"ATTACH '{_path(staged)}' AS {SNAP} (STORAGE_VERSION '{STORAGE_VERSION}', RECOVERY_MODE NO_WAL_WRITES)")
    for table in (*METADATA.tables.values(), *ROLLUPS.tables.values(), META_TABLE):
        connection.execute(_create(table))
    for name in _READ_ONE_BY_ONE:
        connection.execute(f"DROP INDEX IF EXISTS {SNAP}.{name}_by_id")  # made again when all rows are in
    try:
        yield connection
    finally:
        connection.close()


def read_published_meta(path: Path) -> SnapshotMeta:
    """What a published snapshot says about itself."""
    # Attached, not opened: a reader of this process may hold the file with another configuration, which the engine refuses.
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"ATTACH '{_path(path)}' AS {SNAP} (READ_ONLY)")
        row = connection.execute(f"SELECT value FROM {SNAP}.{META_TABLE.name} WHERE name = ?", [SNAPSHOT]).fetchone()
    if row is None:
        raise UserError(f"{path.name} is no complete snapshot. Load the company into an empty workspace.")
    return SnapshotMeta.model_validate_json(row[0])


def missing_tables(connection: DuckDBPyConnection) -> list[str]:
    """Required tables without a row."""
    found = {name: connection.execute(f"SELECT 1 FROM {SNAP}.{name} LIMIT 1").fetchone() for name in REQUIRED_TABLES}
    return [name for name, row in found.items() if row is None]


def seal(connection: DuckDBPyConnection, meta: SnapshotMeta) -> None:
    """Write the description and what rows are found by, and flush everything into the one file."""
    for table, key in _READ_ONE_BY_ONE.items():
        connection.execute(f"CREATE INDEX {table}_by_id ON {SNAP}.{quote(table)} ({quote(key)})")
    connection.execute(f"DELETE FROM {SNAP}.{META_TABLE.name}")
    connection.execute(f"INSERT INTO {SNAP}.{META_TABLE.name} VALUES (?, ?)", [SNAPSHOT, meta.model_dump_json()])
    connection.execute(f"CHECKPOINT {SNAP}")
    connection.execute(f"DETACH {SNAP}")


def build_rollups(connection: DuckDBPyConnection) -> bool:
    """Rebuild the rollups; True when they reconcile with the raw rows, to the cent in a million dollars."""
    connection.execute(f"USE {SNAP}")
    for table, statement in ((usage_slice, select_usage_slices()), (account_day, select_account_days())):
        connection.execute(f"DELETE FROM {table.name}")
        connection.execute(f"INSERT INTO {table.name} {_literal_sql(statement)}")
    raw = connection.execute(
        "SELECT coalesce(sum(effective_cost), 0), coalesce(sum(list_cost), 0) FROM usage_daily LEFT JOIN sku USING (sku_id)"
        " WHERE coalesce(charge_category, 'Usage') = 'Usage' AND coalesce(is_consumption, true)"
    ).fetchone()
    by_slice = connection.execute(
        f"SELECT coalesce(sum(effective_cost), 0), coalesce(sum(list_cost), 0) FROM {usage_slice.name}"
    ).fetchone()
    by_account = connection.execute(f"SELECT coalesce(sum(usd), 0), coalesce(sum(list_usd), 0) FROM {account_day.name}").fetchone()
    connection.execute("USE memory")
    assert raw is not None and by_slice is not None and by_account is not None
    return all(_same(rolled, part) for level in (by_slice, by_account) for rolled, part in zip(level, raw, strict=True))


def describe(connection: DuckDBPyConnection, company: Company, before: SnapshotMeta | None) -> SnapshotMeta:
    """Coverage, history, default as-of and the content's id of what is in the snapshot now."""
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {SNAP}.{quote(name)}" for name in TABLES)
    rows = dict(connection.execute(counts).fetchall())
    coverage = {name: _coverage(connection, table) if rows[name] else TableCoverage() for name, table in TABLES.items()}
    span = connection.execute(f"SELECT min(usage_date), max(usage_date), max(ingested_at) FROM {SNAP}.usage_daily").fetchone()
    first, last, newest = span or (None, None, None)
    return SnapshotMeta(
        snapshot_id=_content_id(connection, company, [name for name in TABLES if rows[name]]),
        company=json.loads(json.dumps(configured(company), default=_iso)),
        coverage=coverage,
        first_usage_date=first,
        last_usage_date=last,
        newest_ingested_at=newest,
        as_of=_default_as_of(connection, company, first, last, newest),
        loads=before.loads if before else 0,
        files=list(before.files) if before else [],
    )


def _default_as_of(
    connection: DuckDBPyConnection, company: Company, first: date | None, last: date | None, newest: datetime | None
) -> AsOf | None:
    known_at = company.as_of or newest
    if known_at is None or last is None:
        return None
    known_at = as_utc(known_at)
    statement = completeness_statement(known_at, min(known_at.date(), last))
    connection.execute(f"USE {SNAP}")
    rows = connection.execute(_literal_sql(statement)).fetchall()
    connection.execute("USE memory")
    received: dict[date, Received] = {day: (int(count), float(usd or 0)) for day, count, usd in rows}
    return find_last_complete_day(received, known_at, company.settle_lag_days, first)


def _content_id(connection: DuckDBPyConnection, company: Company, tables: list[str]) -> str:
    """The same data and settings have the same id, however they were loaded."""
    parts = [json.dumps(configured(company), default=_iso, sort_keys=True)]
    for name in tables:
        columns = ", ".join(quote(column.name) for column in TABLES[name].c)
        row = connection.execute(f"SELECT count(*), coalesce(bit_xor(hash({columns})), 0) FROM {SNAP}.{quote(name)}").fetchone()
        parts.append(f"{name} {row}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _coverage(connection: DuckDBPyConnection, table: Table) -> TableCoverage:
    names = [column.name for column in table.c]
    counts = ", ".join(f"count({quote(name)})" for name in names)
    row = connection.execute(f"SELECT count(*), {counts} FROM {SNAP}.{quote(table.name)}").fetchone()
    assert row is not None
    return TableCoverage(rows=row[0], filled={name: count for name, count in zip(names, row[1:], strict=True) if count})


def _column(column: Column[Any]) -> str:
    """A column as it is created. Notes lie as they are: to read a few of them, the engine would unpack two thousand for each."""
    lies = " USING COMPRESSION uncompressed" if column.table.name in _READ_ONE_BY_ONE else ""
    return f"{quote(column.name)} {sql_type(column)}{'' if column.nullable else ' NOT NULL'}{lies}"


def _create(table: Table) -> str:
    columns = ", ".join(_column(column) for column in table.c)
    return f"CREATE TABLE IF NOT EXISTS {SNAP}.{quote(table.name)} ({columns})"


def _literal_sql(statement: AnySelect) -> str:
    """A statement of our own with its values written in; it runs on the loader's raw connection."""
    return str(statement.compile(dialect=Dialect(), compile_kwargs={"literal_binds": True}))


def _same(rolled: float, raw: float) -> bool:
    return abs(rolled - raw) <= 1e-8 * max(1.0, abs(raw))


def _iso(value: object) -> str:
    assert isinstance(value, date | datetime)
    return value.isoformat()


def _path(path: Path) -> str:
    if "\0" in str(path):
        raise UserError(f"{path} is no usable path")
    return str(path).replace("'", "''")
