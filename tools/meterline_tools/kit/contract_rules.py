"""What a contract says: its rules in plain words, and a citation of the fields they come from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from meterline_tools.kit.records import Records

CITED = (
    "contract_type",
    "start_date",
    "end_date",
    "currency",
    "overage_rule",
    "overage_multiplier",
    "rollover_rule",
    "rollover_cap_pct",
    "payment_terms",
    "is_cancellable",
    "drawdown_scope",
)


def rules(listed: Records, n: int) -> Iterator[str]:
    """One sentence for each rule of a commitment; numbers stand as figure marks, a value nobody told us about as itself."""
    row = listed.rows[n]
    if row["contract_type"] != "commit":
        return
    multiplier = listed.figure(n, "overage_multiplier", "Overage price over list", "ratio")
    cap = listed.figure(n, "rollover_cap_pct", "Share that rolls over", "%")
    for field, words in plain_words().items():
        value = row[field]
        label = field.replace("_", " ")
        if value is None:
            yield f"No {label} {'are' if label.endswith('s') else 'is'} on record."
        elif (text := words.get(value)) is None or ("{multiplier}" in text and not multiplier) or ("{cap}" in text and not cap):
            yield f"The {label} on record {'are' if label.endswith('s') else 'is'} “[[{listed.figure(n, field, label.capitalize())}]]”."
        else:
            yield text.format(multiplier=f"[[{multiplier}]]", cap=f"[[{cap}]]")
    if row["currency"] and row["currency"] != listed.bench.warehouse.company.currency:
        written = listed.figure(n, "currency", "Currency of the contract")
        yield f"It is written in [[{written}]]; amounts here are in the company's currency."
    if row["is_cancellable"]:
        yield "The customer may cancel it, so it is not in RPO."
    if row["drawdown_scope"]:
        yield f"Only these products draw it down: [[{listed.figure(n, 'drawdown_scope', 'Products in scope')}]]."


def cite_contract(listed: Records, n: int) -> str:
    """The id of a citation of the contract's fields, as they stand in the table."""
    row = listed.rows[n]
    quote = "; ".join(f"{field} = {row[field]}" for field in CITED if row[field] is not None)
    book = listed.bench.book
    return book.add_citation("contract", row["contract_id"], quote, "system", account_id=row["account_id"], date=row["start_date"]).id


@cache
def plain_words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("commitments.yaml").read_text(encoding="utf-8"))
    return words
