"""A note that somebody handed to Meterline to keep: a row of the note table, known again by its account and its words."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from meterline_tools.notes.text import search_copy

PREFIX = "S-"


@dataclass(frozen=True)
class KeptNote:
    """As the columns of the note table that it fills. Times are naive UTC; `created_at` is the time of knowledge it was kept at."""

    note_id: str
    account_id: str
    author_rep_id: str | None
    note_type: str
    occurred_at: datetime
    created_at: datetime
    title: str
    language: str
    body: str
    sensitivity: str = "internal"

    def row(self) -> dict[str, Any]:
        return asdict(self) | {"activity_id": None, "turns": None, "supersedes_note_id": None}


def kept_id(account_id: str, body: str) -> str:
    """The id of a note of this account in these words, however they are spaced: the same text is one note."""
    words = " ".join(search_copy(body).split())
    return PREFIX + hashlib.sha256(f"{account_id}\n{words}".encode("utf-8", "surrogatepass")).hexdigest()[:10]
