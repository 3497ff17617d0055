"""I12: one account's paper: what is drawn, where it is heading, what happens beyond it and to what is left over."""

from __future__ import annotations

import re

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write import commit_lists
from meterline.models.offline.write.contracts import Contract, cited, commitments, contracts_of, running, told, used_up, value
from meterline.models.offline.write.parts import Figures, Metrics, capital, finish, joined, mark, measured, nothing, plain_name, subject

_METRICS = ["M27", "M28", "M29", "M30", "M31"]
_FOCUS = (
    ("more", r"better off|larger commit|bigger commit|commit(ting)? (to )?more|raise (the|their|its) commit|upsize"),
    (
        "rollover",
        r"roll|carry over|carried over|lapse|lose|lost|unused|shelfware|breakage|expire|n.t use|not use|leftover|unspent|happens? to",
    ),
    ("over", r"(go|goes|going|went|run|runs) over|exceed|beyond|overage|over (the|their|its) commit|true.?up"),
    ("left", r"\bleft\b|remain"),
    ("ends", r"renew|expir|\bends?\b|term\b"),
)
_FREE = {
    "enterprise_license": "has an enterprise licence: usage draws nothing down",
    "trial": "is on a trial: there is nothing to draw down",
    "payg": "pays as it goes: there is nothing to renew or to draw down",
}


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    if turn.reply("commit") is None:
        return commit_lists.write(reading, context, turn)
    return _one(reading, Metrics(turn.reply("commit")), subject(reading, context))


def _one(reading: Reading, reply: Metrics, who: str) -> Draft:
    if not reply.ok or reply.data.get("pay_as_you_go", False) is None:
        return nothing(reading, f"What {who} signed cannot be told from what is loaded.", reply)
    contracts = contracts_of(reply)
    current = commitments(running(contracts))
    if not current:
        return _without(reading, reply, contracts, who)
    focus = next((name for name, cue in _FOCUS if re.search(cue, reading.question, re.IGNORECASE)), "")
    draft = Draft(headline=_headline(reply, current[0], who, focus))
    for contract in current:
        draft.sections.append(_section(reply, contract))
    draft.sections += _further(contracts)
    draft.next_steps.append(_next(reply, current[0], focus))
    return finish(draft, reading, reply, metrics=_METRICS)


def _without(reading: Reading, reply: Metrics, contracts: list[Contract], who: str) -> Draft:
    """No commitment runs: what there is instead."""
    kinds = {str(c["contract_type"]) for c in running(contracts)}
    kind = next((k for k in ("enterprise_license", "trial") if k in kinds), "payg")
    lead = f"{capital(who)} {_FREE[kind]}."
    draft = Draft(headline=measured(lead), sections=_further(contracts))
    draft.next_steps.append("Ask for the run rate, raw and durable, before a commitment is proposed.")
    return finish(draft, reading, reply, metrics=[])


def _headline(reply: Metrics, contract: Contract, who: str, focus: str) -> Sentence:
    """Where the commitment stands, led by what was asked."""
    f, rules = told(reply, contract), list(contract.get("text_rules") or [])
    who, state = capital(who), _state(reply, contract)
    if focus == "over" and rules:
        return cited(f"{who}: {rules[0][:1].lower()}{rules[0][1:].rstrip('.')}; {state}.", contract)
    if focus == "rollover" and len(rules) > 1:
        idle = f"; {mark(f['M31'])} of it would be lost at the durable rate" if value(reply, contract, "M31") else ""
        return cited(f"{who}: {rules[1][:1].lower()}{rules[1][1:].rstrip('.')}{idle}.", contract)
    if focus == "left" and "left" in f:
        return cited(f"{who} has {mark(f['left'])} of its commitment left, to be used by {mark(f['end'])}; {state}.", contract)
    if focus == "ends" and "end" in f:
        after = "; it is renewed already" if contract.get("renewed_by") else ""
        return cited(f"{who}: the term ends on {mark(f['end'])}{after}; {state}.", contract)
    if focus == "more":
        return cited(f"{who}, the facts for a larger commitment, without a quote: {state}.", contract)
    return cited(f"{who}: {state}.", contract)


