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


def reject_repeated_keys(connection: DuckDBPyConnection, plan: Columns, problem: int) -> None:
    """Mark rows whose key stands earlier in the same file with other content. (Usage fails the load instead.)"""
    key, row = quote(plan.key), _row(plan.table, "t")
    if plan.table == "usage_daily" or not _has_repeated_keys(connection, key):
        return
    first = f"OVER (PARTITION BY {key} ORDER BY record)"
    connection.execute(
        f"UPDATE {TYPED} SET bad = {problem} WHERE record IN (SELECT record FROM"
        f" (SELECT record, {row} AS content, first_value({row}) {first} AS first_content FROM {TYPED} AS t WHERE bad IS NULL)"
        " WHERE content IS DISTINCT FROM first_content)"
    )


def merge(connection: DuckDBPyConnection, plan: Columns) -> Merged:
    """Merge the good rows of TYPED into the snapshot's table."""
    table, key = f"{SNAP}.{quote(plan.table)}", quote(plan.key)
    repeated = _drop_repeated(connection, plan) if _has_repeated_keys(connection, key) else 0
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT n.{key} AS id FROM {TYPED} AS n JOIN {table} AS o ON o.{key} = n.{key}"
        f" WHERE n.bad IS NULL AND {_row(plan.table, 'n')} IS DISTINCT FROM {_row(plan.table, 'o')}"
    )
    if plan.table == "usage_daily":
        connection.execute(f"INSERT INTO changed SELECT {key} FROM {TYPED} WHERE bad IS NULL GROUP BY {key} HAVING count(*) > 1")
    updated = _scalar(connection, "SELECT count(DISTINCT id) FROM changed")
    if updated and plan.table == "usage_daily":
        ids = connection.execute("SELECT DISTINCT id FROM changed ORDER BY id LIMIT 20").fetchall()
        return Merged(0, 0, repeated, [str(row[0]) for row in ids], updated)
    if updated:
        connection.execute(f"DELETE FROM {table} WHERE {key} IN (SELECT id FROM changed)")
    columns = ", ".join(quote(column.name) for column in TABLES[plan.table].c)
    before = _scalar(connection, f"SELECT count(*) FROM {table}")
    connection.execute(
        f"INSERT INTO {table} SELECT {columns} FROM {TYPED} AS n ANTI JOIN {table} AS o ON o.{key} = n.{key} WHERE n.bad IS NULL"
    )
    return Merged(_scalar(connection, f"SELECT count(*) FROM {table}") - before - updated, updated, repeated, [])


def _has_repeated_keys(connection: DuckDBPyConnection, key: str) -> bool:
    return _scalar(connection, f"SELECT count({key}) - count(DISTINCT {key}) FROM {TYPED} WHERE bad IS NULL") > 0


def _drop_repeated(connection: DuckDBPyConnection, plan: Columns) -> int:
    """Drop good rows that stand earlier in the file with the very same content; returns how many."""
    columns = ", ".join(quote(column.name) for column in TABLES[plan.table].c)
    again = f"SELECT record FROM {TYPED} WHERE bad IS NULL QUALIFY row_number() OVER (PARTITION BY {columns} ORDER BY record) > 1"
    repeated = _scalar(connection, f"SELECT count(*) FROM ({again})")
    connection.execute(f"DELETE FROM {TYPED} WHERE record IN ({again})")
    return repeated


def _row(table: str, alias: str) -> str:
    return "(" + ", ".join(f"{alias}.{quote(column.name)}" for column in TABLES[table].c) + ")"


def _scalar(connection: DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    return int(row[0]) if row else 0
