"""Questions whose own metrics are not in this catalogue yet."""

from __future__ import annotations

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    finish,
    mark,
    measured,
    metric_label,
    nothing,
    subject,
)

_LATER = {
    "forecast": "A forecast is not available here yet; what is known is the run rate, raw and durable.",
    "retention": "Retention is not available here yet; the nearest figures are growth and active customers.",
}


def later(reading: Reading, context: Context, turn: Turn) -> Draft:
    """Metrics the catalogue may not hold: its own figures if it does, else the nearest with a plain word about it."""
    reply = Metrics(turn.reply("later"))
    who = subject(reading, context)
    if not reply.whole:
        return nothing(reading, _LATER[reading.intent], reply)
    lines = [measured(f"{metric_label(k)}: {mark(f)} ({mark(f, 'window')}).") for k, f in reply.whole.items()]
    if any(k.partition(".")[0] in reading.metrics for k in reply.whole):
        draft = Draft(headline=lines[0], sections=[Section(sentences=lines[1:])] if lines[1:] else [])
        draft.next_steps.append("Ask for the same by person or by segment.")
        return finish(draft, reading, reply)
    draft = Draft(headline=measured(_LATER[reading.intent]), sections=[Section(heading=capital(who), sentences=lines)])
    draft.not_available = [_LATER[reading.intent]]
    draft.next_steps.append("Ask how much of the run rate is durable before it is carried forward.")
    return finish(draft, reading, reply)
