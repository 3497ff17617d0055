"""What overage costs: a jump in spend beyond a commitment may be a price effect and no growth in use."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.records import derived_records, read_records
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

_TOOL = "commitments"


def overage_price(bench: Workbench, contract_id: str, account_id: str, start: date, last_day: date) -> dict[str, str]:
    """Figures of a contract's overage: its list value, and what of it is due to the price.

    Price effect = overage net − overage at list × (drawn net / drawn at list): what the same use would have cost at the
    price that the commitment was drawn at. Empty when no list cost is loaded or nothing was drawn at list.
    """
    if not bench.warehouse.has("usage_daily", "list_cost"):
        return {}
    records = _by_status(bench, account_id, start, last_day)
    sums = {row["commit_status"]: row for row in records.rows}
    drawn, over = sums.get("drawdown"), sums.get("overage")
    if not drawn or not over or not drawn["list_usd"] or not over["list_usd"]:
        return {}
    same_price = over["list_usd"] * drawn["usd"] / drawn["list_usd"]
    row: dict[str, Any] = {"contract_id": contract_id, "overage_list": over["list_usd"], "price_effect": over["usd"] - same_price}
    made = derived_records(bench, "calc", _TOOL, {"of": records.receipt.id}, [row])
    entity = Entity(type="contract", id=contract_id, name=contract_id)
    currency = bench.warehouse.company.currency
    labels = {"overage_list": "Overage at list price", "price_effect": "Overage that is due to its price"}
    return {key: figure for key, label in labels.items() if (figure := made.figure(0, key, label, currency, entity=entity))}


def _by_status(bench: Workbench, account_id: str, start: date, last_day: date) -> Any:
    from sqlalchemy import func, select

    usage = bench.views.usage()
    statement = (
        select(
            usage.c.commit_status,
            func.sum(usage.c.effective_cost).label("usd"),
            func.sum(usage.c.list_cost).label("list_usd"),
        )
        .where(usage.c.account_id == account_id, usage.c.usage_date >= start, usage.c.usage_date <= last_day)
        .where(usage.c.commit_status.in_(("drawdown", "overage")))
        .group_by(usage.c.commit_status)
        .order_by(usage.c.commit_status)
    )
    return read_records(bench, _TOOL, {"account": account_id}, statement)
