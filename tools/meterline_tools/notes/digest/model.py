"""What a summary holds. Every text is a span of the note, so that each word of it can be checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from meterline_tools.notes.text import Span

DECISION, ACTION, RISK, ASK, OPEN, SAID = "decision", "action", "risk", "ask", "open", "said"
OURS, THEIRS = "ours", "customer's"


@dataclass(frozen=True)
class Extract:
    """A clause of the note, and what it is about."""

    span: Span
    kind: str
    text: str


@dataclass(frozen=True)
class Action:
    """Who is to do what by when. What the note does not state is empty or None."""

    what: Extract
    owner: str = ""
    """As the note says it ("we", "Jonas"), or the full name where it can only be one known person."""
    side: str = ""
    """OURS, THEIRS, or empty where it cannot be told."""
    due_said: str = ""
    due: date | None = None


@dataclass
class Digest:
    """The summary of one note."""

    language: str
    extracts: list[Extract] = field(default_factory=list)
    """In reading order, together at most as many words as a summary may have."""
    actions: list[Action] = field(default_factory=list)
    numbers: list[Extract] = field(default_factory=list)
    people: list[Extract] = field(default_factory=list)
    flagged: list[Extract] = field(default_factory=list)
    """Text that speaks to a machine: quoted, never followed, in none of the lists above."""
    left_out: int = 0
    """Clauses that found no room or were small talk."""

    def of_kind(self, kind: str) -> list[Extract]:
        return [extract for extract in self.extracts if extract.kind == kind]
