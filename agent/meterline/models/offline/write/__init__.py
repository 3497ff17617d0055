"""Writers: one small function per intent turns tool replies into a draft with marks."""

from __future__ import annotations

from collections.abc import Callable

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.plan import asks_what, asks_whose, plan
from meterline.models.offline.turn import Turn, turn_beside
from meterline.models.offline.understand.asked import Asked
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.data import Refusal
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import (
    activity,
    attainment,
    briefing,
    clarify,
    commitments,
    compose,
    crm,
    definition,
    digest,
    durability,
    enablement,
    explain,
    forecast,
    greet,
    growth,
    house,
    lookup,
    measures,
    movers,
    notes,
    promised,
    refuse,
    retention,
    revision,
    rhythm,
    rivals,
    savings,
    scorecard,
    sizing,
    themes,
    touch,
)
from meterline.models.offline.write import slice as slices
from meterline.models.offline.write.charts import with_charts
from meterline.models.offline.write.parts import kept_state, subject
from meterline.models.offline.write.unheard import unheard

Writer = Callable[[Reading, Context, Turn], Draft]

_NEEDS_ACCOUNT: frozenset[str] = frozenset({"last_talk", "saved"})


def write_asked(asked: Asked, context: Context, turn: Turn) -> Draft:
    """The draft of a message: the main question, then the second one; what is refused is said first when it is a matter of safety."""
    draft = write_draft(asked.main, context, turn)
    if asked.also is not None:
        _add(draft, write_draft(asked.also, context, turn_beside(turn)))
    if asked.refused is not None:
        _refuse_part(draft, asked.refused)
    draft.not_available += [f"“{text}” was not answered in one go: ask it by itself." for text in asked.left if len(text) <= _ECHOED]
    return draft


_ECHOED = 70
"""Longer questions are not repeated in an answer."""


def _add(draft: Draft, other: Draft) -> None:
    """A second answer below the first."""
    if other.answer_type in ("REFUSE_DATA", "REFUSE_SCOPE", "REFUSE_SAFETY"):
        draft.not_available.append(other.headline.text)
    elif draft.headline.text.endswith(other.headline.text):
        draft.sections = _woven(draft.sections, other.sections)  # "why did it surge, and will it last" is one answer
    else:
        draft.sections += [Section(heading="Your other question", sentences=[other.headline]), *other.sections]
    draft.charts += [chart for chart in other.charts if chart not in draft.charts]
    draft.assumptions = list(dict.fromkeys([*draft.assumptions, *other.assumptions]))
    draft.not_available = list(dict.fromkeys([*draft.not_available, *other.not_available]))
    draft.next_steps = list(dict.fromkeys([*draft.next_steps, *other.next_steps]))


def _woven(sections: list[Section], others: list[Section]) -> list[Section]:
    """Both in their order, and what stands in both once."""
    woven, at = list(sections), 0
    for section in others:
        if section in woven:
            at = woven.index(section)
        else:
            woven.insert(at, section)
        at += 1
    return woven


def _refuse_part(draft: Draft, refusal: Refusal) -> None:
    """The refusal leads when it is a matter of safety; else it is one of the things that cannot be had."""
    if refusal.type != "REFUSE_SAFETY":
        draft.not_available.append(refusal.says)
        return
    draft.sections.insert(0, Section(heading="The rest of your question", sentences=[draft.headline]))
    draft.headline, draft.answer_type = Sentence(text=refusal.says), "REFUSE_SAFETY"


