"""The morning look and the exception check."""

from __future__ import annotations

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import attainment, movers, scorecard
from meterline.models.offline.write.parts import (
    Metrics,
    mark,
    measured,
    metric_label,
    missing_text,
)


def coffee(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I21: freshness first, then movers of the week, use cases and attainment, in this order each day."""
    fresh, flow, target = (Metrics(turn.reply(key)) for key in ("fresh", "flow", "target"))
    draft = movers.write(reading, context, turn)
    said = [measured(f"{metric_label(k)}: {mark(f)}.") for k, f in (fresh.whole or {}).items()]
    if said:
        draft.sections.insert(0, Section(heading="Data", sentences=said))
    steps = (("M36.count", "created"), ("M37.count", "gone live"), ("M38.count", "moved later"))
    moves = [measured(f"Use cases {word} this week: {mark(flow.whole[key])}.") for key, word in steps if key in flow.whole]
    if moves:
        draft.sections.append(Section(heading="Use cases", sentences=moves))
    if "M14.pace" in target.whole:
        draft.sections.append(
            Section(heading="Attainment", sentences=[measured(f"Pace stands at {mark(target.whole['M14.pace'])} of quota.")])
        )
    draft.not_available += missing_text((fresh, flow, target))
    return draft


def exceptions(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I09: the figures an exception check starts from; its ladder of thresholds is not walked here."""
    draft = scorecard.write(reading, context, turn) if reading.people else attainment.write(reading, context, turn)
    draft.not_available.append("The exception ladder with its thresholds is not available here yet; these are the figures it starts from.")
    return draft
