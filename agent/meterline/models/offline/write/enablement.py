"""Training: vouchers of customers, certificates of our people, and pipeline with and without a certificate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.plan.enablement import coming
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.crm import not_held
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    capital,
    cells,
    finish,
    joined,
    mark,
    measured,
    nothing,
    plain_name,
    subject,
    table,
    told_error,
)

_STATES = {"certified": "certified", "expired": "certificate has run out", "failed": "did not pass", "none": "no examination on record"}
_LISTED = 15


def _absent(reading: Reading, reply: Metrics, otherwise: str) -> Draft:
    """Which table is missing, what the tool asks for, or that there is nothing."""
    if reply.reply is not None and not reply.reply.ok:
        return nothing(reading, told_error(reply.reply))
    if reply.data.get("not_available"):
        return not_held(reading, "That cannot be told", reply)
    return nothing(reading, otherwise, reply)


def certificates(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I22: who is certified for a program until when; of a person, yes or no."""
    reply, coverage = Metrics(turn.reply("certificates")), Metrics(turn.reply("coverage"))
    rows = reply.data.get("rows") or []
    if not rows:
        return _absent(reading, reply, f"No certificate of {subject(reading, context)} is on record.")
    programs = joined([plain_name(str(p)) for p in reply.data.get("programs") or []])
    held = [row for row in rows if row["state"] == "certified"]
    draft = Draft(headline=_lead(reading, reply, rows, held, programs))
    draft.sections.append(table("Certificates", ["Who", "Program", "State", "Examined", "Runs out"], _person_rows(rows[:_LISTED])))
    cited = [citation for row in rows[:_LISTED] for citation in row["citations"]]
    if cited:
        draft.sections.append(
            Section(sentences=[Sentence(text="The events on record behind these rows are in the notes below.", citations=cited)])
        )
    draft.sections += _coverage(reply, coverage)
    draft.next_steps.append("Ask whose certificate runs out next, or what certified sellers have in the pipeline.")
    return finish(draft, reading, reply, metrics=["M47b"])


_NOT = frozenset({"not", "isnt", "arent", "without", "missing", "lacks", "lack", "no"})


_ENDING = frozenset({"soon", "expire", "expires", "expiring", "lapse", "lapses", "lapsing", "renew", "renewal", "runs", "run", "running"})


def _lead(reading: Reading, reply: Metrics, rows: list[dict[str, Any]], held: list[dict[str, Any]], programs: str) -> Sentence:
    if len(reading.people) == 1 and reading.people[0].type == "rep":
        row = rows[0]
        name, until = plain_name(str(row["person"]["name"])), row["figures"].get("until")
        if row["state"] == "certified":
            text = f"Yes: {name} is certified for {plain_name(row['program'])}" + (f" until {mark(until)}." if until else ".")
        elif row["state"] == "expired":
            text = f"No longer: the certificate of {name} for {plain_name(row['program'])} ran out on {mark(until)}."
        elif row["state"] == "failed":
            text = f"No: {name} took the examination for {plain_name(row['program'])} on {mark(row['figures']['on'])} and did not pass."
        else:
            text = f"No: no examination of {name} for {programs} is on record."
        return Sentence(text=text, citations=row["citations"])
    ending = sorted((row for row in held if row["figures"].get("until")), key=lambda row: str(reply.value(row["figures"]["until"])))
    if _ENDING & reading.tokens.present and ending:
        first = [
            f"{plain_name(str(row['person']['name']))} ({plain_name(str(row['program']))}, {mark(row['figures']['until'])})"
            for row in ending[:3]
        ]
        return Sentence(text=f"Next to run out: {joined(first)}.", citations=[c for row in ending[:3] for c in row["citations"]])
    names = [plain_name(str(row["person"]["name"])) for row in held]
    others = [plain_name(str(row["person"]["name"])) for row in rows if row not in held]
    if _NOT & reading.tokens.present and others:
        return measured(f"Without a valid certificate for {programs}: {joined(list(dict.fromkeys(others)))}.")
    text = (
        f"Certified for {programs}: {joined(list(dict.fromkeys(names)))}." if names else f"Nobody holds a valid certificate for {programs}."
    )
    return measured(text)


def _person_rows(rows: list[dict[str, Any]]) -> list[list[str]]:
    return [
        [
            plain_name(str(row["person"]["name"])),
            plain_name(str(row["program"])),
            _STATES[row["state"]],
            *cells(row["figures"], ["on", "until"]),
        ]
        for row in rows
    ]


def _coverage(reply: Metrics, coverage: Metrics) -> list[Section]:
    """Coverage of sellers, program by program, for the programs told about."""
    programs = set(reply.data.get("programs") or [])
    rows = [row for row in coverage.rows if joined(row.names) in programs]
    keys = ["M47b", "M47b.certified", "M47b.people", "M47b.new"]
    body = [[joined(row.names), *cells(coverage.told(row.figures), keys)] for row in rows]
    return [table("Sellers covered", ["Program", "Share", "Certified", "Sellers", "New (apart)"], body)] if body else []


