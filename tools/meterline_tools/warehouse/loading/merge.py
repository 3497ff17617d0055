"""Typed rows into the snapshot that is being built.

Usage is append-only: a known usage_id with the same content is nothing new, with other content it is a
failure of the load. All other tables are merged by key: new rows are added, changed rows replaced, rows
that a file leaves out are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.loading.convert import TYPED
from meterline_tools.warehouse.loading.naming import Columns
from meterline_tools.warehouse.loading.read import quote
from meterline_tools.warehouse.schema import TABLES

SNAP = "snap"
"""The name under which the snapshot being built is attached."""


@dataclass(frozen=True)
class Merged:
    inserted: int
    updated: int
    repeated: int
    """Rows that stand in the file more than once with the same content."""
    conflicts: list[str]
    """Keys of append-only rows that came with other content; nothing was merged when there are any."""
    conflict_count: int = 0


def reject_repeated_keys(connection: DuckDBPyConnection, plan: Columns) -> None:
    """Mark rows whose key stands earlier in the same file with other content. (Usage fails the load instead.)"""
    if plan.table == "usage_daily":
        return
    key, row = quote(plan.key), _row(plan.table, "t")
    first = f"first_value(record) OVER (PARTITION BY {key} ORDER BY record)"
    connection.execute(
        f"UPDATE {TYPED} SET bad_column = '{plan.key}', bad_reason = 'the key \"' || {key} || '\" stands in an earlier row with other content'"
        f" WHERE record IN (SELECT record FROM (SELECT t.record, {row} AS content, first_value({row}) OVER"
        f" (PARTITION BY {key} ORDER BY record) AS content_first, {first} AS record_first FROM {TYPED} AS t WHERE bad_reason IS NULL)"
        " WHERE record <> record_first AND content IS DISTINCT FROM content_first)"
    )


def merge(connection: DuckDBPyConnection, plan: Columns) -> Merged:
    """Merge the good rows of TYPED into the snapshot's table."""
    table, key = f"{SNAP}.{quote(plan.table)}", quote(plan.key)
    names = ", ".join(quote(column.name) for column in TABLES[plan.table].c)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS SELECT DISTINCT {names} FROM {TYPED} WHERE bad_reason IS NULL")
    good = _scalar(connection, f"SELECT count(*) FROM {TYPED} WHERE bad_reason IS NULL")
    repeated = good - _scalar(connection, "SELECT count(*) FROM fresh")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE changed AS SELECT f.{key} AS id FROM fresh AS f JOIN {table} AS o ON o.{key} = f.{key}"
        f" WHERE {_row(plan.table, 'f')} IS DISTINCT FROM {_row(plan.table, 'o')}"
    )
    if plan.table == "usage_daily":
        connection.execute(f"INSERT INTO changed SELECT {key} FROM fresh GROUP BY {key} HAVING count(*) > 1")
    updated = _scalar(connection, "SELECT count(DISTINCT id) FROM changed")
    if updated and plan.table == "usage_daily":
        ids = connection.execute("SELECT DISTINCT id FROM changed ORDER BY id LIMIT 20").fetchall()
        return Merged(0, 0, repeated, [str(row[0]) for row in ids], updated)
    if updated:
        connection.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM changed)")
    before = _scalar(connection, f"SELECT count(*) FROM {table}")
    order = " ORDER BY f.usage_date, f.account_id, f.usage_id" if plan.table == "usage_daily" else f" ORDER BY f.{key}"
    columns = ", ".join(f"f.{quote(column.name)}" for column in TABLES[plan.table].c)
    connection.execute(
        f"INSERT INTO {table} SELECT {columns} FROM fresh AS f LEFT JOIN {table} AS o ON o.{key} = f.{key} WHERE o.{key} IS NULL{order}"
    )
    inserted = _scalar(connection, f"SELECT count(*) FROM {table}") - before - updated
    return Merged(inserted, updated, repeated, [])


def _row(table: str, alias: str) -> str:
    return "(" + ", ".join(f"{alias}.{quote(column.name)}" for column in TABLES[table].c) + ")"


def _scalar(connection: DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
