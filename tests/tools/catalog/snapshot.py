"""Small companies written as CSV blocks, loaded by the real loader."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from meterline_tools.catalog.calendar import FiscalCalendar
from meterline_tools.catalog.compile import run_metrics
from meterline_tools.catalog.model import MetricQuery, MetricTable, load_catalog
from meterline_tools.principal import LOCAL_ADMIN, Principal, Scope
from meterline_tools.receipts import Window
from meterline_tools.warehouse.asof import AsOf
from meterline_tools.warehouse.engines import Warehouse, open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.views import Views


class Company:
    """A loaded company at one as-of, ready to be asked."""

    def __init__(self, warehouse: Warehouse, asof: AsOf) -> None:
        self.warehouse = warehouse
        self.asof = asof
        settings = warehouse.company
        self.calendar = FiscalCalendar(settings.fiscal_year_start_month, settings.fiscal_year_label)

    def views(self, principal: Principal = LOCAL_ADMIN) -> Views:
        return Views(self.warehouse, self.asof, principal)

    def ask(self, *metrics: str, principal: Principal = LOCAL_ADMIN, window: str | None = None, **query: Any) -> MetricTable:
        """Run metrics; `window` as 2026-07-01..2026-07-31."""
        span = Window.model_validate(dict(zip(("from", "to"), window.split(".."), strict=True))) if window else None
        asked = MetricQuery(metrics=list(metrics), window=span, **query)
        return run_metrics(load_catalog(), asked, self.views(principal), self.warehouse, self.asof, self.calendar)


def person(rep_id: str, *team: str) -> Principal:
    """A principal who sees a rep's book, or a team's."""
    return Principal(user_id=rep_id, role="manager" if team else "rep", scope=Scope(rep_ids=frozenset({rep_id, *team})), rep_id=rep_id)


def load_company(folder: Path, tables: dict[str, str], settings: dict[str, Any], d1: date, known_at: datetime) -> Company:
    """Writes the CSV blocks as files, loads them and fixes the as-of."""
    files = folder / "files"
    files.mkdir(parents=True)
    for name, text in tables.items():
        lines = [line for line in text.strip().splitlines() if line.strip() and not line.lstrip().startswith("#")]
        (files / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = load(folder / "home", [files], company=settings)
    assert report.status == "loaded", report
    return Company(open_warehouse(folder / "home"), AsOf(known_at, d1))
