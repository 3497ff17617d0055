"""How a commitment burns down: what was drawn, the straight line of its term, and what is projected with its range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.outlook import Outlook
from meterline_tools.kit.records import Records, derived_records, read_records
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

WEEK, FOUR_WEEKS = 7, 28
_LONG = 53 * WEEK
"""Terms that have run longer than this are shown in steps of four weeks."""
_TOOL = "commitments"


def burn_down(bench: Workbench, contract: Mapping[str, Any], outlook: Outlook) -> dict[str, Any]:
    """The points of a running commitment, in steps that end on the last complete day.

    Returns:
        receipt: day, drawn_so_far, projected, projected_low, projected_high, straight_line (cumulative, company currency);
        step: "week" or "four weeks"; figures: drawn, line and ahead on the last complete day.
    """
    daily = _daily(bench, contract)
    points = points_of(daily.rows, contract["start_date"], outlook)
    records = derived_records(bench, "calc", _TOOL, {"of": daily.receipt.id, "contract": contract["contract_id"]}, points)
    now = next(n for n, point in enumerate(points) if point["day"] == outlook.day)
    currency = bench.warehouse.company.currency
    entity = Entity(type="contract", id=contract["contract_id"], name=contract["contract_id"])
    labels = {"drawn_so_far": "Drawn so far", "straight_line": "On the straight line of the term", "ahead": "Ahead of the straight line"}
    figures = {column: records.figure(now, column, label, currency, entity=entity) for column, label in labels.items()}
    step = "week" if _step(contract["start_date"], outlook.day) == WEEK else "four weeks"
    return {"receipt": records.receipt.id, "step": step, "figures": {name: figure for name, figure in figures.items() if figure}}


def _daily(bench: Workbench, contract: Mapping[str, Any]) -> Records:
    """Days of use on the contract."""
    from sqlalchemy import func, select

    from meterline_tools.catalog.builders.drawdown import drawn_usage
    from meterline_tools.warehouse.statements import named_view

    drawn = named_view(drawn_usage(bench, bench.views.table("contract"), bench.asof.d1), "drawn", "usage rows on each commitment")
    statement = select(drawn.c.usage_date, func.sum(drawn.c.usd).label("usd")).where(drawn.c.contract_id == contract["contract_id"])
    ordered = statement.group_by(drawn.c.usage_date).order_by(drawn.c.usage_date)
    return read_records(bench, _TOOL, {"contract": contract["contract_id"]}, ordered)


def points_of(daily: Sequence[Mapping[str, Any]], start: date, outlook: Outlook) -> list[dict[str, Any]]:
    """Rows of the burn-down. On the last complete day actual and projected meet."""
    step = timedelta(days=_step(start, outlook.day))
    term = (outlook.last_day - start).days + 1
    days = [outlook.day]
    while days[0] - step >= start:
        days.insert(0, days[0] - step)
    while days[-1] < outlook.last_day:
        days.append(min(days[-1] + step, outlook.last_day))
    points = []
    for day in days:
        ahead = day >= outlook.day
        drawn = sum(float(row["usd"]) for row in daily if row["usage_date"] <= day) if day <= outlook.day else None
        line = outlook.committed * ((day - start).days + 1) / term
        points.append(
            {
                "day": day,
                "drawn_so_far": drawn,
                "projected": outlook.drawn_by(day) if ahead else None,
                "projected_low": outlook.late().drawn_by(day) if ahead else None,
                "projected_high": outlook.early().drawn_by(day) if ahead else None,
                "straight_line": line,
                "ahead": None if drawn is None else drawn - line,
            }
        )
    return points


def _step(start: date, day: date) -> int:
    return WEEK if (day - start).days < _LONG else FOUR_WEEKS
