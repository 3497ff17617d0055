"""What the built-in analyst does next: look up names, call tools, or write the draft."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from langchain_core.messages import AIMessage

from meterline.answer import Draft
from meterline.models.offline.plan import MAX_STEPS, further, needs_names, plan
from meterline.models.offline.turn import Step, Turn, beside, call_message
from meterline.models.offline.understand.asked import Asked, in_units, read_asked
from meterline.models.offline.understand.context import Context, read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.gloss import glossed
from meterline.models.offline.understand.reading import Reading, question_for_names
from meterline.models.offline.understand.talk import DIGEST, handed_over
from meterline.models.offline.understand.words import spelled_out
from meterline.models.offline.write import write_asked
from meterline.models.offline.write.parts import told_error
from meterline.models.offline.write.refuse import names_away

_NAMES = "names"


def next_message(turn: Turn, tools: Collection[str] | None, example_files: tuple[Path, ...] = (), *, by_meaning: bool = False) -> AIMessage:
    """The next assistant message of this turn; `by_meaning` lets the nearest examples read what the cues do not."""
    context = read_context(turn.state)
    turn.question = spelled_out(turn.question)
    if (talk := handed_over(turn.question, context)) is not None:
        return _act(turn, Asked(Reading(question=turn.question, intent=DIGEST, talk=talk)), context, tools)
    turn.question, language = glossed(turn.question)
    names = turn.reply(_NAMES)
    # Examples are compared with names as kinds, so not before the names are known.
    bank = load_bank(example_files, by_meaning=by_meaning and names is not None)
    if names is None:
        first = read_asked(turn.question, context, None, bank)
        if any(needs_names(r) for r in (first.main, first.also) if r is not None) and (tools is None or "find_entities" in tools):
            text = question_for_names(turn.question, context)
            return call_message([Step(_NAMES, "find_entities", {"text": text})], turn.calls)
    if names is not None and not names.ok:
        return _say(names_away(context, told_error(names)))
    asked = read_asked(turn.question, context, names.data if names else {}, bank)
    if language:
        asked.main.assumptions.append("The question was read word by word in English.")
    if context.units_only:
        in_units(asked.main)
        in_units(asked.also)
    return _act(turn, asked, context, tools)


def _act(turn: Turn, asked: Asked, context: Context, tools: Collection[str] | None) -> AIMessage:
    steps = [s for s in plan(asked.main, context) if tools is None or s.tool in tools]
    if asked.also is not None:
        more = [s for s in plan(asked.also, context) if tools is None or s.tool in tools]
        if len(steps) + len(more) <= MAX_STEPS:
            steps += beside(more)
        else:
            asked.left.append(asked.also.question.strip(" ,;.?!"))
            asked.also = None
    missing = [s for s in steps if s.key not in turn.replies]
    if missing and len(missing) == len(steps):
        return call_message(steps, turn.calls)
    deeper = [s for s in further(asked.main, context, turn) if s.key not in turn.replies and (tools is None or s.tool in tools)]
    if deeper:
        return call_message(deeper, turn.calls)
    return _say(write_asked(asked, context, turn))


def _say(draft: Draft) -> AIMessage:
    return AIMessage(content=draft.model_dump_json(exclude_defaults=True))
