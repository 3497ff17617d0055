"""One opened snapshot with what is derived from it: names, times of knowledge, workbenches."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN, Principal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from meterline.causes import CauseStore
    from meterline.kept_notes import KeptNotes
    from meterline.settings import Settings
    from meterline_tools.catalog.names import NameIndex
    from meterline_tools.notes.index import NoteStore
    from meterline_tools.warehouse.asof import AsOf
    from meterline_tools.warehouse.engines import Warehouse
    from meterline_tools.warehouse.views import Views

MOST_EYES = 64
"""Askers and times of knowledge that are kept ready; of more, the first one goes."""


class OpenedCompany:
    """Kept until a load publishes the next snapshot."""

    def __init__(self, settings: Settings, causes: CauseStore, kept: KeptNotes) -> None:
        from meterline_tools.warehouse.engines import open_warehouse

        self.warehouse: Warehouse = open_warehouse(settings.home)
        self._settings = settings
        self._kept = kept
        self._own: list[dict[str, Any]] = []
        self._revision = ""
        self.notes: NoteStore = self._note_store()
        self._causes = causes
        self._decided: object = None
        self._lock = threading.RLock()
        self._asof: dict[datetime | None, AsOf] = {}
        self._eyes: dict[tuple[str | None, datetime | None], tuple[Principal, Views, NameIndex]] = {}

    def _note_store(self) -> NoteStore:
        """Search over the snapshot's notes and those that were kept up to this moment."""

        self._revision = self._kept.revision()
        self._own = self._kept.rows() if self._revision else []
        return open_notes(self._settings, self.warehouse, own=self._own, revision=self._revision)

    def _take_up_kept_notes(self) -> None:
        """Views and search are made anew when a note was kept since; the snapshot stays open."""
        if self._kept.revision() != self._revision:
            self.notes = self._note_store()
            self._eyes.clear()

    def asof(self, known_at: datetime | None) -> AsOf:
        from meterline_tools.warehouse.asof import resolve_as_of

        if known_at not in self._asof:
            self._asof[known_at] = resolve_as_of(self.warehouse, known_at)
        return self._asof[known_at]

    def bench(self, asker: str | None, known_at: datetime | None) -> Workbench:
        """A fresh workbench for one turn of one principal."""
        from meterline_tools.catalog import load_catalog
        from meterline_tools.catalog.calendar import FiscalCalendar

        principal, views, names = self._seen_by(asker, known_at)
        company = self.warehouse.company
        return Workbench(
            principal=principal,
            warehouse=self.warehouse,
            asof=views.asof,
            calendar=FiscalCalendar(company.fiscal_year_start_month, company.fiscal_year_label, company.day_first),
            catalog=load_catalog(),
            views=views,
            names=names,
            notes=self.notes,
        )

    def _seen_by(self, asker: str | None, known_at: datetime | None) -> tuple[Principal, Views, NameIndex]:
        """Who asks, with the views and names in sight: the same for every turn over a snapshot, so worked out once."""
        decided = self._causes.revision()
        with self._lock:
            if decided != self._decided:  # a cause was confirmed or rejected since: nothing that read the ledger holds any more
                self._eyes.clear()
                self._decided = decided
            self._take_up_kept_notes()
            if (asker, known_at) not in self._eyes:
                while len(self._eyes) >= MOST_EYES:
                    del self._eyes[next(iter(self._eyes))]
                self._eyes[(asker, known_at)] = self._look(asker, known_at)
            return self._eyes[(asker, known_at)]

    def _look(self, asker: str | None, known_at: datetime | None) -> tuple[Principal, Views, NameIndex]:
        from meterline_tools.catalog.names import NameIndex
        from meterline_tools.warehouse.asof import known_timezone
        from meterline_tools.warehouse.principals import resolve_principal
        from meterline_tools.warehouse.views import Views

        asof = self.asof(known_at)
        principal = resolve_principal(self.warehouse, asof, asker) if asker else LOCAL_ADMIN
        asof = replace(asof, timezone=known_timezone(principal.timezone, self.warehouse.company.timezone))
        views = Views(self.warehouse, asof, principal, own={"usage_annotation": self._causes.rows(), "note": self._own})
        return principal, views, NameIndex(views, self.warehouse)

    def close(self) -> None:
        self.notes.close()
        self.warehouse.close()


def open_notes(settings: Settings, warehouse: Warehouse, *, own: Sequence[Mapping[str, Any]] = (), revision: str = "") -> NoteStore:
    """The notes of an opened company and our `own` of that revision, embedded and kept where the settings say."""
    from meterline_tools.kit.notes import note_store
    from meterline_tools.notes.chromas import Chromas

    if settings.embeddings == "local":
        return note_store(settings.home, warehouse, None, Chromas(settings.chroma_url), own=own, revision=revision)
    from meterline.models.embeddings import EndpointEmbedder

    key = settings.openai_api_key
    embedder = EndpointEmbedder(
        settings.embeddings.removeprefix("openai:"),
        base_url=settings.embeddings_url or settings.openai_base_url,
        api_key=key.get_secret_value() if key else None,
        timeout=settings.timeout,
    )
    return note_store(settings.home, warehouse, embedder, Chromas(settings.chroma_url), own=own, revision=revision)
