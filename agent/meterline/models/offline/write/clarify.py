"""One question back, with two to four readings and a distinguishing fact each."""

from __future__ import annotations

from meterline.answer import Clarification, Draft, Option, Sentence
from meterline.models.offline.understand.choice import MEANT
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.fallback import rule
from meterline.models.offline.understand.inherit import WHOSE
from meterline.models.offline.understand.linking import Mention, to_state
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import capital, joined, kept_state, plain_name

MOST = 4


def which(reading: Reading, context: Context) -> Draft:
    """Asks which of the rivals for a name is meant; the question stays pending."""
    mention = reading.open[0]
    rivals = mention.rivals[:MOST]
    question = f"Which {_kind(mention)} do you mean: {joined([plain_name(r.name) for r in rivals])}?".replace(" and ", " or ")
    options = [Option(label=plain_name(r.name), value=r.id, hint=r.hint) for r in rivals]
    draft = Draft(answer_type="CLARIFY", headline=Sentence(text=question), clarification=Clarification(question=question, options=options))
    draft.state = kept_state(context.thread) | {"pending": to_state(mention) | {"question": reading.question}}
    return draft


def _kind(mention: Mention) -> str:
    kinds = {r.type for r in mention.rivals}
    return next(iter(kinds)).replace("_", " ").replace("rep", "person") if len(kinds) == 1 else "one"


def meaning(reading: Reading, context: Context) -> Draft:
    """Asks what is meant rather than to guess; the question stays pending until one of the topics is picked."""
    topics = {intent: rule().topics[intent] for intent in reading.likened.doubt}
    *first, last = topics.values()
    question = f"I am not sure what you ask for: {', '.join(first)}, or {last}?"
    options = [Option(label=capital(topic), value=topic) for topic in topics.values()]
    draft = Draft(answer_type="CLARIFY", headline=Sentence(text=question), clarification=Clarification(question=question, options=options))
    draft.next_steps = ["Pick one, or ask in other words: say what you want to know, of whom, and for when."]
    offered = [{"type": MEANT, "id": intent, "name": topic} for intent, topic in topics.items()]
    draft.state = kept_state(context.thread) | {"pending": {"mention": MEANT, "options": offered, "question": reading.question}}
    return draft


def whose(reading: Reading, context: Context) -> Draft:
    """First person from somebody without a book: whose is meant?"""
    question = "Whose book do you mean? You ask as an administrator, who has none."
    options = [
        Option(label="The whole company", value="the whole company", hint="all accounts and people"),
        Option(label="One person", value="a name", hint="ask again with the name, or start with --as and an e-mail address"),
    ]
    draft = Draft(answer_type="CLARIFY", headline=Sentence(text=question), clarification=Clarification(question=question, options=options))
    draft.state = kept_state(context.thread) | {"intent": reading.intent, "window": reading.periods.window}
    draft.state["pending"] = {"mention": WHOSE, "options": [], "question": reading.question}
    return draft
