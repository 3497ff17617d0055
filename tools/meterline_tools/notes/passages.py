"""Notes cut into passages: the unit that is embedded, ranked and quoted.

A passage is about 30 to 60 words: one long turn or paragraph, a piece of it cut between sentences, or several
short ones that follow each other. Small passages find the one sentence that matters in unrelated talk; ranking
lends them context from their neighbours. Every part of a passage is a verbatim span of one turn or of the body.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from meterline_tools.notes.restricted import RESTRICTED, open_body, open_turns
from meterline_tools.notes.sides import body_segments, turn_side
from meterline_tools.notes.text import Span, search_copy, sentences, trim, word_count
from meterline_tools.receipts import Side

CHUNKER_VERSION = "6"
"""Raise it when the cut or the search copy changes: every index is then rebuilt."""
FEW_WORDS, MANY_WORDS = 30, 60
_LONGEST_WORD_RUN = 400


@dataclass(frozen=True)
class Turn:
    """One turn of a transcript; `n` is what citations name."""

    n: int
    speaker: str | None
    side: Side
    text: str
    rep_id: str | None = None


@dataclass(frozen=True)
class Part:
    """A verbatim span: source text of `turn` (None: the body) from start to end, inside the turn or paragraph `around`."""

    turn: int | None
    speaker: str | None
    side: Side
    start: int
    end: int
    around: Span


@dataclass(frozen=True)
class Note:
    """A row of the note table, read. Times are naive UTC; `known_at` is when we could first know of it.

    `body` and the texts of `turns` are the original, save that what was said in confidence is blanked out.
    """

    note_id: str
    account_id: str | None
    note_type: str
    title: str
    date: date
    known_at: datetime
    body: str
    turns: tuple[Turn, ...]
    supersedes: str | None
    row: Mapping[str, Any] = field(repr=False)

    @property
    def people(self) -> tuple[str, ...]:
        """Ids of our own people who wrote it or speak in it."""
        wrote = self.row.get("author_rep_id")
        return tuple(dict.fromkeys(str(p) for p in (wrote, *(t.rep_id for t in self.turns)) if p))

    @property
    def digest(self) -> str:
        """Tells whether the row is still the one that was read."""
        return row_digest(self.row)

    def source(self, turn: int | None) -> str:
        """The original text that offsets of `turn` (None: the body) refer to."""
        if turn is None:
            return self.body
        return next((t.text for t in self.turns if t.n == turn), "")


@dataclass(frozen=True)
class Passage:
    """Consecutive parts of one note. `text` is the search copy with title and speakers; `key` names it by content."""

    note: Note
    position: int
    parts: tuple[Part, ...]
    text: str
    key: str

    @property
    def id(self) -> str:
        return f"{self.note.note_id}#{self.position}"


def read_note(row: Mapping[str, Any]) -> Note:
    """A note from a row of the canonical table (a mapping of its columns; turns as JSON text or a list)."""
    occurred = utc(row["occurred_at"])
    turns = tuple(_turns(row.get("turns")))
    return Note(
        note_id=str(row["note_id"]),
        account_id=row.get("account_id"),
        note_type=str(row.get("note_type") or "call_note"),
        title=str(row.get("title") or ""),
        date=occurred.date(),
        known_at=utc(row.get("created_at") or occurred),
        body="" if _entries(row.get("turns")) and not turns else open_body(str(row.get("body") or "")),
        turns=turns,
        supersedes=row.get("supersedes_note_id"),
        row=row,
    )


def utc(moment: datetime | date | str) -> datetime:
    """Any date, time or ISO text as a naive UTC time."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    if not isinstance(moment, datetime):
        return datetime(moment.year, moment.month, moment.day)
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def seconds(moment: datetime | date | str) -> int:
    """The moment as seconds since 1970 in UTC."""
    return int(utc(moment).replace(tzinfo=UTC).timestamp())


def _turns(given: Any) -> Iterator[Turn]:
    """Turns numbered as given when the numbers are distinct, else from 1 in order. Restricted ones are blank and left out."""
    spoken = _entries(given)
    numbers = [e.get("n") for e in spoken]
    as_given = all(isinstance(n, int) for n in numbers) and len(set(numbers)) == len(numbers)
    closed = [str(e.get("sensitivity") or "").casefold() == RESTRICTED for e in spoken]
    texts = open_turns([str(e["text"]) for e in spoken], closed)
    for order, (entry, text) in enumerate(zip(spoken, texts, strict=True), start=1):
        if not text.strip():
            continue
        yield Turn(
            n=entry["n"] if as_given else order,
            speaker=entry.get("speaker") or None,
            side=turn_side(entry),
            text=text,
            rep_id=entry.get("rep_id"),
        )


