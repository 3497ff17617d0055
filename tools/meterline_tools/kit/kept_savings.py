"""What came of actions that are done: the workloads they name, measured before they were agreed and since."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.savings.realised import Realised, Used, realised
from meterline_tools.kit.records import Records, derived_records, window
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.warehouse.engines import Rows

TOOL = "promises"
MAX_ROWS = 200_000
_BETWEEN = re.compile(r"[^0-9a-z]+")


def measured_actions(bench: Workbench, account: Entity, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One reply for each done action that names a workload of the account: outcome, figures before and after, its share of the estimate.

    Args:
        items: rows of done actions with action_id, description, agreed and closed (dates), est_impact_usd_month.
    """
    workloads = _workloads(bench, account)
    named = [(item, ids) for item in items if item["closed"] and (ids := named_in(str(item["description"]), workloads))]
    return [_measured(bench, account, item, {ident: workloads[ident] for ident in ids}) for item, ids in named]


def named_in(text: str, names: dict[str, str]) -> list[str]:
    """Ids of the things whose name stands in a text as a whole, however its words are joined; a longer name hides one inside it."""
    said = f" {_plain(text)} "
    found = []
    for ident, name in sorted(names.items(), key=lambda item: -len(_plain(item[1]))):
        plain = f" {_plain(name)} "
        if plain.strip() and plain in said:
            found.append(ident)
            said = said.replace(plain, " | ")
    return sorted(found)


def _plain(text: str) -> str:
    return _BETWEEN.sub(" ", text.casefold()).strip()


def _workloads(bench: Workbench, account: Entity) -> dict[str, str]:
    from sqlalchemy import select

    if not bench.warehouse.has("workload"):
        return {}
    workload = bench.views.table("workload")
    statement = select(workload.c.workload_id, workload.c.workload_name).where(workload.c.account_id == account.id)
    return {str(row[0]): str(row[1] or row[0]) for row in bench.warehouse.run(statement).rows}


def _measured(bench: Workbench, account: Entity, item: dict[str, Any], workloads: dict[str, str]) -> dict[str, Any]:
    rows = _usage(bench, account, sorted(workloads))
    result = realised(_days(rows), item["agreed"], item["closed"], bench.asof.d1)
    entity = account
    if len(workloads) == 1:
        entity = Entity(type="workload", id=next(iter(workloads)), name=next(iter(workloads.values())))
    records = derived_records(
        bench,
        "calc",
        TOOL,
        {"account": account.id, "action": item["action_id"]},
        [_row(item, ", ".join(sorted(workloads.values())), result)],
        sql=rows.sql,
        params=rows.params,
        elapsed_ms=rows.elapsed_ms,
        derived="means of whole weeks before the action was agreed and up to the last complete day, out of the days that SQL returned",
    )
    return {"action_id": item["action_id"], "outcome": result.outcome, "figures": _figures(bench, records, result, entity)}


def _row(item: dict[str, Any], names: str, result: Realised) -> dict[str, Any]:
    saved, estimate = result.saved_month, item["est_impact_usd_month"]
    before, after = result.before, result.after
    return {
        "action_id": item["action_id"],
        "what": item["description"],
        "workload": names,
        "closed": item["closed"],
        "before": before.usd_month if before else None,
        "after": after.usd_month if after else None,
        "change": -saved if saved is not None else None,
        "idle_before": before.idle_share if before else None,
        "idle_after": after.idle_share if after else None,
        "share": saved / -estimate if saved is not None and result.outcome == "fell" and estimate and estimate < 0 else None,
    }


def _figures(bench: Workbench, records: Records, result: Realised, entity: Entity) -> dict[str, str]:
    a_month = f"{bench.warehouse.company.currency}/month"
    spans = {name: {"window": window(span.start, span.end)} for name, span in (("before", result.before), ("after", result.after)) if span}
    before, after = spans.get("before", {}), spans.get("after", {})
    found = {
        "what": records.figure(0, "what", "Action"),
        "workload": records.figure(0, "workload", "Workload"),
        "closed": records.figure(0, "closed", "Done on", "date"),
        "before": records.figure(0, "before", "Consumption before it was agreed", a_month, entity=entity, **before),
        "after": records.figure(0, "after", "Consumption since it was done", a_month, entity=entity, **after),
        "change": records.figure(0, "change", "Change against before", a_month, entity=entity, **after),
        "idle_before": records.figure(0, "idle_before", "Idle share before", "%", entity=entity, **before),
        "idle_after": records.figure(0, "idle_after", "Idle share since", "%", entity=entity, **after),
        "share": records.figure(0, "share", "Of the estimated saving", "%", entity=entity, **after),
    }
    return {name: figure for name, figure in found.items() if figure}


def _usage(bench: Workbench, account: Entity, workloads: Sequence[str]) -> Rows:
    """Per day: usd, the part of it on which idleness is measured, and the part of that while nothing ran."""
    from sqlalchemy import and_, case, func, select

    usage = bench.views.usage()
    known = and_(usage.c.idle_quantity.is_not(None), usage.c.consumed_quantity > 0)
    idle = usage.c.effective_cost * usage.c.idle_quantity / usage.c.consumed_quantity
    statement = (
        select(
            usage.c.usage_date,
            func.sum(usage.c.effective_cost).label("usd"),
            func.sum(case((known, usage.c.effective_cost), else_=0.0)).label("measured_usd"),
            func.sum(case((known, idle), else_=0.0)).label("idle_usd"),
        )
        .where(usage.c.account_id == account.id, usage.c.workload_id.in_(workloads))
        .group_by(usage.c.usage_date)
        .order_by(usage.c.usage_date)
    )
    return bench.warehouse.run(statement, limit=MAX_ROWS)


def _days(rows: Rows) -> list[Used]:
    return [
        Used(_day(row["usage_date"]), float(row["usd"] or 0), float(row["measured_usd"] or 0), float(row["idle_usd"] or 0))
        for row in rows.dicts()
    ]


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
