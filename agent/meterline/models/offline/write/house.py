"""I25: which data there is, since when, and what is off without the rest; and a conversation begun anew."""

from __future__ import annotations

from meterline.answer import Draft, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import joined, kept_state, mark, measured, plain_name, table, told_error


def holdings(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The tables with their rows, the span of usage, and what cannot be asked without the others."""
    reply = turn.reply("held")
    if reply is None or not reply.ok:
        draft = Draft(answer_type="ANSWER_THIN", headline=Sentence(text="What is loaded could not be read now."))
        draft.not_available = [told_error(reply)] if reply else []
        draft.state = kept_state(context.thread)
        return draft
    days, tables = reply.data["days"], reply.data["tables"]
    names = [plain_name(str(t["name"])) for t in tables]
    since = f" from {mark(days['first'])}" if "first" in days else ""
    draft = Draft(headline=measured(f"Usage is loaded{since} to {mark(days['last'])}, the last complete day, with {joined(names)}."))
    rows = [[name, mark(t["figures"]["rows"])] for name, t in zip(names, tables, strict=True)]
    draft.sections = [table("What is loaded", ["Table", "Rows"], rows)]
    draft.not_available = [str(text) for text in reply.data.get("notes") or []]
    draft.next_steps = ["Ask how fresh the data is, or what you can ask."]
    draft.state = kept_state(context.thread)
    return draft


def restart(reading: Reading, context: Context, turn: Turn) -> Draft:
    """Nothing of the conversation is carried on."""
    draft = Draft(headline=Sentence(text="We start anew: nothing of what was asked before is carried on."))
    draft.next_steps = ["Name an account, a person or a part of the business, and say what you want to know about it."]
    draft.state = {"intent": "", "entities": [], "pending": None}
    return draft
