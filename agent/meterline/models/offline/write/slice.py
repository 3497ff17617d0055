"""I07: how a slice of the business, an account or everything is doing."""

from __future__ import annotations

from meterline.answer import Draft, Section
from meterline.models.offline.plan import is_empty
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.lookup import no_usage
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    cells,
    change_clause,
    finish,
    joined,
    mark,
    measured,
    nothing,
    subject,
    table,
)

_KEYS = ["M01", "M10", "M08"]
_VIEWS = {"M10": "change", "M08": "change"}


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    whole, share, movers = (Metrics(turn.reply(key)) for key in ("slice", "share", "movers"))
    figures = whole.whole
    who = subject(reading, context)
    if "M01" not in figures:
        return nothing(reading, f"No consumption came back for {who}.", whole)
    if is_empty(turn):
        return no_usage(reading, whole, Metrics(turn.reply("ever")), who)
    change = change_clause(whole, figures)
    headline = measured(f"{capital(who)} consumed {mark(figures['M01'])} net ({mark(figures['M01'], 'window')}){change}.")
    told = []
    if whole.number(figures.get("M09")) is not None:
        told.append(
            measured(f"Against a year ago it is {mark(figures['M09'], 'change')}; where seasons matter, that is the fairer comparison.")
        )
    if "M24" in figures:
        told.append(measured(f"Active customers: {mark(figures['M24'])}."))
    if "M17" in share.whole:
        told.append(
            measured(
                f"The largest accounts hold {mark(share.whole['M17'])} of the consumption of {who} ({mark(share.whole['M17'], 'window')})."
            )
        )
    if "M17" in share.whole and any(t.norm.startswith("concentrat") for t in reading.tokens):
        told.append(headline)
        headline = told.pop(-2)
    sections = [Section(sentences=told)] if told else []
    if movers.rows:
        sections.append(_moves(reading, movers))
    draft = Draft(headline=headline, sections=sections)
    first = joined(movers.rows[0].names) if movers.rows else "an account"
    draft.next_steps.append(f"Ask why {first if not reading.accounts else who} moved; no cause is stated here.")
    given = [r for r in (whole, share, movers) if r.reply is not None]
    return finish(draft, reading, *given, metrics=["M01", "M08", "M09", "M24", "M17", "M10"])


def _moves(reading: Reading, reply: Metrics) -> Section:
    rows = [[joined(row.names), *cells(row.figures, _KEYS, _VIEWS)] for row in reply.rows]
    if reply.rest:
        rows.append(["All others", *cells(reply.rest, _KEYS, _VIEWS)])
    if reply.whole:
        rows.append(["Total", *cells(reply.whole, _KEYS, _VIEWS)])
    what = "Workload" if reading.accounts else "Account"
    return table("Largest moves", [what, "Net consumption", "Change", "Change in percent"], rows)
