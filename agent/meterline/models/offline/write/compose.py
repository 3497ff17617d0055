"""A message drafted for the asker to send: nothing is sent from here. It says no more than the asker did."""

from __future__ import annotations

import re

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import Metrics, capital, finish, plain_name, subject

_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning|saying|telling (?:them|him|her)?|that|re:?)\s+(?P<topic>[^?!.\n]{3,90})", re.IGNORECASE
)
_GIVE = "Bring something with it: a fact, a saving, an answer."


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The draft of a letter, behind what stands against writing now."""
    check = (Metrics(turn.reply("contact")).data.get("check") or {}) if turn.reply("contact") else {}
    name = plain_name(reading.accounts[0].name) if reading.accounts else subject(reading, context)
    whom = f" to {name}" if reading.accounts else ""
    draft = Draft(headline=Sentence(text=f"A draft{whom} for you to send: nothing is sent from here."))
    if check and not check.get("passed", True):
        blocked = [Sentence(text=f"{capital(reason)}.") for reason in check.get("blocked_by") or []]
        draft.sections.append(Section(heading="Better not now", sentences=blocked))
    draft.sections.append(letter(topic_of(reading) or "our work together"))
    draft.next_steps.append(_GIVE)
    return finish(draft, reading, metrics=[])


def topic_of(reading: Reading) -> str:
    """What the message is about, in the asker's words; empty where they hold figures, which only tools may give."""
    found = _ABOUT.search(reading.question)
    topic = plain_name(found["topic"]).strip(" ,;:") if found else ""
    return "" if any(c.isdigit() for c in topic) else topic


def letter(topic: str) -> Section:
    """The few lines of a message on a topic."""
    lines = ["Hello,", f"I am writing about this: {topic}.", "When would it suit you to talk it over?", "Kind regards"]
    return Section(heading="Draft, not sent", sentences=[Sentence(text=line) for line in lines])
