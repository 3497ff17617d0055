"""From staged cells to typed rows, all in SQL: each cell converted, the first thing wrong with a row named.

A cell that is empty or holds only white space is no value. Dates are ISO (or as the mapping says),
moments with a zone become UTC, numbers must be finite, list columns hold JSON arrays or names separated
by ; or |. A mapping may translate the words of a column and leave rows out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from duckdb import DuckDBPyConnection
from sqlalchemy import Boolean, Column, Date, DateTime, Double, Integer

from meterline_tools.warehouse.loading.mapping import TableMapping
from meterline_tools.warehouse.loading.naming import NATURAL_KEYS, Columns
from meterline_tools.warehouse.loading.read import STAGING, Staged, literal, quote
from meterline_tools.warehouse.loading.translate import MONEY, leave_out, translated
from meterline_tools.warehouse.schema import TABLES

TYPED = "staged_typed"
"""The good and bad rows of one file: record, all canonical columns, `charged_in`, the currency that the row names,
and `bad`, NULL or the number of a problem."""
JSON_LISTS = frozenset({"aliases", "contact_ids", "drawdown_scope", "priority_fiscal_years", "quarter_weights", "evidence_ids"})
JSON_VALUES = frozenset({"turns", "meddpicc_notes"})
VERBATIM = frozenset({"body", "turns", "description", "summary"})
"""Text that keeps its white space at both ends."""
MISSING_DATE = "no usage date"
EMPTY = "is empty, but every row needs one"


@dataclass(frozen=True)
class Cell:
    """SQL of one canonical column: the staged cell (None: there is none), its value, and what it should be like."""

    raw: str | None
    value: str
    expected: str = ""


@dataclass(frozen=True)
class Problem:
    """One way in which a row can be bad. `condition` and `reason` are SQL over the staged cells and the values."""

    column: str
    condition: str
    reason: str


@dataclass(frozen=True)
class Converted:
    """What became of the rows of a file: the problems that `bad` counts from 0, and how many rows were left out, and why."""

    problems: list[Problem]
    repeated: int = 0
    unwanted: int = 0


def convert(connection: DuckDBPyConnection, plan: Columns, staged: Staged, mapping: TableMapping) -> Converted:
    """Fill TYPED from STAGING."""
    cells = {column.name: _cell(column, plan, staged, mapping) for column in TABLES[plan.table].c}
    problems = _problems(plan, cells)
    names = ", ".join(quote(name) for name in cells)
    values = ", ".join(f"{cell.value} AS {quote(name)}" for name, cell in cells.items())
    cases = " ".join(f"WHEN {problem.condition} THEN {number}" for number, problem in enumerate(problems))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TYPED} AS SELECT record, {names}, {_charged_in(plan, staged)} AS charged_in,"
        f" CAST(CASE {cases} END AS INTEGER) AS bad"
        f" FROM (SELECT rowid AS record, *, {values} FROM {STAGING})"
    )
    unwanted = leave_out(connection, TYPED, mapping.leave_out)
    repeated = 0
    if plan.derive_id:
        if mapping.repeated == "once":
            repeated = len(
                connection.execute(f"DELETE FROM {TYPED} WHERE record IN ({repeated_records(staged)}) RETURNING record").fetchall()
            )
        _derive_ids(connection, plan)
    return Converted(problems, repeated, unwanted)


def _charged_in(plan: Columns, staged: Staged) -> str:
    """SQL of the currency that a row names, NULL where it names none."""
    if plan.table == "usage_daily":
        told = staged.text(plan.currency_column) if plan.currency_column else None
    else:
        told = "currency" if plan.table in MONEY else None
    return f"nullif(upper(trim({told})), '')" if told else "CAST(NULL AS VARCHAR)"


def repeated_records(staged: Staged) -> str:
    """SQL of the records that equal an earlier one of the file in every column it has, also those that are left aside."""
    columns = ", ".join(column for column, _ in staged.columns.values())
    return f"SELECT rowid FROM {STAGING} QUALIFY row_number() OVER (PARTITION BY {columns} ORDER BY rowid) > 1"


def find_bad_rows(connection: DuckDBPyConnection, problems: list[Problem]) -> dict[int, tuple[str, str]]:
    """Record -> (column, reason) of every bad row."""
    reasons = " ".join(f"WHEN {number} THEN {problem.reason}" for number, problem in enumerate(problems))
    rows = connection.execute(
        f"SELECT t.record, t.bad, CASE t.bad {reasons} END FROM {TYPED} AS t JOIN {STAGING} AS s ON s.rowid = t.record"
        " WHERE t.bad IS NOT NULL"
    ).fetchall()
    return {record: (problems[bad].column, reason) for record, bad, reason in rows}


def _problems(plan: Columns, cells: dict[str, Cell]) -> list[Problem]:
    problems = []
    for column in TABLES[plan.table].c:
        cell, name = cells[column.name], quote(column.name)
        if cell.raw and cell.expected:
            given = f"{cell.raw} IS NOT NULL AND {name} IS NULL AND trim(CAST({cell.raw} AS VARCHAR)) <> ''"
            shown = f"'\"' || left(CAST({cell.raw} AS VARCHAR), 60) || '\" is ' || {literal(cell.expected)}"
            problems.append(Problem(column.name, given, shown))
        if not column.nullable and not (plan.derive_id and column.name == plan.key):
            reason = MISSING_DATE if (plan.table, column.name) == ("usage_daily", "usage_date") else EMPTY
            problems.append(Problem(column.name, f"{name} IS NULL", literal(reason)))
    if plan.table == "usage_daily":
        nothing = "effective_cost IS NULL AND consumed_quantity IS NULL"
        problems.append(Problem("effective_cost", nothing, literal("neither effective_cost nor consumed_quantity has a value")))
    problems.append(Problem(plan.key, "false", f"'the key \"' || t.{quote(plan.key)} || '\" stands in an earlier row with other content'"))
    return problems


def _derive_ids(connection: DuckDBPyConnection, plan: Columns) -> None:
    """Ids from the natural key and, for rows that share it, their order by content (not by place in the file)."""
    columns = [column.name for column in TABLES[plan.table].c if column.name != plan.key]
    grain, content = (
        ", ".join(f"coalesce(CAST({quote(name)} AS VARCHAR), '')" for name in names) for names in (NATURAL_KEYS[plan.table], columns)
    )
    place = f"row_number() OVER (PARTITION BY {grain} ORDER BY md5(concat_ws(chr(31), {content})), record)"
    derived = f"md5(concat_ws(chr(31), {grain})) || '-' || {place}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {TYPED} AS SELECT * REPLACE ({derived} AS {quote(plan.key)}) FROM {TYPED} ORDER BY record"
    )


def _cell(column: Column[Any], plan: Columns, staged: Staged, mapping: TableMapping) -> Cell:
    name = column.name
    if name == "ingested_at" and plan.ingested_days_after is not None:
        usage = _cell(TABLES["usage_daily"].c.usage_date, plan, staged, mapping)
        return Cell(None, f"CAST({usage.value} + {plan.ingested_days_after} AS TIMESTAMP)")
    if name in plan.constants:
        raw = literal(plan.constants[name])
        return Cell(raw, *_from_text(column, raw, mapping))
    if name not in plan.sources:
        return Cell(None, f"CAST(NULL AS {sql_type(column)})")
    raw, kind = staged.columns[plan.sources[name]]
    if words := mapping.values.get(name):
        raw, kind = translated(staged.text(plan.sources[name]), words), "VARCHAR"
    return Cell(raw, *(_from_text(column, raw, mapping) if kind == "VARCHAR" else _from_typed(column, raw, kind)))


def _from_text(column: Column[Any], raw: str, mapping: TableMapping) -> tuple[str, str]:
    """(value, what it should be like) of a text cell."""
    if isinstance(column.type, Date | DateTime):
        return _moment(column, raw, mapping)
    if isinstance(column.type, Double | Integer):
        number = f"replace(replace({raw}, '.', ''), ',', '.')" if mapping.decimal == "," else raw
        return _number(column, f"TRY_CAST({number} AS DOUBLE)" if isinstance(column.type, Integer) else _with_percent(number))
    text = f"nullif(trim({raw}), '')"
    if isinstance(column.type, Boolean):
        yes, no = "('true', 't', 'yes', 'y', '1')", "('false', 'f', 'no', 'n', '0')"
        return f"CASE WHEN lower({text}) IN {yes} THEN true WHEN lower({text}) IN {no} THEN false END", "not true or false"
    if column.name in JSON_LISTS:
        parts = f"to_json(list_filter(list_transform(regexp_split_to_array({text}, '[;|]'), x -> trim(x)), x -> x <> ''))"
        return f"CASE WHEN left({text}, 1) <> '[' THEN CAST({parts} AS VARCHAR) WHEN json_valid({text}) THEN {text} END", "not a JSON array"
    if column.name in JSON_VALUES:
        return f"CASE WHEN json_valid({text}) THEN {text} END", "not valid JSON"
    return (f"CASE WHEN trim({raw}) <> '' THEN {raw} END" if column.name in VERBATIM else text), ""


def _moment(column: Column[Any], raw: str, mapping: TableMapping) -> tuple[str, str]:
    """Dates and timestamps: as the mapping says, else ISO; a time with a zone is brought to UTC first, then cut to its day."""
    wanted = sql_type(column)
    shapes = _shapes(mapping, wanted)
    value, like = f"CAST(TRY_CAST(trim({raw}) AS TIMESTAMPTZ) AS {wanted})", "not a timestamp like 2026-07-31T12:00:00Z"
    if wanted == "DATE":
        value, like = f"CASE WHEN length({raw}) <= 10 THEN TRY_CAST({raw} AS DATE) ELSE {value} END", "not a date like 2026-07-31"
    if shapes:
        begins_with_year = f"regexp_matches({raw}, '^\\s*[0-9]{{4}}-')"
        shaped = f"CAST(try_strptime(trim({raw}), [{', '.join(map(literal, shapes))}]) AS {wanted})"
        value, like = f"coalesce({shaped}, CASE WHEN {begins_with_year} THEN {value} END)", f"not like {' or '.join(shapes)}"
        if len(shapes) > 1:
            like += "; say `timestamp_format` in a mapping"
    return value, like


def _shapes(mapping: TableMapping, wanted: str) -> list[str]:
    """How moments are written, as far as a mapping says; where it only says how days are, a time may stand behind the day."""
    if wanted == "DATE":
        return [mapping.date_format] if mapping.date_format else []
    if mapping.timestamp_format:
        return [mapping.timestamp_format]
    return [f"{mapping.date_format}{time}" for time in ("", " %H:%M", " %H:%M:%S")] if mapping.date_format else []


def _with_percent(number: str) -> str:
    """A number, or with a percent sign behind it a share: 25 % is 0.25."""
    share = f"TRY_CAST(rtrim(rtrim(trim({number}), '%')) AS DOUBLE) / 100"
    return f"CASE WHEN ends_with(trim({number}), '%') THEN {share} ELSE TRY_CAST({number} AS DOUBLE) END"


def _number(column: Column[Any], number: str) -> tuple[str, str]:
    if isinstance(column.type, Integer):
        whole = f"{number} = round({number}) AND abs({number}) < 2147483648"
        return f"CASE WHEN {whole} THEN CAST({number} AS INTEGER) END", "not a whole number"
    return f"CASE WHEN isfinite({number}) THEN {number} END", "not a finite number like 1234.5"


def _from_typed(column: Column[Any], raw: str, kind: str) -> tuple[str, str]:
    """(value, what it should be like) of a cell that the file typed already (Parquet)."""
    wanted = sql_type(column)
    if isinstance(column.type, Double | Integer):
        return _number(column, f"TRY_CAST({raw} AS DOUBLE)")
    if isinstance(column.type, Date | DateTime | Boolean):
        in_utc = f"CAST({raw} AS TIMESTAMP)" if "TIME ZONE" in kind else raw
        return f"TRY_CAST({in_utc} AS {wanted})", f"no {wanted.lower()}"
    nested = kind.endswith("[]") or kind.startswith(("STRUCT", "MAP"))
    return f"CAST({f'to_json({raw})' if nested else raw} AS VARCHAR)", ""


def sql_type(column: Column[Any]) -> str:
    """The engine's type of a canonical column."""
    kinds = ((Date, "DATE"), (DateTime, "TIMESTAMP"), (Boolean, "BOOLEAN"), (Double, "DOUBLE"), (Integer, "INTEGER"))
    return next((name for kind, name in kinds if isinstance(column.type, kind)), "VARCHAR")
