"""Writers: one small function per intent turns tool replies into a draft with marks."""

from __future__ import annotations

from collections.abc import Callable

from meterline.answer import Draft, Sentence
from meterline.models.offline.plan import asks_whose
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import (
    attainment,
    clarify,
    definition,
    explain,
    lookup,
    movers,
    notes,
    others,
    records,
    refuse,
    scorecard,
)
from meterline.models.offline.write import slice as slices
from meterline.models.offline.write.parts import kept_state

Writer = Callable[[Reading, Context, Turn], Draft]

_NEEDS_ACCOUNT = frozenset({"savings"})


def write_draft(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The draft of this turn: refusals and questions back first, then the intent's writer."""
    if reading.refusal is not None or reading.periods.impossible:
        return refuse.refuse(reading, context) if reading.refusal else refuse.no_such_date(context)
    if reading.open or asks_whose(reading, context):
        return clarify.which(reading, context) if reading.open else clarify.whose(reading, context)
    if turn.reply("probe") is not None:
        return refuse.not_found(reading, context, turn)
    if reading.intent in _NEEDS_ACCOUNT and not reading.accounts:
        return _name_it(reading, context)
    writer = _WRITERS.get(reading.intent)
    return writer(reading, context, turn) if writer else refuse.not_understood(context)


def _name_it(reading: Reading, context: Context) -> Draft:
    draft = Draft(headline=Sentence(text="That is checked account by account: name the account you mean."))
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
    "durability": others.durability,
    "notes": notes.write,
    "brief": others.brief,
    "savings": records.savings,
    "commit": records.commitments,
    "usecases": records.use_cases,
    "activity": records.activity,
    "definition": definition.define,
    "freshness": definition.freshness,
    "coffee": others.coffee,
    "forecast": others.later,
    "retention": others.later,
    "sql": definition.sql,
    "exceptions": others.exceptions,
}
