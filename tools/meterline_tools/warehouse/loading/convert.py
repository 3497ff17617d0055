"""From staged text to typed rows, all in SQL: each cell converted, the first thing wrong with a row named.

A cell that is empty, NULL or \\N is no value. Dates are ISO (or as the mapping says), timestamps with a
zone become UTC, numbers must be finite, list columns hold JSON arrays or names separated by ; or |.
"""

from __future__ import annotations

from dataclasses import dataclass

from duckdb import DuckDBPyConnection
from sqlalchemy import Boolean, Column, Date, DateTime, Double, Integer

from meterline_tools.warehouse.loading.mapping import TableMapping
from meterline_tools.warehouse.loading.naming import NATURAL_KEYS, Columns
from meterline_tools.warehouse.loading.read import STAGING, literal, quote
from meterline_tools.warehouse.schema import TABLES

TYPED = "staged_typed"
JSON_LISTS = frozenset({"aliases", "contact_ids", "drawdown_scope", "priority_fiscal_years", "quarter_weights", "evidence_ids"})
JSON_VALUES = frozenset({"turns", "meddpicc_notes"})
VERBATIM = frozenset({"body", "turns", "description", "summary"})
"""Text that keeps its white space at both ends."""
MISSING_DATE = "no usage date"


@dataclass(frozen=True)
class Cell:
    """SQL of one canonical column: the raw cell as text or typed, the converted value, and why it may fail."""

    raw: str
    value: str
    reason: str


def convert(connection: DuckDBPyConnection, plan: Columns, types: dict[str, str], mapping: TableMapping) -> None:
    """Fill TYPED with (record, all canonical columns, bad_column, bad_reason, currency) from STAGING."""
    table = TABLES[plan.table]
    cells = {column.name: _cell(column, plan, types, mapping) for column in table.c}
    problems = []
    for column in table.c:
        cell = cells[column.name]
        if cell.reason:
            problems.append((column.name, f"({cell.raw}) IS NOT NULL AND ({cell.value}) IS NULL", _shown(cell)))
        if not column.nullable and not (plan.derive_id and column.name == plan.key):
            reason = MISSING_DATE if (plan.table, column.name) == ("usage_daily", "usage_date") else "is empty, but every row needs one"
            problems.append((column.name, f"({cell.raw}) IS NULL", literal(reason)))
    if plan.table == "usage_daily":
        nothing = " AND ".join(f"({cells[name].raw}) IS NULL" for name in ("effective_cost", "consumed_quantity"))
        problems.append(("effective_cost", nothing, literal("neither effective_cost nor consumed_quantity has a value")))
    values = ", ".join(f"{cell.value} AS {quote(name)}" for name, cell in cells.items())
    bad_column = _first(problems, lambda name, _: literal(name))
    bad_reason = _first(problems, lambda _, reason: reason)
    currency = _clean(quote(plan.currency_column)) if plan.currency_column else "NULL"
    connection.execute(f"DROP TABLE IF EXISTS {TYPED}")
    connection.execute(
        f"CREATE TEMP TABLE {TYPED} AS SELECT rowid AS record, {values}, {bad_column} AS bad_column,"
        f" {bad_reason} AS bad_reason, CAST({currency} AS VARCHAR) AS currency FROM {STAGING}"
    )
    if plan.derive_id:
        _derive_ids(connection, plan)


def _first(problems: list[tuple[str, str, str]], pick: object) -> str:
    assert callable(pick)
    cases = " ".join(f"WHEN {condition} THEN {pick(name, reason)}" for name, condition, reason in problems)
    return f"CASE {cases} END" if cases else "NULL"


def _derive_ids(connection: DuckDBPyConnection, plan: Columns) -> None:
    """Ids from the natural key and, for rows that share it, their order by content (not by place in the file)."""
    columns = [column.name for column in TABLES[plan.table].c if column.name != plan.key]
    grain = ", ".join(f"coalesce(CAST({quote(name)} AS VARCHAR), '')" for name in NATURAL_KEYS[plan.table])
    content = ", ".join(f"coalesce(CAST({quote(name)} AS VARCHAR), '')" for name in columns)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TYPED} AS SELECT t.* REPLACE ("
        f"md5(concat_ws(chr(31), {grain})) || '-' || row_number() OVER (PARTITION BY {grain} ORDER BY md5(concat_ws(chr(31), {content})), record)"
        f" AS {quote(plan.key)}) FROM {TYPED} AS t ORDER BY record"
    )


