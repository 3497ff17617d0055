"""What the cause ledger confirms of moves: a column, a sentence with its sources, and moves without what will not last."""

from __future__ import annotations

from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Reply, Turn
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import Metrics, capital, finish, joined, mark, measured, nothing, plain_name, table, told_error

UNEXPLAINED = "unexplained"
_KINDS = {"one_time": "one-time", "seasonal": "seasonal", "external": "external", "durable": "durable"}
_WAYS = {"gain": "Gainers", "lose": "Losers"}
Causes = dict[str, list[str]]
"""Account id -> the label of its confirmed cause, then the sentence part and the citation."""


def known_causes(turn: Turn) -> Causes | None:
    """Confirmed causes by account; None when the ledger could not be asked."""
    reply = turn.reply("causes_all")
    if reply is None or not reply.ok:
        return None
    found: Causes = {}
    for cause in reply.data.get("causes") or []:
        found.setdefault(cause["entity"]["id"], [_label(cause), plain_name(cause["entity"]["name"]), cause["citation"]])
    for change in reply.data.get("handovers") or []:
        found.setdefault(change["entity"]["id"], [f"changed hands on {mark(change['on'])}", plain_name(change["entity"]["name"])])
    return found


def _label(cause: dict[str, Any]) -> str:
    return f"{plain_name(cause['label'])} ({_KINDS.get(cause['durability'], 'of unknown duration')})"


def told_causes(known: Causes, shown: set[str]) -> Section:
    """The confirmed causes of the accounts shown with their entries in the ledger, or that there are none."""
    listed = [entry for ident, entry in known.items() if ident in shown]
    hands = [
        measured(f"{entry[1]} {entry[0]}: in a person's book that is a move, at the customer it is none.")
        for entry in listed
        if len(entry) == 2
    ]
    said = [entry for entry in listed if len(entry) > 2]
    if not said:
        return Section(
            sentences=[*hands, measured("The cause ledger confirms no cause for the accounts listed, so they are unexplained so far.")]
        )
    text = "; ".join(f"{name}: {label}" for label, name, _ in said)
    return Section(
        sentences=[*hands, Sentence(text=f"Confirmed in the cause ledger: {text}.", kind="stated", citations=[e[2] for e in said])]
    )


def stripped_movers(reading: Reading, turn: Turn, who: str) -> Draft:
    """I02 without the one-timers: changes after the excess that the ledger says will not last, and what was taken out."""
    replies = {key: reply for key, reply in turn.replies.items() if key.startswith("causes_")}
    usable = {key: reply for key, reply in replies.items() if reply.ok and reply.data.get("stripped", {}).get("rows")}
    total = Metrics(turn.reply("durable_total"))
    if not usable:
        draft = nothing(reading, f"No change of {who} is left once one-time amounts are taken out, or none is visible to you.", total)
        draft.not_available += [told_error(reply) for reply in replies.values() if not reply.ok]
        return draft
    first = next(iter(usable.values())).data["stripped"]
    best = first["rows"][0]
    durable = first["total"]["figures"]["durable"]
    lead = f"Without what the ledger confirms as one-time, seasonal or external, {who} is {mark(durable, 'change')}"
    when = mark(durable, "window")
    draft = Draft(
        headline=measured(f"{lead} ({when}); the largest move is {plain_name(best['label'])} {mark(best['figures']['durable'], 'change')}.")
    )
    draft.sections = [_table(reply.data["stripped"], _WAYS.get(reading.measure.direction, "Largest moves")) for reply in usable.values()]
    draft.sections.append(taken_out(list(usable.values())))
    if {"M06", "M07"} <= set(total.whole):
        raw, durable = total.whole["M06"], total.whole["M07"]
        draft.sections.append(
            Section(
                sentences=[
                    measured(f"Consumption ARR of {who} is {mark(raw)} raw and {mark(durable)} durable, from {mark(raw, 'window')}.")
                ]
            )
        )
    draft.next_steps = [f"Ask why {plain_name(best['label'])} moved."]
    entities = [line["entity"] for line in first["rows"] if line["entity"]]
    reading.listed = [Named(e["type"], e["id"], e["name"]) for e in entities]
    return finish(draft, reading, total, metrics=["M10", "M07"])


def _table(found: dict[str, Any], heading: str) -> Section:
    keys = ("change", "removed", "durable")
    rows = [[capital(plain_name(line["label"])), *_cells(line, keys)] for line in (*found["rows"], found["rest"], found["total"])]
    when = measured(f"{mark(found['total']['figures']['change'], 'window')}, against the preceding equal period.")
    return table(heading, ["Account", "Change", "Of it not lasting", "Change without it"], rows, [when])


def _cells(line: dict[str, Any], keys: tuple[str, ...]) -> list[str]:
    return [mark(line["figures"][key], "change") if key in line["figures"] else "–" for key in keys]


def taken_out(replies: list[Reply]) -> Section:
    """Each cause that was taken out, with its accounts, amounts and entries in the ledger."""
    gone = [c for reply in replies for c in reply.data.get("causes") or [] if c["removed"]]
    unique = {(c["entity"]["id"], c["cause"]): c for c in gone}
    if not unique:
        return Section(
            sentences=[
                measured("The cause ledger confirms no one-time, seasonal or external amount in these windows, so nothing was taken out.")
            ]
        )
    rows = [
        [plain_name(c["entity"]["name"]), _label(c), *(mark(c["figures"][k]) if c["figures"].get(k) else "–" for k in ("now", "before"))]
        for c in unique.values()
    ]
    names = joined(list(dict.fromkeys(plain_name(c["entity"]["name"]) for c in unique.values()))[:6])
    said = Sentence(
        text=f"What was taken out, each with its entry in the cause ledger: {names}.",
        kind="stated",
        citations=[c["citation"] for c in unique.values()],
    )
    return table("Taken out", ["Account", "Cause", "In this window", "In the earlier one"], rows, [said])


def one_time_share(reading: Reading, reply: Reply | None, who: str) -> tuple[Sentence, list[Section]] | None:
    """How much of a change will not last, by the ledger, and how much of it has a confirmed cause at all."""
    if reply is None or not reply.ok or not reply.data.get("stripped"):
        return None
    total = reply.data["stripped"]["total"]["figures"]
    change, when = mark(total["change"], "change"), mark(total["change"], "window")
    share = f" ({mark(total['share'])} of it)" if "share" in total else ""
    lead = f"Consumption of {who} is {change} on the preceding equal period ({when})"
    part = f"the part confirmed as one-time, seasonal or external is {mark(total['removed'], 'change')}{share}"
    head = measured(f"{lead}; {part}, and without it the change is {mark(total['durable'], 'change')}.")
    return head, [_on_file(reply), taken_out([reply])]


def _on_file(reply: Reply) -> Section:
    """Confirmed excess of the window by kind."""
    excess = reply.data.get("excess") or {}
    parts = [f"{_KINDS[kind]} {mark(excess[kind])}" for kind in _KINDS if kind in excess]
    if not parts:
        return Section(sentences=[measured("The cause ledger confirms no excess in this window.")])
    lasting = f"; together {mark(excess['passing'])} of it will not last" if "passing" in excess else ""
    when = mark(next(iter(excess.values())), "window")
    text = f"Excess over baseline confirmed in the cause ledger ({when}): {joined(parts)}{lasting}."
    return Section(sentences=[measured(text)])
