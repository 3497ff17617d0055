"""What writers of contracts share: contracts of a reply, their account, days, how they stand in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from meterline.answer import Sentence
from meterline.models.offline.write.parts import Figures, Metrics, plain_name

Contract = Mapping[str, Any]
OVERAGE = {
    "contracted_rate": "contracted rate",
    "on_demand_list": "list price",
    "premium": "premium price",
    "auto_true_up": "commitment is raised",
    "hard_stop": "usage stops",
    "none": "nothing agreed",
}
ROLLOVER = {
    "none": "lapses",
    "on_equal_or_larger_renewal": "rolls over with an equal renewal",
    "pct_cap": "part rolls over",
    "auto": "rolls over",
}
UNKNOWN = "see the contract"
"""For a rule that has no value on record, or one that nobody told us about."""
_AHEAD, BEHIND = 1.1, 0.9
_MOVED = 0.05


def contracts_of(reply: Metrics, within: Metrics | None = None) -> list[Contract]:
    """The contracts of a reply; with a second reply by contract, those that it lists too."""
    contracts = list(reply.data.get("contracts") or [])
    if within is None or within.reply is None:
        return contracts
    kept = {row.id for row in within.rows}
    return [c for c in contracts if c["contract_id"] in kept]


def running(contracts: Sequence[Contract]) -> list[Contract]:
    return [c for c in contracts if c.get("running", True)]


def commitments(contracts: Sequence[Contract]) -> list[Contract]:
    return [c for c in contracts if c.get("contract_type", "commit") == "commit"]


def account_name(contract: Contract) -> str:
    return plain_name(str(contract.get("account") or contract.get("contract_id")))


def told(reply: Metrics, contract: Contract) -> Figures:
    """Figures that hold a value; where the reply tells no values, all."""
    figures: Figures = contract.get("figures") or {}
    return reply.told(figures) if reply.data.get("figures") else figures


def value(reply: Metrics, contract: Contract, key: str) -> float | None:
    return reply.number((contract.get("figures") or {}).get(key))


def day(reply: Metrics, contract: Contract, key: str = "end") -> date | None:
    found = reply.value((contract.get("figures") or {}).get(key))
    return date.fromisoformat(str(found)[:10]) if found else None


def used_up(reply: Metrics, contract: Contract) -> bool:
    return (value(reply, contract, "M27") or 0.0) >= 1.0


def cited(text: str, contract: Contract) -> Sentence:
    """A sentence that rests on the contract itself."""
    citation = contract.get("citation")
    return Sentence(text=text, citations=[str(citation)] if citation else [])


def standing(pace: float | None, growth: float | None, contract: Contract) -> str:
    """How a contract stands, in words: against its line, and where usage goes."""
    if contract.get("renewed_by"):
        return "renewed already"
    words = [] if pace is None else ["ahead" if pace >= _AHEAD else "behind" if pace <= BEHIND else "on pace"]
    if growth is not None:
        words.append("rising" if growth >= _MOVED else "falling" if growth <= -_MOVED else "steady")
    return ", ".join(words) or "–"
