"""I12: commitments: how far drawn, how fast, when they run out or end, and their rules in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from meterline.answer import Draft, Section
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.periods import whole_window
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    Row,
    capital,
    cells,
    finish,
    joined,
    mark,
    measured,
    metric_label,
    nothing,
    plain_name,
    subject,
    table,
)

_LISTED = 20
_HORIZON = timedelta(days=90)
"""How far ahead renewals are listed when no period is named."""
_METRICS = ["M27", "M28", "M29", "M30", "M31"]
_FACTS = (
    ("commit", "Commitment"),
    ("start", "First day"),
    ("end", "Last day"),
    ("M30", "Overage so far"),
    ("M31", "Projected to stay unused"),
    ("M29_low", "Projected to run out, early end of the range"),
    ("M29_high", "Projected to run out, late end of the range"),
)
_COLUMNS = ("M27", "M28", "M29.date", "M29.low", "M29.high", "M31")
_ENDING = {"end": "Last day", "commit": "Commitment", "M27": "Drawn down", "M28": "Pace", "M29": "Runs out", "M31": "Unused"}


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    who = subject(reading, context)
    if turn.reply("ending") is not None:
        return _ending(reading, Metrics(turn.reply("ending")), context, who)
    if turn.reply("overage") is not None:
        return _overage(reading, Metrics(turn.reply("overage")), who)
    if turn.reply("contracts") is not None:
        return _every(reading, Metrics(turn.reply("contracts")), who)
    return _one(reading, Metrics(turn.reply("commit")), who)


def _one(reading: Reading, reply: Metrics, who: str) -> Draft:
    """An account's running contracts."""
    running = [c for c in reply.data.get("contracts") or [] if c.get("running", True)]
    if not running:
        lead = f"{capital(who)} has no running commitment: there is nothing to draw down or renew."
        draft = Draft(headline=measured(lead), next_steps=["Ask for the run rate, raw and durable, before a commitment is proposed."])
        return finish(draft, reading, reply, metrics=[])
    draft = Draft(headline=measured(f"{capital(who)}: {_state(reply, running[0]['figures'])}."))
    for entry in running:
        f = _known(reply, entry.get("figures") or {})
        said = [measured(f"{label}: {mark(f[key])}.") for key, label in _FACTS if key in f]
        said += [measured(str(rule)) for rule in entry.get("text_rules") or []]
        draft.sections.append(Section(heading="Contract", sentences=said))
    used_up = "M30" in (first := _known(reply, running[0]["figures"])) and (reply.number(first["M30"]) or 0) > 0
    draft.next_steps.append(
        "Bring the overage and the renewal choices to the customer now: each further day is billed beyond the commitment."
        if used_up
        else "Bring the projection to the customer before the date, with the renewal choices."
    )
    return finish(draft, reading, reply, metrics=_METRICS)


def _state(reply: Metrics, figures: Figures) -> str:
    """Where a commitment stands: used up, or drawn so far and projected; what has no value is left out."""
    f = _known(reply, figures)
    pace = f", at {mark(f['M28'])} the pace of its term" if "M28" in f else ""
    if (reply.number(f.get("M27")) or 0.0) >= 1.0:
        over = f"; overage so far is {mark(f['M30'])}" if (reply.number(f.get("M30")) or 0) > 0 else ""
        return f"the commitment is used up ({mark(f['M27'])}){pace}{over}"
    parts = [f"the commitment is {mark(f['M27'])} drawn{pace}"] if "M27" in f else ["there is a running contract"]
    if "M29" in f:
        parts.append(f"projected to run out {mark(f['M29'])}")
    elif "M27" in f:
        parts.append("not projected to run out before its term ends")
    return joined(parts)


def _known(reply: Metrics, figures: Figures) -> Figures:
    """Figures with a value; where the reply tells no values, all."""
    return reply.told(figures) if reply.data.get("figures") else figures


