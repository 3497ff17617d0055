"""From ranked passages to hits: the one part of a passage that answers, verbatim, marked when it speaks to a machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from meterline_tools.notes.columns import names
from meterline_tools.notes.flags import instruction_like
from meterline_tools.notes.passages import Part, Passage
from meterline_tools.notes.pool import Pool
from meterline_tools.notes.quote import Similarity, best_text
from meterline_tools.notes.results import Hit
from meterline_tools.notes.text import search_copy, terms
from meterline_tools.receipts import Side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from meterline_tools.notes.ranking import Scores

_AT_ONCE = 16
"""Passages whose notes are read together."""


@dataclass(frozen=True)
class Looking:
    """What is looked for: the terms asked for, the sides and the speaker wanted (none named: all), and nearness in meaning if known."""

    terms: frozenset[str]
    sides: frozenset[str]
    speaker: frozenset[str]
    similar: Similarity | None


def hits(pool: Pool, positions: NDArray[np.int64], scores: Scores, looking: Looking, limit: int) -> list[Hit]:
    """The first `limit` hits of places in the pool, best first, with their scores.

    The same words of one account are given once, and of notes that repeat one another only the first found.
    """
    seen: set[tuple[str | None, Side, str]] = set()
    found: list[Hit] = []
    shown: dict[str, str] = {}
    for at in range(0, len(positions), _AT_ONCE):
        some = pool.passages(positions[at : at + _AT_ONCE].tolist())
        for score, passage in zip(scores[at : at + _AT_ONCE].tolist(), some, strict=True):
            for hit in _hits(passage, score, looking) if passage else ():
                family = pool.columns.family(hit.note_id)
                said = (hit.account_id, hit.side, search_copy(hit.text))
                if said in seen or shown.setdefault(family[0], hit.note_id) != hit.note_id:
                    continue
                seen.add(said)
                found.append(replace(hit, copies=tuple(n for n in family if n != hit.note_id)))
                if len(found) >= limit:
                    return found
    return found


def _hits(passage: Passage, score: float, looking: Looking) -> Iterator[Hit]:
    """The part of the passage that answers best, among those of the wanted sides and speaker.

    Where that part speaks to a machine, the best of the others that share a word with the question comes beside it: what
    somebody plants next to a statement does not hide it.
    """
    parts = [p for p in passage.parts if (not looking.sides or p.side in looking.sides) and names(looking.speaker, p.speaker)]
    if not parts:
        return
    best = _best(passage, parts, looking)
    yield _hit(passage, best, score)
    if _speaks_to_machine(passage, best):
        others = [p for p in parts if looking.terms & set(terms(_text(passage, p))) and not _speaks_to_machine(passage, p)]
        if others:
            yield _hit(passage, _best(passage, others, looking), score)


def _best(passage: Passage, parts: Sequence[Part], looking: Looking) -> Part:
    return parts[best_text([_text(passage, part) for part in parts], looking.terms, looking.similar) if len(parts) > 1 else 0]


def _hit(passage: Passage, part: Part, score: float) -> Hit:
    note = passage.note
    return Hit(
        note_id=note.note_id,
        account_id=note.account_id,
        note_type=note.note_type,
        title=note.title,
        date=note.date,
        turn=part.turn,
        speaker=part.speaker,
        side=part.side,
        text=_text(passage, part),
        start=part.start,
        end=part.end,
        score=round(score, 4),
        flagged=_speaks_to_machine(passage, part),
    )


def _text(passage: Passage, part: Part) -> str:
    return passage.note.source(part.turn)[part.start : part.end]


def _speaks_to_machine(passage: Passage, part: Part) -> bool:
    """Whether the turn or paragraph around the part does, or what its speaker or the note is called, or it belongs to an order
    that was cut in two over turns or paragraphs: the passage does although no part of it does alone, and without this one it does not.
    """

    def alone(one: Part) -> bool:
        return bool(instruction_like(passage.note.source(one.turn)[slice(*one.around)]))

    def rest() -> str:
        return "\n".join(_text(passage, one) for one in passage.parts if one is not part)

    if alone(part) or any(instruction_like(name) for name in (part.speaker or "", passage.note.title) if " " in name):
        return True
    return bool(instruction_like(passage.text)) and not any(alone(p) for p in passage.parts) and not instruction_like(rest())