def _state(reply: Metrics, contract: Contract) -> str:
    """Drawn so far, pace and projection; what has no value is left out."""
    f = told(reply, contract)
    pace = f", at {mark(f['M28'])} the pace of its term" if "M28" in f else ""
    if used_up(reply, contract):
        over = f"; overage so far is {mark(f['M30'])}" if value(reply, contract, "M30") else ""
        return f"the commitment is used up ({mark(f['M27'])}){pace}{over}"
    parts = [f"the commitment is {mark(f['M27'])} drawn{pace}"] if "M27" in f else ["there is a running contract"]
    if "M29" in f:
        parts.append(f"projected to run out {mark(f['M29'])}")
    elif "M27" in f:
        parts.append("not projected to run out before its term ends")
    return joined(parts)


def _section(reply: Metrics, contract: Contract) -> Section:
    f = told(reply, contract)
    name = f"Contract {plain_name(str(contract['contract_id']))}" if contract.get("contract_id") else "Contract"
    said = [_size(f), *_burn(reply, contract), *_ahead(reply, contract, f), *_beyond(reply, contract, f)]
    sentences = [measured(text) for text in said if text]
    sentences += [cited(str(rule), contract) for rule in contract.get("text_rules") or []]
    return Section(heading=name, sentences=sentences)


def _size(f: Figures) -> str:
    if "commit" not in f:
        return ""
    rolled = f", with {mark(f['rollover_in'])} rolled over from the term before" if "rollover_in" in f else ""
    return f"The commitment is {mark(f['commit'])} from {mark(f['start'])} to {mark(f['end'])}{rolled}."


def _burn(reply: Metrics, contract: Contract) -> list[str]:
    """Actual against the straight line."""
    f = (contract.get("burn_down") or {}).get("figures") or {}
    if not {"drawn_so_far", "straight_line", "ahead"} <= f.keys():
        return []
    where = "behind" if (reply.number(f["ahead"]) or 0.0) < 0 else "ahead of"
    line = f"on a straight line it would be {mark(f['straight_line'])}"
    return [f"So far {mark(f['drawn_so_far'])} is used; {line}, so use is {mark(f['ahead'], 'abs')} {where} it."]


def _ahead(reply: Metrics, contract: Contract, f: Figures) -> list[str]:
    """Projected day with its range, the rate it rests on, what the season does to it, and what would be left over."""
    said = []
    if "M29_rate" in f:
        season = ", moved by the season as it was a year ago" if contract.get("seasonal") else ""
        said.append(f"The projection takes the latest rate without confirmed one-time amounts, {mark(f['M29_rate'])}{season}.")
    if "M29_low" in f and not used_up(reply, contract):
        end = mark(f["M29_high"]) if "M29_high" in f else "after the end of the term"
        said.append(f"As weeks vary, it runs out between {mark(f['M29_low'])} and {end}.")
    if "M29_steady" in f and "M29" in f and reply.value(f["M29_steady"]) != reply.value(f["M29"]):
        said.append(f"Without the season, at today's rate, it would be {mark(f['M29_steady'])}.")
    if value(reply, contract, "M31"):
        said.append(f"At that rate {mark(f['M31'])} would be unused and lost at the end of the term.")
    return said


def _beyond(reply: Metrics, contract: Contract, f: Figures) -> list[str]:
    """Overage, and whether its price makes it look like growth."""
    if not value(reply, contract, "M30"):
        return []
    said = [f"Overage so far is {mark(f['M30'])}."]
    if "overage_list" in f and abs(value(reply, contract, "price_effect") or 0.0) >= 1.0:
        said.append(f"At list price that usage is {mark(f['overage_list'])}; {mark(f['price_effect'])} of it comes from the price alone.")
    return said


def _further(contracts: list[Contract]) -> list[Section]:
    """What has not begun, and what was replaced before its term ended."""
    said = []
    for contract in contracts:
        f = contract.get("figures") or {}
        size = f" of {mark(f['commit'])}" if "commit" in f else ""
        if contract.get("starts_later") and "start" in f:
            said.append(cited(f"Contract {mark(f['id'])}{size} is signed and begins on {mark(f['start'])}.", contract))
        elif contract.get("replaced"):
            said.append(cited(f"Contract {mark(f['id'])}{size} was renewed early and no longer counts.", contract))
    return [Section(heading="Further contracts", sentences=said)] if said else []


def _next(reply: Metrics, contract: Contract, focus: str) -> str:
    if focus == "more":
        return "Take the price of a larger commitment from the deal desk; no quote is made here."
    if value(reply, contract, "M30"):
        return "Bring the overage and the renewal choices to the customer now: each further day is billed beyond the commitment."
    if value(reply, contract, "M31"):
        return "Find with the customer what the unused part could run before the term ends; that serves them first."
    return "Bring the projection to the customer before the date, with the renewal choices."
