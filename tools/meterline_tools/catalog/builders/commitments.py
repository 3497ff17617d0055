"""Prepaid commitments (M27–M31): one row a contract from SQL, then shares, dates and sums over contracts.

What a contract has drawn are the usage rows that name it; overage rows that name none belong to the account's
contract of that day, and where usage names no contracts at all, everything within its term does.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date, timedelta
from statistics import stdev
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, and_, case, func, literal, or_, select, union_all

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.calendar import spell, trailing
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

RATE_DAYS = 28
WEEKS = 13
DEAD = ("draft", "cancelled")
_LISTED = 6
Row = dict[str, Any]


def build_commitments(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """All asked metrics from one row a contract. Contracts that run on the day, unless contracts are named."""
    request, end = requests[0], requests[0].window.end
    contracts = context.views.table("contract")
    drawn = named_view(drawn_usage(context, contracts, end), "drawn", "usage rows on each commitment within its term")
    sums = named_view(
        _sums(context, requests, drawn, end), "burned", f"what each contract has used up to {end}, its last 28 days and its last 13 weeks"
    )
    rows: Any = contracts.outerjoin(sums, sums.c.contract_id == contracts.c.contract_id)
    columns: dict[str, Column] = {"contract": contracts.c.contract_id, "account": contracts.c.account_id}
    share: Column = literal(1.0)
    if context.by_people:
        credit = context.views.credit()
        valid = and_(credit.c.account_id == contracts.c.account_id, credit.c.valid_from <= end, credit.c.valid_to > end)
        rows = rows.outerjoin(credit, valid)
        columns["rep"] = credit.c.rep_id
        share = func.coalesce(credit.c.credit_pct, 1.0)
    excess = _excess(context, request, end)
    rows = rows if excess is None else rows.outerjoin(excess, excess.c.account_id == contracts.c.account_id)
    extra = _columns(contracts, sums, share, literal(0.0) if excess is None else func.coalesce(excess.c.excess_usd, 0.0))
    where: list[Column] = [contracts.c.contract_type == "commit", contracts.c.start_date <= end]
    where.append(or_(contracts.c.status.is_(None), contracts.c.status.not_in(DEAD)))
    if "contract" not in context.query.filters:
        where.append(contracts.c.end_date > end)
    told = "; ".join(f"{r.metric.id} {r.metric.definition.rstrip('.')}" for r in requests) + f". As of {end}; one row a contract"
    statement = detail_select(context, Fact(context, rows, columns, window=request.window), extra, where, told)
    outputs = [derived for each in requests for derived in outputs_of(each)]
    plan = Plan(statement, outputs, [d.id for d in context.keys], paged=False)
    wanted = {derived.column for derived in outputs}
    plan.finish = lambda found: _finish(context, found, end, wanted)
    plan.remark = lambda names, made: _remarks(names, made, wanted)
    return [plan]


def _columns(contracts: CTE, sums: CTE, share: Column, excess: Column) -> dict[str, Column]:
    named = ("contract_id", "start_date", "end_date", "rollover_rule", "rollover_cap_pct")
    slots = ("used_usd", "overage_usd", "rate_usd", *(f"week_{n}" for n in range(1, WEEKS + 1)))
    return {
        **{name: contracts.c[name] for name in named},
        "committed_usd": func.coalesce(contracts.c.commit_amount, 0.0) + func.coalesce(contracts.c.rollover_in_amount, 0.0),
        **{name: func.coalesce(sums.c[name], 0.0).label(name) for name in slots},
        "excess_usd": excess,
        "credit_share": share,
    }


def drawn_usage(context: Context, contracts: CTE, end: date) -> AnySelect:
    """Days of use on each commitment, within its term, with whether it was overage."""
    usage = context.views.usage()
    named = context.warehouse.has("usage_daily", "contract_id")
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
        return select(*columns).join_from(contracts, days, same_account).where(commitment, _in_scope(context, contracts, days))
    by_id = select(*columns).join_from(contracts, days, and_(days.c.contract_id == contracts.c.contract_id, in_term))
    unnamed = select(*columns).join_from(contracts, days, same_account).where(days.c.contract_id.is_(None), days.c.over == 1, commitment)
    both = union_all(by_id, unnamed).subquery("both")
    return select(*both.c)


def _in_scope(context: Context, contracts: CTE, days: CTE) -> Column:
    """Whether a row's SKU family draws down; the families of each contract are read from their JSON."""
    known = context.warehouse.run(select(contracts.c.drawdown_scope).distinct()).rows
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


def _sums(context: Context, requests: Sequence[Request], drawn: CTE, end: date) -> AnySelect:
    day, usd = drawn.c.usage_date, drawn.c.usd
    overage: Column = drawn.c.over == 1
    if context.query.window is not None:
        overage = and_(overage, within(day, Window(start=context.query.window.start, end=end)))
    weeks = {f"week_{n + 1}": trailing(end - timedelta(days=7 * n), 7) for n in range(WEEKS)}
    return select(
        drawn.c.contract_id,
        func.sum(usd).label("used_usd"),
        func.sum(case((overage, usd), else_=0.0)).label("overage_usd"),
        func.sum(case((within(day, trailing(end, RATE_DAYS)), usd), else_=0.0)).label("rate_usd"),
        *(func.sum(case((within(day, week), usd), else_=0.0)).label(name) for name, week in weeks.items()),
    ).group_by(drawn.c.contract_id)


