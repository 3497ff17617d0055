"""Explained share (M55): of the material moves of accounts, how much has a confirmed cause."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import CTE, and_, case, func, select

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.held import held_plan
from meterline_tools.catalog.builders.shape import ratio
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import named_view


def build_explained(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Moves of accounts between the two windows that are at least the threshold, and which of them the cause ledger confirms."""
    request = requests[0]
    assert request.compare is not None
    moves = explained_moves(context, request.window, request.compare, float(request.metric.params["material_per_28d"]))
    outputs = {derived.output.key: derived.column for derived in outputs_of(request)}
    formulas: dict[str, Formula] = {
        outputs[""]: lambda get: ratio(get("explained_usd"), get("moved_usd")),
        outputs["usd"]: lambda get: get("explained_usd"),
        outputs["moved"]: lambda get: get("moved_usd"),
        outputs["n"]: lambda get: get("moves"),
        outputs["open"]: lambda get: get("moves") - get("moves_explained"),
    }
    return [held_plan(context, requests, moves, move_slots(moves), formulas)]


def move_slots(moves: CTE) -> dict[str, Column]:
    """What is summed of moves."""
    known = moves.c.explained == 1
    return {
        "moved_usd": moves.c.size,
        "explained_usd": case((known, moves.c.size), else_=0.0),
        "moves": case((moves.c.size > 0, 1), else_=0),
        "moves_explained": case((known, 1), else_=0),
    }


def explained_moves(context: Context, now: Window, before: Window, material_per_28d: float) -> CTE:
    """account_id, size (of the change, without its sign), explained (1 when a confirmed cause lies in either window)."""
    days, ledger = context.views.account_day(), context.views.table("usage_annotation")
    span = Window(start=min(now.start, before.start), end=max(now.end, before.end))
    change = func.sum(case((within(days.c.usage_date, now), days.c.usd), else_=0.0)) - func.sum(
        case((within(days.c.usage_date, before), days.c.usd), else_=0.0)
    )
    confirmed = select(ledger.c.account_id).where(
        and_(ledger.c.status == "confirmed", within(ledger.c.day, span), ledger.c.account_id.is_not(None))
    )
    statement = (
        select(
            days.c.account_id,
            func.abs(change).label("size"),
            case((days.c.account_id.in_(confirmed), 1), else_=0).label("explained"),
        )
        .where(within(days.c.usage_date, now) | within(days.c.usage_date, before))
        .group_by(days.c.account_id)
        .having(func.abs(change) >= material_per_28d * now.days / 28)
    )
    return named_view(statement, "moves", f"material moves of accounts, {now} against {before}, and whether a confirmed cause is on file")
