"""A forecast as receipts, figures and a reply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.calendar import months_window
from meterline_tools.insight.forecast.landing import Sum
from meterline_tools.insight.forecast.outlook import AccountOutlook
from meterline_tools.insight.forecast.series import LEVEL
from meterline_tools.kit.forecast_data import TOOL, Brought
from meterline_tools.kit.forecast_horizon import Horizon
from meterline_tools.kit.forecast_overlays import overlay_list
from meterline_tools.kit.forecast_scope import UNCREDITED, Scope
from meterline_tools.kit.records import Records, derived_records, figure_index
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

METHOD = (
    "For the range, months of an account are taken to miss together, and accounts to move partly alike",
    "Customers who do not consume yet are in it only where an overlay adds them",
)
_DATELESS = ("removed", "detected", "level")
_CENT = 0.005
_ENTITIES = ("account", "rep")
_OF_EACH = ("actual", "model", "overlay", "landing", "low", "high")
_COLUMNS = ("label", "actual", "model", "overlay", "total", "landing", "low", "high", "own", "with_excess", "removed", "detected", "level")


@dataclass(frozen=True)
class Line:
    """A row of the breakdown; the rest, without a key, names what it holds in `keys`."""

    key: str | None
    sums: Sum
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reply:
    """All that a reply is made of. `metrics` holds replies of query_metrics: committed, track and, when days are over, actual."""

    scope: Scope
    horizon: Horizon
    breakdown: str
    total: Sum
    lines: Sequence[Line]
    accounts: Sequence[AccountOutlook]
    brought: Brought | None
    arguments: dict[str, Any]
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)


def forecast_reply(bench: Workbench, found: Reply, before: int) -> dict[str, Any]:
    """The reply of the tool; figures are those added to the book after the first `before`."""
    actual = _actuals(found)
    whole = sum(actual.values())
    by_key = {line.key: line for line in found.lines}
    keys: list[str | None] = [line.key for line in found.lines if line.key is not None]
    if found.breakdown == "month":
        keys = [*sorted({*actual, *(key for key in keys if key is not None)})]
    over = {key: actual.get(key or "", 0.0) for key in keys}
    left = whole - sum(over.values())
    if None in by_key or abs(left) >= _CENT:  # whoever consumed and has no forecast, such as a former holder, is in the rest
        keys.append(None)
        over[None] = left
    rows = [_values(key, by_key[key].sums if key in by_key else Sum(), over[key]) for key in keys]
    labelled = sum(a.labelled * found.scope.shares[a.account] for a in found.accounts)
    detected = sum(a.detected * found.scope.shares[a.account] for a in found.accounts)
    rows.append(_values("total", found.total, whole) | {"removed": labelled, "detected": detected, "level": LEVEL / 100})
    cells = [{"key": None, **dict.fromkeys(_COLUMNS), **_labelled(bench, found, row)} for row in rows]
    records = derived_records(bench, "calc", TOOL, found.arguments, cells)
    figures = [_figures(bench, records, n, found, row) for n, row in enumerate(rows)]
    lines = [_line(bench, found, key, figures[n]) for n, key in enumerate(keys)]
    rest = next((line for line in lines if line["keys"][found.breakdown] is None), None)
    horizon = found.horizon.window
    return {
        "receipts": [records.receipt.id, *([found.brought.records.receipt.id] if found.brought else [])],
        "scope": found.scope.entity.model_dump() if found.scope.entity else None,
        "horizon": {"label": found.horizon.label, "from": horizon.start.isoformat(), "to": horizon.end.isoformat()},
        "elapsed_to": found.horizon.elapsed.end.isoformat() if found.horizon.elapsed else None,
        "by": found.breakdown,
        "source": _source(found.total),
        "total": {"figures": figures[-1]},
        "rows": [line for line in lines if line["keys"][found.breakdown] is not None],
        "rest": {"figures": rest["figures"], "count": len(by_key[None].keys) if None in by_key else 0} if rest else None,
        "committed_share": _figures_of(found.metrics.get("committed")).get("M35"),
        "track": _figures_of(found.metrics.get("track")),
        "model_made": _model_made(bench, found),
        "overlays": overlay_list(bench, found.brought, found.scope),
        "methods": dict(Counter(a.method for a in found.accounts)),
        "young": _young(found.accounts),
        "assumptions": _assumptions(bench, found),
        "not_available": _missing(bench, found),
        "figures": figure_index(bench, before),
    }


def _actuals(found: Reply) -> dict[str, float]:
    """Consumption of the days that are over, by key of the breakdown."""
    reply = found.metrics.get("actual") or {}
    values = {}
    for row in reply.get("rows") or []:
        figure = (row.get("figures") or {}).get("M01")
        value = (reply.get("figures") or {}).get(figure, {}).get("value") if figure else None
        key = row["keys"].get(found.breakdown)
        if found.breakdown in ("rep", "territory") and key is None:
            key = UNCREDITED
        values[key or "none"] = float(value or 0.0)
    return values


def _values(key: str | None, sums: Sum, actual: float) -> dict[str, Any]:
    return {
        "key": key if key is not None else "rest",
        "actual": actual,
        "model": sums.model,
        "overlay": sums.overlay,
        "total": sums.total,
        "landing": actual + sums.total,
        "low": actual + sums.low,
        "high": actual + sums.high,
        "own": actual + sums.own,
        "with_excess": actual + sums.with_excess,
    }


_LABELS = {
    "actual": "Consumption so far",
    "model": "Model",
    "overlay": "Overlays",
    "total": "Forecast of the days to come",
    "landing": "Forecast with what is consumed already, and its range",
    "low": "Forecast with what is consumed already, and its range",
    "high": "Forecast with what is consumed already, and its range",
    "own": "Meterline's own model, one-time amounts taken out",
    "with_excess": "Meterline's own model, one-time amounts left in",
    "removed": "Labelled excess taken out of the last 91 days",
    "detected": "Unlabelled rises taken out of the last 91 days",
    "level": "Outcomes the range should hold",
}
_METRICS = {"actual": "M01", "model": "M48.model", "overlay": "M48.overlay", "total": "M48", "landing": "M48", "low": "M48", "high": "M48"}


def _figures(bench: Workbench, records: Records, n: int, found: Reply, row: dict[str, Any]) -> dict[str, str]:
    horizon, whole = found.horizon, row["key"] == "total"
    of_whole = ("total", "own", "with_excess", "removed", "detected", "level") if whole else ()
    windows: dict[str, Window | None] = {"actual": horizon.elapsed, **dict.fromkeys(("model", "overlay", "total"), horizon.ahead)}
    month = months_window(date.fromisoformat(row["key"]), 1) if found.breakdown == "month" and not whole else None
    entity = found.scope.entity if whole else _entity(bench, found, row["key"])
    figures = {}
    for name in (*_OF_EACH, *of_whole):
        if name == "actual" and horizon.elapsed is None:
            continue
        figure = records.figure(
            n,
            name,
            _LABELS[name],
            "%" if name == "level" else bench.warehouse.company.currency,
            metric=_METRICS.get(name),
            window=None if name in _DATELESS else month or windows.get(name, horizon.window),
            entity=entity,
            filters=found.scope.filters,
        )
        if figure:
            figures[name] = figure
    return figures


def _entity(bench: Workbench, found: Reply, key: str) -> Entity | None:
    if found.breakdown not in _ENTITIES or key in (UNCREDITED, "rest"):
        return None
    return Entity(type=found.breakdown, id=key, name=bench.names.name_of(found.breakdown, key) or key)


def _labelled(bench: Workbench, found: Reply, row: dict[str, Any]) -> dict[str, Any]:
    """A row with what it is called, so that the receipt proves the name."""
    return row if row["key"] in ("total", "rest") else row | {"label": _label(bench, found, row["key"])}


def _label(bench: Workbench, found: Reply, key: str) -> str:
    if found.breakdown == "month":
        return f"{date.fromisoformat(key):%B %Y}"
    entity = _entity(bench, found, key)
    return entity.name if entity else key.replace("_", " ")


def _line(bench: Workbench, found: Reply, key: str | None, figures: dict[str, str]) -> dict[str, Any]:
    entity = _entity(bench, found, key) if key else None
    label = _label(bench, found, key) if key else "all others"
    source = _source(next((line.sums for line in found.lines if line.key == key), Sum()))
    return {
        "keys": {found.breakdown: key},
        "label": label,
        "entity": entity.model_dump() if entity else None,
        "source": source,
        "figures": figures,
    }


def _source(sums: Sum) -> str:
    """Whose model it is: the company's, Meterline's, both, or nobody's where no day is to come."""
    if sums.model <= 0:
        return "none"
    part = sums.company_part / sums.model
    return "company" if part > 0.999 else "meterline" if part < 0.001 else "both"


