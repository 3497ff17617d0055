"""commitments: an account's contracts, how far they are drawn, where they will end, and their rules in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import MeterlineError
from meterline_tools.kit.burndown import burn_down
from meterline_tools.kit.contract_rules import cite_contract, rules
from meterline_tools.kit.overage import overage_price
from meterline_tools.kit.records import Records, derived_records, figure_index, find_account, read_records
from meterline_tools.receipts import Entity, Receipt

if TYPE_CHECKING:
    from meterline_tools.catalog.outlook import Outlook
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
    "prior_contract_id",
    "start_date",
    "end_date",
    "status",
    "currency",
    "is_cancellable",
    "overage_rule",
    "overage_multiplier",
    "rollover_rule",
    "rollover_cap_pct",
    "payment_terms",
    "drawdown_scope",
]
_UNNAMED = "usage names no contract, so everything an account uses within the term and scope of a commitment draws it down"


def commitments(bench: Workbench, *, account: str = "") -> dict[str, Any]:
    """Contracts by the day their term ends: drawdown, pace, projected exhaustion or unused commitment, and the rules in plain words.

    Args:
        account: Account id or name; empty for the contracts of all visible accounts, such as to list renewals. Pay-as-you-go is not
            among those, and a burn-down comes with an account only.
    """
    entity = find_account(bench, account) if account.strip() else None
    before = len(bench.book.figures)
    if not bench.warehouse.has("contract"):
        reply: dict[str, Any] = {"contracts": [], "not_available": [{"what": "commitments", "reason": "no contracts loaded"}]}
        return reply | {"pay_as_you_go": None, "figures": {}}
    listed = _contracts(bench, entity)
    has_commit = any(row["contract_type"] == "commit" for row in listed.rows)
    measured = _Measured(bench, entity) if has_commit else None
    owners = _owners(bench, entity)
    left = _worked_out(bench, listed, measured)
    contracts = []
    for n, row in enumerate(listed.rows):
        contract = _contract(bench, listed, n) | {"owner": owners.get(row["account_id"])}
        contract["figures"] |= (measured.figures.get(row["contract_id"], {}) if measured else {}) | left[n]
        contracts.append(contract)
    if entity and measured:
        _deepen(bench, contracts, measured)
    return {
        "receipt": listed.receipt.id,
        "account": entity.model_dump() if entity else None,
        "pay_as_you_go": not any(c["running"] and c["contract_type"] != "payg" for c in contracts),
        "contracts": contracts,
        "assumptions": [] if bench.warehouse.has("usage_daily", "contract_id") or not has_commit else [_UNNAMED],
        "not_available": measured.missing if measured else [],
        "figures": figure_index(bench, before),
    }


def _contracts(bench: Workbench, entity: Entity | None) -> Records:
    """Contracts that have not ended, the one that ends first on top; of one account also those that ended in the last year."""
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
    else:
        statement = statement.where(contract.c.end_date > bench.asof.d1, contract.c.contract_type != "payg")
    return read_records(bench, _TOOL, {"account": entity.id} if entity else {}, statement)


class _Measured:
    """M27 to M31 per contract, and which of them cannot be had."""

    def __init__(self, bench: Workbench, entity: Entity | None) -> None:
        from meterline_tools.kit import TOOLS

        self.figures: dict[str, dict[str, str]] = {}
        self.missing: list[dict[str, str]] = []
        self._receipts: list[Receipt] = []
        try:
            filters = {"account": [entity.id]} if entity else {}
            reply = TOOLS["query_metrics"](bench, metrics=list(METRICS), group_by=["contract"], filters=filters)
        except MeterlineError as problem:
            self.missing = [{"what": ", ".join(METRICS), "reason": str(problem)}]
            return
        self._receipts = [bench.book.receipts[ident] for ident in reply["receipts"]]
        self.missing = [{"what": item["metric"], "reason": item["reason"]} for item in reply["not_available"]]
        for row in reply["rows"]:
            self.figures[row["keys"]["contract"]] = {_key(output): figure for output, figure in row["figures"].items()}

    def outlook(self, contract_id: str, day: date) -> Outlook | None:
        """The projection behind a contract's figures, from the row of the receipt they stand in."""
        from meterline_tools.catalog.builders.commitments import outlook

        for receipt in self._receipts:
            if "week_1" in receipt.columns and "first_day" in receipt.columns:
                for cells in receipt.rows:
                    row: dict[str, Any] = dict(zip(receipt.columns, cells, strict=True))
                    if row["level"] == 2 and row["contract_id"] == contract_id:
                        return outlook({name: _as_day(name, value) for name, value in row.items()}, day)
        return None


def _as_day(name: str, value: Any) -> Any:
    return date.fromisoformat(value[:10]) if name in ("start_date", "end_date", "first_day") and value else value


