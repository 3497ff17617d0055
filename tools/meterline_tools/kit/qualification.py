"""Where the qualification of a use case has gaps, and what the notes on it say, word for word."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.catalog.builders.qualification import FIELDS

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

_FIELD_WORDS = {name: name.replace("_", " ") for name in FIELDS} | {"identify_pain": "identified pain"}


def gaps_and_notes(bench: Workbench, row: dict[str, Any]) -> dict[str, Any]:
    """Fields of 1 or less or without a score, and what the notes on qualification say about them, word for word."""
    gaps = [name for name in FIELDS if (row[f"md_{name}"] or 0) <= 1]
    notes = _notes_of(row["meddpicc_notes"])
    evidence = []
    for name in FIELDS:
        entry = notes.get(name)
        if not entry:
            continue
        citation = bench.book.add_citation(
            "note" if entry.get("note_id") else "use_case",
            str(entry.get("note_id") or row["use_case_id"]),
            str(entry["text"]),
            "vendor",
            account_id=row["account_id"],
            date=_day(entry.get("as_of")),
            title=f"MEDDPICC notes: {_FIELD_WORDS[name]}",
        )
        evidence.append({"field": _FIELD_WORDS[name], "gap": name in gaps, "citation": citation.id})
    unscored = [_FIELD_WORDS[name] for name in gaps if row[f"md_{name}"] is None]
    return {"gaps": [_FIELD_WORDS[name] for name in gaps], "unscored": unscored, "evidence": evidence}


def _notes_of(text: str | None) -> dict[str, Any]:
    """Notes by field (champion or md_champion); an entry is a text, or {text, as_of, note_id}."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    entries = found.items() if isinstance(found, dict) else ()
    plain = {str(name).removeprefix("md_"): {"text": entry} if isinstance(entry, str) else entry for name, entry in entries}
    return {name: entry for name, entry in plain.items() if isinstance(entry, dict) and entry.get("text")}


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10]) if text else None
    except ValueError:
        return None
