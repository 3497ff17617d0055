"""I02 and I21: who gained and who lost, with contributions that add up, and what of it is confirmed as one-time."""

from __future__ import annotations

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.causes import UNEXPLAINED as _UNEXPLAINED
from meterline.models.offline.write.causes import Causes, known_causes, stripped_movers, told_causes
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    cells,
    dimension_label,
    finish,
    fits,
    joined,
    mark,
    measured,
    nothing,
    subject,
    table,
)

_HEADINGS = {"up": "Gainers", "down": "Losers", "all": "Largest moves"}
_VIEWS = {"M10": "change", "M08": "change"}
_SPANS = {"week": " of the week", "month": " of the longer window"}
_COLUMNS = {"M10": "Change", "M08": "Change in percent", "M01": "Net consumption"}


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    who = subject(reading, context)
    if reading.strip and any(key.startswith("causes_") for key in turn.replies):
        return stripped_movers(reading, turn, who)
    replies = {key: Metrics(reply) for key, reply in turn.replies.items() if key.startswith("movers_")}
    known = known_causes(turn)
    filled = {key: reply for key, reply in replies.items() if reply.rows}
    if not filled:
        return nothing(reading, f"No account of {who} moved in this period, or none is visible to you.", *replies.values())
    draft = Draft(headline=measured(_headline(filled, who, "M08" if reading.selection.percentwise else "M10")))
    draft.sections = [_section(key, reply, reading, known) for key, reply in filled.items()]
    if known is not None:
        draft.sections.append(told_causes(known, {row.id for reply in filled.values() for row in reply.rows}))
    first = next((r for r in next(iter(filled.values())).rows), None)
    name = joined(first.names) if first else "the first one"
    draft.next_steps.append(f"Ask why {name} moved, to see what the telemetry and the notes say.")
    return finish(draft, reading, *replies.values(), metrics=["M10"])


def _headline(replies: dict[str, Metrics], who: str, by: str) -> str:
    """The total and what moved most: by amount, or by percent where that was asked for."""
    reply = next(iter(replies.values()))
    lead = (
        f"Consumption of {who} is {mark(total, 'change')} ({mark(total, 'window')})" if (total := reply.whole.get("M10")) else capital(who)
    )
    moved = ((key, r, r.rows[0]) for key, r in replies.items() if r.rows and r.number(r.rows[0].figures.get("M10")))
    named = [(key, row) for key, r, row in moved if fits(r, row.figures.get("M10"), key.rpartition("_")[2])][:2]
    if len(named) == 2 and named[0][0].rpartition("_")[0] != named[1][0].rpartition("_")[0]:
        named = named[:1]
    moves = [f"{joined(row.names)} {mark(row.figures[by], 'change')}" for _, row in named if by in row.figures]
    if not moves:
        return f"{lead}; nothing moved by itself."
    if by == "M08":
        return f"{lead}; in percent, {joined(moves)} comes first."
    return f"{lead}; the largest {'move is' if len(moves) == 1 else 'moves are'} {joined(moves)}."


def _section(key: str, reply: Metrics, reading: Reading, known: Causes | None) -> Section:
    by = (reading.measure.group_by or ["account"])[0]
    _, span, way = key.split("_")
    keys = [k for k in _COLUMNS if any(k in row.figures for row in reply.rows)]
    fitting = [row for row in reply.rows if fits(reply, row.figures.get("M10"), way)]
    causes = [[known.get(row.id, [_UNEXPLAINED])[0]] if known is not None else [] for row in fitting]
    rows = [[joined(row.names), *cells(row.figures, keys, _VIEWS), *cause] for row, cause in zip(fitting, causes, strict=True)]
    blank = [""] if known is not None else []
    if reply.rest:
        rows.append(["All others", *cells(reply.rest, keys, _VIEWS), *blank])
    if reply.whole:
        rows.append(["Total", *cells(reply.whole, keys, _VIEWS), *blank])
    some = reply.whole.get("M10") or next((r.figures["M10"] for r in reply.rows if "M10" in r.figures), None)
    when = [measured(f"{mark(some, 'window')}, against the preceding equal period.")] if some else []
    return table(
        _HEADINGS[way] + _SPANS.get(span, ""),
        [dimension_label(by), *[_COLUMNS[k] for k in keys], *(["Known cause"] if blank else [])],
        rows,
        when,
    )


_DURABLE = "Without one-time amounts"


def stripped(accounts: Metrics, total: Metrics, who: str) -> Section:
    """What the cause ledger confirms as one-time, seasonal or external: raw and durable as two numbers."""
    raw, durable = total.whole.get("M06"), total.whole.get("M07")
    if raw is None or durable is None:
        none = measured("The cause ledger confirms no one-time, seasonal or external amounts, so nothing was taken out.")
        return Section(heading=_DURABLE, sentences=[none])
    said = [measured(f"{capital(who)}: consumption ARR is {mark(raw)} raw and {mark(durable)} durable, from {mark(raw, 'window')}.")]
    rows = [
        [joined(row.names), mark(row.figures["M06"]), mark(row.figures["M07"])]
        for row in accounts.rows
        if {"M06", "M07"} <= set(row.figures) and accounts.value(row.figures["M06"]) != accounts.value(row.figures["M07"])
    ]
    if rows:
        said.append(measured("Only what the cause ledger confirms was taken out; the accounts it touches:"))
    elif total.value(raw) == total.value(durable):
        said.append(measured("The cause ledger confirms no one-time, seasonal or external amount here, so the two agree."))
    else:
        said.append(measured("What the cause ledger confirms as one-time, seasonal or external is not in the durable figure."))
    return table(_DURABLE, ["Account", "ARR, raw", "ARR, durable"], rows, said)
