"""The importer's checks (checks.yaml) on the snapshot as it would be, and those on currencies and on words that steer (words.yaml)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

from duckdb import DuckDBPyConnection
from pydantic import BaseModel, ConfigDict, TypeAdapter

from meterline_tools.warehouse.company import Company
from meterline_tools.warehouse.loading.merge import SNAP
from meterline_tools.warehouse.loading.read import literal
from meterline_tools.warehouse.loading.report import Check
from meterline_tools.yamls import parse_yaml

SHOWN = 20
WORDS_SHOWN = 4


class Rule(BaseModel):
    """One entry of checks.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    level: Literal["fail", "warn"]
    message: str
    sql: str


class Vocabulary(BaseModel):
    """One entry of words.yaml: what a column may say, and what comes of anything else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    column: str
    words: list[str]
    otherwise: str


@cache
def vocabularies() -> list[Vocabulary]:
    text = files("meterline_tools.warehouse.loading").joinpath("words.yaml").read_text(encoding="utf-8")
    return TypeAdapter(list[Vocabulary]).validate_python(parse_yaml(text))


@cache
def rules() -> list[Rule]:
    text = files("meterline_tools.warehouse.loading").joinpath("checks.yaml").read_text(encoding="utf-8")
    return TypeAdapter(list[Rule]).validate_python(parse_yaml(text))


def run_checks(connection: DuckDBPyConnection, company: Company, usage_currencies: set[str]) -> list[Check]:
    """All checks that found something."""
    connection.execute(f"USE {SNAP}")
    found = [*_mixed_currency(connection, company, usage_currencies), *_unknown_words(connection)]
    for rule in rules():
        row = connection.execute(f"SELECT count(*), list(example)[:{SHOWN}] FROM ({rule.sql})").fetchone()
        if row and row[0]:
            found.append(Check(name=rule.name, level=rule.level, count=row[0], message=rule.message.format(count=row[0]), examples=row[1]))
    connection.execute("USE memory")
    return found


def _mixed_currency(connection: DuckDBPyConnection, company: Company, usage_currencies: set[str]) -> Iterator[Check]:
    """Money is in one reporting currency; what has no rate to it may not come in."""
    of_table = {"usage_daily": usage_currencies}
    for table in ("contract", "price"):
        rows = connection.execute(f"SELECT DISTINCT upper(trim(currency)) FROM {table} WHERE currency IS NOT NULL").fetchall()
        of_table[table] = {row[0] for row in rows}
    for table, currencies in of_table.items():
        foreign = sorted(currencies - {company.currency, *company.rates})
        if foreign:
            yield Check(
                name="mixed_currency",
                level="fail",
                count=len(foreign),
                message=f"{table} has money in {', '.join(foreign)}, but the company reports in {company.currency}: give the rate"
                f" (company: rates: {{{foreign[0]}: …}}, what one is worth in {company.currency}), or set `currency`,"
                " in company.yaml or in the mapping",
                examples=foreign,
            )


def _unknown_words(connection: DuckDBPyConnection) -> Iterator[Check]:
    """Words in columns that steer figures and rules, which no figure or rule knows."""
    for vocabulary in vocabularies():
        table, _, column = vocabulary.column.partition(".")
        known = ", ".join(literal(word) for word in vocabulary.words)
        found = connection.execute(
            f"SELECT {column}, count(*) FROM {table} WHERE {column} NOT IN ({known}) GROUP BY {column} ORDER BY count(*) DESC, {column}"
        ).fetchall()
        if found:
            told = ", ".join(f"“{word}”" for word, _ in found[:WORDS_SHOWN]) + (" …" if len(found) > WORDS_SHOWN else "")
            yield Check(
                name="unknown_word",
                level="warn",
                count=sum(rows for _, rows in found),
                message=f"{vocabulary.column} says {told}: {vocabulary.otherwise}; translate it in a mapping (tables: {table}: values:"
                f" {{{column}: {{…: …}}}}) into one of {', '.join(vocabulary.words)}",
                examples=[f"{word} ({rows:,} rows)" for word, rows in found[:SHOWN]],
            )
