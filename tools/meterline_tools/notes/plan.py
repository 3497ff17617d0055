"""What of the index stays when notes came, changed or went, and what is written anew.

A segment is never changed. What is new makes one more, which takes in those before it that are no larger than itself:
so there are few of them, the first aside each about twice as large as the next, and a note is written again only as
often as what came after it doubles. A segment with a note that went, changed or may no longer be searched is written again
without it. When a fifth came after the graph of the first segment, or a fifth of it went, everything is made anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from meterline_tools.notes.passages import Note
from meterline_tools.notes.pool import in_order
from meterline_tools.notes.segment import Contents, Copies
from meterline_tools.notes.shelf import Piece

MOST_CHANGED = 0.2
"""Notes in later segments as a share of those in the first, and passages that went as a share of those in the graph."""
Written = tuple[Piece, Contents]


@dataclass(frozen=True)
class Plan:
    """The segments that stay, and what is written behind them."""

    kept: Sequence[Written]
    notes: Sequence[Note]
    """Of the new segment, in order."""
    dead: frozenset[str] = frozenset()
    """Digests of notes that were written before and are no more."""
    lost: frozenset[str | None] = frozenset()
    """The accounts of those."""
    copies: Copies = field(default_factory=dict)
    """The near copies of the index before."""


def plan(earlier: Sequence[Written], rows: Mapping[str, Mapping[str, Any]], in_graph: int) -> Plan:
    """How the index of `earlier` segments becomes that of `rows` (digest -> row of a note that may be searched).

    `in_graph` is the number of passages that the graph was made of.
    """
    kept = list(earlier)
    written = [line for _, contents in earlier for line in contents.lines]
    dead = frozenset(line.digest for line in written) - rows.keys()
    lost = frozenset(line.account_id for line in written if line.digest in dead)
    while kept:
        held = {line.digest for _, contents in kept for line in contents.lines}
        fresh = [row for digest, row in rows.items() if digest not in held]
        if len(kept) > 1 and len(kept[-1][1].lines) <= len(fresh):
            kept.pop()
            continue
        first = [line for line in kept[0][1].lines if line.digest in rows]
        later = len(fresh) + sum(len(contents.lines) for _, contents in kept[1:])
        went = in_graph - sum(line.passages for line in first)
        if not first or max(later / len(first), went / in_graph) > MOST_CHANGED:
            break
        return Plan(kept, in_order(fresh), dead, lost, earlier[-1][1].copies)
    return Plan((), in_order(rows.values()))