def _excess(context: Context, request: Request, end: date) -> CTE | None:
    """Confirmed excess that will not last, of the days the rate is taken from."""
    removed = request.metric.params.get("removed", ["one_time", "seasonal", "external"])
    if not context.warehouse.has("usage_annotation"):
        return None
    ledger = context.views.table("usage_annotation")
    statement = (
        select(ledger.c.account_id, func.sum(ledger.c.excess_usd).label("excess_usd"))
        .where(ledger.c.status == "confirmed", ledger.c.durability.in_(removed), within(ledger.c.day, trailing(end, RATE_DAYS)))
        .group_by(ledger.c.account_id)
    )
    return named_view(statement, "excess", "confirmed excess of the last 28 days that will not last")


def _finish(context: Context, rows: Rows, end: date, wanted: set[str]) -> tuple[list[str], list[list[Any]]]:
    def measure(group: Group) -> Row:
        contracts = group.once("contract_id") if "rep" not in context.asked else group.rows
        return {name: value for name, value in _measured(contracts, end).items() if name in wanted}

    return grouped_rows(context, rows, measure)


def _measured(contracts: list[Row], end: date) -> Row:
    """All outputs over some contracts: sums for money, ratios of sums for shares, dates only for a single one."""
    used = sum(min(c["used_usd"], c["committed_usd"]) * c["credit_share"] for c in contracts)
    uncapped = sum(c["used_usd"] * c["credit_share"] for c in contracts)
    committed = sum(c["committed_usd"] * c["credit_share"] for c in contracts)
    due = sum(c["committed_usd"] * c["credit_share"] * _elapsed(c, end) for c in contracts)
    single = contracts[0] if len({c["contract_id"] for c in contracts}) == 1 else None
    dates = _exhaustion(single, end) if single else {}
    return {
        "m27": used / committed if committed else None,
        "m28": uncapped / due if due else None,
        "m29_date": dates.get("date"),
        "m29_low": dates.get("low"),
        "m29_high": dates.get("high"),
        "m29_rate": sum(_rate(c) * c["credit_share"] for c in contracts) if contracts else None,
        "m30": sum(c["overage_usd"] * c["credit_share"] for c in contracts) if contracts else None,
        "m31": sum(_unused(c, end) * c["credit_share"] for c in contracts) if contracts else None,
    }


def _elapsed(contract: Row, end: date) -> float:
    term = (contract["end_date"] - contract["start_date"]).days
    return min(1.0, ((end - contract["start_date"]).days + 1) / term) if term > 0 else 1.0


def _rate(contract: Row) -> float:
    return max(0.0, float(contract["rate_usd"] - contract["excess_usd"])) / RATE_DAYS


def _unused(contract: Row, end: date) -> float:
    left = (contract["end_date"] - end).days - 1
    remaining: float = contract["committed_usd"] - contract["used_usd"] - _rate(contract) * max(0, left)
    return max(0.0, remaining) * (1 - _rolls_over(contract))


def _rolls_over(contract: Row) -> float:
    """The share of a remainder that is not lost. A rollover that depends on the renewal is not counted on."""
    if contract["rollover_rule"] == "auto":
        return 1.0
    return min(1.0, float(contract["rollover_cap_pct"] or 0.0)) if contract["rollover_rule"] == "pct_cap" else 0.0


def _exhaustion(contract: Row, end: date) -> dict[str, date | None]:
    """When the remainder runs out at the durable rate, and at that rate plus and minus one standard deviation of weekly rates."""
    remaining = contract["committed_usd"] - contract["used_usd"]
    if remaining <= 0:
        return {}
    weeks = min(WEEKS, ((end - contract["start_date"]).days + 1) // 7)
    weekly = [contract[f"week_{n}"] / 7 for n in range(1, weeks + 1)]
    spread = stdev(weekly) if len(weekly) > 1 else 0.0
    rate = _rate(contract)

    def runs_out(at: float) -> date | None:
        days = math.ceil(remaining / at) if at > 0 else None
        if days is None or days > (contract["end_date"] - end).days - 1:
            return None
        return end + timedelta(days=days)

    return {"date": runs_out(rate), "low": runs_out(rate + spread), "high": runs_out(rate - spread)}


def _remarks(columns: list[str], rows: list[list[Any]], wanted: set[str]) -> list[str]:
    """Which contracts do not run out before their term ends, and which have run out already."""
    if "m29_date" not in wanted:
        return []
    place = {name: number for number, name in enumerate(columns)}
    if "k_contract" not in place:
        return []
    details = {row[place["contract_id"]]: row for row in rows if row[place["level"]] == 2}
    used_up: list[str] = []
    lasting: list[str] = []
    for row in rows:
        if row[place["level"]] == 1 and row[place["m29_date"]] is None:
            detail = details[row[place["k_contract"]]]
            ends = spell(detail[place["end_date"]] - timedelta(days=1))
            gone = detail[place["used_usd"]] >= detail[place["committed_usd"]]
            (used_up if gone else lasting).append(f"{row[place['k_contract']]} ({ends})")
    return [
        *([f"used up already, with the end of the term: {_some(used_up)}"] if used_up else []),
        *([f"not before term end: {_some(lasting)}"] if lasting else []),
    ]


def _some(names: list[str]) -> str:
    return ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
