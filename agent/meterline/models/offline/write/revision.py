"""I25: why a number reads differently than it did: late rows, corrections, days that were not complete then."""

from __future__ import annotations

from collections.abc import Iterator

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    cells,
    finish,
    joined,
    kept_state,
    mark,
    measured,
    nothing,
    plain_name,
    subject,
    table,
)

_SAYS = {
    "M01.late": "{figure} from rows that came late",
    "M01.corrections": "{figure} from corrections",
    "M01.new_days": "{figure} from days that were not complete then",
}
_COLUMNS = {"M01.change": "Difference", "M01.late": "Late rows", "M01.corrections": "Corrections", "M01.new_days": "Newly complete days"}


def revision(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The difference first, with what it is made of; then by account and by day of arrival."""
    reply = Metrics(turn.reply("revision"))
    about = [plain_name(str(name)) for name in reply.data.get("about") or []]
    who = joined(about) if about and not reading.named else subject(reading, context)
    if not reply.whole:
        return nothing(reading, f"Whether a number of {who} was restated cannot be told.", reply)
    figures = reply.whole
    moved = [key for key in _SAYS if reply.number(figures[key])]
    draft = _changed(reply, who, moved) if moved else _same(figures, who)
    if reading.metrics and "M01" not in reading.metrics:
        draft.assumptions.append("What changed is told of net consumption, which the number you named is worked out from.")
    draft.next_steps.append("Name another day to compare with, such as since yesterday, or other days, such as last month.")
    finish(draft, reading, reply, metrics=["M01"])
    draft.state = kept_state(context.thread)
    return draft


def _same(figures: Figures, who: str) -> Draft:
    now = figures["M01.now"]
    return Draft(headline=measured(f"Nothing was restated: net consumption of {who} reads {mark(now)} ({mark(now, 'window')}), as before."))


def _changed(reply: Metrics, who: str, moved: list[str]) -> Draft:
    figures = reply.whole
    parts = joined([_SAYS[key].format(figure=mark(figures[key])) for key in moved])
    window = mark(figures["M01.now"], "window")
    was = f"Net consumption of {who} ({window}) read {mark(figures['M01.before'])} then and reads {mark(figures['M01.now'])} now"
    draft = Draft(headline=measured(f"{was}: {parts}."))
    draft.sections = list(_tables(reply, moved))
    return draft


def _tables(reply: Metrics, moved: list[str]) -> Iterator[Section]:
    keys = ["M01.change", *moved]
    rows = [[row.names[0], *cells(row.figures, keys)] for row in reply.rows]
    if reply.rest:
        rows.append(["All others", *cells(reply.rest, keys)])
    if rows:
        yield table("Whose", ["Account", *(_COLUMNS[key] for key in keys)], rows)
    arrived = [[mark(raw["figures"]["arrived"]), *cells(raw["figures"], moved)] for raw in reply.data.get("arrivals") or []]
    if arrived:
        yield table("When it arrived", ["Arrived on", *(_COLUMNS[key] for key in moved)], arrived)
