"""Ratios of sums over usage rows: realised discount (M11), unit price (M12), committed share (M35), waste (M50)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import CTE, Double, and_, case, cast, func

from meterline_tools.catalog.builders.base import Column, Context, Formula, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import assemble, ratio
from meterline_tools.catalog.builders.usage import UsageFact, overlapping, plain_context, usage_fact, usage_rows
from meterline_tools.warehouse.statements import named_view

Sums = Callable[[UsageFact], Mapping[str, Column]]
"""The sums to take of the rows of a fact, by slot."""


def build_discount(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M11, from account days where every row has a list cost; else from the usage rows that have one."""

    def fact(inner: Context, request: Request) -> UsageFact:
        if inner.warehouse.fills("usage_daily", "list_cost"):
            return usage_fact(inner, {"usd", "list_usd"}, request.window)
        return usage_rows(
            inner,
            lambda usage: {"usd": case((usage.c.list_cost.is_not(None), usage.c.effective_cost)), "list_usd": usage.c.list_cost},
            request.window,
        )

    def sums(rows: UsageFact) -> Mapping[str, Column]:
        return {"net": _sum(rows.measures["usd"]), "at_list": _sum(rows.measures["list_usd"])}

    formulas: dict[str, Formula] = {
        "": lambda get: 1 - ratio(get("net"), get("at_list")),
        "usd": lambda get: get("at_list") - get("net"),
    }
    return [_plan(context, requests[0], fact, sums, formulas)]


def build_unit_price(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M12, always by SKU and its unit; a total only where there is a single SKU."""
    wanted = [*context.query.group_by, *(name for name in ("sku", "consumed_unit") if name not in context.query.group_by)]
    context = replace(context, query=context.query.model_copy(update={"group_by": wanted}))

    def fact(inner: Context, request: Request) -> UsageFact:
        return usage_rows(
            inner,
            lambda usage: {
                "usd": case((usage.c.consumed_quantity.is_not(None), usage.c.effective_cost)),
                "units": usage.c.consumed_quantity,
            },
            request.window,
        )

    def sums(rows: UsageFact) -> Mapping[str, Column]:
        kinds = func.count(rows.columns["sku"].distinct())
        return {"net": _sum(rows.measures["usd"]), "quantity": _sum(rows.measures["units"]), "skus": kinds}

    formulas: dict[str, Formula] = {"": lambda get: case((get("skus") == 1, ratio(get("net"), get("quantity"))))}
    return [_plan(context, requests[0], fact, sums, formulas, whole=True)]


def build_committed_share(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M35: what draws down a commitment, of everything."""

    def fact(inner: Context, request: Request) -> UsageFact:
        return usage_rows(
            inner,
            lambda usage: {
                "usd": usage.c.effective_cost,
                "drawn": case((usage.c.commit_status == "drawdown", usage.c.effective_cost), else_=0.0),
            },
            request.window,
        )

    def sums(rows: UsageFact) -> Mapping[str, Column]:
        return {"net": _sum(rows.measures["usd"]), "drawn_usd": _sum(rows.measures["drawn"])}

    formulas: dict[str, Formula] = {
        "": lambda get: ratio(get("drawn_usd"), get("net")),
        "uncommitted": lambda get: get("net") - get("drawn_usd"),
    }
    return [_plan(context, requests[0], fact, sums, formulas)]


def build_waste(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """M50, over the consumption on which waste is measured at all; how much that is, is an output of its own."""
    formulas: dict[str, Formula] = {
        "": lambda get: ratio(get("wasted"), get("measured")),
        "retry": lambda get: ratio(get("retried"), get("measured")),
        "idle": lambda get: ratio(get("idled"), get("measured")),
        "refresh": lambda get: ratio(get("refreshed"), get("refresh_measured")),
        "failed": lambda get: ratio(get("jobs_failed"), get("jobs")),
        "usd": lambda get: case((get("measured") != 0, get("wasted"))),
        "coverage": lambda get: ratio(get("measured"), get("net")),
    }
    return [_plan(context, requests[0], lambda inner, request: usage_rows(inner, waste_measures, request.window), waste_sums, formulas)]


def waste_measures(usage: CTE) -> dict[str, Column]:
    """Cost of the parts of consumption that were retried, idle or refreshed, at each row's own unit price. NULL is not 0."""
    usd, quantity = usage.c.effective_cost, usage.c.consumed_quantity
    price = cast(usd, Double()) / func.nullif(quantity, 0)
    has_waste = usage.c.retry_quantity.is_not(None) | usage.c.idle_quantity.is_not(None)
    return {
        "net": usd,
        "measured": case((has_waste, usd)),
        "retried": usage.c.retry_quantity * price,
        "idled": usage.c.idle_quantity * price,
        "refreshed": usage.c.refresh_quantity * price,
        "refresh_measured": case((usage.c.refresh_quantity.is_not(None), usd)),
        "failed": usage.c.jobs_failed,
        "ran": usage.c.jobs_succeeded,
    }


def waste_sums(rows: UsageFact) -> dict[str, Column]:
    """The slots of waste."""
    value = rows.measures
    names = ("net", "measured", "retried", "idled", "refreshed", "refresh_measured")
    return {
        **{name: _sum(value[name]) for name in names},
        "wasted": _sum(value["retried"]) + _sum(value["idled"]),
        "jobs_failed": _sum(value["failed"]),
        "jobs": _sum(value["failed"]) + _sum(value["ran"]),
    }


def _sum(value: Column) -> Column:
    return func.coalesce(func.sum(value), 0.0)


def _plan(
    context: Context,
    request: Request,
    fact: Callable[[Context, Request], UsageFact],
    sums: Sums,
    formulas: Mapping[str, Formula],
    *,
    whole: bool = False,
) -> Plan:
    """Parts, and a total of its own where parts overlap, leave something out or (`whole`) do not add up."""
    window = request.window

    def rows_of(inner: Context) -> tuple[UsageFact, Column]:
        rows = fact(inner, request)
        return rows, and_(within(rows.day, window))

    rows, inside = rows_of(context)
    told = f"{request.metric.id} {request.metric.definition.rstrip('.')}, {window}"
    parts = named_view(rows.sums(sums(rows), [inside]), "sums", told)
    total = None
    if whole or overlapping(context, {"rows"}):
        rows, inside = rows_of(plain_context(context))
        total = named_view(rows.sums(sums(rows), [inside], keyed=False), "whole", "the same without the breakdown")
    named = {derived.column: formulas[derived.output.key] for derived in outputs_of(request)}
    return Plan(assemble(context, parts, named, whole=total), outputs_of(request), [d.id for d in context.keys])
