"""Use cases created (M36), gone live (M37) and in the pipeline (M39). Slips (M38) have a module of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import CTE, Double, case, cast, func, literal, select

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within, within_moments
from meterline_tools.catalog.builders.shape import Measured, assemble, parts_and_whole, slot
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import named_view

CLOSED = ("live", "lost", "paused")


def _lean(cases: CTE) -> list[Column]:
    """What counting needs: planning a statement takes longer with each column that is carried along."""
    return [
        cases.c[name] for name in ("use_case_id", "account_id", "est_monthly_usd", "stage", "source", "primary_sku_family", "owner_rep_id")
    ]


def build_created(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Created in the window; the same name at the same account is one use case, the first."""
    request = requests[0]
    cases = context.views.table("use_case")
    twin = func.row_number().over(
        partition_by=[cases.c.account_id, func.lower(cases.c.use_case_name)], order_by=[cases.c.created_at, cases.c.use_case_id]
    )
    ranked = select(*_lean(cases), cases.c.created_at, twin.label("twin")).subquery("ranked")
    first = named_view(
        select(*ranked.c).where(ranked.c.twin == 1), "first_of_twins", "use cases without later ones of the same account and name"
    )
    return [_counted(context, request, first, first.c.created_at)]


def build_gone_live(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """First change to stage live in the window; without a history, the actual live date."""
    request = requests[0]
    cases = context.views.table("use_case")
    columns = _lean(cases)
    if not context.warehouse.has("use_case_event"):
        dated = select(*columns, cases.c.actual_live_date.label("at")).where(cases.c.actual_live_date.is_not(None))
        live = named_view(dated, "gone_live", "use cases by their actual live date, as no history is loaded")
        plan = _counted(context, request, live, live.c.at, moments=False)
        plan.notes.append("go-lives by their recorded date: no use-case history loaded")
        return [plan]
    events = context.views.table("use_case_event")
    firsts = (
        select(events.c.use_case_id, func.min(events.c.event_at).label("at"))
        .where(events.c.event_type == "stage_change", events.c.to_value == "live")
        .group_by(events.c.use_case_id)
        .subquery("firsts")
    )
    statement = select(*columns, firsts.c.at).join_from(cases, firsts, firsts.c.use_case_id == cases.c.use_case_id)
    live = named_view(statement, "gone_live", "use cases with the moment they first went live")
    return [_counted(context, request, live, live.c.at)]


def build_pipeline(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Open use cases as they stand, plain and weighted by stage."""
    request = requests[0]
    cases = context.views.table("use_case")
    weights: dict[str, float] = request.metric.params["weights"]
    usd = func.coalesce(cases.c.est_monthly_usd, 0.0)
    weight = case(*[(cases.c.stage == stage, value) for stage, value in weights.items()], else_=0.0)

    def measure() -> Measured:
        slots: dict[str, Column] = {
            "n_usd": func.coalesce(func.sum(usd), 0.0),
            "n_weighted": func.coalesce(func.sum(usd * weight), 0.0),
            "n_count": func.count(cases.c.use_case_id),
        }
        return case_fact(context, cases, request.window), slots, [cases.c.stage.not_in(CLOSED)]

    return [_plan(context, request, measure)]


def _counted(context: Context, request: Request, cases: CTE, at: Column, *, moments: bool = True) -> Plan:
    inside = within_moments(at, request.window) if moments else [within(at, request.window)]

    def measure() -> Measured:
        slots: dict[str, Column] = {
            "n_count": func.count(cases.c.use_case_id),
            "n_usd": func.coalesce(func.sum(cases.c.est_monthly_usd), cast(literal(0.0), Double())),
        }
        return case_fact(context, cases, request.window, at=at, moments=moments), slots, inside

    return _plan(context, request, measure)


def _plan(context: Context, request: Request, measure: Callable[[], Measured]) -> Plan:
    """Outputs are the sums of the same name."""
    outputs = outputs_of(request)
    told = f"{request.metric.id} {request.metric.definition.rstrip('.')}, {request.window}"
    parts, whole = parts_and_whole(context, measure, told)
    formulas = {derived.column: slot(f"n_{derived.output.key}") for derived in outputs}
    return Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])


def case_fact(context: Context, cases: CTE, window: Window, *, at: Column | None = None, moments: bool = True) -> Fact:
    """Use cases with their dimensions; a use case without an owner belongs to the owner of its account."""
    rows: Any = cases
    owner: Column = cases.c.owner_rep_id
    if context.by_people:
        accounts = context.alias("account", "case_accounts")
        rows = cases.outerjoin(accounts, accounts.c.account_id == cases.c.account_id)
        owner = func.coalesce(cases.c.owner_rep_id, accounts.c.owner_rep_id)
    columns: dict[str, Column] = {
        "account": cases.c.account_id,
        "rep": owner,
        "stage": cases.c.stage,
        "source": cases.c.source,
        "sku_family": cases.c.primary_sku_family,
    }
    further = {"use_case": "use_case_id", "se": "se_rep_id", "partner": "partner_name"}
    columns |= {name: cases.c[column] for name, column in further.items() if column in cases.c}
    return Fact(context, rows, columns, window=window, day=at, moments=moments)
