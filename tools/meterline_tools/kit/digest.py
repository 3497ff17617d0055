"""summarize_note: a pasted or dictated text in its own words, with who is to do what by when; kept with an account if so asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import ModelMustRetry, Refused
from meterline_tools.kit.records import Records, derived_records, figure_index, find_account
from meterline_tools.notes.digest import Digest, Extract, summarise
from meterline_tools.notes.digest.doing import Known
from meterline_tools.notes.digest.model import OURS, THEIRS
from meterline_tools.notes.kept import KeptNote, kept_id
from meterline_tools.notes.pasted import keep_with, read_pasted
from meterline_tools.notes.restricted import open_body
from meterline_tools.notes.text import display_copy
from meterline_tools.receipts import Entity, Receipt

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TOOL = "summarize_note"
PASTED = "pasted text"
LAST = ("talk", "email", "chat")
MOST_CHARS = 200_000
_CANDIDATES = 4
_NAMED_IN = 3_000
"""Characters of a text in which account names are looked for."""


@dataclass(frozen=True)
class Handed:
    """A text somebody handed over, what they said of it, and whether they want it kept."""

    text: str
    lead: str
    keep: bool


def summarize_note(
    bench: Workbench, *, text: str = "", account: str = "", keep: bool | None = None, on: str = "", last: str = ""
) -> dict[str, Any]:
    """Sums up a text in its own words: decisions, action items, risks, asks, numbers and people; keeps it with an account if asked to.

    Args:
        text: The text; empty for the one in the asker's message, or in the answer before.
        account: Account id or name it belongs to; empty to be read from the message.
        keep: Whether to keep it as a note of the account; None as the message says.
        on: ISO date of the conversation; empty for today.
        last: "talk", "email" or "chat" for the newest one of the account on record, in place of a text.
    """
    first = len(bench.book.figures)
    if last:
        return _on_record(bench, account, last) | {"figures": figure_index(bench, first)}
    handed = _handed(bench, text)
    if len(handed.text) > MOST_CHARS:
        raise ModelMustRetry(f"The text has {len(handed.text):,} characters; {MOST_CHARS:,} are the most.")
    wanted = handed.keep if keep is None else keep
    day = date.fromisoformat(on) if on else bench.asof.local_today
    owner, candidates = _account(bench, account, handed)
    digest = _digest(bench, open_body(handed.text), day, owner)
    receipt = _Receipt(bench, digest, handed.text, day)
    reply = receipt.reply() | {
        "account": owner.model_dump() if owner else None,
        "candidates": candidates,
        "wanted": wanted,
        "language": digest.language,
        "on": day.isoformat(),
        "assumptions": [],
        "not_available": [],
    }
    if wanted and owner is not None:
        reply["kept"] = _keep(bench, handed, owner, day, digest.language)
    return reply | {"figures": figure_index(bench, first)}


def _on_record(bench: Workbench, account: str, last: str) -> dict[str, Any]:
    """The newest talk or message of an account; it is kept already."""
    from meterline_tools.kit.last_talk import about, newest_talk, text_of

    if last not in LAST:
        raise ModelMustRetry(f"Unknown kind of talk '{last}'. Nearest: {', '.join(LAST)}.")
    owner = find_account(bench, account)
    note = newest_talk(bench, owner, "" if last == LAST[0] else last)
    text = text_of(note)[:MOST_CHARS]
    author = "" if note.turns else str(note.row.get("author_name") or "")
    receipt = _Receipt(bench, _digest(bench, text, note.date, owner, author), text, note.date)
    shown = {"account": owner.model_dump(), "on": note.date.isoformat(), "assumptions": [], "not_available": []}
    return receipt.reply() | shown | {"last": about(bench, note, owner)}


def _handed(bench: Workbench, text: str) -> Handed:
    """The text to work on. What a message points back to is the text that the answer before was about."""
    if text.strip():
        return Handed(text.strip(), "", False)
    if pasted := read_pasted(bench.asked):
        return Handed(pasted.text, pasted.lead, pasted.keep)
    earlier = next((r for r in bench.previous if r.tool == TOOL and r.arguments.get("text")), None)
    if earlier is None:
        raise ModelMustRetry("There is no text to sum up: the message holds none, and the answer before was not about one.")
    return Handed(str(earlier.arguments["text"]), keep_with(bench.asked) or bench.asked, True)


def _account(bench: Workbench, account: str, handed: Handed) -> tuple[Entity | None, list[dict[str, str]]]:
    """The account it belongs to, or those it may belong to: as told, else by the words in front of it, else by the text itself.

    Raises:
        Refused: the asker names an account that is not there or not visible to them.
    """
    if account.strip():
        return find_account(bench, account), []
    candidates: list[dict[str, str]] = []
    for words in (handed.lead, handed.text[:_NAMED_IN]):
        mentions = bench.names.link(words, {"account"}) if words else []
        sure = {m.candidates[0].id: m.candidates[0] for m in mentions if m.resolved and m.candidates[0].type == "account"}
        if len(sure) == 1:
            found = next(iter(sure.values()))
            return Entity(type="account", id=found.id, name=found.name), []
        several = {c.id: {"id": c.id, "name": c.name, "hint": c.hint or ""} for m in mentions for c in m.candidates if c.type == "account"}
        candidates = candidates or list(several.values())
    if keep_with(bench.asked) and not candidates:
        raise Refused(f"Account '{keep_with(bench.asked)}' is not found or not visible to you.")
    return None, candidates[:_CANDIDATES]


def _digest(bench: Workbench, text: str, day: date, owner: Entity | None, author: str = "") -> Digest:
    """`author` is who wrote it; the asker where nobody is named."""

    def quarter_end(on: date) -> date:
        end: date = bench.calendar.quarter(on).window.end
        return end

    asker = (bench.principal.full_name or "") if bench.principal.rep_id else ""
    known = Known(_people(bench, owner), author or asker)
    return summarise(text, day, known=known, day_first=bench.calendar.day_first, quarter_end=quarter_end)


def _people(bench: Workbench, owner: Entity | None) -> dict[str, str]:
    """Our people, and the contacts of the account."""
    from sqlalchemy import select

    people, contacts = bench.views.reps(), bench.views.table("contact")
    ours = bench.warehouse.run(select(people.c.full_name)).rows
    found = {str(name): OURS for (name,) in ours if name}
    if owner is not None:
        theirs = bench.warehouse.run(select(contacts.c.full_name).where(contacts.c.account_id == owner.id)).rows
        found |= {str(name): THEIRS for (name,) in theirs if name}
    return found


class _Receipt:
    """The digest as a receipt: every row is a span of the text, every printed word a cell of it."""

    def __init__(self, bench: Workbench, digest: Digest, text: str, day: date) -> None:
        self.bench, self.digest, self.day = bench, digest, day
        listed = [*digest.extracts, *digest.numbers, *digest.people]
        self.rows: list[dict[str, Any]] = [self._row(extract) for extract in listed]
        self.rows += [
            self._row(a.what) | {"owner": display_copy(a.owner), "due_said": display_copy(a.due_said), "due": a.due} for a in digest.actions
        ]
        shown = self.rows or [self._row(Extract((0, 0), "none", ""))]
        self.records: Records = derived_records(bench, "notes", TOOL, {"text": text, "on": day.isoformat()}, shown)
        self.places = {id(extract): n for n, extract in enumerate(listed)}
        self.first_action = len(listed)

    def _row(self, extract: Extract) -> dict[str, Any]:
        start, end = extract.span
        words = display_copy(" ".join(extract.text.split()))
        return {"kind": extract.kind, "words": words, "start": start, "end": end, "owner": "", "due_said": "", "due": None}

    @property
    def receipt(self) -> Receipt:
        return self.records.receipt

    def reply(self) -> dict[str, Any]:
        digest = self.digest
        counts = {"decisions": len(digest.of_kind("decision")), "actions": len(digest.actions), "risks": len(digest.of_kind("risk"))}
        counted = derived_records(self.bench, "notes", TOOL, {"of": self.receipt.id}, [counts])
        labels = {"decisions": "Decisions in the text", "actions": "Action items in the text", "risks": "Risks in the text"}
        return {
            "receipt": self.receipt.id,
            "counts": {name: counted.figure(0, name, text, "count") for name, text in labels.items()},
            "summary": [{"kind": e.kind, "words": self._words(self.places[id(e)])} for e in digest.extracts],
            "actions": [self._action(n) for n in range(len(digest.actions))],
            "numbers": self._list(digest.numbers),
            "people": self._list(digest.people),
            "flagged": [self._cite(extract) for extract in digest.flagged],
            "left_out": digest.left_out,
        }

    def _words(self, row: int) -> str | None:
        return self.records.figure(row, "words", "As said")

    def _list(self, extracts: Sequence[Extract]) -> list[str]:
        said: dict[str, str] = {}
        for extract in extracts:
            row = self.places[id(extract)]
            if self.rows[row]["words"] not in said and (figure := self._words(row)):
                said[self.rows[row]["words"]] = figure
        return list(said.values())

    def _action(self, n: int) -> dict[str, Any]:
        row, action = self.first_action + n, self.digest.actions[n]
        return {
            "what": self._words(row),
            "owner": self.records.figure(row, "owner", "Owner"),
            "side": action.side,
            "due": self.records.figure(row, "due", "Due", "date"),
            "due_said": self.records.figure(row, "due_said", "Due, as said"),
        }

    def _cite(self, extract: Extract) -> dict[str, Any]:
        citation = self.bench.book.add_citation(
            "note", PASTED, extract.text, "vendor", date=self.day, start=extract.span[0], end=extract.span[1], flagged=True
        )
        return {"citation": citation.id}


def _keep(bench: Workbench, handed: Handed, owner: Entity, day: date, language: str) -> dict[str, Any]:
    """What is to be kept, for the desk to write. The same text of the same account is there already."""
    ident = kept_id(owner.id, handed.text)
    if ident in bench.views.own_note_ids:
        return {"note_id": ident, "again": True}
    bench.keep = KeptNote(
        note_id=ident,
        account_id=owner.id,
        author_rep_id=bench.principal.rep_id,
        note_type=_type_of(handed.lead),
        occurred_at=datetime.combine(day, time(12)),
        created_at=bench.asof.known_at,
        title=f"Kept by {bench.principal.full_name or 'an administrator'}",
        language=language,
        body=handed.text,
    )
    return {"note_id": ident, "again": False}


_TYPES: Iterable[tuple[str, str]] = (
    ("voice", "voice_dump"),
    ("dictat", "voice_dump"),
    ("mail", "email"),
    ("chat", "chat"),
    ("qbr", "qbr_note"),
)


def _type_of(lead: str) -> str:
    said = lead.casefold()
    return next((kind for word, kind in _TYPES if word in said), "call_note")