def _cell(column: Column[object], plan: Columns, types: dict[str, str], mapping: TableMapping) -> Cell:
    name = column.name
    if name == "ingested_at" and plan.ingested_days_after is not None:
        usage = _cell(TABLES["usage_daily"].c.usage_date, plan, types, mapping)
        return Cell(usage.raw, f"CAST({usage.value} + {plan.ingested_days_after} AS TIMESTAMP)", "")
    if name in plan.constants:
        raw, kind = literal(plan.constants[name]), "VARCHAR"
    elif name in plan.sources:
        raw, kind = quote(plan.sources[name]), types[plan.sources[name]]
    else:
        return Cell("NULL", f"CAST(NULL AS {sql_type(column)})", "")
    if kind != "VARCHAR":
        return _typed_cell(column, raw, kind)
    clean = _clean(raw, keep_space=name in VERBATIM)
    return Cell(clean, *_from_text(column, clean, mapping))


def _clean(raw: str, keep_space: bool = False) -> str:
    text = f"CAST({raw} AS VARCHAR)"
    shown = text if keep_space else f"trim({text}, ' ' || chr(9) || chr(10) || chr(13) || chr(160))"
    return f"CASE WHEN trim({text}) IN ('', 'NULL', 'null', '\\N') THEN NULL ELSE {shown} END"


def _from_text(column: Column[object], text: str, mapping: TableMapping) -> tuple[str, str]:
    """(value, reason) of a text cell."""
    kind = column.type
    if isinstance(kind, Date):
        if mapping.date_format:
            return f"CAST(try_strptime({text}, {literal(mapping.date_format)}) AS DATE)", f"not a date like {mapping.date_format}"
        return f"coalesce(TRY_CAST({text} AS DATE), CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS DATE))", "not a date like 2026-07-31"
    if isinstance(kind, DateTime):
        given = mapping.timestamp_format
        shaped = f"CAST(try_strptime({text}, {literal(given)}) AS TIMESTAMP), " if given else ""
        return f"coalesce({shaped}CAST(TRY_CAST({text} AS TIMESTAMPTZ) AS TIMESTAMP))", "not a timestamp like 2026-07-31T12:00:00Z"
    if isinstance(kind, Boolean):
        yes, no = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"
        return f"CASE WHEN lower({text}) IN {yes} THEN true WHEN lower({text}) IN {no} THEN false END", "not true or false"
    if isinstance(kind, Double | Integer):
        number = f"replace(replace({text}, '.', ''), ',', '.')" if mapping.decimal == "," else text
        return _number(kind, f"TRY_CAST({number} AS DOUBLE)")
    if column.name in JSON_LISTS:
        parts = f"to_json(list_filter(list_transform(regexp_split_to_array({text}, '[;|]'), x -> trim(x)), x -> x <> ''))"
        return f"CASE WHEN left({text}, 1) <> '[' THEN {parts} WHEN json_valid({text}) THEN {text} END", "not a JSON array"
    if column.name in JSON_VALUES:
        return f"CASE WHEN json_valid({text}) THEN {text} END", "not valid JSON"
    return text, ""


def _number(kind: object, number: str) -> tuple[str, str]:
    finite = f"CASE WHEN isfinite({number}) THEN {number} END"
    if isinstance(kind, Integer):
        return (
            f"CASE WHEN {number} = round({number}) AND abs({number}) < 2147483648 THEN CAST({number} AS INTEGER) END",
            "not a whole number",
        )
    return finite, "not a finite number like 1234.5"


def _typed_cell(column: Column[object], raw: str, kind: str) -> Cell:
    """A cell that the file typed already (Parquet)."""
    wanted = column.type
    if isinstance(wanted, Double | Integer):
        return Cell(raw, *_number(wanted, f"TRY_CAST({raw} AS DOUBLE)"))
    if isinstance(wanted, Date | DateTime | Boolean):
        moment = f"CAST(TRY_CAST({raw} AS TIMESTAMPTZ) AS TIMESTAMP)" if "TIME ZONE" in kind else raw
        return Cell(raw, f"TRY_CAST({moment} AS {sql_type(column)})", f"a {kind.lower()} is not a {sql_type(column).lower()}")
    nested = kind.endswith("[]") or kind.startswith(("STRUCT", "MAP"))
    return Cell(raw, f"CAST(to_json({raw}) AS VARCHAR)" if nested else f"CAST({raw} AS VARCHAR)", "")


def _shown(cell: Cell) -> str:
    """SQL text: the cell, cut short, and what it is not."""
    return f"'\"' || left(CAST({cell.raw} AS VARCHAR), 60) || '\" is ' || {literal(cell.reason)}"


def sql_type(column: Column[object]) -> str:
    """The engine's type of a canonical column."""
    kind = column.type
    if isinstance(kind, Date):
        return "DATE"
    if isinstance(kind, DateTime):
        return "TIMESTAMP"
    if isinstance(kind, Boolean):
        return "BOOLEAN"
    if isinstance(kind, Double):
        return "DOUBLE"
    return "INTEGER" if isinstance(kind, Integer) else "VARCHAR"