def vouchers(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I22: customer vouchers outstanding and expiring, and which ones expire first."""
    reply, batches = Metrics(turn.reply("vouchers")), Metrics(turn.reply("batches"))
    told, who = reply.told(reply.whole), subject(reading, context)
    if "M47.outstanding" not in told:
        return _absent(reading, reply, f"No training vouchers of {who} are on record.")
    text = f"Training vouchers outstanding at customers: {mark(told['M47.outstanding'])}"
    rows = batches.data.get("rows") or []
    period = reading.periods.main
    if period is not None and not coming(reading):  # a period that has been asks for what moved in it
        text = f"{_moved(told)}; outstanding {mark(told['M47.outstanding'])}"
    draft = Draft(
        headline=measured(f"{text}; {_expiring(reading, batches, rows) or 'expiring within a month: ' + mark(told['M47.expiring'])}.")
    )
    draft.sections.append(Section(sentences=_flow(told)))
    if rows:
        body = [
            [plain_name(str(r["account"]["name"])), plain_name(str(r["program"])), *cells(r["figures"], ["left", "expires"])] for r in rows
        ]
        draft.sections.append(table("Soonest to expire first", ["Account", "Program", "Left", "Expire on"], body))
    draft.assumptions.append("These are vouchers of customers; courses of our own people are not counted.")
    draft.next_steps.append("Remind the customer whose vouchers expire first, through the owner of the account.")
    return finish(draft, reading, reply, metrics=["M47"])


def _expiring(reading: Reading, batches: Metrics, rows: list[dict[str, Any]]) -> str:
    """Which batches expire in a period to come, soonest first; "" when none such is asked about."""
    period = reading.periods.main
    if period is None or not coming(reading):
        return ""
    first, last = period.window.start.isoformat(), period.window.end.isoformat()
    due = [row for row in rows if first <= str(batches.value(row["figures"].get("expires", "")) or "") <= last]
    listed = [f"{plain_name(str(r['account']['name']))} {mark(r['figures']['left'])} on {mark(r['figures']['expires'])}" for r in due[:4]]
    more = " and others" if len(due) > len(listed) else ""
    return f"expiring in that period: {joined(listed)}{more}" if due else "none of them expires in that period"


def _moved(told: Figures) -> str:
    """What was handed out, used and lost in the period asked about."""
    parts = f"{mark(told['M47.issued'])} issued, {mark(told['M47.redeemed'])} redeemed and {mark(told['M47.expired'])} expired"
    return f"Training vouchers of customers ({mark(told['M47.issued'], 'window')}): {parts}"


def _flow(told: Figures) -> list[Sentence]:
    moved = f"{mark(told['M47.issued'])} were issued, {mark(told['M47.redeemed'])} redeemed and {mark(told['M47.expired'])} expired"
    said = [measured(f"In the period ({mark(told['M47.issued'], 'window')}) {moved}.")]
    if "M47.redemption_rate" in told:
        said.append(measured(f"Of the vouchers issued in the year before, {mark(told['M47.redemption_rate'])} have been redeemed so far."))
    return said


def certified_pipeline(reading: Reading, context: Context, turn: Turn) -> Draft:
    """I22: the pipeline of certified and other sellers beside one another; an association over few people, and no ranking of anybody."""
    reply = Metrics(turn.reply("compared"))
    groups: dict[str, Mapping[str, str]] = {row["group"]: row["figures"] for row in reply.data.get("rows") or []}
    if len(groups) < 2:
        return _absent(reading, reply, "There is nothing to compare: no certificates are on record.")
    certified, others = groups["certified"], groups["others"]
    family = joined([plain_name(str(f)) for f in reply.data.get("families") or []])
    what = f"{family} pipeline" if family else "pipeline"
    if "mean" not in certified or "mean" not in others:
        return nothing(reading, "One of the two groups is empty, so there is nothing to compare.", reply)
    a, b = reply.number(certified["mean"]) or 0.0, reply.number(others["mean"]) or 0.0
    verdict = "more than" if a > b else "less than" if a < b else "as much as"
    text = f"Certified sellers have {mark(certified['mean'])} of open {what} each, {verdict} the {mark(others['mean'])} of the others"
    total = (reply.data.get("total") or {}).get("figures") or {}
    draft = Draft(headline=measured(f"{text}; with {mark(total['sellers'])} sellers this is too few to conclude from."))
    keys = ["people", "usd", "mean", "median"]
    body = [[capital(name), *cells(figures, keys)] for name, figures in groups.items()]
    draft.sections.append(table("Side by side", ["Sellers", "How many", f"Open {what}", "Each", "Middle one"], body))
    caution = "This is an association and not a cause: territory and time in the job differ too."
    draft.sections.append(Section(sentences=[measured(caution)]))
    draft.assumptions.append(
        f"Certified is who holds a valid certificate of {joined([plain_name(str(p)) for p in reply.data.get('programs') or []])}."
    )
    draft.next_steps.append("Ask again in two quarters, or look at what the same people had before and after the examination.")
    return finish(draft, reading, reply, metrics=["M39", "M47b"])
