"""How far English questions find notes in other languages: German, Swedish, Japanese, French and Spanish.

    python -m benchmarks.languages

Each language gets an account whose notes are what languages.yaml says in that language, and in English what it says in
the others; the control is an account that has all of it in English. Counts the questions whose sentence comes first,
and among the first five. The sentences are short and their questions plain descriptions, in other words than theirs.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from meterline_tools.notes.index import NoteStore
from meterline_tools.yamls import parse_yaml

FEW = 5
CONTROL = "en"
_MOMENT = datetime(2026, 6, 1, 9)


@dataclass(frozen=True)
class Saying:
    """A sentence in its language, the same in English, and the question that it answers."""

    language: str
    said: str
    english: str
    asked: str


def sayings() -> list[Saying]:
    listed = parse_yaml(resources.files(__package__).joinpath("languages.yaml").read_text("utf-8"))
    return [Saying(language, **each) for language, several in listed.items() for each in several]


def rows(said: Sequence[Saying], languages: Sequence[str]) -> Iterator[dict[str, Any]]:
    """A note a saying for the account of each language, numbered as they are listed."""
    for account in languages:
        for number, saying in enumerate(said):
            body = saying.said if saying.language == account else saying.english
            yield {"note_id": f"{account}-{number}", "account_id": account, "occurred_at": _MOMENT, "title": None, "body": body}


def ranks(store: NoteStore, said: Sequence[Saying], account: str) -> Iterator[tuple[int, int]]:
    """Saying -> the place of its note among the hits of its account for its question; 0 when it is not there."""
    for number, saying in enumerate(said):
        if account in (CONTROL, saying.language):
            found = [hit.note_id for hit in store.search(saying.asked, account_ids=[account], limit=len(said)).hits]
            yield number, found.index(f"{account}-{number}") + 1 if f"{account}-{number}" in found else 0


def measure(folder: Path) -> dict[str, dict[int, int]]:
    """Account -> saying -> rank."""
    said = sayings()
    languages = [*dict.fromkeys(saying.language for saying in said), CONTROL]
    written = list(rows(said, languages))

    def provide(accounts: Collection[str] | None = None, notes: Collection[str] | None = None) -> list[Mapping[str, Any]]:
        wanted = (row for row in written if accounts is None or row["account_id"] in accounts)
        return [row for row in wanted if notes is None or row["note_id"] in notes]

    with closing(NoteStore(folder, provide, snapshot="sayings")) as store:
        store.ensure()
        return {account: dict(ranks(store, said, account)) for account in languages}


def shares(found: Sequence[int]) -> str:
    first, few = sum(rank == 1 for rank in found), sum(1 <= rank <= FEW for rank in found)
    return f"{first / len(found):>8.0%}{few / len(found):>10.0%}{len(found):>5}"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="meterline-bench-") as folder:
        by_account = measure(Path(folder))
    control = by_account.pop(CONTROL)
    print(f"Found among an account's notes{'first':>11}{'first 5':>10}{'n':>5}    the same in English")
    for language, found in by_account.items():
        print(f"  {language:31}{shares(list(found.values()))}{shares([control[n] for n in found])}")
    print(f"  {'all':31}{shares([rank for found in by_account.values() for rank in found.values()])}{shares(list(control.values()))}")


if __name__ == "__main__":
    main()
