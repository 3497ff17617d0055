"""What Meterline will not or cannot answer, with the nearest useful thing; and names that are not in sight."""

from __future__ import annotations

from meterline.answer import Clarification, Draft, Option, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.compose import letter, topic_of
from meterline.models.offline.write.parts import finish, joined, kept_state, plain_name
from meterline_tools.errors import NOT_VISIBLE

CONTACT = "contact"
"""The refusal to send anything; what was to be said is drafted all the same."""


def refuse(reading: Reading, context: Context) -> Draft:
    """The refusal's own words; the conversation stays as it was."""
    refusal = reading.refusal
    assert refusal is not None
    draft = Draft.model_validate({"answer_type": refusal.type, "headline": {"text": refusal.says}})
    draft.next_steps = [refusal.nearest, *([f"Try: {refusal.offer}"] if refusal.offer else [])]
    if refusal.id == CONTACT and (topic := topic_of(reading)):
        draft.sections.append(letter(topic))
    if refusal.type == "REFUSE_DATA":
        draft.not_available = [refusal.says]
    draft.state = kept_state(context.thread)
    return draft


def not_understood(reading: Reading, context: Context) -> Draft:
    """A question with nothing in it that we know; the topics nearest to it are offered."""
    draft = Draft(
        answer_type="REFUSE_SCOPE",
        headline=Sentence(text="I could not relate this to consumption, accounts, people, quotas, use cases or customer notes."),
    )
    if reading.unused:
        words = joined([f"“{word}”" for word in dict.fromkeys(reading.unused)])
        draft.headline = Sentence(text=f"I make nothing of {words} here, and would rather not answer as if it had not been said.")
    near = joined(list(reading.likened.nearest))
    draft.next_steps = [
        *([f"The nearest I answer: {near}."] if near else []),
        "Name an account, a person or a part of the business, and say what you want to know about it.",
    ]
    draft.state = kept_state(context.thread)
    return draft


def no_such_date(reading: Reading, context: Context) -> Draft:
    """A date that is in no calendar: nothing is computed for a guessed one, the nearest real day is offered."""
    question = "The question names a date that does not exist. Which one do you mean?"
    draft = Draft(answer_type="CLARIFY", headline=Sentence(text=question))
    nearest = reading.periods.impossible
    if nearest != "unknown":
        options = [
            Option(label=nearest, value=nearest, hint="the nearest day that exists"),
            Option(label="Another day or period", value="another", hint="such as last month"),
        ]
        draft.clarification = Clarification(question=question, options=options)
    draft.next_steps = ["Name a day, month, quarter or range that exists, such as last month."]
    draft.state = kept_state(context.thread)
    return draft


def names_away(context: Context, reason: str) -> Draft:
    """Names cannot be looked up, so no figure can be given for the right thing."""
    draft = Draft(answer_type="ANSWER_THIN", headline=Sentence(text="Names cannot be looked up now, so nothing was computed."))
    draft.not_available = [reason]
    draft.next_steps = ["Ask again in a moment."]
    draft.state = kept_state(context.thread)
    return draft


def not_found(reading: Reading, context: Context, turn: Turn) -> Draft:
    """A name that is not there or not in sight: the same words for both, with the nearest names."""
    given = plain_name(reading.unknown[0])
    near = list(dict.fromkeys(plain_name(c.name) for m in reading.suggested for c in m.candidates[:3]))
    draft = Draft(
        headline=Sentence(text=f"‘{given}’ is {NOT_VISIBLE}." if not any(c.isdigit() for c in given) else f"That name is {NOT_VISIBLE}.")
    )
    draft.answer_type = "CLARIFY" if near else "REFUSE_DATA"
    if near:
        draft.clarification = Clarification(
            question=f"Did you mean {joined(near[:4])}?", options=[Option(label=n, value=n) for n in near[:4]]
        )
    draft.next_steps = ["Check the spelling, or ask for the top accounts by consumption to see names."]
    draft = finish(draft, reading)
    draft.state = kept_state(context.thread)
    return draft