def _young(accounts: Iterable[AccountOutlook]) -> list[dict[str, Any]]:
    """Accounts carried along a cohort, with what the cohort shares."""
    young = [a for a in accounts if a.method == "cohort"]
    return [{"account": a.account, "weeks": a.weeks, "alike_in": list(a.cohort), "peers": a.peers} for a in young]


def _model_made(bench: Workbench, found: Reply) -> str | None:
    """The day of the latest version of the company's model in use."""
    if found.brought is None or _source(found.total) not in ("company", "both"):
        return None
    latest = max(found.brought.models.values(), key=lambda row: row.version)
    return found.brought.records.figure(found.brought.places[latest.id], "version_date", "Day the company's model was last made", "date")


def _assumptions(bench: Workbench, found: Reply) -> list[str]:
    told = [*METHOD, *found.horizon.notes]
    source = _source(found.total)
    if source == "both":
        told.append("The model is the company's own; where it has no row, Meterline's own model stands in")
    elif source == "meterline":
        told.append("The model is Meterline's own: the company brought none for this")
    if len(found.scope.shares) and found.scope.wanted is not None:
        told.append("Accounts are credited as they are today")
    if any(a.method == "cohort" for a in found.accounts):
        told.append("Accounts younger than half a year follow the growth of accounts like them, with a wide interval")
    if found.breakdown == "sku_family" or found.scope.families:
        told.append(
            "Products are told by what each account uses now, moved with the trend of the product; new products have a wider interval"
        )
    return told


def _missing(bench: Workbench, found: Reply) -> list[dict[str, str]]:
    missing = [item for reply in found.metrics.values() for item in reply.get("not_available") or []]
    if not bench.warehouse.has("forecast"):
        missing = [item for item in missing if not item.get("metric", "").startswith("M49")]
        missing.append({"metric": "M49", "reason": "no forecasts loaded, so there are no overlays and no track record"})
    return missing


def _figures_of(reply: dict[str, Any] | None) -> dict[str, str]:
    """Figures with a value of everything a metric reply asked for."""
    total = ((reply or {}).get("total") or {}).get("figures") or {}
    return {key: figure for key, figure in total.items() if (reply or {})["figures"].get(figure, {}).get("value") is not None}
