"""Touches with their substance: as scored by a rep or a model, else by rule from the note of that conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.records import derived_records
from meterline_tools.kit.voices import cite, said
from meterline_tools.notes.sayings import Saying
from meterline_tools.notes.substance import Score, meaning, score
from meterline_tools.receipts import Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

SUBSTANTIVE = 2
NO_NOTE = "no note of it is on record"
BY_RULE = "rule"


def scored(bench: Workbench, rows: Sequence[Mapping[str, Any]]) -> dict[str, Score]:
    """Activity id -> score by rule, for the unscored ones of which there is a note: one linked to them, or of the same account and day."""
    open_rows = [row for row in rows if row["substance"] is None and row["account_id"]]
    if not open_rows or not bench.views.holds_notes:
        return {}
    days = [_day(row) for row in open_rows]
    accounts = sorted({str(row["account_id"]) for row in open_rows})
    linked: dict[str, list[Saying]] = {}
    on_day: dict[tuple[str, date], list[Saying]] = {}
    for saying in said(bench, Window(start=min(days), end=max(days)), {"account": accounts}):
        activity = saying.note.row.get("activity_id")
        if activity:
            linked.setdefault(str(activity), []).append(saying)
        elif saying.account_id:
            on_day.setdefault((saying.account_id, saying.date), []).append(saying)
    found = {
        str(row["activity_id"]): score(linked.get(str(row["activity_id"])) or on_day.get((str(row["account_id"]), _day(row)), []))
        for row in open_rows
    }
    return {ident: each for ident, each in found.items() if each is not None}


def _day(row: Mapping[str, Any]) -> date:
    day: date = row["occurred_at"].date()
    return day


def told(bench: Workbench, row: Mapping[str, Any], scores: Mapping[str, Score], figure: str | None) -> dict[str, Any]:
    """{"level", "by", "reason", "citation"} of one touch. `figure` is that of the score on record; without it the rule's is made."""
    if row["substance"] is not None:
        return {
            "level": figure,
            "value": row["substance"],
            "by": row.get("substance_source") or "record",
            "reason": meaning(int(row["substance"])),
        }
    found = scores.get(str(row["activity_id"]))
    if found is None:
        return {"level": None, "value": None, "by": "", "reason": NO_NOTE}
    rows = [{"activity_id": row["activity_id"], "note_id": found.saying.note.note_id, "substance": found.level}]
    held = derived_records(bench, "rule", "activities", {"rule": "substance from the words of the note"}, rows)
    level = held.figure(0, "substance", "Substance, scored by rule", "count")
    return {"level": level, "value": found.level, "by": BY_RULE, "reason": found.reason, "citation": cite(bench, found.saying).id}
