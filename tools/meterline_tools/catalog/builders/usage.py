"""Sums over usage rows: consumption, daily average, run rate, growth, change (M01, M02, M04–M06, M08, M10, M13b), and units (M03).

All requests of one question share one pass: each pair of a measure and a window becomes one CASE sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import CTE, Double, Text, and_, case, cast, func, null, select, union_all

from meterline_tools.catalog.buckets import TIME
from meterline_tools.catalog.builders.base import PEOPLE, Column, Context, Derived, Fact, Formula, Get, Plan, Request, outputs_of, within
from meterline_tools.catalog.builders.shape import assemble
from meterline_tools.catalog.model import Output
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, named_view

YEAR = 365
UNEVEN_WEEKS = "annualised from days that are no whole weeks, so the mix of weekdays moves it a little"
_DAY_LEVEL = {"account", *PEOPLE, "industry", "region", "country", "segment", "motion", "plan", *TIME}
"""Dimensions that account days can answer, without going down to usage rows."""
_MEASURES = {"usd": "effective_cost", "list_usd": "list_cost", "units": "consumed_quantity"}
_TITLES = {"usd": "net consumption", "list_usd": "consumption at list", "units": "consumed quantity"}


def build_usage(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One plan for all requests."""
    slots = _Slots()
    formulas: dict[str, Formula] = {}
    outputs: list[Derived] = []
    for request in requests:
        for derived, formula in _formulas(request, slots, bool(context.query.compare) and context.query.show_compared):
            formulas[derived.column] = formula
            outputs.append(derived)
    fact = usage_fact(context, slots.measures, slots.span)
    parts = named_view(fact.sums(slots.columns(fact), [within(fact.day, slots.span)]), "sums", _tell(requests, slots))
    whole = None
    if overlapping(context, slots.measures):
        whole = named_view(_unkeyed(context, slots), "whole", "the same without the breakdown, as its parts overlap or leave some out")
    plan = Plan(assemble(context, parts, formulas, whole=whole), outputs, [d.id for d in context.keys])
    if context.by_people and not context.asked <= _DAY_LEVEL and not context.views.principal.sees_everything:
        plan.notes.append("by person and product together, only accounts that are visible today are counted")
    if any(r.metric.params["form"] == "annual" and r.window.days % 7 for r in requests):
        plan.notes.append(UNEVEN_WEEKS)
    return [plan]


