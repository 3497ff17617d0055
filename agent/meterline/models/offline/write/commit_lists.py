"""I12 over many contracts: who runs out, who has shelfware, what ends, who is over, and the backlog."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.periods import whole_window
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.contracts import (
    BEHIND,
    OVERAGE,
    ROLLOVER,
    UNKNOWN,
    Contract,
    account_name,
    commitments,
    contracts_of,
    day,
    running,
    standing,
    told,
    used_up,
    value,
)
from meterline.models.offline.write.parts import (
    Metrics,
    capital,
    cells,
    dimension_label,
    finish,
    in_sentence,
    joined,
    mark,
    measured,
    metric_label,
    nothing,
    subject,
    table,
)
from meterline.models.offline.write.sifted import say_kept, sifted

_LISTED = 20
_HORIZON = timedelta(days=90)
"""How far ahead renewals are listed when no period is named."""
_METRICS = ["M27", "M28", "M29", "M30", "M31"]
_BEHIND = re.compile(r"\b(behind|slow|slowest|under ?pace|under-?consum\w*|lag\w*)\b", re.IGNORECASE)

_OFF = re.compile(r"\b(?:not on track|off track|behind|slow|at risk|in danger|off pace|not on pace|under ?pace)\b", re.IGNORECASE)
_OVER = re.compile(r"\b(over|used up|exhausted|beyond|past)\b", re.IGNORECASE)


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    who = subject(reading, context)
    for key, writer in (("backlog", _backlog), ("overage", _overage), ("contracts", _figures)):
        if turn.reply(key) is not None:
            return writer(reading, Metrics(turn.reply(key)), who)
    within = Metrics(turn.reply("within"))
    if turn.reply("ending") is not None:
        return _ending(reading, Metrics(turn.reply("ending")), within, Metrics(turn.reply("growth")), context, who)
    return _every(reading, Metrics(turn.reply("every")), within, who)


def _every(reading: Reading, reply: Metrics, within: Metrics, who: str) -> Draft:
    contracts = commitments(running(contracts_of(reply, within)))
    if not contracts:
        return nothing(reading, f"There are no running commitments on record for {who}.", reply)
    if reading.selection.kept:
        return _chosen(reading, reply, sifted(reading, contracts, _fields(reading), partial(value, reply)), who)
    if "M31" in reading.metrics:
        return _shelfware(reading, reply, contracts, who)
    if _BEHIND.search(reading.question):
        return _behind(reading, reply, contracts, who)
    return _runs_out(reading, reply, contracts, who, over=bool(_OVER.search(reading.question)))


def _fields(reading: Reading) -> dict[str, str]:
    """What a threshold on a contract is held against: a percent against what is drawn, money against what the words say."""
    said = reading.question.lower()
    money = next((key for key, cue in _OF_MONEY.items() if re.search(cue, said)), "commit")
    return {"percent": "M27", "money": money}


_OF_MONEY = {
    "M31": r"\b(unused|waste|wasted|lost|lose|lapse|shelfware)\b",
    "left": r"\b(left|remaining|remain)\b",
    "M30": r"\b(overage|beyond)\b",
}


def _chosen(reading: Reading, reply: Metrics, contracts: list[Contract], who: str) -> Draft:
    """Commitments that meet the thresholds of the question, by the last day of the term."""
    said = joined([f"“{c.said}”" for c in reading.selection.used])
    if not contracts:
        return finish(Draft(headline=measured(f"No running commitment of {who} is one with {said}.")), reading, reply, metrics=["M27"])
    named = joined([account_name(c) for c in contracts[:4]]) + (" and others" if len(contracts) > len(contracts[:4]) else "")
    columns = {name: _cell(reply, key) for name, key in _OF_CHOSEN.items()}
    draft = Draft(headline=measured(f"Running commitments of {who} with {said}: {named}."))
    draft.sections = [_listing("Those that meet it", columns, contracts)]
    draft.next_steps.append(f"Ask for the commitment of {account_name(contracts[0])} to see its rules on overage and rollover.")
    return finish(_capped(_cite(draft, contracts), len(contracts)), reading, reply, metrics=["M27", "M28", "M31"])


_OF_CHOSEN = {"Commit": "commit", "Drawn": "M27", "Pace": "M28", "Left now": "left", "Would be lost": "M31", "Term ends": "end"}


def _listing(heading: str, columns: dict[str, Callable[[Contract], str]], contracts: Iterable[Contract]) -> Section:
    """A table of contracts, one a row, by account."""
    rows = [[account_name(c), *[cell(c) for cell in columns.values()]] for c in contracts]
    return table(heading, ["Account", *columns], rows[:_LISTED])


def _cell(reply: Metrics, key: str) -> Callable[[Contract], str]:
    return lambda c: mark(told(reply, c)[key]) if key in told(reply, c) else "–"


def _capped(draft: Draft, count: int) -> Draft:
    if count > _LISTED:
        draft.not_available.append("There are more contracts than are listed; name a region, a rep or a shorter period to see the rest.")
    return draft


def _cite(draft: Draft, contracts: list[Contract]) -> Draft:
    """The listed contracts stand as citations behind the headline."""
    draft.headline.citations = [str(c["citation"]) for c in contracts[:_LISTED] if c.get("citation")]
    return draft


def _runs_out(reading: Reading, reply: Metrics, contracts: list[Contract], who: str, *, over: bool) -> Draft:
    """Those used up and those that run out before their term ends, soonest first; `over`: who is beyond it is what was asked."""
    used = [c for c in contracts if used_up(reply, c)]
    early = sorted((c for c in contracts if day(reply, c, "M29")), key=lambda c: (day(reply, c, "M29"), c["contract_id"]))
    if early:
        f = told(reply, early[0])
        lead = f"Next to run out is {account_name(early[0])}, projected for {mark(f['M29'])}, before its term ends on {mark(f['end'])}"
    else:
        lead = f"No commitment of {who} is projected to run out before its term ends"
    gone = joined([account_name(c) for c in used[:4]])
    if over:
        lead = (
            f"Used up already: {gone}; {lead[:1].lower()}{lead[1:]}"
            if used
            else f"No commitment of {who} is used up; {lead[:1].lower()}{lead[1:]}"
        )
    elif used:
        lead += f"; used up already: {gone}"
    columns = {
        "Pace": _cell(reply, "M28"),
        "Runs out": _cell(reply, "M29"),
        "Earliest": _cell(reply, "M29_low"),
        "Latest": _cell(reply, "M29_high"),
        "Term ends": _cell(reply, "end"),
    }
    draft = Draft(headline=measured(f"{lead}."))
    if used:
        known = {"Pace": columns["Pace"], "Overage so far": _cell(reply, "M30"), "Term ends": columns["Term ends"]}
        draft.sections.append(_listing("Used up", known, used))
    if early:
        draft.sections.append(_listing("Projected to run out before the term ends", columns, early))
    draft.sections.append(_beyond([*used, *early[:_LISTED]]))
    draft.next_steps.append("Ask about one account to see its burn-down and its rules on overage and rollover.")
    return finish(_capped(_cite(draft, [*used, *early]), len(early)), reading, reply, metrics=_METRICS)


def _beyond(contracts: list[Contract]) -> Section:
    """What happens beyond each commitment, by rule."""
    by_rule: dict[str, list[Contract]] = {}
    for contract in contracts:
        by_rule.setdefault(OVERAGE.get(str(contract.get("overage_rule")), UNKNOWN), []).append(contract)
    told_rules = [
        Sentence(text=f"{capital(rule)}: {joined([account_name(c) for c in group])}.", citations=[str(c["citation"]) for c in group[:1]])
        for rule, group in by_rule.items()
    ]
    return Section(heading="Beyond the commitment", sentences=told_rules)


def _shelfware(reading: Reading, reply: Metrics, contracts: list[Contract], who: str) -> Draft:
    """Commitments of which a part would be lost, the largest first."""
    idle = sorted((c for c in contracts if (value(reply, c, "M31") or 0) > 0), key=lambda c: -(value(reply, c, "M31") or 0))
    if not idle:
        lead = f"At their durable rates no running commitment of {who} would leave anything unused that is lost."
        return finish(Draft(headline=measured(lead)), reading, reply, metrics=["M31"])
    f = told(reply, idle[0])
    which = "The only commitment" if len(idle) == 1 else "The largest part of a commitment"
    lead = f"{which} that would go unused is {mark(f['M31'])} at {account_name(idle[0])}, by {mark(f['end'])}."
    columns = {
        "Would be lost": _cell(reply, "M31"),
        "Left now": _cell(reply, "left"),
        "Pace": _cell(reply, "M28"),
        "Term ends": _cell(reply, "end"),
        "Unused": lambda c: ROLLOVER.get(str(c.get("rollover_rule")), UNKNOWN),
    }
    draft = Draft(headline=measured(lead), sections=[_listing("Projected to stay unused", columns, idle)])
    draft.next_steps.append(f"Ask how {account_name(idle[0])} uses its workloads, and what the unused part could run for them.")
    return finish(_capped(_cite(draft, idle), len(idle)), reading, reply, metrics=["M31"])


def _behind(reading: Reading, reply: Metrics, contracts: list[Contract], who: str) -> Draft:
    """Commitments drawn more slowly than a straight line, the slowest first."""
    slow = sorted((c for c in contracts if (value(reply, c, "M28") or 1.0) < 1.0), key=lambda c: value(reply, c, "M28") or 0.0)
    if not slow:
        return finish(Draft(headline=measured(f"No running commitment of {who} is behind its line.")), reading, reply, metrics=["M28"])
    lead = f"Furthest behind its line is {account_name(slow[0])}, at {mark(told(reply, slow[0])['M28'])} the pace of its term."
    columns = {
        "Contract": _cell(reply, "id"),
        "Pace": _cell(reply, "M28"),
        "Drawn": _cell(reply, "M27"),
        "Left now": _cell(reply, "left"),
        "Would be lost": _cell(reply, "M31"),
        "Term ends": _cell(reply, "end"),
    }
    draft = Draft(headline=measured(lead), sections=[_listing("Behind the straight line", columns, slow)])
    draft.next_steps.append("A slow start may be a ramp or a season: read pace together with what would be lost.")
    return finish(_capped(_cite(draft, slow), len(slow)), reading, reply, metrics=["M28", "M31"])


def _ending(reading: Reading, reply: Metrics, within: Metrics, growth: Metrics, context: Context, who: str) -> Draft:
    """Contracts by the last day of their term, with who owns them and how they stand."""
    contracts = [c for c in running(contracts_of(reply, within)) if c.get("contract_type") != "payg" and day(reply, c)]
    if not reply.ok or not contracts:
        return nothing(reading, f"No running contract is on record for {who}: usage that is paid as it goes has nothing to renew.", reply)
    asked = whole_window(reading.periods, context.calendar)
    first, last = asked or (context.asof.d1, context.asof.d1 + _HORIZON)
    due = [c for c in contracts if (end := day(reply, c)) and first <= end <= last]
    due = sifted(reading, due, _fields(reading), partial(value, reply))
    due = [c for c in due if _off_track(value(reply, c, "M28"))] if _OFF.search(reading.question) else due
    assumed = [] if asked else ["No period was named, so contracts that end in the coming quarter of a year are listed."]
    if not due:
        lead = (
            f"No contract ends in that period; the next to end is {account_name(contracts[0])}, on {mark(contracts[0]['figures']['end'])}."
        )
        return finish(Draft(headline=measured(lead), assumptions=assumed), reading, reply, metrics=_METRICS)
    which = "The only contract" if len(due) == 1 else "First of the contracts"
    lead = f"{which} to end in that period is that of {account_name(due[0])}, on {mark(due[0]['figures']['end'])}"
    grown = {row.id: growth.number(row.figures.get("M08")) for row in growth.rows}
    columns = {
        "Last day": _cell(reply, "end"),
        "Commit": _cell(reply, "commit"),
        "Drawn": _cell(reply, "M27"),
        "Owner": lambda c: str(c.get("owner") or "–"),
        "Standing": lambda c: standing(value(reply, c, "M28"), grown.get(str(c.get("account_id"))), c),
    }
    draft = Draft(headline=measured(f"{lead}; listed by the last day of the term."), assumptions=assumed)
    draft.sections = [_listing("Contracts that end", columns, due)]
    say_kept(reading, draft)
    draft.sections[0].sentences.append(
        measured("Standing: ahead of or behind the line of the term, and whether use lately rises or falls.")
    )
    draft.next_steps.append(f"Ask for the commitment of {account_name(due[0])} to see its rules on overage and rollover.")
    return finish(_capped(_cite(draft, due), len(due)), reading, reply, metrics=_METRICS)


def _off_track(pace: float | None) -> bool:
    """Whether a term would leave some of its commitment unused by more than its weeks vary, as `standing` calls it."""
    return pace is not None and pace <= BEHIND


def _overage(reading: Reading, reply: Metrics, who: str) -> Draft:
    """Who is beyond the commitment, largest first."""
    over = [row for row in reply.rows if (reply.number(row.figures.get("M30")) or 0) > 0]
    if not reply.ok:
        return nothing(reading, f"Overage of {who} cannot be told from what is loaded.", reply)
    if not over:
        draft = Draft(headline=measured(f"No commitment of {who} is in overage."))
        draft.next_steps.append("Ask which commitments run out first.")
        return finish(draft, reading, reply, metrics=["M30"])
    first = over[0]
    rest = f", of {mark(reply.whole['M30'])} in all" if "M30" in reply.whole and len(over) > 1 else ""
    lead = f"{joined(first.names)} has {'the largest' if len(over) > 1 else 'the only'} overage: {mark(first.figures['M30'])}{rest}."
    rows = [[joined(row.names), mark(row.figures["M30"])] for row in over[:_LISTED]]
    if "M30" in reply.whole and len(over) > 1:
        rows.append(["Total", mark(reply.whole["M30"])])
    column = dimension_label((reading.measure.group_by or ["account"])[0])
    draft = Draft(headline=measured(lead), sections=[table("", [column, "Overage"], rows)])
    draft.next_steps.append("Overage may be billed at list or at a premium: ask about one of them to see what comes from the price alone.")
    return finish(draft, reading, reply, metrics=["M30"])


def _backlog(reading: Reading, reply: Metrics, who: str) -> Draft:
    """RPO, and how much of it falls into the next year, by both methods."""
    whole = reply.told(reply.whole)
    if "M32" not in whole:
        return nothing(reading, f"There is no backlog on record for {who}.", reply)
    lead = f"RPO of {who} is {mark(whole['M32'])} ({mark(whole['M32'], 'window')})"
    if "M33" in whole:
        lead += f", of which {mark(whole['M33'])} falls into the next year, spread evenly over the rest of each term"
    draft = Draft(headline=measured(f"{lead}."))
    said = []
    if "M33.pace" in whole:
        said.append(measured(f"At the latest rate of use it would be {mark(whole['M33.pace'])}: both are estimates, not a forecast."))
    if "M32.n" in whole:
        said.append(measured(f"It stands on {mark(whole['M32.n'])} signed commitments, those not yet begun included."))
    said.append(measured("Pay-as-you-go and what a customer may cancel is not in it; the reported figure is finance's."))
    draft.sections.append(Section(sentences=said))
    keys = [k for k in ("M32", "M33", "M33.pace") if any(k in row.figures for row in reply.rows)]
    if len(reply.rows) > 1:
        rows = [[joined(row.names), *cells(reply.told(row.figures), keys)] for row in reply.rows]
        rows += [["All others", *cells(reply.rest, keys)]] if reply.rest else []
        rows.append(["Total", *cells(whole, keys)])
        column = dimension_label((reading.measure.group_by or ["account"])[0])
        draft.sections.append(table("", [column, *[metric_label(k) for k in keys]], rows))
    draft.next_steps.append("Ask who will run out early, or who would leave commitment unused.")
    return finish(draft, reading, reply, metrics=["M32", "M33"])


def _figures(reading: Reading, reply: Metrics, who: str) -> Draft:
    """Renewal rate or committed share, with what they are made of."""
    lines = [(k, f) for k, f in reply.told(reply.whole).items()]
    if not lines:
        return nothing(reading, f"There is no such figure on record for {who}.", reply)
    first, figure = lines[0]
    lead = f"{capital(in_sentence(metric_label(first)))} of {who} is {mark(figure)} ({mark(figure, 'window')})."
    draft = Draft(headline=measured(lead))
    draft.sections = [Section(sentences=[measured(f"{metric_label(k)}: {mark(f)}.") for k, f in lines[1:]])] if lines[1:] else []
    keys = [k for k in reply.keys if any(k in reply.told(row.figures) for row in reply.rows)]
    if reading.measure.group_by and reply.rows:
        rows = [[joined(row.names), *cells(reply.told(row.figures), keys)] for row in reply.rows[:_LISTED]]
        label = dimension_label(reading.measure.group_by[0])
        draft.sections.append(table("", [label, *[metric_label(k) for k in keys]], rows))
    draft.next_steps.append("Ask which contracts end next." if first.startswith("M34") else "Ask which commitments run out first.")
    return finish(draft, reading, reply)
