"""What the savings rules found."""

from __future__ import annotations

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import measures
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    finish,
    mark,
    measured,
    nothing,
    subject,
)


def savings(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I16: what the rules found, as ranges with evidence and caveat; nothing else is offered."""
    if not reading.accounts:
        return measures.book_savings(reading, context, turn)
    reply = Metrics(turn.reply("savings"))
    who = subject(reading, context)
    if not reply.ok:
        return nothing(reading, f"The savings rules could not be checked for {who}.", reply)
    tips = reply.data.get("tips") or []
    total = reply.data.get("total") or {}
    if total.get("low") and total.get("high"):
        draft = Draft(headline=measured(f"{capital(who)} could save between {mark(total['low'])} and {mark(total['high'])}."))
    elif tips:
        draft = Draft(
            headline=measured(
                f"{capital(who)}: {tips[0]['name'].lower()} could save between {mark(tips[0]['low'])} and {mark(tips[0]['high'])}."
            )
        )
    else:
        draft = Draft(headline=measured(f"No savings rule fires for {who} on what telemetry shows."))
    for tip in tips:
        said = [measured(str(tip["text"])), measured(f"Range: {mark(tip['low'])} to {mark(tip['high'])}."), measured(str(tip["caveat"]))]
        draft.sections.append(Section(heading=str(tip["name"]), sentences=said))
    draft.not_available = [
        f"{n.get('name') or 'A rule'} could not be checked: {n.get('reason')}." for n in reply.data.get("rules_not_checkable") or []
    ]
    offer = "Offer the largest one first, with its caveat, and agree how the saving will be measured."
    draft.next_steps.append(offer if tips else "Ask what drives its consumption: a saving needs telemetry that shows waste.")
    return finish(draft, reading, metrics=[])
