"""The window and the earlier window of each metric: what the query names, else the metric's own default."""

from __future__ import annotations

from datetime import date, timedelta

from meterline_tools.catalog.builders.base import Context, Request
from meterline_tools.catalog.calendar import FiscalCalendar, add_months, days, months_window, preceding, spell, trailing, year_ago
from meterline_tools.catalog.model import Metric
from meterline_tools.receipts import Window

ADDED = "annual_delta"
"""The form of a run rate at the end of a period less the one before the period began."""
LOOKS_BACK = ("growth", "delta", ADDED)
"""Forms of usage metrics that always need an earlier window."""
_FISCAL = ("attainment", "coverage")
_STATE = "as_of"


def request_for(metric: Metric, context: Context) -> Request:
    """A metric with its windows resolved."""
    window = window_of(metric, context)
    compare = _compare_of(metric, window, context)
    if compare is not None and not _needs_compare(metric) and _before_history(compare, context):
        compare = None  # a sum stands on its own; only its comparison is missing
    return Request(metric, window, compare)


def window_of(metric: Metric, context: Context) -> Window:
    """The query's window, else the default; attainment always runs from the start of the fiscal year of the window's end."""
    asked, d1 = context.query.window, context.asof.d1
    end = min(asked.end, d1) if asked else d1
    if metric.kind in _FISCAL:
        return days(min(context.calendar.year(end).window.start, end), end)
    if metric.params.get("form") == ADDED or metric.params.get("fixed_length"):
        return trailing(end, _default(metric.default_window, context).days)
    if metric.default_window == _STATE and not (asked and metric.kind == "commitment"):
        return days(end, end)
    return asked or _default(metric.default_window, context)


def _default(text: str, context: Context) -> Window:
    d1 = context.asof.d1
    if text == "fytd":
        return days(context.calendar.year(d1).window.start, d1)
    if text == _STATE:
        return days(d1, d1)
    if text.endswith("fq"):
        return quarters_from(d1, int(text.removesuffix("fq")), context.calendar)
    if text.endswith("m"):
        return last_whole_months(d1, int(text.removesuffix("m")))
    return trailing(d1, context.company.arr_window_days if text == "arr" else int(text.removesuffix("d")))


def quarters_from(d1: date, count: int, calendar: FiscalCalendar) -> Window:
    """The running fiscal quarter and those after it, as whole quarters."""
    return months_window(calendar.quarter(d1).window.start, 3 * count)


def last_whole_months(d1: date, count: int) -> Window:
    """The last calendar months that are over on d1."""
    after = (d1 + timedelta(days=1)).replace(day=1)
    return months_window(add_months(after, -count), count)


def _compare_of(metric: Metric, window: Window, context: Context) -> Window | None:
    given = context.query.compare
    if fixed := metric.params.get("against") or metric.params.get("beside"):
        return year_ago(window) if fixed == "year_ago" else preceding(window)
    if metric.params.get("form") == ADDED:  # since the day before the period named began, else since the fiscal year did
        start = context.query.window.start if context.query.window else context.calendar.year(window.end).window.start
        return trailing(start - timedelta(days=1), window.days)
    if isinstance(given, Window):
        return given
    if metric.kind == "yoy" or given == "year_ago":
        return year_ago(window)
    form = metric.params.get("form")
    return preceding(window) if given == "prior" or form in LOOKS_BACK else None


def why_not(request: Request, context: Context) -> str | None:
    """Why a metric cannot be told over its windows, if so."""
    least = int(request.metric.params.get("min_days", 0)) if request.metric.params.get("form") == "annual" else 0
    if request.window.days < least:
        return f"not annualised from fewer than {least} days ({request.window.days} days asked)"
    if lacking := _lacking_years(request, context):
        return lacking
    looks_back = request.metric.kind in ("usage", "yoy") or "against" in request.metric.params
    if not looks_back or request.compare is None or not _before_history(request.compare, context):
        return None
    earlier = f"{spell(request.compare.start)} to {spell(request.compare.end)}"
    first = context.warehouse.meta.first_usage_date
    assert first is not None
    return f"history is too short: usage starts on {spell(first)}, the earlier window is {earlier}"


def _lacking_years(request: Request, context: Context) -> str | None:
    """For retention: whether usage goes back far enough, and when it will."""
    first = context.warehouse.meta.first_usage_date
    if not request.metric.params.get("needs_history") or first is None:
        return None
    start = min(window.start for window in (request.window, request.compare) if window is not None)
    if first <= start:
        return None
    ready = first + (request.window.end - start)
    return f"insufficient history: usage starts on {spell(first)} and would have to start by {spell(start)}; possible from {spell(ready)}"


def _needs_compare(metric: Metric) -> bool:
    """Whether a metric means nothing without an earlier window."""
    return "against" in metric.params or metric.kind == "yoy" or metric.params.get("form") in LOOKS_BACK


def _before_history(window: Window, context: Context) -> bool:
    """Whether a window reaches back before the first usage day."""
    first = context.warehouse.meta.first_usage_date
    return first is not None and window.start < first


def tells_any_day(metric: Metric) -> bool:
    """Whether a metric is a plain sum, lawful for a day that is not all there."""
    return metric.kind == "usage" and metric.params.get("form") in (None, "sum")
