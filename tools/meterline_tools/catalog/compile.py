"""Metric queries to SQL and back: which builders run, over which windows, and how their rows make one table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.buckets import TIME
from meterline_tools.catalog.builders import BUILDERS, Builder
from meterline_tools.catalog.builders.base import FETCH, Context, Page, Plan, Request
from meterline_tools.catalog.calendar import FiscalCalendar
from meterline_tools.catalog.merge import LISTED, Answer, merge
from meterline_tools.catalog.model import Catalog, Metric, MetricQuery, MetricTable, Statement, output_key
from meterline_tools.catalog.windows import request_for, why_not
from meterline_tools.errors import ModelMustRetry

if TYPE_CHECKING:
    from meterline_tools.warehouse.asof import AsOf
    from meterline_tools.warehouse.engines import Warehouse
    from meterline_tools.warehouse.views import Views

_MISSING = {
    "quota": "no quota loaded",
    "contract": "no contracts loaded",
    "use_case": "no use cases loaded",
    "activity": "no activities loaded",
    "use_case.created_at": "no creation dates of use cases loaded",
    "use_case.actual_live_date": "no live dates of use cases loaded",
    "use_case.md_champion": "no MEDDPICC scores loaded",
    "workload.use_case_id": "not measurable: no workload is linked to a use case",
    "activity.ask_type": "no asks to customers loaded",
    "qbr|activity.activity_type": "no QBRs loaded, and no activities to infer them from",
    "enablement_event": "no enablement events loaded",
    "forecast": "no forecasts loaded",
    "account.motion": "no sales motion loaded, so self-serve accounts cannot be told apart",
    "usage_annotation": "no causes on file yet",
    "usage_daily": "no usage loaded",
    "usage_daily.effective_cost": "no cost loaded; M03 (consumption in units) can be asked",
    "usage_daily.list_cost": "no list cost loaded",
    "usage_daily.consumed_quantity": "no consumed quantity loaded",
    "usage_daily.commit_status": "no commit status loaded",
    "usage_daily.workload_id": "no workloads loaded",
    "usage_daily.sku_id": "no SKUs on usage loaded",
    "usage_daily.active_users": "no user counts loaded",
    "usage_daily.idle_quantity|usage_daily.retry_quantity": "no telemetry of idle or retried work loaded",
    "contract.prior_contract_id": "no contract says which one it renews",
    "sku": "no SKUs loaded",
}


@dataclass
class Compiled:
    """The plans of a query, by builder, and the metrics that cannot be told with the reason."""

    plans: list[Plan]
    requests: list[Request]
    not_available: dict[str, str] = field(default_factory=dict)


def compile_query(
    catalog: Catalog, query: MetricQuery, views: Views, calendar: FiscalCalendar, further: Mapping[str, Builder] | None = None
) -> Compiled:
    """The statements of a query, not run. ModelMustRetry when a name or an order is wrong. `further`: see run_metrics."""
    context = _context(catalog, query, views, calendar)
    requests, missing = _requests(context)
    builders = {**BUILDERS, **(further or {})}
    plans = [plan for family in _families(context, requests) for plan in builders[family[0].metric.kind](context, family)]
    return Compiled(plans, requests, missing)


def run_metrics(
    catalog: Catalog,
    query: MetricQuery,
    views: Views,
    warehouse: Warehouse,
    asof: AsOf,
    calendar: FiscalCalendar,
    further: Mapping[str, Builder] | None = None,
) -> MetricTable:
    """Run a query: rows in order, total, and the rest that was cut; what cannot be told is in `not_available` with the reason.

    `further` are builders of kinds that the catalogue cannot compute by itself, as they lean on what lies above it.
    """
    builders = {**BUILDERS, **(further or {})}
    context = _context(catalog, query, views, calendar)
    requests, missing = _requests(context)
    if not requests:
        return MetricTable(query=query, windows={}, rows=[], not_available=missing)
    leader, page = _page(context, requests)
    families = sorted(_families(context, requests), key=lambda family: leader not in family)
    answers: list[Answer] = []
    context = replace(context, page=page)
    for family in families:
        for plan in builders[family[0].metric.kind](context, family):
            answer = _run(plan, warehouse)
            reason = plan.lacking(answer.statement.columns, answer.statement.rows) if plan.lacking else None
            if reason:
                missing |= {request.metric.id: reason for request in family}
                continue
            answers.append(answer)
            if plan.paged and query.group_by and len(families) > 1 and len(answers) == 1 and not query.selective:
                context = replace(context, page=replace(page, only=answer.keys_shown(page.limit)))
    return merge(context, requests, answers, missing, page)


def _context(catalog: Catalog, query: MetricQuery, views: Views, calendar: FiscalCalendar) -> Context:
    for name in (*query.group_by, *query.filters, *query.exclude):
        catalog.dimension(name)
    return Context(catalog, query, views, views.warehouse, views.asof, calendar)


def _requests(context: Context) -> tuple[list[Request], dict[str, str]]:
    """The metrics that can be told over their windows, and why the others cannot."""
    requests: list[Request] = []
    missing: dict[str, str] = {}
    for name in dict.fromkeys(context.query.metrics):
        metric = context.catalog.metric(name)
        reason = _lacks(metric, context) or _unfit(metric, context)
        if reason is None:
            request = request_for(metric, context)
            reason = why_not(request, context)
            if reason is None:
                requests.append(request)
        if reason:
            missing[metric.id] = reason
    return requests, missing


def _lacks(metric: Metric, context: Context) -> str | None:
    for need in metric.needs:
        if not any(_holds(context, option) for option in need.split("|")):
            return _MISSING[need]
    return None


def _holds(context: Context, need: str) -> bool:
    table, _, column = need.partition(".")
    return context.views.has(table, *([column] if column else []))


def _unfit(metric: Metric, context: Context) -> str | None:
    """Dimensions this metric does not have. ModelMustRetry when it is the only metric asked for."""
    strange = sorted(context.asked.difference(metric.dimensions))
    if not strange:
        return None
    text = f"{metric.id} ({metric.label}) has no breakdown or filter by {' or '.join(strange)}. It has: {', '.join(metric.dimensions)}."
    if len(set(context.query.metrics)) == 1:
        raise ModelMustRetry(text)
    return text


def _families(context: Context, requests: list[Request]) -> list[list[Request]]:
    """Requests that one builder answers together: all sums over usage, and those of a kind over the same window.

    By people, each measure goes alone: only dollars come by account days, where what nobody is credited for has a row.
    """
    families: dict[Any, list[Request]] = defaultdict(list)
    for request in requests:
        kind = request.metric.kind
        measure = request.metric.params["measure"] if kind == "usage" and context.by_people else ""
        families[(kind, measure) if kind == "usage" else (kind, str(request.window), str(request.compare))].append(request)
    return list(families.values())


def _page(context: Context, requests: list[Request]) -> tuple[Request, Page]:
    """The request whose output orders the rows, and the order."""
    query = context.query
    limit = FETCH if query.selective else min(query.limit or LISTED, LISTED)
    text = query.order.strip()
    absolute = text.startswith("abs:")
    name = text.removeprefix("abs:").lstrip("+-")
    descending = absolute or text.startswith("-") or not text
    if not name or _asked_in_vain(name, query, requests):
        first = requests[0]
        chronological = bool(query.group_by) and query.group_by[0] in TIME
        output = first.metric.outputs[0]
        order = "" if chronological else output_key(first.metric.id, output)
        return first, Page(_column(order), True, False, limit)
    for request in requests:
        keys = [output_key(request.metric.id, output) for output in request.metric.outputs]
        if name in keys or name == request.metric.id:
            return request, Page(_column(name if name in keys else keys[0]), descending, absolute, limit)
    allowed = [output_key(r.metric.id, output) for r in requests for output in r.metric.outputs]
    raise ModelMustRetry(
        f"Cannot order by '{query.order}'. Order by one of: {', '.join(allowed)} (with - in front for descending, abs: by size)."
    )


def _asked_in_vain(name: str, query: MetricQuery, requests: list[Request]) -> bool:
    """Whether the order names a metric that was asked for and cannot be had: the others are ordered as if none was named."""
    metric = name.partition(".")[0]
    return metric in query.metrics and all(metric != request.metric.id for request in requests)


def _column(output: str) -> str:
    return output.lower().replace(".", "_")


def _run(plan: Plan, warehouse: Warehouse) -> Answer:
    result = warehouse.run(plan.statement, limit=plan.fetch)
    columns, rows = (result.columns, [list(row) for row in result.rows]) if plan.finish is None else plan.finish(result)
    remarks = [*plan.notes, *(plan.remark(columns, rows) if plan.remark else [])]
    statement = Statement(
        columns=columns,
        rows=rows,
        sql=result.sql,
        params=result.params,
        elapsed_ms=result.elapsed_ms,
        truncated=result.truncated,
        derived=plan.derived if plan.finish else "",
    )
    return Answer(plan, statement, remarks)