def _ending(reading: Reading, reply: Metrics, context: Context, who: str) -> Draft:
    """Contracts by the last day of their term."""
    contracts = [c for c in reply.data.get("contracts") or [] if c.get("running", True)]
    if not reply.ok or not contracts:
        return nothing(reading, f"No running contract is on record for {who}.", reply)
    asked = whole_window(reading.periods, context.calendar)
    first, last = asked or (context.asof.d1, context.asof.d1 + _HORIZON)
    due = [c for c in contracts if first <= _day(reply, c) <= last]
    assumed = [] if asked else ["No period was named, so contracts that end in the coming quarter of a year are listed."]
    if not due:
        soonest = contracts[0]
        lead = f"No contract ends in that period; the next to end is {_account(soonest)}, on {mark(soonest['figures']['end'])}."
        return finish(Draft(headline=measured(lead), assumptions=assumed), reading, reply, metrics=_METRICS)
    one = len(due) == 1
    which = "The only contract" if one else "First of the contracts"
    lead = f"{which} to end in that period is that of {_account(due[0])}, on {mark(due[0]['figures']['end'])}"
    columns = {k: label for k, label in _ENDING.items() if any(k in reply.told(c["figures"]) for c in due)}
    rows = [[_account(c), *cells(reply.told(c["figures"]), list(columns))] for c in due[:_LISTED]]
    draft = Draft(headline=measured(f"{lead}; listed by the last day of the term."), assumptions=assumed)
    draft.sections = [table("Contracts that end", ["Account", *columns.values()], rows)]
    if len(due) > _LISTED:
        draft.not_available.append("More contracts end in that period than are listed; name a shorter one to see the rest.")
    draft.next_steps.append(f"Ask for the commitment of {_account(due[0])} to see its rules on overage and rollover.")
    return finish(draft, reading, reply, metrics=_METRICS)


def _day(reply: Metrics, contract: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(reply.value(contract["figures"].get("end")))[:10])


def _account(contract: Mapping[str, Any]) -> str:
    return plain_name(str(contract.get("account") or contract.get("contract_id")))


def _overage(reading: Reading, reply: Metrics, who: str) -> Draft:
    """Who is beyond the commitment, largest first."""
    over = [row for row in reply.rows if (reply.number(row.figures.get("M30")) or 0) > 0]
    if not reply.ok:
        return nothing(reading, f"Overage of {who} cannot be told from what is loaded.", reply)
    if not over:
        draft = Draft(headline=measured(f"No running commitment of {who} is in overage."))
        draft.next_steps.append("Ask which commitments run out first.")
        return finish(draft, reading, reply, metrics=["M30"])
    first = over[0]
    rest = f", of {mark(reply.whole['M30'])} in all" if "M30" in reply.whole and len(over) > 1 else ""
    lead = f"{joined(first.names)} has {'the largest' if len(over) > 1 else 'the only'} overage: {mark(first.figures['M30'])}{rest}."
    rows = [[joined(row.names), mark(row.figures["M30"])] for row in over[:_LISTED]]
    draft = Draft(headline=measured(lead), sections=[table("", ["Account", "Overage so far"], rows)])
    draft.next_steps.append(f"Ask for the commitment of {joined(first.names)} to see how overage is billed.")
    return finish(draft, reading, reply, metrics=["M30"])


def _every(reading: Reading, reply: Metrics, who: str) -> Draft:
    """All commitments in sight, those that run out first on top."""
    if not reply.rows and not reply.whole:
        return nothing(reading, f"There are no commitments on record for {who}.", reply)
    if not any("M28" in row.figures for row in reply.rows):
        lines = [measured(f"{metric_label(k)}: {mark(f)}.") for k, f in reply.told(reply.whole).items()]
        if not lines:
            return nothing(reading, f"There is no such figure on record for {who}.", reply)
        draft = Draft(headline=lines[0], sections=[Section(sentences=lines[1:])] if lines[1:] else [])
        draft.next_steps.append("Ask which accounts it comes from.")
        return finish(draft, reading, reply)
    ending = [(str(day), row) for row in reply.rows if (day := reply.value(row.figures.get("M29.date")))]
    early = [row for _, row in sorted(ending, key=lambda pair: pair[0])]
    used = [row for row in reply.rows if (reply.number(row.figures.get("M27")) or 0.0) >= 1.0]
    if early:
        lead = f"Next to run out is {joined(early[0].names)}, projected for {mark(early[0].figures['M29.date'])}"
    else:
        lead = f"No commitment of {who} is projected to run out before its term ends"
    if used:
        lead += f"; used up already: {joined([joined(row.names) for row in used[:4]])}"
    keys = [k for k in _COLUMNS if any(k in reply.told(row.figures) for row in reply.rows)]
    sections = [table("Used up", ["Account", *_labels(keys)], [_line(reply, r, keys) for r in used[:_LISTED]])] if used else []
    if early:
        note = measured("By the projected day the commitment is used up; those that last to the end of their term are not listed.")
        sections.append(
            table("Projected to run out", ["Account", *_labels(keys)], [_line(reply, r, keys) for r in early[:_LISTED]], [note])
        )
    draft = Draft(headline=measured(f"{lead}."), sections=sections)
    draft.next_steps.append("Ask about one account to see its rules on overage and rollover.")
    return finish(draft, reading, reply, metrics=_METRICS)


def _labels(keys: list[str]) -> list[str]:
    return [metric_label(k) for k in keys]


def _line(reply: Metrics, row: Row, keys: list[str]) -> list[str]:
    return [joined(row.names), *cells(reply.told(row.figures), keys)]
