"""The facts that contract rules need of every running commitment in a book, from sums by contract, status and week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from sqlalchemy import and_, case, cast, func, literal, or_, select
from sqlalchemy.types import Date

from meterline_tools.catalog.builders.base import Context, within
from meterline_tools.catalog.calendar import trailing
from meterline_tools.insight.savings.contracts import WEEKS, contract_facts
from meterline_tools.kit.commitments import NOT_IN_FORCE

PASSING = ("one_time", "seasonal", "external")
MAX_ROWS = 50_000


def contracts_of_book(context: Context, accounts: Collection[str], end: date) -> dict[str, list[dict[str, Any]]]:
    """Facts as in `contract_facts`, by account, of the commitments that run on `end`; empty where no contract names its usage."""
    if not (context.warehouse.has("contract") and context.warehouse.has("usage_daily", "contract_id")):
        return {}
    contract = context.views.table("contract")
    running = select(contract).where(
        contract.c.contract_type == "commit",
        contract.c.start_date <= end,
        contract.c.end_date > end,
        or_(contract.c.status.is_(None), contract.c.status.not_in(NOT_IN_FORCE)),
    )
    contracts = [row for row in context.warehouse.run(running, limit=MAX_ROWS).dicts() if row["account_id"] in accounts]
    if not contracts:
        return {}
    used = _used(context, min(row["start_date"] for row in contracts), end)
    passing = _passing(context, end)
    facts: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in contracts:
        rows = used.get(row["contract_id"], [])
        facts[row["account_id"]].append(contract_facts(row, rows, end, passing_usd_day=passing.get(row["account_id"], 0.0)))
    return dict(facts)


def _used(context: Context, start: date, end: date) -> dict[str, list[dict[str, Any]]]:
    """By contract: commit_status, usd, list_usd and a usage_date that stands for its week, or for all that lies before the last weeks."""
    usage = context.views.usage()
    recent = [trailing(end - timedelta(days=7 * back), 7) for back in range(WEEKS)]
    earlier = recent[-1].start - timedelta(days=1)
    weeks = [(within(usage.c.usage_date, week), cast(literal(week.end), Date)) for week in recent]
    day = case(*weeks, else_=cast(literal(earlier), Date))
    keys = (usage.c.contract_id, usage.c.commit_status)
    statement = (
        select(*keys, day.label("usage_date"), func.sum(usage.c.effective_cost).label("usd"), func.sum(usage.c.list_cost).label("list_usd"))
        .where(and_(usage.c.contract_id.is_not(None), usage.c.usage_date >= start, usage.c.usage_date <= end))
        .group_by(*keys, day)
    )
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in context.warehouse.run(statement, limit=MAX_ROWS).dicts():
        found[row["contract_id"]].append(row)
    return found


def _passing(context: Context, end: date) -> dict[str, float]:
    """Excess a day, by account, of the rates' weeks that the cause ledger says will not last."""
    if not context.views.has("usage_annotation"):
        return {}
    ledger = context.views.table("usage_annotation")
    statement = (
        select(ledger.c.account_id, func.sum(ledger.c.excess_usd))
        .where(
            ledger.c.status == "confirmed",
            ledger.c.durability.in_(PASSING),
            within(ledger.c.day, trailing(end, 7 * WEEKS)),
        )
        .group_by(ledger.c.account_id)
    )
    return {account: float(usd or 0.0) / (7 * WEEKS) for account, usd in context.warehouse.run(statement, limit=MAX_ROWS).rows}
