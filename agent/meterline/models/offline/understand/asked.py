"""All that one message asks: the main question, a second one beside it, and what of it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from meterline.models.offline.understand.catalogue import find_hits
from meterline.models.offline.understand.clauses import clauses, lead_in
from meterline.models.offline.understand.context import Context, Thread
from meterline.models.offline.understand.data import Refusal, lexicon
from meterline.models.offline.understand.examples import ExampleBank
from meterline.models.offline.understand.reading import Reading, read_question
from meterline.models.offline.understand.scoring import SURE, any_match
from meterline.models.offline.understand.selection import find_amounts
from meterline.models.offline.understand.words import Said, tokenize

UNITS = "M03"
_TELLS_MONEY = frozenset({"themes", "rivals"})
"""Intents whose answers set beside each account they find what it consumed in the last four weeks."""
_IN_MONEY = frozenset({"lookup", "scorecard", "movers", "slice"})
_MONEY = frozenset({"M01", "M02", "M04", "M05", "M06", "M07", "M08", "M09", "M10"})


@dataclass
class Asked:
    """`also` is a second question that can be answered beside the main one, `left` the text of those that are not."""

    main: Reading
    also: Reading | None = None
    refused: Refusal | None = None
    left: list[str] = field(default_factory=list)


def read_asked(question: str, context: Context, names: Mapping[str, Any] | None, bank: ExampleBank) -> Asked:
    """Reads a message; it is taken apart only where each part is surely a question of its own."""
    if (text := _after_lead_in(question, names)) != question:
        asked = read_question(text, context, names, bank)
        question = text if asked.refusal is not None or (asked.intent and asked.score >= SURE) else question
    whole = read_question(question, context, names, bank)
    texts = clauses(question)
    if len(texts) == 1 or context.thread.pending is not None or whole.open:
        return Asked(whole)
    first = read_question(texts[0], context, _within(names, texts[0]), bank)
    heard = replace(context, thread=_heard(first, context))
    readings = [first, *(read_question(text, heard, _within(names, text), bank) for text in texts[1:])]
    sure = [r for r in readings if r.refusal is None and r.score >= SURE and r.intent and not r.open and not r.likened.intent]
    if whole.likened.intent and whole.refusal is None and whole.intent not in {r.intent for r in sure}:
        return Asked(whole)  # "What did we say we would do, and is it done": the examples know it as one question
    refused = next((r.refusal for r in readings if r.refusal is not None), None)
    if not sure or (refused is None and (len(sure) < 2 or sure[0] is not first)) or (refused is not None and whole.refusal is None):
        return Asked(whole)
    if refused is None and not (first.named or sure[1].named):
        # "Who mentioned cuts, and what did they spend?": whom the second part is about is known after the first only.
        later = any_match(lexicon().followups["pronouns"], sure[1].tokens) and sure[1].intent != first.intent
        left = [] if _told(first, sure[1]) else [_bare(sure[1])]
        return Asked(first, left=left) if later else Asked(whole)
    also = next((r for r in sure[1:] if r.intent != sure[0].intent or r.named != sure[0].named), None)
    if also is None and refused is None:
        return Asked(whole)
    if also is not None:
        also.named = also.named or list(sure[0].named)
        also.inherited = []
    left = [_bare(r) for r in sure if r is not sure[0] and r is not also and r.intent != sure[0].intent]
    return Asked(sure[0], also, refused, left)


def _told(first: Reading, second: Reading) -> bool:
    """Whether the answer to the first question holds that to the second: "and how much revenue do they carry?", no days named."""
    return first.intent in _TELLS_MONEY and second.intent == "lookup" and second.metrics == ["M01"] and not second.periods.window


def _after_lead_in(question: str, names: Mapping[str, Any] | None) -> str:
    """The question without a first sentence that tells nothing of figures, but for the names in it; places stay true."""
    end = lead_in(question)
    said = Said(tokenize(question[:end]))
    lex = lexicon()
    moves = {word for name in ("up", "down", "change") for word in lex.concepts[name]} - _MOVED
    told = {hit.id for hit in find_hits(said, "metric")} - {_TOUCHES}
    if not end or said.present & moves or told or find_amounts(question[:end]):
        return question
    spans = [(int(m["start"]), int(m["end"])) for m in (names or {}).get("mentions", []) if int(m["end"]) <= end]
    kept = [c if any(a <= at < b for a, b in spans) else " " for at, c in enumerate(question[:end])]
    return "".join(kept) + question[end:]


_TOUCHES = "M44"
"""Meetings and calls: why somebody asks, and not what."""
_MOVED = frozenset({"moving", "move", "moved", "up", "new"})


def in_units(reading: Reading | None) -> None:
    """Turns a question about money into one about units: for a company that brought quantities and no cost."""
    if reading is None or reading.intent not in _IN_MONEY or (reading.metrics and not _MONEY & set(reading.metrics)):
        return
    if reading.intent == "movers" and not reading.measure.group_by:
        reading.measure.group_by = ["account"]
    reading.intent = "lookup"
    reading.measure.metrics = [UNITS]
    reading.assumptions.append("No cost is loaded, so consumption is shown in units.")


def _bare(reading: Reading) -> str:
    return reading.question.strip(" ,;.?!")


def _heard(first: Reading, context: Context) -> Thread:
    """The conversation as the second clause finds it: the first clause has just been said."""
    if not first.named:
        return context.thread
    return replace(
        context.thread,
        intent=first.intent,
        entities=tuple(first.named),
        metrics=tuple(first.metrics),
        window=first.periods.window,
        pending=None,
    )


def _within(names: Mapping[str, Any] | None, text: str) -> Mapping[str, Any] | None:
    """The mentions that stand in this clause."""
    if names is None:
        return None
    kept = [m for m in names.get("mentions", []) if text[int(m["start"]) : int(m["end"])].strip()]
    return {**names, "mentions": kept}
