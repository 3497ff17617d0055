"""The morning coffee, what to worry about, and exceptions: drafts of what the tools found."""

from __future__ import annotations

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Reply, Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import explain
from meterline.models.offline.write.coffee import draft_coffee, draft_exceptions
from meterline.models.offline.write.parts import Metrics, finish, joined, nothing, plain_name, told_error
from meterline.models.offline.write.review import draft_review
from meterline.models.offline.write.watch import draft_watch


def coffee(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I21: all items in their order, or only what needs a look."""
    reply = turn.reply("coffee")
    if reply is None or not reply.ok:
        return _failed(reading, reply)
    draft = draft_exceptions(reply.data, of_people=_about_people(reading)) if reply.data.get("focus") else draft_coffee(reply.data)
    if slices := [plain_name(named.name) for named in reading.named if named.id != context.rep_id]:
        draft.not_available.append(f"This is told for everything in your sight; it cannot be narrowed to {joined(slices)}.")
    return finish(draft, reading, metrics=[str(item["metric"]) for item in reply.data["items"]])


def _about_people(reading: Reading) -> bool:
    return reading.intent == "exceptions" and bool({*lexicon().concepts["people"], "who", "coach", "coaching"} & reading.tokens.present)


def exceptions(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I09: the ladder of whoever is named, one after the other; without a name the exceptions of everybody in sight."""
    if turn.reply("coffee") is not None:
        return coffee(reading, context, turn)
    replies = [reply for key, reply in turn.replies.items() if key.startswith("review_")]
    found = [reply for reply in replies if reply.ok]
    if not found:
        return _failed(reading, replies[0] if replies else None)
    draft = draft_review(found[0].data)
    for reply in found[1:]:
        other = draft_review(reply.data)
        name = plain_name(reply.data["person"]["name"])
        draft.sections += [Section(heading=name, sentences=[other.headline]), *other.sections]
        draft.not_available += other.not_available
    return finish(draft, reading, metrics=["M01", "M08", "M10", "M14", "M36", "M37", "M38", "M39", "M40", "M44"])


def watch(reading: Reading, context: Context, turn: Turn) -> Draft:
    """Surges and drops as the watch finds them; for an account that was named, why it moved."""
    reply = turn.reply("watch")
    if reply is None:
        return explain.write(reading, context, turn)
    if not reply.ok:
        return _failed(reading, reply)
    return finish(draft_watch(reply.data), reading, metrics=["M10"])


def _failed(reading: Reading, reply: Reply | None) -> Draft:
    return nothing(reading, told_error(reply) if reply is not None else "There is nothing to tell.", Metrics(None))