def _key(output: str) -> str:
    """M29.date -> M29, M29.low -> M29_low."""
    return output.removesuffix(".date").replace(".", "_")


def _owners(bench: Workbench, entity: Entity | None) -> dict[str, str]:
    """Who is credited for each account on the last complete day, by name."""
    from sqlalchemy import select

    credit, day = bench.views.credit(), bench.asof.d1
    statement = select(credit.c.account_id, credit.c.rep_id).where(credit.c.valid_from <= day, credit.c.valid_to > day)
    if entity:
        statement = statement.where(credit.c.account_id == entity.id)
    found: dict[str, list[str]] = {}
    for account_id, rep_id in bench.warehouse.run(statement.order_by(credit.c.account_id, credit.c.credit_pct.desc())).rows:
        if rep_id and (name := bench.names.name_of("rep", rep_id)):
            found.setdefault(account_id, []).append(name)
    return {account_id: " and ".join(dict.fromkeys(names)) for account_id, names in found.items()}


def _contract(bench: Workbench, listed: Records, n: int) -> dict[str, Any]:
    row, d1 = listed.rows[n], bench.asof.d1
    entity = Entity(type="contract", id=row["contract_id"], name=row["contract_id"])
    currency = bench.warehouse.company.currency
    figures = {
        "id": listed.figure(n, "contract_id", "Contract", entity=entity),
        "commit": listed.figure(n, "commit_amount", "Commitment", currency, entity=entity) if row["commit_amount"] else None,
        "rollover_in": listed.figure(n, "rollover_in_amount", "Rolled over into it", currency, entity=entity)
        if row["rollover_in_amount"]
        else None,
        "start": listed.figure(n, "start_date", "Start of the term", "date", entity=entity),
    }
    after = _successor(listed, row)
    replaced = after is not None and after["start_date"] <= d1
    return {
        "contract_id": row["contract_id"],
        "account_id": row["account_id"],
        "account": bench.names.name_of("account", row["account_id"]) or row["account_id"],
        "contract_type": row["contract_type"],
        "running": row["start_date"] <= d1 < row["end_date"] and not replaced,
        "starts_later": row["start_date"] > d1,
        "replaced": replaced and d1 < row["end_date"],
        "renewed_by": after["contract_id"] if after else None,
        "overage_rule": row["overage_rule"],
        "rollover_rule": row["rollover_rule"],
        "text_rules": list(rules(listed, n)),
        "citation": cite_contract(listed, n),
        "figures": {name: figure for name, figure in figures.items() if figure},
    }


def _successor(listed: Records, row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The signed contract that follows this one."""
    return next((each for each in listed.rows if each["prior_contract_id"] == row["contract_id"]), None)


def _worked_out(bench: Workbench, listed: Records, measured: _Measured | None) -> list[dict[str, str]]:
    """Figures of the last day of each term (tables hold the day after it) and of what is left of each commitment."""
    rows = []
    for row in listed.rows:
        known = (measured.figures.get(row["contract_id"]) or {}).get("M27") if measured else None
        share = bench.book.figures[known].value if known else None
        size = (row["commit_amount"] or 0.0) + (row["rollover_in_amount"] or 0.0)
        left = size * (1 - float(share)) if isinstance(share, int | float) else None
        rows.append({"contract_id": row["contract_id"], "last_day": row["end_date"] - timedelta(days=1), "left": left})
    records = derived_records(bench, "calc", _TOOL, {"of": listed.receipt.id}, rows)
    currency = bench.warehouse.company.currency
    made = []
    for n, each in enumerate(rows):
        name = Entity(type="contract", id=each["contract_id"], name=each["contract_id"])
        end = records.figure(n, "last_day", "Last day of the term", "date", entity=name)
        rest = records.figure(n, "left", "Left of the commitment", currency, entity=name)
        made.append({key: figure for key, figure in (("end", end), ("left", rest)) if figure})
    return made


def _deepen(bench: Workbench, contracts: list[dict[str, Any]], measured: _Measured) -> None:
    """For one account: the burn-down of each running commitment, and what overage costs beside it."""
    for contract in contracts:
        ahead = measured.outlook(contract["contract_id"], bench.asof.d1) if contract["running"] else None
        if ahead is None:
            continue
        start = date.fromisoformat(str(bench.book.figures[contract["figures"]["start"]].value)[:10])
        contract["burn_down"] = burn_down(bench, {"contract_id": contract["contract_id"], "start_date": start}, ahead)
        contract["seasonal"] = bool(ahead.factors)
        over = contract["figures"].get("M30")
        if over and bench.book.figures[over].value:
            contract["figures"] |= overage_price(bench, contract["contract_id"], contract["account_id"], start, ahead.last_day)
