"""Near-duplicate notes: the same call written up twice, a pasted e-mail with one line more.

A note is drawn as the set of its three-word runs; of the runs' hashes the smallest few stand for the set (a
bottom-k sketch), and two notes of one account whose sketches overlap by most are copies. Linear in the text.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from meterline_tools.notes.passages import Note, seconds
from meterline_tools.notes.text import fold, search_copy, words_of

ALIKE = 0.7
"""Share of common runs from which two notes are copies of one another."""
SKETCH = 64
"""Hashes of runs that stand for a note, at most."""
_RUN = 3
_COMMON = 200
"""A run that stands in more notes than this is a manner of speaking and points at nothing."""


@dataclass(frozen=True)
class Drawn:
    """A note as copies are found by: `known` is epoch seconds, `runs` the smallest hashes of its runs of words."""

    note_id: str
    account_id: str | None
    known: int
    supersedes: str | None
    runs: frozenset[int]


def drawn(note: Note) -> Drawn:
    said = words_of(fold(search_copy("\n".join(t.text for t in note.turns) if note.turns else note.body)))
    runs = {zlib.crc32(" ".join(said[at : at + _RUN]).encode()) for at in range(max(1, len(said) - _RUN + 1))} if said else set()
    return Drawn(note.note_id, note.account_id, seconds(note.known_at), note.supersedes, frozenset(sorted(runs)[:SKETCH]))


def copies_of(notes: Sequence[Note]) -> dict[str, str]:
    """Copy -> the note it repeats (the earliest of its account). A later version of a note is no copy of it."""
    return copies_among(drawn(note) for note in notes)


def copies_among(notes: Iterable[Drawn]) -> dict[str, str]:
    """The same of notes that were drawn. What is found for an account depends on the notes of that account alone."""
    by_id: dict[str, Drawn] = {}
    holders: dict[tuple[str | None, int], list[str]] = defaultdict(list)
    found: dict[str, str] = {}
    for note in sorted(notes, key=lambda n: (n.known, n.note_id)):
        by_id[note.note_id] = note
        original = _original(note, by_id, holders)
        if original is not None:
            found[note.note_id] = original
            continue
        for run in note.runs:
            together = holders[note.account_id, run]
            if len(together) < _COMMON:
                together.append(note.note_id)
    return found


def _original(note: Drawn, by_id: Mapping[str, Drawn], holders: Mapping[tuple[str | None, int], list[str]]) -> str | None:
    shared: dict[str, int] = defaultdict(int)
    for run in sorted(note.runs):
        for other in holders.get((note.account_id, run), ()):
            shared[other] += 1
    alike = {
        other: _likeness(note.runs, by_id[other].runs)
        for other, count in shared.items()
        if other != note.supersedes and 2 * count >= ALIKE * len(note.runs)
    }
    return max((other for other, share in alike.items() if share >= ALIKE), key=alike.__getitem__, default=None)


def _likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """The estimated share of common runs: of the smallest hashes of both, how many stand in both."""
    smallest = sorted(one | other)[:SKETCH]
    return sum(h in one and h in other for h in smallest) / len(smallest) if smallest else 0.0
