"""From a quotation to the file it was read from, where the workspace keeps that file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from meterline_tools.receipts import Citation, InFile

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Warehouse


PACKED = frozenset({".docx"})
"""Files whose words stand in no bytes of their own: the file is named, no place in it."""


def with_originals(citations: Iterable[Citation], warehouse: Warehouse, home: Path) -> list[Citation]:
    """The citations, those of notes that came as files of their own with the place in the file."""
    return [
        citation.model_copy(update={"original": in_file}) if (in_file := _in_file(citation, warehouse, home)) else citation
        for citation in citations
    ]


def _in_file(citation: Citation, warehouse: Warehouse, home: Path) -> InFile | None:
    from meterline_tools.warehouse.loading.originals import kept_original

    kept = kept_original(home, citation.source_id) if citation.source == "note" else None
    if kept is None:
        return None
    name, raw = kept
    place = _place(citation, raw, Path(name).suffix.lower(), warehouse)
    return InFile(file=name, **place)


def _place(citation: Citation, raw: bytes, suffix: str, warehouse: Warehouse) -> dict[str, int]:
    from sqlalchemy import select

    from meterline_tools.warehouse.loading.places import Original
    from meterline_tools.warehouse.schema import note

    rows = warehouse.run(select(note.c.body, note.c.turns).where(note.c.note_id == citation.source_id)).rows
    if not rows or citation.start is None or citation.end is None or suffix in PACKED:
        return {}
    body, turns = str(rows[0][0] or ""), json.loads(rows[0][1] or "[]")
    original = Original(raw, suffix)
    if citation.turn is None:
        place = original.in_body(body, citation.start, citation.end)
    else:
        number = next((n for n, turn in enumerate(turns) if turn.get("n") == citation.turn), None)
        said = [str(turn.get("text") or "") for turn in turns]
        place = original.in_turn(said, number, citation.start, citation.end) if number is not None else None
    return {"start": place.start, "end": place.end, "line": place.line, "last_line": place.last_line} if place else {}
