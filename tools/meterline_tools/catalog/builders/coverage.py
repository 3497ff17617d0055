"""Whether the pipeline is enough for what is missing to the quota (M40).

What a use case adds this fiscal year depends on how many months of it are left once it is live and ramped. Days between
dates are not the same function in any two dialects, so the statement gives the weighted pipeline by planned date, beside
quota and credited consumption of each person, and the months are counted here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, case, cast, func, literal, null, select, union_all

from meterline_tools.catalog.builders.attainment import quota_lines
from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of
from meterline_tools.catalog.builders.detail import Group, detail_select, grouped_rows
from meterline_tools.catalog.builders.realisation import DAYS_A_MONTH
from meterline_tools.catalog.builders.use_cases import CLOSED
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Rows

_SUMS = ("credited_usd", "baseline_due", "quota_year", "quota_rows", "weighted_usd")


def build_coverage(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Weighted pipeline of the rest of the fiscal year over the incremental quota still missing."""
    request = requests[0]
    window = request.window
    year = context.calendar.year(window.end).window
    both = union_all(_standing(context, window, year), _pipeline(context, request)).subquery("both")
    lines = named_view(select(*both.c), "lines", "per person: quota and credited consumption; weighted pipeline by planned live date")
    fact = Fact(context, lines, {"rep": lines.c.rep_id}, window=window)
    extra: dict[str, Column] = {name: lines.c[name] for name in ("rep_id", "planned_live_date", *_SUMS)}
    told = f"M40 {request.metric.definition.rstrip('.')}. Fiscal year {year}, to {window.end}; one row a person and planned date"
    plan = Plan(detail_select(context, fact, extra, [], told), outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.finish = lambda rows: _finish(context, request, year, rows)
    plan.remark = _remarks
    return [plan]


def _standing(context: Context, window: Window, year: Window) -> AnySelect:
    lines = named_view(quota_lines(context, window, year), "quota_lines", "quota rows, and credited consumption of the fiscal year")
    sums = [func.sum(lines.c[name]).label(name) for name in _SUMS[:-1]]
    no_date = cast(null(), Date).label("planned_live_date")
    return select(lines.c.rep_id, no_date, *sums, literal(0.0).label("weighted_usd")).group_by(lines.c.rep_id)


def _pipeline(context: Context, request: Request) -> AnySelect:
    cases, accounts = context.views.table("use_case"), context.views.accounts()
    weights: dict[str, float] = request.metric.params["weights"]
    weight = case(*[(cases.c.stage == stage, value) for stage, value in weights.items()], else_=0.0)
    owner = func.coalesce(cases.c.owner_rep_id, accounts.c.owner_rep_id)
    return (
        select(
            owner.label("rep_id"),
            cases.c.planned_live_date,
            *(literal(0.0).label(name) for name in _SUMS[:-1]),
            func.sum(func.coalesce(cases.c.est_monthly_usd, 0.0) * weight).label("weighted_usd"),
        )
        .select_from(cases.outerjoin(accounts, accounts.c.account_id == cases.c.account_id))
        .where(cases.c.stage.not_in(CLOSED), cases.c.planned_live_date.is_not(None))
        .group_by(owner, cases.c.planned_live_date)
    )


def months_left(planned: date, today: date, year: Window, ramp: float) -> float:
    """Months of the fiscal year after going live and ramping up. A date that has passed counts from today: gone months add nothing."""
    after = year.end + timedelta(days=1)
    return max(0.0, (after - max(planned, today)).days / DAYS_A_MONTH - ramp)


def _finish(context: Context, request: Request, year: Window, rows: Rows) -> tuple[list[str], list[list[Any]]]:
    ramp = float(request.metric.params["ramp_months"])

    def measure(group: Group) -> dict[str, Any]:
        lines = list({(row["rep_id"], row["planned_live_date"]): row for row in group.rows}.values())
        held = {row["rep_id"] for row in lines if row["quota_rows"]}  # pipeline of people without a quota covers nobody's gap
        counted = [row for row in lines if row["rep_id"] in held]
        quota = sum(row["quota_year"] for row in counted)
        gap = quota - sum(row["credited_usd"] - row["baseline_due"] for row in counted)
        pipe = sum(
            row["weighted_usd"] * months_left(row["planned_live_date"], request.window.end, year, ramp)
            for row in counted
            if row["planned_live_date"]
        )
        return {
            "m40": pipe / gap if held and gap > 0 else None,
            "m40_pipeline": pipe if held else None,
            "m40_gap": gap if held else None,
        }

    return grouped_rows(context, rows, measure)


def _remarks(columns: list[str], rows: list[list[Any]]) -> list[str]:
    """Whose quota is covered already, and who has none."""
    place = {name: number for number, name in enumerate(columns)}
    total = next((row for row in rows if row[place["level"]] == 0), None)
    if "k_rep" not in place:
        covered = total is not None and total[place["m40_gap"]] is not None and total[place["m40_gap"]] <= 0
        return ["quota already covered"] if covered else []
    parts = [row for row in rows if row[place["level"]] == 1 and row[place["k_rep"]]]
    done = [row[place["n_rep"]] for row in parts if (gap := row[place["m40_gap"]]) is not None and gap <= 0]
    return [f"quota already covered: {', '.join(sorted(str(name) for name in done))}"] if done else []
