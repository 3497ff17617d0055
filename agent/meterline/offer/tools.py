"""The tools a language model is offered. First lines and arguments are what it reads of them, so they are short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from meterline.fetched import fetch
from meterline.offer.situation import metric_line, names_said, nearest_metrics
from meterline.ready import shelve
from meterline.terse import terse
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench

Reply = dict[str, Any]
Filters = dict[str, list[str]]
_TIME = frozenset({"day", "week", "month", "quarter", "year"})


def find_entities(bench: Workbench, *, text: str) -> Reply:
    """Look up names and metrics that the state lacks."""
    return {"names": names_said(bench, text), "metrics": [metric_line(metric) for metric in nearest_metrics(bench.catalog, text)]}


def query_metrics(
    bench: Workbench,
    *,
    metrics: list[str],
    group_by: list[str] | None = None,
    filters: Filters | None = None,
    window: str = "",
    compare: str = "",
    order: str = "",
    limit: int = 10,
    having: list[str] | None = None,
    show: Filters | None = None,
    shares: bool = False,
) -> Reply:
    """Governed figures: values, rankings, trends. metrics: ids or words. filters: {"account":["id or name"],"not country":["DE"]}.
    window: any phrase, empty is the metric's own. compare: prior, year_ago or a phrase. order: -M10 falling, abs:M10 by size.
    having: ["M08 < -20%"]. show: these rows only, ranked among all.
    """
    kept, left_out = _parted(filters or {})
    return _told(
        bench,
        "query_metrics",
        metrics=metrics,
        group_by=group_by,
        filters=kept,
        exclude=left_out,
        window=window,
        compare=compare,
        order=order,
        limit=limit if group_by and not _TIME & set(group_by) else 0,  # a series is told whole
        having=having,
        show=show,
        shares=shares,
    )


def _parted(filters: Filters) -> tuple[Filters, Filters]:
    """What is asked for, and what is left out: {"not country": ["DE"]}."""
    left_out = {name.removeprefix("not ").strip(): values for name, values in filters.items() if name.startswith("not ")}
    return {name: values for name, values in filters.items() if not name.startswith("not ")}, left_out


def explain_change(bench: Workbench, *, account: str, window: str = "") -> Reply:
    """Why an account's usage moved, whether it is real and lasts."""
    from meterline.models.offline.write.explain import draft_explanation

    reply = _called(bench, "explain_change", account=account, window=window)
    cause = (reply.get("cause") or {}).get("label")
    return shelve(bench, draft_explanation(reply), verdict=reply.get("verdict"), cause=cause, durability=reply.get("durability"))


def review_rep(bench: Workbench, *, rep: str, window: str = "") -> Reply:
    """How a rep's or team's book does: scorecard, exception ladder, 1:1 questions."""
    from meterline.models.offline.write.review import draft_review

    reply = _called(bench, "review_rep", rep=rep, window=window)
    return shelve(bench, draft_review(reply))


def morning_coffee(bench: Workbench) -> Reply:
    """The day at a glance and what needs a look."""
    from meterline.models.offline.write.coffee import draft_coffee

    reply = _called(bench, "morning_coffee")
    return shelve(bench, draft_coffee(reply))


Side = Literal["customer", "vendor", ""]
View = Literal["", "themes", "complaints", "requests", "competitor", "summary"]


def search_notes(
    bench: Workbench,
    *,
    query: str = "",
    view: View = "",
    account: str = "",
    filters: Filters | None = None,
    window: str = "",
    side: Side = "",
) -> Reply:
    """What was said, verbatim. themes: counted. competitor: named by query. summary: of a text or the last talk."""
    from meterline.models.offline.write import digest, rivals, themes
    from meterline_tools.notes.pasted import read_pasted

    if view == "summary":
        last = "talk" if account and read_pasted(bench.asked) is None else ""
        return shelve(bench, digest.draft_digest(_called(bench, "summarize_note", account=account, last=last)))
    if view == "competitor":
        told = _called(bench, "competitor_notes", competitor=query, account=account, filters=filters, window=window)
        return shelve(bench, rivals.draft_rivals(told, bench.names.name_of("account", account) or account))
    if view:
        tone = "" if view == "themes" else view.removesuffix("s")
        told = _called(bench, "note_themes", query=query, account=account, filters=filters, window=window, side=side, tone=tone)
        return shelve(bench, themes.draft_themes(told))
    return _told(bench, "search_notes", query=query, account=account, window=window, side=side)


def find_savings(bench: Workbench, *, account: str) -> Reply:
    """What an account could save."""
    return _told(bench, "find_savings", account=account)


def commitments(bench: Workbench, *, account: str = "") -> Reply:
    """Contracts, drawdown, run-out, renewals; without account all of them."""
    return _told(bench, "commitments", account=account)


