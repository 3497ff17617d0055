"""What of the index stays when notes came, changed or went, and what is written anew.

A segment is never changed. What is new makes one more, which takes in those before it that are no larger than itself:
so there are few of them, the first aside each about twice as large as the next, and a note is written again only as
often as what came after it doubles. When all that came after the first segment is a fifth of it, everything is made
anew, which also forgets what was deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from meterline_tools.notes.passages import Note
from meterline_tools.notes.pool import in_order
from meterline_tools.notes.segment import Contents, standing
from meterline_tools.notes.shelf import Piece

MOST_CHANGED = 0.2
"""Notes in later segments, and notes that are gone, as a share of those in the first."""
Written = tuple[Piece, Contents]


@dataclass(frozen=True)
class Plan:
    """The segments that stay, and what is written behind them."""

    kept: Sequence[Written]
    notes: Sequence[Note]
    """Of the new segment, in order."""
    gone: frozenset[str]
    """Notes in the segments that stay which are no more."""


def plan(earlier: Sequence[Written], rows: Mapping[str, Mapping[str, Any]], hidden: Collection[str]) -> Plan:
    """How the index of `earlier` segments becomes that of `rows` (digest -> row of a note that may be searched).

    `hidden` is ids of notes that may not: when one of them is in a segment, nothing of that is kept.
    """
    kept = list(earlier)
    while kept:
        held = _digests(kept)
        fresh = [row for digest, row in rows.items() if digest not in held]
        if len(kept) > 1 and len(kept[-1][1].lines) <= len(fresh):
            kept.pop()
            continue
        ids = {str(row["note_id"]) for row in rows.values()}
        written = {line.note_id for _, contents in kept for line in contents.lines}
        later = len(fresh) + sum(len(contents.lines) for _, contents in kept[1:])
        if later + len(written - ids) > MOST_CHANGED * len(kept[0][1].lines) or not written.isdisjoint(hidden):
            break
        return Plan(kept, in_order(fresh), frozenset(written - ids))
    return Plan((), in_order(rows.values()), frozenset())


def _digests(segments: Sequence[Written]) -> set[str]:
    """Of the notes as the segments have them in the end."""
    contents = [each for _, each in segments]
    return {contents[part].lines[n].digest for part, n in standing(contents).values()}