def build_units(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """Quantities, always broken down by their unit: units of different kinds do not add up, so there is a total only of one kind."""
    if "consumed_unit" not in context.query.group_by:
        query = context.query.model_copy(update={"group_by": [*context.query.group_by, "consumed_unit"]})
        context = replace(context, query=query)
    request = requests[0]
    derived = outputs_of(request)[0]

    def sums(*, keyed: bool) -> AnySelect:
        fact = usage_fact(context if keyed else plain_context(context), {"units"}, request.window)
        quantity = fact.measures["units"]
        slots = {"units_1": func.sum(quantity), "kinds": func.count(fact.columns["consumed_unit"].distinct())}
        return fact.sums(slots, [within(fact.day, request.window), quantity.is_not(None)], keyed=keyed)

    parts = named_view(sums(keyed=True), "sums", f"M03, consumed quantity of each unit, {request.window}")
    whole = named_view(sums(keyed=False), "whole", "the same without the breakdown, and how many kinds of units there are")
    formulas: dict[str, Formula] = {derived.column: lambda get: case((get("kinds") == 1, get("units_1")))}
    return [Plan(assemble(context, parts, formulas, whole=whole), [derived], [d.id for d in context.keys])]


class UsageFact(Fact):
    """Usage rows or account days, with their day and measures at hand."""

    day: Column
    measures: dict[str, Column]


def usage_fact(context: Context, measures: set[str], window: Window) -> UsageFact:
    """The leanest rows that answer: account days, credited account days, usage rows, or usage rows joined to credit."""
    day_level = context.asked <= _DAY_LEVEL and "units" not in measures
    if context.by_people and day_level and measures == {"usd"}:
        return _credited_days(context, window)
    if day_level and not context.by_people:
        days = context.views.account_day()
        fact = UsageFact(context, days, {"account": days.c.account_id}, window=window, day=days.c.usage_date)
        fact.day, fact.measures = days.c.usage_date, {"usd": days.c.usd, "list_usd": days.c.list_usd}
        return fact
    return usage_rows(context, lambda usage: {name: usage.c[_MEASURES[name]] for name in measures}, window)


def _credited_days(context: Context, window: Window) -> UsageFact:
    """Credited dollars by the assignment of each day; without a filter on people, what nobody is credited for is kept in sight."""
    days: Any = context.views.rep_day()
    if not context.asked.intersection(PEOPLE) & set(context.query.filters):
        credited, nobody = context.views.rep_day(), context.views.uncredited_day()
        both = union_all(
            select(credited.c.rep_id, credited.c.account_id, credited.c.usage_date, credited.c.usd),
            select(cast(null(), Text()).label("rep_id"), nobody.c.account_id, nobody.c.usage_date, nobody.c.usd),
        ).subquery("both")
        days = named_view(select(*both.c), "credited_or_not", "credited consumption, and with no rep what nobody is credited for")
    fact = UsageFact(context, days, {"account": days.c.account_id, "rep": days.c.rep_id}, window=window, day=days.c.usage_date)
    fact.day, fact.measures = days.c.usage_date, {"usd": days.c.usd}
    return fact


def usage_rows(context: Context, measure: Callable[[CTE], dict[str, Column]], window: Window) -> UsageFact:
    """Usage rows with measures of their columns; by people, joined to credit and weighted by it."""
    usage = context.views.usage()
    rows: Any = usage
    columns: dict[str, Column] = {
        "account": usage.c.account_id, "sku": usage.c.sku_id, "sku_family": usage.c.sku_family, "workload": usage.c.workload_id,
        "usage_region": usage.c.region_id, "commit_status": usage.c.commit_status, "contract": usage.c.contract_id,
        "consumed_unit": func.coalesce(usage.c.consumed_unit, "units"),
    }  # fmt: skip
    values = measure(usage)
    if context.by_people:
        credit = context.views.credit()
        on_day = and_(
            credit.c.account_id == usage.c.account_id, usage.c.usage_date >= credit.c.valid_from, usage.c.usage_date < credit.c.valid_to
        )
        rows = usage.join(credit, on_day)
        columns["rep"] = credit.c.rep_id
        values = {name: value * credit.c.credit_pct for name, value in values.items()}
    fact = UsageFact(context, rows, columns, window=window, day=usage.c.usage_date)
    fact.day, fact.measures = usage.c.usage_date, values
    return fact


class _Slots:
    """The CASE sums of one pass: one for each measure and window."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, Window], str] = {}

    def name(self, measure: str, window: Window) -> str:
        known = sum(1 for other, _ in self.names if other == measure)
        return self.names.setdefault((measure, window), f"{measure}_{known + 1}")

    @property
    def measures(self) -> set[str]:
        return {measure for measure, _ in self.names}

    @property
    def span(self) -> Window:
        """From the first to the last day of all windows."""
        return Window(start=min(w.start for _, w in self.names), end=max(w.end for _, w in self.names))

    def columns(self, fact: UsageFact) -> dict[str, Column]:
        result: dict[str, Column] = {}
        for (measure, window), name in self.names.items():
            value = fact.measures[measure]
            whole = window == self.span
            result[name] = func.coalesce(func.sum(value if whole else case((within(fact.day, window), value))), 0.0)
        return result


def plain_context(context: Context) -> Context:
    """The context of a total that counts everything once: without the breakdown, unless people are filtered by."""
    if set(context.query.filters).intersection(PEOPLE):
        return context
    return replace(context, query=context.query.model_copy(update={"group_by": []}))


def _unkeyed(context: Context, slots: _Slots) -> AnySelect:
    fact = usage_fact(plain_context(context), slots.measures, slots.span)
    return fact.sums(slots.columns(fact), [within(fact.day, slots.span)], keyed=False)


def overlapping(context: Context, measures: set[str]) -> bool:
    """Whether parts do not add up to the total: teams overlap, and usage rows that nobody is credited for are in no rep's part."""
    grouped = set(context.query.group_by)
    whole_days = measures == {"usd"} and context.asked <= _DAY_LEVEL
    return "manager" in grouped or (bool(grouped.intersection(PEOPLE)) and not whole_days)


def _formulas(request: Request, slots: _Slots, compared: bool) -> list[tuple[Derived, Formula]]:
    params = request.metric.params
    form, measure = params["form"], params["measure"]
    main = outputs_of(request)[0]
    now = slots.name(measure, request.window)
    if form in ("growth", "delta", "annual_delta"):
        assert request.compare is not None
        before = slots.name(measure, request.compare)
        return [(main, _FORMS[form](now, before, request, float(params.get("near_zero_per_28d", 0))))]
    scale = {"sum": 1.0, "per_day": 1.0 / request.window.days, "annual": YEAR / request.window.days}[form]
    result = [(main, _scaled(now, scale))]
    if compared and request.compare is not None:
        result += _compared(
            request, main, now, slots.name(measure, request.compare), scale, scale * request.window.days / request.compare.days
        )
    return result


def _scaled(slot: str, scale: float) -> Formula:
    def formula(get: Get) -> Column:
        return get(slot) if scale == 1.0 else cast(get(slot), Double()) * scale

    return formula


def _compared(request: Request, main: Derived, now: str, before: str, scale: float, scale_before: float) -> list[tuple[Derived, Formula]]:
    """What a query with `compare` adds to a plain sum: the earlier value, the difference, the growth."""
    base, unit, name = main.column, main.output.unit, main.output.label
    scale_before = 1.0 if scale == 1.0 else scale_before
    later, earlier = _scaled(now, scale), _scaled(before, scale_before)
    return [
        (Derived(request, Output(key="prior", label=f"{name} in the earlier window", unit=unit), f"{base}_prior"), earlier),
        (
            Derived(request, Output(key="delta", label=f"Change of {name.casefold()}", unit=unit), f"{base}_delta"),
            lambda get: later(get) - earlier(get),
        ),
        (
            Derived(request, Output(key="pct", label=f"Change of {name.casefold()}", unit="%", additive=False), f"{base}_pct"),
            growth(now, before, request, 100.0),
        ),
    ]


def growth(now: str, before: str, request: Request, near_zero_per_28d: float) -> Formula:
    """now ÷ before − 1, per day where the windows differ in length; NULL from a base near zero (rule 3)."""
    assert request.compare is not None
    evened = request.compare.days / request.window.days
    floor = max(near_zero_per_28d * request.compare.days / 28, 1e-9)

    def formula(get: Get) -> Column:
        later: Column = cast(get(now), Double()) * evened if evened != 1 else cast(get(now), Double())
        return case((get(before) >= floor, later / get(before) - 1))

    return formula


def _delta(now: str, before: str, request: Request, _: float) -> Formula:
    return lambda get: get(now) - get(before)


def _annual_delta(now: str, before: str, request: Request, _: float) -> Formula:
    assert request.compare is not None
    later, earlier = YEAR / request.window.days, YEAR / request.compare.days
    return lambda get: cast(get(now), Double()) * later - cast(get(before), Double()) * earlier


_FORMS = {"growth": growth, "delta": _delta, "annual_delta": _annual_delta}


def _tell(requests: Sequence[Request], slots: _Slots) -> str:
    """What the pass computes, for the reader of the SQL."""
    metrics = "; ".join(f"{r.metric.id} {r.metric.definition.rstrip('.')}" for r in requests)
    sums = ", ".join(f"{name} = {_TITLES[measure]} {window}" for (measure, window), name in slots.names.items())
    return f"{metrics}. {sums}"
