"""What a file's own words, rows and money become: words translated, rows left out, money brought to the reporting currency."""

from __future__ import annotations

from collections.abc import Mapping

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.company import Company
from meterline_tools.warehouse.loading.read import literal, quote

MONEY = {
    "usage_daily": ("list_cost", "contracted_cost", "effective_cost", "billed_cost"),
    "contract": ("commit_amount", "rollover_in_amount"),
    "price": ("unit_price",),
}
"""Columns in money of the tables that can name a currency row by row."""


def translated(raw: str, words: Mapping[str, str]) -> str:
    """SQL of a text cell in which the file's words, in any case, are replaced by ours; \"\" stands for no value."""
    cases = " ".join(f"WHEN {literal(theirs.strip().lower())} THEN {literal(ours)}" for theirs, ours in words.items())
    return f"CASE lower(trim({raw})) {cases} ELSE {raw} END"


def leave_out(connection: DuckDBPyConnection, table: str, unwanted: Mapping[str, list[str]]) -> int:
    """Take the rows out of a typed table that have one of the unwanted values, as they are after translation; how many went."""
    if not unwanted:
        return 0
    tests = [
        f"lower(trim(CAST({quote(column)} AS VARCHAR))) IN ({', '.join(literal(value.strip().lower()) for value in values)})"
        for column, values in unwanted.items()
        if values
    ]
    gone = connection.execute(f"DELETE FROM {table} WHERE {' OR '.join(tests) or 'false'} RETURNING record").fetchall()
    return len(gone)


def convert_money(connection: DuckDBPyConnection, typed: str, table: str, company: Company) -> list[str]:
    """Bring the money of rows in a currency with a rate to the reporting currency, in place; a sentence for each currency.

    `typed` holds the rows, `charged_in` their currencies. Currencies without a rate are left as they are: a check finds
    them. A contract keeps the name of the currency that it is written in.
    """
    said = []
    for currency, rate in sorted(company.rates.items()):
        amounts = ", ".join(f"{quote(column)} = {quote(column)} * {rate!r}" for column in MONEY.get(table, ()))
        if not amounts:
            continue
        rows = connection.execute(
            f"UPDATE {typed} SET {amounts}, charged_in = {literal(company.currency)}"
            f" WHERE charged_in = {literal(currency)} RETURNING record"
        ).fetchall()
        if rows:
            said.append(f"{len(rows):,} rows in {currency} were converted at {rate:g} {company.currency}, the rate that is configured")
    return said
