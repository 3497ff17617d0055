"""Durable ARR (M07): consumption ARR without the confirmed excess of causes that do not last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Double, and_, case, cast, func, literal, select, union_all

from meterline_tools.catalog.builders.base import Column, Context, Fact, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, ratio, slot
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

YEAR = 365


def build_durable(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Consumption and labelled excess as one list of account days, so that both reach a dimension by the same way."""
    request = requests[0]
    outputs = {derived.output.key: derived for derived in outputs_of(request)}
    days = named_view(
        _days(context, request.window, list(request.metric.params["removed"])),
        "durable_days",
        "net consumption, and confirmed or possible excess over baseline, of each account and day",
    )

    def measure() -> Measured:
        columns: dict[str, Column] = {"account": days.c.account_id}
        if context.by_people:
            columns["rep"] = days.c.rep_id
        slots = {name: func.sum(days.c[name]) for name in ("usd", "removed_usd", "confirmed_usd", "known_usd")}
        return Fact(context, days, columns, window=request.window), slots, []

    scale = YEAR / request.window.days
    formulas: dict[str, Formula] = {
        outputs[""].column: lambda get: cast(get("usd") - get("removed_usd"), Double()) * scale,
        outputs["removed"].column: slot("removed_usd"),
        outputs["labelled_share"].column: lambda get: ratio(get("confirmed_usd"), get("known_usd")),
    }
    told = f"M07 {request.metric.definition.rstrip('.')}, {request.window}"
    parts, whole = parts_and_whole(context, measure, told)
    return [Plan(assemble(context, parts, formulas, whole=whole), list(outputs.values()), [d.id for d in context.keys])]


def _days(context: Context, window: Window, removed: list[str]) -> AnySelect:
    views = context.views
    ledger = views.table("usage_annotation")
    confirmed = ledger.c.status == "confirmed"
    excess = func.coalesce(ledger.c.excess_usd, 0.0)
    share: Column = literal(1.0)
    labels: Any = ledger
    people: list[list[Column]] = [[], []]
    days = views.rep_day() if context.by_people else views.account_day()
    if context.by_people:
        credit = views.credit()
        labels = ledger.join(
            credit, and_(credit.c.account_id == ledger.c.account_id, ledger.c.day >= credit.c.valid_from, ledger.c.day < credit.c.valid_to)
        )
        share = credit.c.credit_pct
        people = [[days.c.rep_id], [credit.c.rep_id.label("rep_id")]]
    used = select(
        *people[0],
        days.c.account_id,
        days.c.usd,
        literal(0.0).label("removed_usd"),
        literal(0.0).label("confirmed_usd"),
        literal(0.0).label("known_usd"),
    ).where(within(days.c.usage_date, window))
    labelled = (
        select(
            *people[1],
            ledger.c.account_id,
            literal(0.0).label("usd"),
            case((and_(confirmed, ledger.c.durability.in_(removed)), excess * share), else_=0.0).label("removed_usd"),
            case((confirmed, func.abs(excess) * share), else_=0.0).label("confirmed_usd"),
            (func.abs(excess) * share).label("known_usd"),
        )
        .select_from(labels)
        .where(within(ledger.c.day, window), ledger.c.status.in_(["confirmed", "hypothesis"]))
    )
    both = union_all(used, labelled).subquery("both")
    return select(*both.c)
