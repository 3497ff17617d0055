"""The company's own forecast rows, and what is needed to judge the overlays among them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.forecast.overlays import Overlay, Row, in_force, judged, model_rows
from meterline_tools.kit.records import Records, read_records

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TOOL = "forecast"
_FIELDS = (
    "forecast_id",
    "account_id",
    "sku_family",
    "period_month",
    "source",
    "version_date",
    "amount_usd",
    "low_usd",
    "high_usd",
    "overlay_reason",
    "use_case_id",
    "submitted_by",
    "durability",
)


@dataclass(frozen=True)
class Brought:
    """What the company brought: model rows by account and month, overlays, and where each row stands in the receipt."""

    models: dict[tuple[str, date], Row]
    overlays: list[Overlay]
    records: Records
    places: dict[str, int]


def read_brought(bench: Workbench, months: list[date]) -> Brought | None:
    """The rows in force for these months; None when the company brought no forecast, or none for them."""
    if not bench.warehouse.has("forecast") or not months:
        return None
    records = read_records(bench, TOOL, {"months": f"{months[0]}..{months[-1]}"}, _latest(bench, months), limit=100_000)
    rows = in_force(_row(raw) for raw in records.rows)
    if not rows:
        return None
    overlays = [row for row in rows if not row.is_model]
    found = judged(overlays, *_use_cases(bench, overlays), _notes(bench, overlays), bench.asof.d1)
    return Brought(model_rows(rows), found, records, {raw["forecast_id"]: n for n, raw in enumerate(records.rows)})


def _latest(bench: Workbench, months: list[date]) -> Any:
    """The last version of each account, family, month, source and use case."""
    from sqlalchemy import func, literal, select

    forecast = bench.views.table("forecast")
    nth = func.row_number().over(
        partition_by=[
            forecast.c.account_id,
            func.coalesce(forecast.c.sku_family, literal("")),
            forecast.c.period_month,
            forecast.c.source,
            func.coalesce(forecast.c.use_case_id, literal("")),
        ],
        order_by=[forecast.c.version_date.desc(), forecast.c.forecast_id.desc()],
    )
    inside = forecast.c.period_month.between(months[0], months[-1])
    ranked = select(*(forecast.c[name] for name in _FIELDS), nth.label("nth")).where(inside).subquery("ranked")
    columns = [ranked.c[name] for name in _FIELDS]
    return select(*columns).where(ranked.c.nth == 1).order_by(ranked.c.period_month, ranked.c.account_id, ranked.c.forecast_id)


def _row(raw: dict[str, Any]) -> Row:
    return Row(
        id=raw["forecast_id"],
        account=raw["account_id"],
        family=raw["sku_family"],
        month=raw["period_month"],
        source=raw["source"],
        version=raw["version_date"],
        amount=float(raw["amount_usd"]),
        low=raw["low_usd"],
        high=raw["high_usd"],
        reason=raw["overlay_reason"],
        use_case=raw["use_case_id"],
        submitted_by=raw["submitted_by"],
        durability=raw["durability"],
    )


def _use_cases(bench: Workbench, overlays: list[Row]) -> tuple[dict[str, date | None], set[str]]:
    """Use cases that are live, with the day they went live, and all that are on record."""
    from sqlalchemy import select

    ids = sorted({row.use_case for row in overlays if row.use_case})
    if not ids or not bench.warehouse.has("use_case"):
        return {}, set()
    case = bench.views.table("use_case")
    statement = select(case.c.use_case_id, case.c.stage, case.c.actual_live_date).where(case.c.use_case_id.in_(ids))
    rows = bench.warehouse.run(statement).rows
    return {row[0]: row[2] for row in rows if row[1] == "live"}, {row[0] for row in rows}


def _notes(bench: Workbench, overlays: list[Row]) -> dict[str, list[str]]:
    """Ids of the notes of accounts with an overlay that names no use case."""
    from sqlalchemy import select

    accounts = sorted({row.account for row in overlays if not row.use_case and row.reason})
    found: dict[str, list[str]] = defaultdict(list)
    if accounts and bench.views.holds_notes:
        note = bench.views.table("note")
        statement = select(note.c.account_id, note.c.note_id).where(note.c.account_id.in_(accounts))
        for account, ident in bench.warehouse.run(statement, limit=100_000).rows:
            found[account].append(ident)
    return dict(found)