def _entries(given: Any) -> list[dict[str, Any]]:
    listed = json.loads(given) if isinstance(given, str) and given.strip() else given or []
    return [e for e in listed if isinstance(e, dict) and str(e.get("text") or "").strip()]


def passages(note: Note) -> list[Passage]:
    """The note cut into passages, in order. Turns are used when there are any, else the body."""
    groups: list[list[Part]] = []
    filled = 0
    for part in _parts(note):
        size = word_count(note.source(part.turn)[part.start : part.end])
        if not groups or filled >= FEW_WORDS or filled + size > MANY_WORDS:
            groups.append([])
            filled = 0
        groups[-1].append(part)
        filled += size
    return [_passage(note, position, parts) for position, parts in enumerate(groups)]


def _parts(note: Note) -> Iterator[Part]:
    for turn in note.turns:
        whole = trim(turn.text, (0, len(turn.text)))
        for start, end in _pieces(turn.text, whole):
            yield Part(turn.n, turn.speaker, turn.side, start, end, whole)
    if not note.turns:
        for segment in body_segments(note.row, note.body):
            for start, end in _pieces(note.body, segment.span):
                yield Part(None, segment.speaker, segment.side, start, end, segment.span)


def _pieces(text: str, span: Span) -> Iterator[Span]:
    """The span whole if it is short, else cut between sentences (or, without any, between words)."""
    if word_count(text[span[0] : span[1]]) <= MANY_WORDS:
        yield span
        return
    start, end, filled = None, span[0], 0
    for sentence in sentences(text, *span):
        for piece in _short_enough(text, sentence):
            size = word_count(text[piece[0] : piece[1]])
            if start is not None and filled + size > MANY_WORDS:
                yield start, end
                start, filled = None, 0
            start = piece[0] if start is None else start
            end, filled = piece[1], filled + size
    if start is not None:
        yield start, end


def _short_enough(text: str, sentence: Span) -> Iterator[Span]:
    """A sentence without end (dictation, pasted logs) cut at white space, or anywhere when there is none."""
    start, end = sentence
    while word_count(text[start:end]) > MANY_WORDS or end - start > _LONGEST_WORD_RUN * 2:
        cut = _cut(text, start, end)
        yield trim(text, (start, cut))
        start = trim(text, (cut, end))[0]
    if start < end:
        yield start, end


def _cut(text: str, start: int, end: int) -> int:
    limit = min(end, start + _LONGEST_WORD_RUN)
    while limit > start + 1 and word_count(text[start:limit]) > MANY_WORDS:
        limit -= 1 + (limit - start) // 8
    space = max(text.rfind(" ", start + 1, limit), text.rfind("\n", start + 1, limit))
    return space if space > start else max(limit, start + 1)


def _passage(note: Note, position: int, parts: list[Part]) -> Passage:
    lines = [search_copy(note.title)] if note.title else []
    for part in parts:
        spoken = search_copy(note.source(part.turn)[part.start : part.end])
        lines.append(f"{part.speaker}: {spoken}" if part.speaker else spoken)
    text = "\n".join(lines)
    key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Passage(note=note, position=position, parts=tuple(parts), text=text, key=key)


def indexable(rows: Iterable[Mapping[str, Any]]) -> list[Note]:
    """All notes but the restricted ones; a restricted version also takes the note it replaces out of sight."""
    return [read_note(row) for row in open_rows(rows)]


def open_rows(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The rows of the notes that are indexable."""
    listed = list(rows)
    redacted = {row.get("supersedes_note_id") for row in listed if is_closed(row)}
    return [row for row in listed if not is_closed(row) and str(row["note_id"]) not in redacted]


def is_closed(row: Mapping[str, Any]) -> bool:
    """Whether a row of the note table is restricted as a whole."""
    return str(row.get("sensitivity") or "").casefold() == RESTRICTED


def readable(rows: Iterable[Mapping[str, Any]], known_at: datetime | None = None) -> list[Note]:
    """The indexable notes that were known at `known_at`, without those that a later version had replaced by then."""
    limit = utc(known_at) if known_at else None
    known = [n for n in indexable(rows) if limit is None or n.known_at <= limit]
    replaced = {n.supersedes for n in known if n.supersedes}
    return [n for n in known if n.note_id not in replaced]


_DECIDING = (
    "note_id",
    "account_id",
    "author_rep_id",
    "note_type",
    "title",
    "body",
    "turns",
    "side",
    "sensitivity",
    "supersedes_note_id",
    "occurred_at",
    "created_at",
    "author_name",
    "author_called",
    "account_name",
    "account_domain",
)


def row_digest(row: Mapping[str, Any]) -> str:
    """16 hexadecimal digits that tell whether what decides a note's passages is still as it was."""
    decides = repr([row.get(column) for column in _DECIDING])
    return hashlib.sha256(decides.encode()).hexdigest()[:16]
