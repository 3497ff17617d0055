"""known_causes: what the cause ledger confirms of moves, and the moves without what it says will not last."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.calendar import preceding
from meterline_tools.catalog.periods import resolve_period
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import query_metrics, resolve_filters
from meterline_tools.kit.records import Records, derived_records, read_records, window
from meterline_tools.kit.scoping import conditions
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from sqlalchemy import Select

_MOST = 200
_DEFAULT = "last 28 days"


def known_causes(
    bench: Workbench,
    *,
    window: str = "",
    filters: dict[str, list[str]] | None = None,
    exclude: dict[str, list[str]] | None = None,
    strip: str = "",
    limit: int = 5,
) -> dict[str, Any]:
    """Tell which confirmed causes touch a window or the equal one before it, by account; and rank moves without one-time excess.

    Args:
        window: A phrase for a period; empty is the last 28 days. It is set against the preceding equal one.
        filters: Dimension to ids or names, as in query_metrics.
        exclude: Dimension to the ids or names left out.
        strip: Empty, or "up", "down", "all": then changes without one-time, seasonal and external excess are listed, that way first.
        limit: How many of those changes.
    """
    notes: list[str] = []
    kept, left_out = resolve_filters(bench, filters or {}, notes), resolve_filters(bench, exclude or {}, notes)
    period = resolve_period(window or _DEFAULT, bench.asof, bench.calendar)
    now, before = period.window, bench.calendar.earlier_same_days(period) if period.incomplete else preceding(period.window)
    found = read_records(bench, "known_causes", {"window": window, "filters": filters or {}}, _ledger(bench, now, before, kept, left_out))
    reply: dict[str, Any] = {"receipt": found.receipt.id, "causes": _causes(bench, found, now, before), "assumptions": notes}
    if {"rep", "manager"} & kept.keys():
        reply["handovers"] = _handovers(bench, before, now)
    if strip:
        given = {"window": window or _DEFAULT, "filters": kept, "exclude": left_out}
        reply["excess"] = _excess(bench, found, now)
        reply["stripped"] = _stripped(bench, found, given, strip, limit, now)
    reply["figures"] = {f.id: {"label": f.label, "display": f.display, "value": f.value} for f in bench.book.figures.values()}
    return reply


def _handovers(bench: Workbench, before: Window, now: Window) -> list[dict[str, Any]]:
    """Accounts whose credit went from one person to another in these windows: in a book that is a change nobody made."""
    from sqlalchemy import func, select

    if not bench.warehouse.has("account_assignment"):
        return []
    table, accounts = bench.views.table("account_assignment"), bench.views.accounts()
    came = (
        select(table.c.account_id, accounts.c.account_name, func.max(table.c.valid_from).label("valid_from"))
        .select_from(table.join(accounts, accounts.c.account_id == table.c.account_id))
        .where(table.c.assignment_role == "primary", table.c.valid_from > before.start, table.c.valid_from <= now.end)
        .group_by(table.c.account_id, accounts.c.account_name)
        .order_by(table.c.account_id)
    )
    found = read_records(bench, "known_causes", {"handovers": str(now)}, came)
    told = []
    for number, row in enumerate(found.rows):
        entity = Entity(type="account", id=row["account_id"], name=row["account_name"])
        told.append({"entity": entity.model_dump(), "on": found.figure(number, "valid_from", "Handed over on", "date", entity=entity)})
    return told


def _excess(bench: Workbench, found: Records, now: Window) -> dict[str, str]:
    """Confirmed excess in the window by durability, and together what will not last."""
    sums: dict[str, float] = defaultdict(float)
    for row in found.rows:
        sums[str(row["durability"] or "unknown")] += float(row["now_usd"])
    lasting = {"passing": sum(usd for kind, usd in sums.items() if kind in passing(bench))}
    rows = [{"durability": kind, "usd": usd} for kind, usd in (lasting | dict(sums)).items()]
    records = derived_records(bench, "calc", "known_causes", {"worked_out_from": "confirmed excess in the window"}, rows)
    currency = bench.warehouse.company.currency
    figures = {
        str(row["durability"]): records.figure(n, "usd", f"Confirmed excess, {row['durability']}", currency, window=now)
        for n, row in enumerate(rows)
    }
    return {kind: figure for kind, figure in figures.items() if figure}


def passing(bench: Workbench) -> list[str]:
    """Kinds of durability that durable figures leave out (the catalogue's M07)."""
    return list(bench.catalog.metrics["M07"].params["removed"])


def _ledger(bench: Workbench, now: Window, before: Window, filters: dict[str, list[str]], exclude: dict[str, list[str]]) -> Select[Any]:
    """Confirmed excess of each account and cause in both windows."""
    from sqlalchemy import and_, case, func, not_, select

    ledger, accounts = bench.views.table("usage_annotation"), bench.views.accounts()
    within = {name: and_(ledger.c.day >= w.start, ledger.c.day <= w.end) for name, w in (("now", now), ("before", before))}
    keys = (ledger.c.account_id, accounts.c.account_name, ledger.c.cause, ledger.c.durability)
    excess = func.coalesce(ledger.c.excess_usd, 0.0)
    sums = [func.sum(case((test, excess), else_=0.0)).label(f"{name}_usd") for name, test in within.items()]
    several = [func.min(ledger.c.annotation_id).label("annotation_id"), func.min(ledger.c.day).label("first_day")]
    tests = [
        *conditions(bench, filters, account=ledger.c.account_id),
        *(not_(test) for test in conditions(bench, exclude, account=ledger.c.account_id)),
    ]
    return (
        select(*keys, *sums, *several)
        .select_from(ledger.join(accounts, accounts.c.account_id == ledger.c.account_id))
        .where(ledger.c.status == "confirmed", within["now"] | within["before"], *tests)
        .group_by(*keys)
        .order_by(keys[0], keys[2])
    )


def _causes(bench: Workbench, found: Records, now: Window, before: Window) -> list[dict[str, Any]]:
    from meterline_tools.insight.causes import load_causes

    known, currency, causes = load_causes(), bench.warehouse.company.currency, []
    for number, row in enumerate(found.rows):
        cause = str(row["cause"] or "")
        label = known[cause].label if cause in known else cause.replace("_", " ") or "a cause without a name"
        entity = Entity(type="account", id=row["account_id"], name=row["account_name"])
        figures = {
            name: found.figure(number, f"{name}_usd", f"Excess of {label}", currency, entity=entity, window=window(span.start, span.end))
            for name, span in (("now", now), ("before", before))
        }
        citation = bench.book.add_citation(
            "ledger", str(row["annotation_id"]), cause, "system", account_id=row["account_id"], date=row["first_day"]
        )
        causes.append(
            {
                "entity": entity.model_dump(),
                "cause": cause,
                "label": label,
                "durability": row["durability"] or "unknown",
                "removed": row["durability"] in passing(bench),
                "figures": figures,
                "citation": citation.id,
            }
        )
    return causes


def _stripped(bench: Workbench, found: Records, given: dict[str, Any], way: str, limit: int, now: Window) -> dict[str, Any]:
    """Changes without excess that will not last: of the accounts it touches and of those that moved most, so that none is missed."""
    lasting = passing(bench)
    removed: dict[str, float] = defaultdict(float)
    for row in found.rows:
        if row["durability"] in lasting:
            removed[row["account_id"]] += float(row["now_usd"]) - float(row["before_usd"])
    order = {"up": "-M10", "down": "M10"}.get(way, "abs:M10")
    most = min(_MOST, limit + len(removed))
    moved = query_metrics(bench, metrics=["M10"], group_by=["account"], order=order, limit=most, **given)
    shown = {row["keys"]["account"] for row in moved["rows"]}
    others = sorted(removed.keys() - shown)
    extra = (
        query_metrics(bench, metrics=["M10"], group_by=["account"], **{**given, "filters": {**given["filters"], "account": others}})
        if others
        else None
    )
    values = {}
    for reply in (moved, *([extra] if extra else [])):
        for row in reply["rows"]:
            if row["keys"]["account"] and row["figures"].get("M10"):
                change = float(reply["figures"][row["figures"]["M10"]]["value"] or 0.0)
                values[row["keys"]["account"]] = (row["label"], change)
    total = float(moved["figures"][moved["total"]["figures"]["M10"]]["value"] or 0.0) if moved["total"] else 0.0
    return _ranked(bench, values, removed, total, way, limit, now)


@dataclass(frozen=True)
class _Move:
    """An account's change, and what of it is excess that will not last."""

    id: str
    name: str
    change: float
    removed: float

    @property
    def durable(self) -> float:
        return self.change - self.removed


def _ranked(
    bench: Workbench, values: dict[str, tuple[str, float]], removed: dict[str, float], total: float, way: str, limit: int, now: Window
) -> dict[str, Any]:
    """The largest changes without that excess, with a rest line, so that they add up."""
    moves = [_Move(ident, name, change, removed.get(ident, 0.0)) for ident, (name, change) in values.items()]
    sign = {"up": 1.0, "down": -1.0}.get(way, 0.0)
    moves.sort(key=lambda move: -sign * move.durable if sign else -abs(move.durable))
    chosen = [move for move in moves if sign * move.durable > 0 or not sign][:limit]
    whole = _Move("", "total", total, sum(removed.values()))
    rest = _Move("", "all others", total - sum(m.change for m in chosen), whole.removed - sum(m.removed for m in chosen))
    every = [*chosen, rest, whole]
    rows = [{"account": m.name, "change": m.change, "removed": m.removed, "durable": m.durable, "share": _part(m)} for m in every]
    records = derived_records(bench, "calc", "known_causes", {"worked_out_from": "changes and confirmed excess by account"}, rows)
    made = [_told(bench, records, number, move, now) for number, move in enumerate(every)]
    return {"receipt": records.receipt.id, "rows": made[:-2], "rest": made[-2], "total": made[-1]}


def _part(move: _Move) -> float | None:
    """The share of a change that will not last, where both go the same way."""
    return move.removed / move.change if move.change and 0 <= move.removed / move.change <= 1 else None


def _told(bench: Workbench, records: Records, number: int, move: _Move, now: Window) -> dict[str, Any]:
    entity = Entity(type="account", id=move.id, name=move.name) if move.id else None
    currency = bench.warehouse.company.currency
    labels = {
        "change": "Change",
        "removed": "Change that will not last",
        "durable": "Change without it",
        "share": "Share that will not last",
    }
    figures = {
        key: records.figure(number, key, f"{label}, {move.name}", "%" if key == "share" else currency, entity=entity, window=now)
        for key, label in labels.items()
    }
    return {"entity": entity.model_dump() if entity else None, "label": move.name, "figures": {k: f for k, f in figures.items() if f}}
