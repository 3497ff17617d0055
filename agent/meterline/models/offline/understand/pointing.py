"""Words that point back: "the other one", "the second", "which of those", "drop the filter", "in units", "start over"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterline.models.offline.understand.context import Thread
from meterline.models.offline.understand.data import Lexicon
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.scoring import any_match
from meterline.models.offline.understand.selection import Condition
from meterline_tools.catalog.buckets import TIME

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading

RESTART = "restart"
_TIMES = frozenset(TIME)
_FEW = 7
"""Longer messages that hold such words are questions of their own."""


def points_back(reading: Reading, thread: Thread, lex: Lexicon) -> bool:
    """Whether the question only makes sense with the one before; names that words point at are taken; in place."""
    said = reading.tokens
    if any_match(lex.followups["restart"], said) and len(said) <= _FEW:
        reading.intent, reading.score = RESTART, 9.0
        return False
    if not thread or reading.unknown:
        return False
    if not reading.named and (pointed := _pointed(reading, thread, lex)):
        reading.named = pointed
        return True
    if any_match(lex.followups["which_of"], said) and thread.listed and len(thread.listed) > 1:
        reading.among = True
        return True
    return _adds_only(reading, lex)


def _pointed(reading: Reading, thread: Thread, lex: Lexicon) -> list[Named]:
    """The one or two things of the conversation that words point at."""
    if any_match(lex.followups["other_one"], reading.tokens):
        return _others(thread)
    place = _pointed_at(reading, thread, lex)
    return [place] if place else _pair(reading, thread, lex)


def _pair(reading: Reading, thread: Thread, lex: Lexicon) -> list[Named]:
    """ "Both", "which grew more": the two things the conversation was about last."""
    known = [*thread.entities, *(n for n in thread.before if n not in thread.entities)]
    kinds = [n.type for n in known]
    several = [n for n in known if kinds.count(n.type) > 1]
    if len(several) < 2 or reading.named or len(reading.tokens) > _FEW:
        return []
    if any_match(lex.followups["both"], reading.tokens) and len(reading.tokens) <= 2:
        return several
    if any_match(lex.followups["which_more"], reading.tokens):
        reading.intent, reading.score = "lookup", max(reading.score, 3.0)
        reading.measure.metrics = [m for m in reading.metrics if m != "M10"] or ["M08", "M01"]
        return several
    return []


def _others(thread: Thread) -> list[Named]:
    """What the conversation was about before, or the reading of a name that was not taken."""
    now = {(n.type, n.id) for n in thread.entities}
    return [n for n in (*thread.before, *thread.listed) if (n.type, n.id) not in now][:1]


def _pointed_at(reading: Reading, thread: Thread, lex: Lexicon) -> Named | None:
    """The row of the last answer that "the second one" means."""
    if not thread.listed or not any_match(lex.followups["places"], reading.tokens):
        return None
    words = [t.norm for t in reading.tokens]
    place = next((lex.ordinals[w] for w in words if w in lex.ordinals and w not in ("former", "latter")), 1 if "top" in words else 0)
    place = -1 if "last" in words or "bottom" in words else place
    if not place or place > len(thread.listed):
        return None
    return thread.listed[place - 1 if place > 0 else place]


def _adds_only(reading: Reading, lex: Lexicon) -> bool:
    """A share, a threshold, something left out, or units, without a subject or a measure of its own."""
    selection = reading.selection
    units = any_match(lex.followups["in_units"], reading.tokens) or any_match(lex.followups["in_money"], reading.tokens)
    dropped = any_match(lex.followups["unfilter"], reading.tokens)
    if dropped or (units and len(reading.tokens) <= _FEW):
        return True
    alone = not reading.named and not reading.own and len(reading.tokens) <= _FEW + 3
    chooses = selection.excluded or selection.conditions or selection.shares
    consumes = set(lex.concepts["consume"]) & reading.tokens.present
    return (
        bool(chooses)
        and alone
        and not (consumes and reading.periods.main is not None)
        and not (reading.metrics and reading.tokens[0].norm != "as")
    )


def take_over(reading: Reading, thread: Thread, lex: Lexicon) -> None:
    """What a follow-up keeps of the earlier selection, and what it drops or turns; in place."""
    said, selection = reading.tokens, reading.selection
    if any_match(lex.followups["unfilter"], said):
        reading.named = []
        reading.inherited = [text for text in reading.inherited if text == "the same period"]
        reading.whole = True
    else:
        _keep(reading, thread)
    if any_match(lex.followups["in_units"], said):
        reading.measure.metrics, reading.intent = ["M03"], "lookup"
    elif any_match(lex.followups["in_money"], said) and reading.intent != "retention":
        reading.measure.metrics, reading.intent = ["M01"], "lookup"
    if reading.among:
        kind = thread.listed[0].type
        reading.named = [*(n for n in reading.named if n.type != kind), *(n for n in thread.listed if n.type == kind)]
        reading.measure.group_by = [kind, *(d for d in reading.measure.group_by if d in _TIMES)]
    if thread.shares and thread.part and not selection.shares and reading.intent == "lookup" and not reading.measure.group_by:
        selection.shares = True
        kinds = {n.type for n in thread.part}
        selection.part = [n for n in reading.named if n.type in kinds] or list(thread.part)
        reading.named = [n for n in reading.named if n not in selection.part]


def _keep(reading: Reading, thread: Thread) -> None:
    selection = reading.selection
    now = {(n.type, n.id) for n in (*reading.named, *selection.excluded)}
    kept = [n for n in thread.exclude if (n.type, n.id) not in now]
    selection.excluded = [*kept, *selection.excluded]
    reading.inherited += [f"without {n.name}" for n in kept]
    left_out = {(n.type, n.id) for n in selection.excluded}
    reading.named = [n for n in reading.named if (n.type, n.id) not in left_out]
    if not selection.conditions and reading.intent == thread.intent and thread.conditions:
        selection.conditions = [Condition(**c) for c in thread.conditions]
        reading.inherited.append("the same threshold")
