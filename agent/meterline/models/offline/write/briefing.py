"""QBR briefs asked for in chat."""

from __future__ import annotations

from meterline.answer import Draft, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import finish, plain_name


def brief(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I15: what the brief tool drafted, or where the brief is to be had."""
    reply = turn.reply("brief")
    if reply is not None and reply.ok and reply.data.get("headline"):
        draft = Draft.model_validate({k: v for k, v in reply.data.items() if k in _OF_DRAFT})
        if reading.accounts and draft.sections:  # the summary begins with that sentence too
            draft.headline = Sentence(text=f"{plain_name(reading.accounts[0].name)} in brief, to read before you meet them.")
        return finish(draft, reading, metrics=[])
    if not reading.accounts:
        draft = Draft(headline=Sentence(text="A brief is about one account: name it and I draft it."))
        draft.next_steps = ["Say, for example: brief, with the account's name."]
        return finish(draft, reading, metrics=[])
    name = plain_name(reading.accounts[0].name)
    draft = Draft(headline=Sentence(text=f"The brief for {name} is written as a document of its own."))
    draft.next_steps = [f'Run: meterline brief "{name}" --out FILE']
    return finish(draft, reading, metrics=[])


_OF_DRAFT = frozenset({"answer_type", "headline", "sections", "next_steps", "not_available", "assumptions", "charts"})
