"""Everything a tool needs for one turn, held together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.looks import Look, Viewer
from meterline_tools.principal import Principal
from meterline_tools.receipts import Receipt, ReceiptBook

if TYPE_CHECKING:
    from meterline_tools.catalog.calendar import FiscalCalendar
    from meterline_tools.catalog.model import Catalog
    from meterline_tools.catalog.names import NameIndex
    from meterline_tools.notes.index import NoteStore
    from meterline_tools.notes.kept import KeptNote
    from meterline_tools.warehouse.asof import AsOf
    from meterline_tools.warehouse.engines import Warehouse
    from meterline_tools.warehouse.views import Views


@dataclass
class Workbench:
    """One turn's principal, stores and receipt book. Tools get it; models never see it."""

    principal: Principal
    warehouse: Warehouse
    asof: AsOf
    calendar: FiscalCalendar
    catalog: Catalog
    views: Views
    names: NameIndex
    notes: NoteStore | None
    book: ReceiptBook = field(default_factory=ReceiptBook)
    previous: list[Receipt] = field(default_factory=list)
    """The receipts of the thread's last answer, for "show me the SQL"."""
    asked: str = ""
    """The message of this turn, for a tool that works on the text in it: no model has to copy what somebody pasted."""
    keep: KeptNote | None = None
    """A note that the asker wants kept; the desk writes it, with the record of the answer, once the answer stands."""
    viewer: Viewer = field(default_factory=Viewer)
    """What our own state knows of the asker, for "what changed since you last looked"."""
    look: Look | None = None
    """What a look at the morning coffee showed in this turn; the desk keeps it."""
    ready: dict[str, Any] = field(default_factory=dict)
    """Sections that tools wrote in this turn, by id, for a draft to take as they stand."""
    replies: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The whole replies of this turn's tools by their calls: what they said may be leaned on, and need not be fetched again."""
