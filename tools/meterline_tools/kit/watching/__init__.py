"""The daily watch: which accounts and slices surged or dropped, within a budget, each told once."""

from __future__ import annotations

from typing import Any

from meterline_tools.errors import ModelMustRetry, NoData
from meterline_tools.insight.causes import load_causes
from meterline_tools.insight.looks import Look
from meterline_tools.insight.watch_rules import watch_rules
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import resolve_filters
from meterline_tools.kit.records import Records, derived_records, figure_index, window
from meterline_tools.kit.scoping import conditions
from meterline_tools.kit.watching.findings import Finding, Watched, watch_over
from meterline_tools.kit.watching.news import News, Wave, is_news, known_before, news_of, noticed, remember, told_now

MOST_DAYS = 92
_NAMED = 3
_QUARTER = 13
"""Weeks."""
_WAYS = {"": "", "surges": "up", "drops": "down"}


def watch(
    bench: Workbench,
    *,
    days: int = 1,
    only: str = "",
    filters: dict[str, list[str]] | None = None,
    again: bool = False,
    everything: bool = False,
) -> dict[str, Any]:
    """Surges and drops of every visible account, and for leaders of industries, regions and SKU families: since when, how much,
    still on, cause on file. Within the asker's alert budget; what they were told before comes again only when it changed.

    Args:
        days: How many days back alerts are told that have ended since; what is on is always told.
        only: Empty for both ways, "surges" or "drops".
        filters: Dimension to ids or names, as in query_metrics; slices are then left out.
        again: Tell also what they were told before and has not changed.
        everything: Tell all of it, beyond the budget and known or not.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ModelMustRetry(f"{days} days cannot be watched; give 1 to {MOST_DAYS}.")
    if only not in _WAYS:
        raise ModelMustRetry(f"'{only}' is no direction. There are: surges, drops, or nothing for both.")
    if not bench.warehouse.has("usage_daily", "effective_cost"):
        raise NoData("No cost of usage is loaded, so nothing can be watched.")
    before = len(bench.book.figures)
    watched = watch_over(bench, days=days, slices=not filters, only=_kept(bench, filters) if filters else None)
    findings = [each for each in watched.findings if not _WAYS[only] or each.direction == _WAYS[only]]
    asof, viewer = bench.asof, bench.viewer
    look = Look(snapshot=bench.warehouse.snapshot_id, known_at=asof.known_at, d1=asof.d1)
    known, now = known_before(viewer, look), told_now(viewer, look)
    budget = viewer.budget or bench.warehouse.company.coffee.budget
    news = news_of(findings, known, budget=budget, muted=viewer.muted, told=now, again=again or everything, everything=everything)
    told = [each for wave in news.told for each in wave.findings]
    bench.look = look.model_copy(
        update={"noticed": remember(known | now, watched.findings, told), "watched": now | {each.id: noticed(each) for each in told}}
    )
    reply = {
        "days": days,
        "only": only,
        "alerts": _alerts(bench, watched, news.told, {each.id for each in told if is_news(each, known)}),
        "counts": _counts(bench, watched, news),
        "receipts": list(bench.book.receipts),
    }
    reply["figures"] = figure_index(bench, before)
    return reply


def _kept(bench: Workbench, filters: dict[str, list[str]]) -> set[str]:
    """The visible accounts that filters leave."""
    from sqlalchemy import select

    accounts = bench.views.accounts()
    tests = conditions(bench, resolve_filters(bench, filters, []), account=accounts.c.account_id)
    return {row[0] for row in bench.warehouse.run(select(accounts.c.account_id).where(*tests), limit=1_000_000).rows}


def _alerts(bench: Workbench, watched: Watched, waves: list[Wave], new: set[str]) -> list[dict[str, Any]]:
    members = [each for wave in waves for each in wave.findings]
    if not members:
        return []
    source = watched.source
    records = derived_records(
        bench, "calc", "watch", {"days": source.days}, [_row(each) for each in members], sql=source.sql, params=dict(source.params)
    )
    told, at = [], 0
    for wave in waves:
        several = [_figures(bench, records, at + n, each) for n, each in enumerate(wave.findings)]
        at += len(several)
        together = _together(bench, wave) if len(several) > 1 else {}
        told.append(
            {
                "id": wave.id,
                "entity": wave.first.entity.model_dump(),
                "direction": wave.first.direction,
                "on": any(each.on for each in wave.findings),
                "new": any(each.id in new for each in wave.findings),
                "figures": several[0] | together,
                "names": [figures["size"] for figures in several[:_NAMED]],
                "cause": _cause(bench, wave.first) if len(several) == 1 else None,
            }
        )
    return told


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.entity.id,
        "name": finding.entity.name,
        "onset": finding.onset,
        "end": None if finding.on else finding.end,
        "actual": finding.usual + finding.size,
        "usual": finding.usual,
        "size": finding.size,
        "share": finding.share,
        "total": finding.total,
    }


def _figures(bench: Workbench, records: Records, row: int, finding: Finding) -> dict[str, str]:
    currency, entity, span = bench.warehouse.company.currency, finding.entity, window(finding.onset, finding.end)
    a_day = f"{currency}/day"
    found = {
        "size": records.figure(row, "size", "Against the usual, a day", a_day, entity=entity, window=span),
        "share": records.figure(row, "share", "Against the usual in percent", "%", entity=entity, window=span),
        "total": records.figure(row, "total", "Against the usual, in all", currency, entity=entity, window=span),
        "actual": records.figure(row, "actual", "Consumption", a_day, entity=entity, window=span),
        "usual": records.figure(row, "usual", "Usual of the weekdays before", a_day, entity=entity),
        "onset": records.figure(row, "onset", "Since", "date", entity=entity),
        "end": records.figure(row, "end", "Until", "date", entity=entity),
    }
    return {name: figure for name, figure in found.items() if figure}


def _together(bench: Workbench, wave: Wave) -> dict[str, str]:
    """What many accounts of one wave come to."""
    row = {"count": len(wave.findings), "others": len(wave.findings) - _NAMED, "size": sum(each.size for each in wave.findings)}
    records = derived_records(bench, "calc", "watch", {"item": wave.id}, [row])
    a_day = f"{bench.warehouse.company.currency}/day"
    found = {
        "count": records.figure(0, "count", "Accounts that moved together", "count"),
        "others": records.figure(0, "others", "Accounts not named", "count"),
        "sum": records.figure(0, "size", "Against the usual, a day, together", a_day, window=window(wave.first.onset, wave.first.end)),
    }
    return {name: figure for name, figure in found.items() if figure}


def _cause(bench: Workbench, finding: Finding) -> dict[str, Any] | None:
    """The cause on file, with its label and how long it lasts."""
    if finding.cause is None:
        return None
    known = load_causes().get(finding.cause.cause)
    label = known.label if known else finding.cause.cause.replace("_", " ")
    return {"id": finding.cause.cause, "label": label, "durability": finding.cause.durability}


def _counts(bench: Workbench, watched: Watched, news: News) -> dict[str, str]:
    """How many accounts were looked at, what is not told and why, and how many false alarms to expect a week."""
    row = {
        "told": len(news.told),
        "judged": watched.judged,
        "young": watched.young,
        "left_out": news.left_out,
        "before": news.before,
        "muted": news.muted,
        "false_alarms": round(watch_rules().false_alarms * watched.judged * _QUARTER / 100),
    }
    records = derived_records(bench, "calc", "watch", {"item": "counts"}, [row])
    labels = {
        "told": "Alerts",
        "judged": "Accounts watched",
        "young": "Accounts too young to have a usual",
        "left_out": "Left out by the alert budget",
        "before": "Told before and unchanged",
        "muted": "Muted",
        "false_alarms": "False alarms to expect in a quarter",
    }
    found = {name: records.figure(0, name, label, "count") for name, label in labels.items() if row[name] or name in ("told", "judged")}
    return {name: figure for name, figure in found.items() if figure}
