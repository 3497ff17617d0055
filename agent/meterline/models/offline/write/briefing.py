"""QBR briefs asked for in chat."""

from __future__ import annotations

from meterline.answer import Draft, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.explain import draft_explanation
from meterline.models.offline.write.parts import (
    finish,
    plain_name,
)


def brief(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I15: points to the brief, or passes on what the brief tool drafted."""
    reply = turn.reply("brief")
    if reply is not None and reply.ok and reply.data.get("headline"):
        draft = draft_explanation(reply.data)
        return finish(draft, reading, metrics=[])
    if not reading.accounts:
        draft = Draft(headline=Sentence(text="A brief is about one account: name it and I draft it."))
        draft.next_steps = ["Say, for example: brief, with the account's name."]
        return finish(draft, reading, metrics=[])
    name = plain_name(reading.accounts[0].name)
    draft = Draft(headline=Sentence(text=f"The brief for {name} is written as a document of its own."))
    draft.next_steps = [f"Run: meterline brief '{name}'"]
    return finish(draft, reading, metrics=[])
