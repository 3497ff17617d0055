"""What a search gives back."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from meterline_tools.receipts import Side, Window

State = Literal["ready", "rebuilt", "degraded", "empty"]


class IndexBroken(Exception):
    """The vector index or its library cannot be used; the text says how it failed."""


@dataclass(frozen=True)
class Status:
    """How the index is. `message` is a line for the reader of an answer, None when there is nothing to tell; it holds no
    figure, as an answer proves each of its own.

    ready: words and meaning; rebuilt: the same, after the index was made anew; degraded: words alone; empty: no notes.
    """

    state: State
    message: str | None = None


@dataclass(frozen=True)
class Filters:
    """What a search is narrowed to, as far as the index can apply it. The columns have the last word.

    `known_at` is None where everything was known by then: to test every passage costs the index a second scan.
    """

    accounts: Collection[str] | None
    window: Window | None
    kinds: Collection[str] | None
    known_at: datetime | None


@dataclass(frozen=True)
class Hit:
    """A verbatim span: `text` stands at [start, end) of the note's turn (or, with turn None, of its body)."""

    note_id: str
    account_id: str | None
    note_type: str
    title: str
    date: date
    turn: int | None
    speaker: str | None
    side: Side
    text: str
    start: int
    end: int
    score: float
    flagged: bool
    copies: tuple[str, ...] = ()
    """Other notes that repeat this one; they are not shown beside it."""


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first."""

    hits: list[Hit]
    status: Status