_ACTIVITIES = {"meetings": "log", "silent_accounts": "silent", "asks": "asks", "may_ask": "contact", "first_touch": "first_touch"}
_ENABLEMENT = {"certificates": "certificates", "vouchers": "vouchers", "certified_pipeline": "pipeline"}
Which = Literal[
    "", "created", "live", "slipped", "often", "planned", "idle", "low", "gaps",
    "meetings", "silent_accounts", "asks", "may_ask", "first_touch", "certificates", "vouchers", "certified_pipeline",
    "promises",
]  # fmt: skip


def use_cases(
    bench: Workbench, *, which: Which = "", account: str = "", rep: str = "", filters: Filters | None = None, window: str = ""
) -> Reply:
    """CRM records. No which: use cases of an account or rep. often: dates moved; low: below estimate; gaps: MEDDPICC."""
    if view := _ACTIVITIES.get(which):
        return _told(bench, "activities", view=view, account=account, rep=rep, filters=filters, window=window)
    if which == "promises":
        return _told(bench, "promises", account=account, rep=rep, filters=filters)
    if view := _ENABLEMENT.get(which):
        return _told(bench, "enablement", view=view, account=account, rep=rep, filters=filters)
    return _told(bench, "use_cases", which=which, account=account, rep=rep, filters=filters, window=window)


def forecast(
    bench: Workbench,
    *,
    account: str = "",
    rep: str = "",
    filters: Filters | None = None,
    horizon: str = "",
    by: str = "month",
) -> Reply:
    """Where consumption lands. horizon: empty is the fiscal year. by: month or a dimension."""
    from meterline.models.offline.write.forecast import draft_forecast

    reply = _called(bench, "forecast", account=account, rep=rep, filters=filters, horizon=horizon, by=by)
    return shelve(bench, draft_forecast(reply))


def about_data(
    bench: Workbench, *, topic: Literal["loaded", "restated", "known_causes", "last_sql"], account: str = "", window: str = ""
) -> Reply:
    """restated: why a number changed. last_sql: receipts for show_receipts."""
    if topic == "loaded":
        return _told(bench, "data_loaded")
    if topic == "last_sql":
        return TOOLS["previous_receipts"](bench)
    if topic == "restated":
        return _told(bench, "restatement", account=account, window=window)
    return _told(bench, "known_causes", window=window, filters={"account": [account]} if account else None)


def draft_brief(bench: Workbench, *, account: str) -> Reply:
    """The QBR brief of an account."""
    from meterline.briefs.chat import draft_of_brief

    return shelve(bench, draft_of_brief(bench, account))


def calculate(bench: Workbench, *, expression: str = "", quantity: float = 0.0, product: str = "", account: str = "") -> Reply:
    """A new figure from figures ("F1 / F2 - 1"), or the price of a monthly quantity of a product."""
    if expression:
        return _told(bench, "calculate", expression=expression)
    return _told(bench, "size", quantity=quantity, product=product, account=account)


def run_sql(bench: Workbench, *, sql: str) -> Reply:
    """Last resort: one DuckDB SELECT, ungoverned. Empty sql lists columns."""
    from meterline_tools.kit.run_sql import run_sql as explore

    if not sql.strip():
        return {"tables": _columns()}
    reply = explore(bench, sql=sql)
    rows = reply["rows"]
    # Rows as lists: a column may have the name of a key that other replies do without, and an empty cell keeps its place.
    plain = [["null" if cell is None else str(cell) for cell in row.values()] for row in rows]
    return terse({**reply, "columns": list(rows[0]) if rows else [], "rows": plain}, bench.book)


def _called(bench: Workbench, tool: str, **arguments: Any) -> Reply:
    """The kit's whole reply; arguments that say nothing keep the tool's own defaults."""
    return fetch(TOOLS[tool], bench, {name: value for name, value in arguments.items() if value not in (None, "", [], {})})


def _told(bench: Workbench, tool: str, **arguments: Any) -> Reply:
    return terse(_called(bench, tool, **arguments), bench.book)


def _columns() -> dict[str, str]:
    """The columns of each table that free SQL may read."""
    from meterline_tools.warehouse.guard.policy import load_policy
    from meterline_tools.warehouse.schema import TABLES

    hidden = load_policy().hidden
    return {name: " ".join(column.name for column in table.columns) for name, table in TABLES.items() if name not in hidden}


OFFERED: dict[str, Callable[..., Reply]] = {
    tool.__name__: tool
    for tool in (
        find_entities,
        query_metrics,
        explain_change,
        review_rep,
        morning_coffee,
        search_notes,
        find_savings,
        commitments,
        use_cases,
        forecast,
        about_data,
        draft_brief,
        calculate,
        run_sql,
    )
}
