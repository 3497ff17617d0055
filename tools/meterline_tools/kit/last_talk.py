"""summarize_note of what is on record: the newest talk with an account in its own words, and what its people said in it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import ToolFailed
from meterline_tools.kit.records import derived_records
from meterline_tools.kit.voices import cite, note_rows
from meterline_tools.notes.digest.cues import cues
from meterline_tools.notes.passages import Note, readable
from meterline_tools.notes.sayings import Saying, of_note
from meterline_tools.notes.text import word_count
from meterline_tools.receipts import Entity, Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TALKS = ("transcript", "call_note", "voice_dump", "qbr_note")
"""Notes of a conversation; mails, chats and memos are none."""
MESSAGES = {"email": ("email",), "chat": ("chat",)}
_BACK = 730
_QUOTED = 6
_LEAST_WORDS = 5


def newest_talk(bench: Workbench, account: Entity, kind: str = "") -> Note:
    """The newest readable note of a talk with the account; of a message of that `kind` where one is named.

    Raises:
        ToolFailed: There is none in two years.
    """
    days = Window(start=bench.asof.today - timedelta(days=_BACK), end=bench.asof.today)
    found = readable(note_rows(bench, days, {"account": [account.id]}), bench.asof.known_at)
    talks = [note for note in found if note.note_type in MESSAGES.get(kind, TALKS)]
    if not talks:
        raise ToolFailed(f"No note of a {kind or 'talk'} with {account.name} is on record.")
    return max(talks, key=lambda note: (note.date, str(note.row.get("occurred_at")), note.note_id))


def text_of(note: Note) -> str:
    """All that was said, a transcript turn by turn with its speakers."""
    return "\n".join(f"{turn.speaker}: {turn.text}" if turn.speaker else turn.text for turn in note.turns) or note.body


def about(bench: Workbench, note: Note, account: Entity) -> dict[str, Any]:
    """Which note it is, and the sentences of the customer's people in it that say something, in the order they were said."""
    held = derived_records(bench, "notes", "summarize_note", {"note": note.note_id}, [{"note": note.note_id, "date": note.date}])
    theirs = [s for s in of_note(note) if s.side == "customer" and not s.flagged and word_count(s.text) >= _LEAST_WORDS]
    telling = sorted(theirs, key=_plainness)[:_QUOTED]
    return {
        "note_id": note.note_id,
        "kind": note.note_type.replace("_", " "),
        "date": held.figure(0, "date", "Date", "date", entity=account),
        "quotes": [cite(bench, s).id for s in theirs if s in telling],
    }


def _plainness(saying: Saying) -> int:
    """What decides, worries or asks goes before the rest, small talk last."""
    found = cues()
    return 2 if found.is_small_talk(saying.text) else 0 if found.kind_of(saying.text) else 1
