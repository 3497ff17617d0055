"""The overlays of a forecast as figures and citations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meterline_tools.insight.forecast.overlays import Overlay
from meterline_tools.kit.forecast_data import TOOL, Brought
from meterline_tools.kit.forecast_scope import Scope
from meterline_tools.kit.records import derived_records
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench


def overlay_list(bench: Workbench, brought: Brought | None, scope: Scope) -> dict[str, Any]:
    """Overlays of accounts in scope, the largest first, at their full amount, and what of them has nothing behind it."""
    if brought is None:
        return {"rows": [], "count": 0, "unbacked": 0, "left_out": 0}
    inside = [o for o in brought.overlays if o.row.account in scope.shares]
    inside.sort(key=lambda o: (-abs(o.row.amount), o.row.id))
    summed = {
        "count": len(inside),
        "unbacked_count": sum(o.backing == "nothing" for o in inside),
        "unbacked": sum(o.row.amount for o in inside if o.backing == "nothing"),
        "in_actuals": sum(o.row.amount for o in inside if o.in_actuals),
        "in_actuals_count": sum(o.in_actuals for o in inside),
    }
    records = derived_records(bench, "calc", TOOL, {"of": brought.records.receipt.id}, [summed])
    currency = bench.warehouse.company.currency
    sums = {
        "count": records.figure(0, "count", "Overlays", "count"),
        "unbacked_count": records.figure(0, "unbacked_count", "Overlays with nothing behind them", "count"),
        "unbacked": records.figure(0, "unbacked", "Overlays with nothing behind them", currency),
        "in_actuals": records.figure(0, "in_actuals", "Overlays left out, as their use case is live", currency),
        "in_actuals_count": records.figure(0, "in_actuals_count", "Overlays left out, as their use case is live", "count"),
    }
    rows = [_overlay(bench, brought, o) for o in inside]
    return {
        "figures": sums,
        "count": summed["count"],
        "unbacked": summed["unbacked_count"],
        "left_out": summed["in_actuals_count"],
        "rows": rows,
    }


def _overlay(bench: Workbench, brought: Brought, overlay: Overlay) -> dict[str, Any]:
    row, place = overlay.row, brought.places[overlay.row.id]
    entity = Entity(type="account", id=row.account, name=bench.names.name_of("account", row.account) or row.account)
    amount = brought.records.figure(place, "amount_usd", "Overlay", bench.warehouse.company.currency, metric="M48.overlay", entity=entity)
    citation = None
    if row.reason:
        by = bench.names.name_of("rep", row.submitted_by) if row.submitted_by else None
        more = {"account_id": row.account, "date": row.version, "speaker": by or row.submitted_by}
        citation = bench.book.add_citation("forecast", row.id, row.reason, "vendor", **more).id
    return {
        "id": row.id,
        "account": entity.model_dump(),
        "month": f"{row.month:%B %Y}",
        "source": row.source,
        "amount": amount,
        "reason": citation,
        "use_case": bench.names.name_of("use_case", row.use_case) if row.use_case else None,
        "use_case_id": row.use_case,
        "submitted_by": (bench.names.name_of("rep", row.submitted_by) if row.submitted_by else None) or row.submitted_by,
        "durability": row.durability,
        "behind": overlay.backing,
        "added": not overlay.in_actuals,
    }
