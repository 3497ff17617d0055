"""What draws down a commitment: usage rows that name it, or usage of the account within its term and scope."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import CTE, and_, case, func, or_, select, union_all

from meterline_tools.catalog.builders.base import Column, within
from meterline_tools.catalog.calendar import trailing
from meterline_tools.catalog.outlook import BLOCK, BLOCKS
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Warehouse
    from meterline_tools.warehouse.views import Views

DEAD = ("draft", "cancelled")
BLOCK_COLUMNS = tuple(f"block_{n}" for n in range(BLOCKS + 1))


class Stores(Protocol):
    """Whoever has the data and the doorway to it: the context of a metric query, a workbench."""

    @property
    def warehouse(self) -> Warehouse: ...
    @property
    def views(self) -> Views: ...


def drawn_usage(stores: Stores, contracts: CTE, end: date) -> AnySelect:
    """Days of use on each commitment, within its term, with whether it was overage."""
    usage = stores.views.usage()
    named = stores.warehouse.has("usage_daily", "contract_id")
    over = case((usage.c.commit_status == "overage", 1), else_=0)
    keys = [usage.c.account_id, usage.c.usage_date, *([usage.c.contract_id] if named else [usage.c.sku_family])]
    counts = usage.c.usage_date <= end
    if named:
        counts = and_(counts, or_(usage.c.contract_id.is_not(None), usage.c.commit_status == "overage"))
    lean = select(*keys, over.label("over"), func.sum(usage.c.effective_cost).label("usd")).where(counts).group_by(*keys, over)
    days = named_view(lean, "contract_days", "use by account, day and contract, overage apart")
    in_term = and_(days.c.usage_date >= contracts.c.start_date, days.c.usage_date < contracts.c.end_date)
    columns = [contracts.c.contract_id, days.c.usage_date, days.c.over, days.c.usd]
    same_account = and_(days.c.account_id == contracts.c.account_id, in_term)
    commitment = contracts.c.contract_type == "commit"
    if not named:
        return select(*columns).join_from(contracts, days, same_account).where(commitment, in_scope(stores, contracts, days))
    by_id = select(*columns).join_from(contracts, days, and_(days.c.contract_id == contracts.c.contract_id, in_term))
    unnamed = select(*columns).join_from(contracts, days, same_account).where(days.c.contract_id.is_(None), days.c.over == 1, commitment)
    both = union_all(by_id, unnamed).subquery("both")
    return select(*both.c)


def in_scope(stores: Stores, contracts: CTE, days: CTE) -> Column:
    """Whether a row's SKU family draws down; the families of each contract are read from their JSON."""
    known = stores.warehouse.run(select(contracts.c.drawdown_scope).distinct()).rows
    tests: list[Column] = [contracts.c.drawdown_scope.is_(None)]
    for (text,) in known:
        families = _families(text)
        if text and families is None:
            tests.append(contracts.c.drawdown_scope == text)
        elif families:
            tests.append(and_(contracts.c.drawdown_scope == text, days.c.sku_family.in_(families)))
    return or_(*tests)


def _families(text: str | None) -> list[str] | None:
    try:
        found = json.loads(text or "")
    except ValueError:
        return None
    return [str(family) for family in found] if isinstance(found, list) else None


def replaced(stores: Stores, end: date) -> AnySelect:
    """Ids of contracts whose successor has begun: an early renewal or a co-term ends the earlier one, whatever its term says."""
    later = stores.views.table("contract").alias("successors")
    begun = and_(later.c.prior_contract_id.is_not(None), later.c.start_date <= end, later.c.contract_type == "commit")
    return select(later.c.prior_contract_id).where(begun, or_(later.c.status.is_(None), later.c.status.not_in(DEAD)))


def history(stores: Stores, contracts: CTE, end: date) -> AnySelect:
    """For each running commitment: the account's first day of use, and its use in scope in the four-week blocks of a year ago
    and since, without what the ledger confirms as one-time or external."""
    usage = stores.views.usage()
    scoped = any(text for (text,) in stores.warehouse.run(select(contracts.c.drawdown_scope).distinct()).rows)
    if scoped:
        lean = select(usage.c.account_id, usage.c.usage_date, usage.c.sku_family, func.sum(usage.c.effective_cost).label("usd"))
        days = named_view(
            lean.group_by(usage.c.account_id, usage.c.usage_date, usage.c.sku_family), "family_days", "use by SKU family and day"
        )
    else:
        days = stores.views.account_day()
    sums = {name: func.sum(case((within(days.c.usage_date, window), days.c.usd), else_=0.0)) for name, window in _blocks(end).items()}
    same = days.c.account_id == contracts.c.account_id
    joined = and_(same, in_scope(stores, contracts, days)) if scoped else same
    statement = (
        select(
            contracts.c.contract_id,
            func.min(days.c.usage_date).label("first_day"),
            *(total.label(name) for name, total in sums.items()),
        )
        .join_from(contracts, days, joined)
        .where(contracts.c.contract_type == "commit", contracts.c.start_date <= end, contracts.c.end_date > end)
    )
    return statement.group_by(contracts.c.contract_id)


def _blocks(end: date) -> dict[str, Window]:
    """The four weeks that ended 364 days before `end`, and the thirteen blocks of four weeks since."""
    return {name: trailing(end - timedelta(days=BLOCK * (BLOCKS - n)), BLOCK) for n, name in enumerate(BLOCK_COLUMNS)}


def confirmed_excess(stores: Stores, end: date) -> CTE | None:
    """By account: what the ledger confirms of the last 28 days, seasonal amounts apart, and of each block of the year
    what was one-time or external. None without a ledger."""
    if not stores.views.has("usage_annotation"):
        return None
    ledger = stores.views.table("usage_annotation")
    passing = ledger.c.durability.in_(("one_time", "external"))
    recent = within(ledger.c.day, trailing(end, BLOCK))

    def total(test: Column) -> Column:
        return func.sum(case((test, ledger.c.excess_usd), else_=0.0))

    statement = select(
        ledger.c.account_id,
        total(and_(passing, recent)).label("excess_usd"),
        total(and_(ledger.c.durability == "seasonal", recent)).label("seasonal_usd"),
        *(total(and_(passing, within(ledger.c.day, window))).label(name) for name, window in _blocks(end).items()),
    ).where(ledger.c.status == "confirmed")
    return named_view(statement.group_by(ledger.c.account_id), "excess", "confirmed excess that will not last, by account")
