"""Near-duplicate notes: the same call written up twice, a pasted e-mail with one line more.

A note is drawn as the set of its three-word runs; of the runs' hashes the smallest few stand for the set (a
bottom-k sketch), and two notes of one account whose sketches overlap by most are copies. Linear in the text.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Sequence

from meterline_tools.notes.passages import Note
from meterline_tools.notes.text import fold, search_copy, words_of

ALIKE = 0.7
"""Share of common runs from which two notes are copies of one another."""
_SKETCH = 64
_RUN = 3
_COMMON = 200
"""A run that stands in more notes than this is a manner of speaking and points at nothing."""


def copies_of(notes: Sequence[Note]) -> dict[str, str]:
    """Copy -> the note it repeats (the earliest of its account). A later version of a note is no copy of it."""
    sketches = {note.note_id: _sketch(note) for note in notes}
    holders: dict[tuple[str | None, int], list[Note]] = defaultdict(list)
    found: dict[str, str] = {}
    for note in sorted(notes, key=lambda n: (n.known_at, n.note_id)):
        original = _original(note, sketches, holders)
        if original is not None:
            found[note.note_id] = original
            continue
        for run in sketches[note.note_id]:
            together = holders[note.account_id, run]
            if len(together) < _COMMON:
                together.append(note)
    return found


def _original(note: Note, sketches: dict[str, frozenset[int]], holders: dict[tuple[str | None, int], list[Note]]) -> str | None:
    mine = sketches[note.note_id]
    shared: dict[str, int] = defaultdict(int)
    for run in mine:
        for other in holders.get((note.account_id, run), ()):
            shared[other.note_id] += 1
    alike = {
        other: _likeness(mine, sketches[other])
        for other, count in shared.items()
        if other != note.supersedes and 2 * count >= ALIKE * len(mine)
    }
    return max((other for other, share in alike.items() if share >= ALIKE), key=alike.__getitem__, default=None)


def _likeness(one: frozenset[int], other: frozenset[int]) -> float:
    """The estimated share of common runs: of the smallest hashes of both, how many stand in both."""
    smallest = sorted(one | other)[:_SKETCH]
    return sum(h in one and h in other for h in smallest) / len(smallest) if smallest else 0.0


def _sketch(note: Note) -> frozenset[int]:
    said = words_of(fold(search_copy("\n".join(t.text for t in note.turns) if note.turns else note.body)))
    runs = {zlib.crc32(" ".join(said[at : at + _RUN]).encode()) for at in range(max(1, len(said) - _RUN + 1))} if said else set()
    return frozenset(sorted(runs)[:_SKETCH])