def write_draft(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The draft of this turn: refusals and questions back first, then the intent's writer."""
    if reading.refusal is not None or reading.periods.impossible:
        return refuse.refuse(reading, context) if reading.refusal else refuse.no_such_date(reading, context)
    if reading.open or asks_whose(reading, context) or asks_what(reading):
        return _asked_back(reading, context)
    if turn.reply("probe") is not None:
        return refuse.not_found(reading, context, turn)
    if reading.intent in _NEEDS_ACCOUNT and not reading.accounts:
        return _name_it(reading, context)
    writer = greet.ahead if reading.ahead and reading.intent != "usecases" else _WRITERS.get(reading.intent)
    if writer is None:
        return refuse.not_understood(reading, context)
    draft = with_charts(_settled(reading, writer(reading, context, turn)), reading, turn, subject(reading, context))
    if draft.answer_type.startswith("ANSWER") or draft.answer_type == "CLARIFY_OR_BOTH":
        draft.not_available += [line for line in unheard(reading, plan(reading, context)) if line not in draft.not_available]
    return draft


def _asked_back(reading: Reading, context: Context) -> Draft:
    """Who is meant, whose book, or what is asked for at all."""
    if reading.open:
        return clarify.which(reading, context)
    if asks_whose(reading, context):
        return clarify.whose(reading, context)
    return clarify.meaning(reading, context) if reading.likened.doubt else refuse.not_understood(reading, context)


def _settled(reading: Reading, draft: Draft) -> Draft:
    """Says first when another period than the one asked about is told."""
    text = draft.headline.text
    if reading.unsettled and draft.answer_type not in ("ANSWER_THIN", "ANSWER_UNKNOWN"):
        told = text[:1].lower() + text[1:] if text.startswith(_OPENINGS) else text
        draft.headline = draft.headline.model_copy(update={"text": f"{reading.unsettled}, {told}"})
    return draft


_OPENINGS = ("The ", "All ", "Your ", "Net ", "Consumption ", "Growth ")
"""First words of our own that get a small letter inside a sentence; names keep theirs."""


def _name_it(reading: Reading, context: Context) -> Draft:
    draft = Draft(headline=Sentence(text="That is looked up account by account: name the account you mean."))
    draft.next_steps = ["Ask for the top accounts by consumption to choose one."]
    draft.state = kept_state(context.thread) | {"intent": reading.intent}
    return draft


_WRITERS: dict[str, Writer] = {
    "scorecard": scorecard.write,
    "movers": movers.write,
    "lookup": lookup.write,
    "slice": slices.write,
    "attainment": attainment.write,
    "explain": explain.write,
    "durability": durability.durability,
    "notes": notes.write,
    "themes": themes.write,
    "rivals": rivals.write,
    "digest": digest.write,
    "last_talk": digest.write,
    "contact": touch.contact,
    "brief": briefing.brief,
    "savings": savings.savings,
    "promised": promised.promised,
    "saved": promised.saved,
    "commit": commitments.write,
    "usecases": crm.use_cases,
    "slips": crm.slips,
    "golive": crm.golive,
    "idle": crm.idle,
    "realised": crm.realised,
    "qualification": crm.qualification,
    "activity": activity.activity,
    "last_touch": touch.last_touch,
    "asks": touch.asks,
    "cadence": touch.cadence,
    "compose": compose.write,
    "certificates": enablement.certificates,
    "vouchers": enablement.vouchers,
    "certified_pipeline": enablement.certified_pipeline,
    "pql": growth.pql,
    "first_touch": growth.first_touch,
    "new_products": growth.new_products,
    "adoption": growth.adoption,
    "whitespace": growth.whitespace,
    "definition": definition.define,
    "freshness": definition.freshness,
    "coffee": rhythm.coffee,
    "watch": rhythm.watch,
    "forecast": forecast.write,
    "overlays": forecast.overlays,
    "accuracy": forecast.accuracy,
    "sizing": sizing.write,
    "retention": retention.write,
    "reported": retention.reported,
    "health": retention.health,
    "measures": measures.write,
    "sql": definition.sql,
    "revision": revision.revision,
    "holdings": house.holdings,
    "restart": house.restart,
    "help": greet.help_out,
    "owner": greet.owner,
    "exceptions": rhythm.exceptions,
}
