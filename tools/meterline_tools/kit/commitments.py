"""commitments: an account's contracts, how far they are drawn, where they will end, and their rules in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from meterline_tools.errors import MeterlineError
from meterline_tools.kit.records import Records, derived_records, figure_index, find_account, read_records
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

METRICS = ("M27", "M28", "M29", "M30", "M31")
NOT_IN_FORCE = ("draft", "cancelled")
_TOOL = "commitments"
_FIELDS = [
    "contract_id",
    "account_id",
    "contract_type",
    "commit_amount",
    "rollover_in_amount",
    "start_date",
    "end_date",
    "status",
    "overage_rule",
    "overage_multiplier",
    "rollover_rule",
    "rollover_cap_pct",
    "payment_terms",
]


def commitments(bench: Workbench, *, account: str = "") -> dict[str, Any]:
    """Contracts by the day their term ends: drawdown, pace, projected exhaustion or unused commitment, and the rules in plain words.

    Args:
        account: Account id or name; empty for the contracts of all visible accounts, such as to list renewals.
    """
    entity = find_account(bench, account) if account.strip() else None
    before = len(bench.book.figures)
    if not bench.warehouse.has("contract"):
        reply: dict[str, Any] = {"contracts": [], "not_available": [{"what": "commitments", "reason": "no contracts loaded"}]}
        return reply | {"pay_as_you_go": None, "figures": {}}
    listed = _contracts(bench, entity)
    has_commit = any(row["contract_type"] == "commit" for row in listed.rows)
    measured, missing = _measured(bench, entity) if has_commit else ({}, [])
    last_days = _last_days(bench, listed)
    contracts = [_contract(bench, listed, n, measured.get(row["contract_id"], {})) for n, row in enumerate(listed.rows)]
    for n, contract in enumerate(contracts):
        contract["figures"]["end"] = last_days[n]
    return {
        "receipt": listed.receipt.id,
        "account": entity.model_dump() if entity else None,
        "pay_as_you_go": not any(c["running"] and c["contract_type"] != "payg" for c in contracts),
        "contracts": contracts,
        "not_available": missing,
        "figures": figure_index(bench, before),
    }


def _contracts(bench: Workbench, entity: Entity | None) -> Records:
    """Contracts that have not ended, the one that ends first on top, and those that ended in the last year."""
    from sqlalchemy import or_, select

    contract = bench.views.table("contract")
    statement = (
        select(*(contract.c[name] for name in _FIELDS))
        .where(contract.c.end_date > bench.asof.d1 - timedelta(days=365))
        .where(or_(contract.c.status.is_(None), contract.c.status.not_in(NOT_IN_FORCE)))
        .order_by(contract.c.end_date, contract.c.contract_id)
    )
    if entity:
        statement = statement.where(contract.c.account_id == entity.id)
    return read_records(bench, _TOOL, {"account": entity.id} if entity else {}, statement)


def _measured(bench: Workbench, entity: Entity | None) -> tuple[dict[str, dict[str, str]], list[dict[str, str]]]:
    """Figures of M27 to M31 per contract, and which of them cannot be had."""
    from meterline_tools.kit import TOOLS

    try:
        filters = {"account": [entity.id]} if entity else {}
        reply = TOOLS["query_metrics"](bench, metrics=list(METRICS), group_by=["contract"], filters=filters)
    except MeterlineError as problem:
        return {}, [{"what": ", ".join(METRICS), "reason": str(problem)}]
    missing = [{"what": item["metric"], "reason": item["reason"]} for item in reply["not_available"]]
    return {row["keys"]["contract"]: {_key(output): f for output, f in row["figures"].items()} for row in reply["rows"]}, missing


def _key(output: str) -> str:
    """M29.date -> M29, M29.low -> M29_low."""
    return output.removesuffix(".date").replace(".", "_")


def _contract(bench: Workbench, listed: Records, n: int, measured: dict[str, str]) -> dict[str, Any]:
    row, d1 = listed.rows[n], bench.asof.d1
    entity = Entity(type="contract", id=row["contract_id"], name=row["contract_id"])
    currency = bench.warehouse.company.currency
    figures = {
        "id": listed.figure(n, "contract_id", "Contract", entity=entity),
        "commit": listed.figure(n, "commit_amount", "Commitment", currency, entity=entity),
        "rollover_in": listed.figure(n, "rollover_in_amount", "Rolled over into it", currency, entity=entity),
        "start": listed.figure(n, "start_date", "Start of the term", "date", entity=entity),
    }
    running = row["start_date"] <= d1 < row["end_date"]
    return {
        "contract_id": row["contract_id"],
        "account": bench.names.name_of("account", row["account_id"]) or row["account_id"],
        "contract_type": row["contract_type"],
        "running": running,
        "starts_later": row["start_date"] > d1,
        "text_rules": list(_rules(listed, n)),
        "figures": {name: figure for name, figure in (figures | measured).items() if figure},
    }


def _last_days(bench: Workbench, listed: Records) -> list[str]:
    """Figures of the last day of each term: tables hold the day after it."""
    rows = [{"contract_id": row["contract_id"], "last_day": row["end_date"] - timedelta(days=1)} for row in listed.rows]
    records = derived_records(bench, "calc", _TOOL, {"of": listed.receipt.id}, rows)
    names = [Entity(type="contract", id=row["contract_id"], name=row["contract_id"]) for row in rows]
    return [records.figure(n, "last_day", "Last day of the term", "date", entity=name) or "" for n, name in enumerate(names)]


def _rules(listed: Records, n: int) -> Iterator[str]:
    """One sentence per rule of a contract; numbers stand as figure marks."""
    row = listed.rows[n]
    if row["contract_type"] != "commit":
        return
    multiplier = listed.figure(n, "overage_multiplier", "Overage price over list", "ratio")
    cap = listed.figure(n, "rollover_cap_pct", "Cap of the rollover", "%")
    for field, words in _plain_words().items():
        value = row[field]
        label = field.replace("_", " ")
        if value is None:
            yield f"No {label} is on record."
        elif (text := words.get(value)) is None or ("{multiplier}" in text and not multiplier) or ("{cap}" in text and not cap):
            yield f"The {label} on record is “[[{listed.figure(n, field, label.capitalize())}]]”."
        else:
            yield text.format(multiplier=f"[[{multiplier}]]", cap=f"[[{cap}]]")


@cache
def _plain_words() -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return words
