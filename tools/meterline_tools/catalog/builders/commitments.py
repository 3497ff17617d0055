"""Prepaid commitments (M27–M31): one row a contract from SQL, then shares, dates and sums over contracts.

What a contract has drawn are the usage rows that name it; overage rows that name none belong to the account's
contract of that day, and where usage names no contracts at all, everything within its term and scope does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from statistics import stdev
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, and_, case, func, literal, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.drawdown import BLOCK_COLUMNS, DEAD, confirmed_excess, drawn_usage, history, replaced
from meterline_tools.catalog.calendar import spell, trailing
from meterline_tools.catalog.outlook import HISTORY_DAYS, Outlook, season
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

RATE_DAYS = 28
WEEKS = 13
_LISTED = 6
_PROJECTED = frozenset({"M29", "M31"})
Row = dict[str, Any]


def build_commitments(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """All asked metrics from one row a contract. Contracts that run on the day, unless contracts or a window are named."""
    request, end = requests[0], requests[0].window.end
    contracts = context.views.table("contract")
    drawn = named_view(drawn_usage(context, contracts, end), "drawn", "usage rows on each commitment within its term")
    sums = named_view(
        _sums(context, drawn, end), "burned", f"what each contract has used up to {end}, its last 28 days and its last 13 weeks"
    )
    rows: Any = contracts.outerjoin(sums, sums.c.contract_id == contracts.c.contract_id)
    columns: dict[str, Column] = {"contract": contracts.c.contract_id, "account": contracts.c.account_id}
    extra = _columns(contracts, sums)
    if _PROJECTED & {each.metric.id for each in requests}:
        rows, more = _ahead(context, rows, contracts, sums, end)
        extra |= more
    extra["credit_share"] = literal(1.0)
    if context.by_people:
        credit = context.views.credit()
        valid = and_(credit.c.account_id == contracts.c.account_id, credit.c.valid_from <= end, credit.c.valid_to > end)
        rows = rows.outerjoin(credit, valid)
        columns["rep"] = credit.c.rep_id
        extra["credit_share"] = func.coalesce(credit.c.credit_pct, 1.0)
    told = "; ".join(f"{r.metric.id} {r.metric.definition.rstrip('.')}" for r in requests) + f". As of {end}; one row a contract"
    fact = Fact(context, rows, columns, window=request.window)
    statement = detail_select(context, fact, extra, _chosen(context, contracts, requests, end), told)
    outputs = [derived for each in requests for derived in outputs_of(each)]
    plan = Plan(statement, outputs, [d.id for d in context.keys], paged=False)
    wanted = {derived.column for derived in outputs}
    plan.finish = lambda found: _finish(context, found, end, wanted)
    plan.remark = lambda names, made: _remarks(names, made, wanted)
    return [plan]


def _chosen(context: Context, contracts: CTE, requests: Sequence[Request], end: date) -> list[Column]:
    """Commitments that run on the day and have not been replaced; of overage in a window, those that ran within it."""
    alive: Column = or_(contracts.c.status.is_(None), contracts.c.status.not_in(DEAD))
    chosen: list[Column] = [contracts.c.contract_type == "commit", contracts.c.start_date <= end, alive]
    window = context.query.window
    if window is not None and {each.metric.id for each in requests} == {"M30"}:
        chosen.append(contracts.c.end_date > window.start)
    elif "contract" not in context.query.filters:
        chosen += [contracts.c.end_date > end, contracts.c.contract_id.not_in(replaced(context, end))]
    return chosen


def _columns(contracts: CTE, sums: CTE) -> dict[str, Column]:
    named = ("contract_id", "start_date", "end_date", "rollover_rule", "rollover_cap_pct")
    slots = ("used_usd", "overage_usd", "rate_usd", *(f"week_{n}" for n in range(1, WEEKS + 1)))
    return {
        **{name: contracts.c[name] for name in named},
        "committed_usd": func.coalesce(contracts.c.commit_amount, 0.0) + func.coalesce(contracts.c.rollover_in_amount, 0.0),
        **{name: func.coalesce(sums.c[name], 0.0).label(name) for name in slots},
    }


def _sums(context: Context, drawn: CTE, end: date) -> AnySelect:
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


def _ahead(context: Context, rows: Any, contracts: CTE, sums: CTE, end: date) -> tuple[Any, dict[str, Column]]:
    """What a projection needs: a year of four-week blocks, and confirmed excess, shared by what each contract drew lately."""
    year = named_view(history(context, contracts, end), "year", "use of the account in scope, in blocks of four weeks since a year ago")
    rows = rows.outerjoin(year, year.c.contract_id == contracts.c.contract_id)
    excess = confirmed_excess(context, end)
    blocks = {name: func.coalesce(year.c[name], 0.0) for name in BLOCK_COLUMNS}
    if excess is None:
        return rows, {"excess_usd": literal(0.0), "seasonal_usd": literal(0.0), "first_day": year.c.first_day, **blocks}
    beside = named_view(_by_account(contracts, sums), "lately", "what all commitments of an account drew in the last 28 days")
    rows = rows.outerjoin(excess, excess.c.account_id == contracts.c.account_id)
    rows = rows.outerjoin(beside, beside.c.account_id == contracts.c.account_id)
    share = case((beside.c.rate_usd > 0, func.coalesce(sums.c.rate_usd, 0.0) / beside.c.rate_usd), else_=0.0)
    return rows, {
        "excess_usd": func.coalesce(excess.c.excess_usd, 0.0) * share,
        "seasonal_usd": func.coalesce(excess.c.seasonal_usd, 0.0) * share,
        "first_day": year.c.first_day,
        **{name: total - func.coalesce(excess.c[name], 0.0) for name, total in blocks.items()},
    }


def _by_account(contracts: CTE, sums: CTE) -> AnySelect:
    total = func.sum(sums.c.rate_usd).label("rate_usd")
    return (
        select(contracts.c.account_id, total)
        .join_from(contracts, sums, sums.c.contract_id == contracts.c.contract_id)
        .group_by(contracts.c.account_id)
    )


def _finish(context: Context, rows: Rows, end: date, wanted: set[str]) -> tuple[list[str], list[list[Any]]]:
    def measure(group: Group) -> Row:
        contracts = group.once("contract_id") if "rep" not in context.asked else group.rows
        return {name: value for name, value in _measured(contracts, end, wanted).items() if name in wanted}

    return grouped_rows(context, rows, measure)


def _measured(contracts: list[Row], end: date, wanted: set[str]) -> Row:
    """All outputs over some contracts: sums for money, ratios of sums for shares, dates only for a single one."""
    used = sum(min(c["used_usd"], c["committed_usd"]) * c["credit_share"] for c in contracts)
    uncapped = sum(c["used_usd"] * c["credit_share"] for c in contracts)
    committed = sum(c["committed_usd"] * c["credit_share"] for c in contracts)
    due = sum(c["committed_usd"] * c["credit_share"] * _elapsed(c, end) for c in contracts)
    row: Row = {
        "m27": used / committed if committed else None,
        "m28": uncapped / due if due else None,
        "m30": sum(c["overage_usd"] * c["credit_share"] for c in contracts) if contracts else None,
    }
    return row | (_projected(contracts, end) if wanted & _PROJECTIONS else {})


_PROJECTIONS = {"m29_date", "m29_low", "m29_high", "m29_rate", "m29_steady", "m31", "m31_steady"}


def _projected(contracts: list[Row], end: date) -> Row:
    outlooks = [(outlook(c, end), c) for c in contracts]
    single = outlooks[0][0] if len({c["contract_id"] for c in contracts}) == 1 else None
    row: Row = dict.fromkeys(_PROJECTIONS)
    if single:
        ahead = {"m29_date": single, "m29_low": single.early(), "m29_high": single.late(), "m29_steady": single.steady()}
        row |= {name: each.runs_out() for name, each in ahead.items()}
    if contracts:
        row["m29_rate"] = sum(each.rate * c["credit_share"] for each, c in outlooks)
        row["m31"] = sum(each.unused() * (1 - rolls_over(c)) * c["credit_share"] for each, c in outlooks)
        row["m31_steady"] = sum(each.steady().unused() * (1 - rolls_over(c)) * c["credit_share"] for each, c in outlooks)
    return row


def outlook(contract: Row, end: date) -> Outlook:
    """The projection of a row: durable rate, spread of the weeks of the term, and the season where the history is long enough.

    Confirmed seasonal amounts stay in the rate where the season is projected, and leave it where it cannot be. A contract that
    began less than 28 days ago takes the rate of its account's use in scope.
    """
    weeks = min(WEEKS, ((end - contract["start_date"]).days + 1) // 7)
    weekly = [contract[f"week_{n}"] / 7 for n in range(1, weeks + 1)]
    first = contract["first_day"]
    known = first is not None and (end - first).days + 1 >= HISTORY_DAYS
    factors = season([contract[name] for name in BLOCK_COLUMNS]) if known else ()
    lasting = contract["rate_usd"] - contract["excess_usd"] - (0.0 if factors else contract["seasonal_usd"])
    if (end - contract["start_date"]).days + 1 < RATE_DAYS:  # too young to have a rate of its own: the account's
        lasting = contract[BLOCK_COLUMNS[-1]]
    return Outlook(
        day=end,
        last_day=contract["end_date"] - timedelta(days=1),
        committed=contract["committed_usd"],
        used=contract["used_usd"],
        rate=max(0.0, float(lasting)) / RATE_DAYS,
        spread=stdev(weekly) if len(weekly) > 1 else 0.0,
        factors=factors,
    )


def _elapsed(contract: Row, end: date) -> float:
    term = (contract["end_date"] - contract["start_date"]).days
    return min(1.0, ((end - contract["start_date"]).days + 1) / term) if term > 0 else 1.0


def rolls_over(contract: Row) -> float:
    """The share of a remainder that is not lost. A rollover that depends on the renewal is not counted on."""
    if contract["rollover_rule"] == "auto":
        return 1.0
    return min(1.0, float(contract["rollover_cap_pct"] or 0.0)) if contract["rollover_rule"] == "pct_cap" else 0.0


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
