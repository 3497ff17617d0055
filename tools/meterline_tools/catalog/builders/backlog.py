"""What is left on signed commitments (M32) and how much of it falls into the next year (M33).

SQL gives one row a commitment; how much of its term lies in the next 365 days is worked out here, as day arithmetic differs
from dialect to dialect.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Double, and_, case, cast, false, func, literal, or_, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.drawdown import drawn_usage, replaced
from meterline_tools.catalog.calendar import trailing
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

NEXT_DAYS = 365
RATE_DAYS = 28
PRORATED = (
    "the next year is prorated: what is left, spread evenly over the rest of each term; beside it, at the rate of the last four weeks"
)
Row = dict[str, Any]


def build_backlog(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Both metrics from one row a commitment that is signed, has not ended and cannot be cancelled; also those that have not begun."""
    request = requests[0]
    end = request.window.end
    left = named_view(_left(context, end), "backlog", f"commitments not ended on {end}: what is left, and a rate")
    rows: Any = left
    columns: dict[str, Column] = {"contract": left.c.contract_id, "account": left.c.account_id}
    share: Column = literal(1.0)
    holder: Column = literal("")
    if context.by_people:
        credit = context.views.credit()
        valid = and_(credit.c.account_id == left.c.account_id, credit.c.valid_from <= end, credit.c.valid_to > end)
        rows, columns["rep"] = rows.outerjoin(credit, valid), credit.c.rep_id
        holder, share = credit.c.rep_id, func.coalesce(credit.c.credit_pct, 1.0)
    extra: dict[str, Column] = {name: left.c[name] for name in ("contract_id", "start_date", "end_date", "left_usd", "rate_usd")}
    extra |= {"holder": holder, "credit_share": share}
    told = "; ".join(f"{r.metric.id} {r.metric.definition.rstrip('.')}" for r in requests) + f". As of {end}; one row a commitment"
    statement = detail_select(context, Fact(context, rows, columns, window=request.window), extra, [], told)
    outputs = [derived for each in requests for derived in outputs_of(each)]
    plan = Plan(statement, outputs, [d.id for d in context.keys], paged=False)
    wanted = {derived.column for derived in outputs}
    plan.finish = lambda found: _finish(context, found, end, wanted)
    if "m33" in wanted:
        plan.notes.append(PRORATED)
    return [plan]


def _left(context: Context, end: date) -> AnySelect:
    contracts = context.views.table("contract")
    drawn = named_view(drawn_usage(context, contracts, end), "drawn", "usage rows on each commitment within its term")
    recent = trailing(end, RATE_DAYS)
    used = (
        select(
            drawn.c.contract_id,
            func.sum(drawn.c.usd).label("used_usd"),
            func.sum(case((within(drawn.c.usage_date, recent), drawn.c.usd), else_=0.0)).label("recent_usd"),
        )
        .group_by(drawn.c.contract_id)
        .subquery("used")
    )
    committed = func.coalesce(contracts.c.commit_amount, 0.0) + func.coalesce(contracts.c.rollover_in_amount, 0.0)
    remaining: Column = cast(committed - func.coalesce(used.c.used_usd, 0.0), Double())
    return (
        select(
            *(contracts.c[name] for name in ("contract_id", "account_id", "start_date", "end_date")),
            case((remaining > 0, remaining), else_=0.0).label("left_usd"),
            (cast(func.coalesce(used.c.recent_usd, 0.0), Double()) / RATE_DAYS).label("rate_usd"),
        )
        .select_from(contracts.outerjoin(used, used.c.contract_id == contracts.c.contract_id))
        .where(
            contracts.c.contract_type == "commit",
            contracts.c.end_date > end,
            or_(contracts.c.signed_date.is_(None), contracts.c.signed_date <= end),
            or_(contracts.c.is_cancellable.is_(None), contracts.c.is_cancellable.is_(false())),
            or_(contracts.c.status.is_(None), contracts.c.status.not_in(("draft", "cancelled"))),
            contracts.c.contract_id.not_in(replaced(context, end)),
        )
    )


def _finish(context: Context, rows: Rows, end: date, wanted: set[str]) -> tuple[list[str], list[list[Any]]]:
    def measure(group: Group) -> Row:
        # Overlapping teams repeat a row; each share of a split credit stays.
        contracts = list({(row["contract_id"], row["holder"]): row for row in group.rows}.values())
        values = {
            "m32": sum(c["left_usd"] * c["credit_share"] for c in contracts),
            "m32_n": len({c["contract_id"] for c in contracts}),
            "m33": sum(c["left_usd"] * _share(c, end) * c["credit_share"] for c in contracts),
            "m33_pace": sum(min(c["left_usd"], c["rate_usd"] * _days(c, end)) * c["credit_share"] for c in contracts),
        }
        return {name: value for name, value in values.items() if name in wanted}

    return grouped_rows(context, rows, measure)


def _days(contract: Row, end: date) -> int:
    """Days of the term within the next 365."""
    begins: date = max(contract["start_date"], end + timedelta(days=1))
    ends: date = min(contract["end_date"], end + timedelta(days=1 + NEXT_DAYS))
    return max(0, (ends - begins).days)


def _share(contract: Row, end: date) -> float:
    """The part of the rest of the term that lies within the next 365 days."""
    begins = max(contract["start_date"], end + timedelta(days=1))
    rest = (contract["end_date"] - begins).days
    return _days(contract, end) / rest if rest > 0 else 1.0
