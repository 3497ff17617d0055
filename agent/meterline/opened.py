"""One opened snapshot with what is derived from it: names, times of knowledge, workbenches."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN

if TYPE_CHECKING:
    from meterline_tools.catalog.names import NameIndex
    from meterline_tools.notes.index import NoteStore
    from meterline_tools.warehouse.asof import AsOf
    from meterline_tools.warehouse.engines import Warehouse


class OpenedCompany:
    """Kept until a load publishes the next snapshot."""

    def __init__(self, home: Path) -> None:
        from meterline_tools.kit.notes import note_store
        from meterline_tools.warehouse.engines import open_warehouse

        self.warehouse: Warehouse = open_warehouse(home)
        self.notes: NoteStore = note_store(home, self.warehouse)
        self._names: dict[tuple[datetime, str], NameIndex] = {}
        self._asof: dict[datetime | None, AsOf] = {}

    def asof(self, known_at: datetime | None) -> AsOf:
        from meterline_tools.warehouse.asof import resolve_as_of

        if known_at not in self._asof:
            self._asof[known_at] = resolve_as_of(self.warehouse, known_at)
        return self._asof[known_at]

    def bench(self, asker: str | None, known_at: datetime | None) -> Workbench:
        """A fresh workbench for one turn of one principal."""
        from meterline_tools.catalog import load_catalog
        from meterline_tools.catalog.calendar import FiscalCalendar
        from meterline_tools.catalog.names import NameIndex
        from meterline_tools.warehouse.asof import known_timezone
        from meterline_tools.warehouse.principals import resolve_principal
        from meterline_tools.warehouse.views import Views

        asof = self.asof(known_at)
        principal = resolve_principal(self.warehouse, asof, asker) if asker else LOCAL_ADMIN
        asof = replace(asof, timezone=known_timezone(principal.timezone, self.warehouse.company.timezone))
        views = Views(self.warehouse, asof, principal)
        key = (asof.known_at, principal.user_id)
        if key not in self._names:
            self._names[key] = NameIndex(views, self.warehouse)
        company = self.warehouse.company
        return Workbench(
            principal=principal,
            warehouse=self.warehouse,
            asof=asof,
            calendar=FiscalCalendar(company.fiscal_year_start_month, company.fiscal_year_label, company.day_first),
            catalog=load_catalog(),
            views=views,
            names=self._names[key],
            notes=self.notes,
        )

    def close(self) -> None:
        self.warehouse.close()
