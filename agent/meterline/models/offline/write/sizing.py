"""What a quantity would cost: tier by tier, list and net, and what is left until the next tier."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import Metrics, capital, finish, mark, measured, nothing, plain_name, table, told_error


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The price of what was named; the next tier first when that is the question."""
    raw = turn.reply("size")
    reply = Metrics(raw)
    lines = reply.data.get("lines") or []
    if not lines:
        why = told_error(raw) if raw is not None and not raw.ok else "No price or price tier is on record for that."
        return nothing(reading, why, *([reply] if reply.ok else []))
    who = plain_name(str((reply.data.get("account") or {}).get("name") or ""))
    tiers = bool({"tier", "tiers"} & reading.tokens.present)
    draft = Draft(headline=measured(_next_tier(lines, who) if tiers else _cost(reply, lines, who)))
    draft.sections = [_tiers(line) for line in lines]
    for line in lines:
        if not tiers and "left" in line["figures"]:
            f = line["figures"]
            draft.sections[-1].sentences.append(
                measured(f"The next tier of {line['name']} begins at {mark(f['next'])}: {mark(f['left'])} more.")
            )
    if not tiers and reply.data.get("alternatives"):
        draft.next_steps.append("Name an account to have it priced by its contract and its mix.")
    else:
        draft.next_steps.append("Ask for the commitment of the account to see whether the new volume fits it.")
    return finish(draft, reading, reply, metrics=[])


def _cost(reply: Metrics, lines: list[Mapping[str, Any]], who: str) -> str:
    first = lines[0]["figures"]
    if len(lines) == 1:
        of = f" of {plain_name(lines[0]['name'])}"
        lead = f"{mark(first['quantity'])} a month{of} would cost{f' {who}' if who else ''} {mark(first['net'])}"
        price = f", {mark(first['effective'])}" if "effective" in first else ""
        return f"{lead}{price}{_off(reply, first)}."
    if reply.data.get("total"):
        total = reply.data["total"]["figures"]
        payer = f"{capital(who)} would pay" if who else "It would cost"
        return f"{payer} {mark(total['net'])}{_off(reply, total)}, split over {_names(lines)} as they are used now."
    ends = sorted(lines, key=lambda line: reply.number(line["figures"]["net"]) or 0.0)
    low, high = ends[0], ends[-1]
    return (
        f"It depends on the product: from {mark(low['figures']['net'])} ({low['name']}) to {mark(high['figures']['net'])} ({high['name']})."
    )


def _off(reply: Metrics, f: Mapping[str, str]) -> str:
    """ " (list $10k, 18% off)"; nothing where net is list."""
    if "list" not in f or "discount" not in f or abs(reply.number(f["discount"]) or 0.0) < 0.0005:
        return ""
    return f" (at list {mark(f['list'])}, so {mark(f['discount'])} off)"


def _names(lines: list[Mapping[str, Any]]) -> str:
    return " and ".join(plain_name(str(line["name"])) for line in lines)


def _next_tier(lines: list[Mapping[str, Any]], who: str) -> str:
    ahead = [line for line in lines if "left" in line["figures"]]
    owner = capital(who) if who else "Usage"
    if not ahead:
        return f"{owner} has no further price tier to reach: a unit costs the same from here on."
    line = ahead[0]
    f = line["figures"]
    since = "over the term of the contract" if line["period"] == "contract_term" else "a month"
    now = f"; now it is {mark(f['now'])} a month" if "now" in f else ""
    return f"{owner} reaches the next tier of {plain_name(line['name'])} at {mark(f['next'])} {since}: {mark(f['left'])} more{now}."


def _tiers(line: Mapping[str, Any]) -> Section:
    """One product, step by step."""
    body = [_step(tier) for tier in line["tiers"]]
    basis = {"contract price": "Prices of the contract.", "paid lately": "Priced at what a unit cost lately.", "list price": "List prices."}
    said: list[Sentence] = [measured(basis.get(line["basis"], "List prices less the discount of the contract."))]
    if "used" in line["figures"]:
        said.append(measured(f"{mark(line['figures']['used'])} of the term are used already and take up the first tiers."))
    return table(plain_name(str(line["name"])), ["From", "To", "Units", "Price", "Cost"], body, said)


def _step(tier: Mapping[str, Any]) -> list[str]:
    upto = mark(tier["to"]) if tier["to"] else "and more"
    return [mark(tier["from"]), upto, mark(tier["quantity"]), mark(tier["price"]), mark(tier["amount"])]
