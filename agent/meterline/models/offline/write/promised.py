"""I15, I16: what was promised at the last review and what became of it. A saving is called realised only where telemetry shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.crm import not_held
from meterline.models.offline.write.parts import Metrics, finish, joined, mark, measured, nothing, plain_name, subject, table

_STATES = {"done": "done", "late": "done late", "open": "open", "overdue": "overdue", "dropped": "dropped"}
_SIDES = (("ours", "we"), ("theirs", "the customer"))
_HEADINGS = {"ours": "Ours to do", "theirs": "The customer's to do", "": "With nobody's side on record"}
_OTHER_REASONS = "Consumption may have moved for other reasons too; what is measured is the named workload, not the action."
Reply = Mapping[str, Any]


def promised(reading: Reading, context: Context, turn: Turn) -> Draft:
    """The actions of the last review with owner, due day and state, and what came of those that can be measured."""
    replies = _replies(turn)
    if not replies or all(not reply.ok or reply.data.get("not_available") for reply in replies):
        return not_held(reading, "What was promised cannot be told", *replies[:1] or [Metrics(None)])
    if not reading.accounts:
        return _open_everywhere(reading, context, replies[0])
    drafts = [draft_promised(reply.data) for reply in replies if reply.ok]
    return finish(_joined(drafts), reading, *replies, metrics=[])


def saved(reading: Reading, context: Context, turn: Turn) -> Draft:
    """What was offered and accepted, and what telemetry shows of it."""
    replies = _replies(turn)
    if not any(reply.ok for reply in replies):
        return not_held(reading, "What came of savings cannot be told", *replies[:1] or [Metrics(None)])
    drafts = [draft_saved(reply.data) for reply in replies if reply.ok]
    return finish(_joined(drafts), reading, *replies, metrics=[])


def _replies(turn: Turn) -> list[Metrics]:
    return [Metrics(reply) for key, reply in sorted(turn.replies.items()) if key.startswith("promises_")]


def _joined(drafts: Sequence[Draft]) -> Draft:
    """Several accounts one after the other, each headline leading its part."""
    first = drafts[0]
    for other in drafts[1:]:
        first.sections += [Section(sentences=[other.headline]), *other.sections]
        first.next_steps += [step for step in other.next_steps if step not in first.next_steps]
        first.assumptions += [told for told in other.assumptions if told not in first.assumptions]
    return first


def draft_promised(reply: Reply) -> Draft:
    """The draft of one account."""
    name, review, counts = plain_name(str(reply["account"]["name"])), reply.get("review"), reply["counts"]
    held = f"review of {mark(review['figures']['held_on'])}" if review else ""
    when = f" at the {held}" if review else ""
    if not reply["items"]:
        since = f" since its {held}" if review else ""
        draft = Draft(answer_type="ANSWER" if review else "ANSWER_THIN", headline=measured(f"No action is on record for {name}{since}."))
    else:
        said = [f"{who} took on {mark(counts[side])}{_of_side(counts, side)}" for side, who in _SIDES]
        draft = Draft(headline=measured(f"{name}{when}: {'; '.join(said)}."))
    draft.sections += [_side(side, reply["items"]) for side in _HEADINGS if any(i["side"] == side for i in reply["items"])]
    draft.sections += _savings(reply)
    if reply.get("quotes"):
        cited = [Sentence(text=f"[[{q['citation']}]]", kind="stated", citations=[q["citation"]]) for q in reply["quotes"]]
        draft.sections.append(Section(heading="What the note of the review says of it", sentences=cited))
    if not review:
        draft.assumptions.append("No review that was held is on record, so all actions are shown.")
    draft.next_steps.append(_step(counts))
    return draft


def _of_side(counts: Reply, side: str) -> str:
    parts = [f"{mark(counts[f'{side}_{state}'])} {words}" for state, words in _STATES.items() if f"{side}_{state}" in counts]
    return f" ({joined(parts)})" if parts else ""


def _side(side: str, items: Sequence[Reply]) -> Section:
    own = [item for item in items if item["side"] == side]
    return table(_HEADINGS[side], ["What", "Owner", "Due", "State", "Done on"], [_row(item) for item in own], [_source(own)])


def _row(item: Reply) -> list[str]:
    f = item["figures"]
    return [
        *(mark(f[k]) if k in f else "–" for k in ("what", "owner", "due")),
        _STATES[item["state"]],
        mark(f["closed"]) if "closed" in f else "–",
    ]


def _source(items: Sequence[Reply]) -> Sentence:
    return Sentence(text="Each is on record as an action; see the notes below.", citations=[c for item in items for c in item["citations"]])


def _step(counts: Reply) -> str:
    if "ours_overdue" in counts:
        return "Close what is ours and overdue before the next talk, or agree a new day for it."
    if "theirs_overdue" in counts:
        return "Ask what holds up what the customer took on, and offer help with it."
    return "Bring what was done to the next review, in the customer's own numbers."


def _savings(reply: Reply) -> list[Section]:
    """What was offered, what was accepted, and what came of it."""
    said = [*_offered(reply), *(measured(_measured(each)) for each in reply.get("measured") or [])]
    return [Section(heading="Savings", sentences=said)] if said else []


def _offered(reply: Reply) -> list[Sentence]:
    f = (reply.get("review") or {}).get("figures") or {}
    if "offered_savings" not in f:
        return []
    accepted = f"{mark(f['accepted_savings'])} accepted" if "accepted_savings" in f else "how much was accepted is not on record"
    return [measured(f"At the review of {mark(f['held_on'])} savings of {mark(f['offered_savings'])} were offered, {accepted}.")]


def _measured(each: Reply) -> str:
    """One action that is done, and the workload it names before and since."""
    f = each["figures"]
    lead = f"“{mark(f['what'])}”, done on {mark(f['closed'])}"
    if each["outcome"] == "too_early":
        return f"{lead}: too early to measure, or too little usage of {mark(f['workload'])} before it was agreed."
    spans = f"from {mark(f['before'])} ({mark(f['before'], 'window')}) to {mark(f['after'])} ({mark(f['after'], 'window')})"
    how = {"fell": "fell", "rose": "did not fall but went", "level": "did not clearly change: it went"}[each["outcome"]]
    share = f", {mark(f['share'])} of what was estimated" if "share" in f else ""
    idle = (
        f"; its idle share went from {mark(f['idle_before'])} to {mark(f['idle_after'])}"
        if {"idle_before", "idle_after"} <= f.keys()
        else ""
    )
    return f"{lead}: {mark(f['workload'])} {how} {spans}, {mark(f['change'], 'change')}{share}{idle}."


def draft_saved(reply: Reply) -> Draft:
    """The draft of one account's savings: offered, accepted, realised."""
    name, found = plain_name(str(reply["account"]["name"])), reply.get("measured") or []
    f = (reply.get("review") or {}).get("figures") or {}
    open_ones = [item for item in reply["items"] if item["state"] in ("open", "overdue") and "estimate" in item["figures"]]
    lead = _lead(f)
    draft = Draft(headline=measured(f"{name}: {lead}; {_verdict(found, open_ones)}."))
    draft.sections += [Section(sentences=[measured(_measured(each)) for each in found])] if found else []
    draft.sections += (
        [table("Not done yet", ["What", "Owner", "Due", "State", "Done on"], [_row(i) for i in open_ones], [_source(open_ones)])]
        if open_ones
        else []
    )
    if reply.get("quotes"):
        cited = [Sentence(text=f"[[{q['citation']}]]", kind="stated", citations=[q["citation"]]) for q in reply["quotes"]]
        draft.sections.append(Section(heading="What the note of the review says of it", sentences=cited))
    draft.assumptions += [_OTHER_REASONS] if any(each["outcome"] != "too_early" for each in found) else []
    draft.next_steps.append(
        "Tell the customer what it came to, in their own numbers." if found else "Agree with the customer how the saving will be measured."
    )
    return draft


def _lead(f: Reply) -> str:
    if "offered_savings" not in f:
        return "no offer of savings is on record"
    accepted = f"{mark(f['accepted_savings'])} accepted" if "accepted_savings" in f else "none accepted on record"
    return f"savings of {mark(f['offered_savings'])} offered and {accepted} on {mark(f['held_on'])}"


def _verdict(found: Sequence[Reply], open_ones: Sequence[Reply]) -> str:
    """What telemetry shows, in one clause."""
    fell = [each for each in found if each["outcome"] == "fell"]
    if fell:
        told = [f"{mark(e['figures']['workload'])} {mark(e['figures']['change'], 'change')}" for e in fell]
        return f"telemetry shows {joined(told)} since it was done"
    if any(each["outcome"] in ("level", "rose") for each in found):
        return "the workload concerned does not show it"
    if found:
        return "it is done, and too early to measure"
    if open_ones:
        return "it is not done yet, so there is nothing to measure"
    return "no action that is done names a workload, so whether it was realised cannot be told from the data"


def _open_everywhere(reading: Reading, context: Context, reply: Metrics) -> Draft:
    """Open actions of all in sight, those overdue for longest first."""
    who, counts, items = subject(reading, context), reply.data["counts"], reply.data["items"]
    if not items:
        return nothing(reading, f"No action is open for {who}.", reply)
    overdue = f"{mark(counts['overdue'])} are overdue, {mark(counts['ours_overdue'])} of these ours"
    text = f"Open actions of {who}: {mark(counts['open'])}, of which {overdue}."
    draft = Draft(headline=measured(text))
    rows = [
        [plain_name(str(item["account"]["name"])), {"ours": "us", "theirs": "customer"}.get(item["side"], "–"), *_row(item)[:4]]
        for item in items
    ]
    draft.sections.append(table("Longest overdue first", ["Account", "Whose", "What", "Owner", "Due", "State"], rows, [_source(items)]))
    if reply.number(counts["rest"]):
        draft.sections.append(Section(sentences=[measured(f"{mark(counts['rest'])} more are not shown.")]))
    draft.next_steps.append("Close what is ours first, or agree a new day for it.")
    return finish(draft, reading, reply, metrics=[])
