"""I09 with a person: scorecard, exception ladder with each value and threshold, and three questions for a 1:1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from meterline.answer import Draft, Section
from meterline.models.offline.write.parts import capital, joined, mark, measured, metric_label, plain_name, table
from meterline.models.offline.write.people import Values, attainment_text, handover_text, held_text, pace_clause

Reply = Mapping[str, Any]
_ASKED = "These are questions to ask, not findings about a person."
_TEAM = "In the order of names; books differ in size and segment, so this is no ranking."
_VALUE_STEP = {"met": "met, the check ends here", "not met": "not met, so the next step", "no data": "no data, the check ends here"}


def draft_review(reply: Reply) -> Draft:
    """The whole review. Headline: consumption, pace, and where the check ended."""
    values = Values(reply)
    who = plain_name(reply["person"]["name"])
    draft = Draft(headline=measured(_headline(reply, values, who)))
    told = [_scorecard(reply, values), _movers(reply), _use_cases(values), _activity(values), _ladder(reply), _label(reply)]
    draft.sections = [section for section in told if section is not None]
    draft.sections += [*_questions(reply), *_team(reply)]
    draft.assumptions = [capital(note) for note in reply["assumptions"]]
    draft.not_available = _missing(reply)
    draft.next_steps = [f"Ask what the notes say about the largest move, before the one to one with {who}."]
    return draft


def _headline(reply: Reply, values: Values, who: str) -> str:
    f = values.figures
    parts = [f"{who} consumed {mark(f['M01'])} net ({mark(f['M01'], 'window')})" if "M01" in f else who]
    if clause := pace_clause(values):
        parts.append(clause)
    stop = reply["stop"]
    return f"{' and '.join(parts)}; the exception check ends at {stop['name'].lower()} ({stop['result']})."


def _scorecard(reply: Reply, values: Values) -> Section | None:
    f = values.figures
    told = []
    if values.number("M08") is not None:
        told.append(f"Consumption is {mark(f['M08'], 'change')} on the preceding equal period.")
    told += attainment_text(values)
    told += handover_text(reply["handovers"]) + held_text(reply["held_throughout"], values)
    if reply["new"]:
        told.append("Joined lately, so figures of the year say little yet.")
    return Section(heading="Scorecard", sentences=[measured(text) for text in told]) if told else None


def _movers(reply: Reply) -> Section | None:
    rows = []
    for mover in reply["movers"]:
        f, moved = mover["figures"], mover["handover"]
        note = f"handed over on {mark(moved['on'])}" if moved and moved["on"] else ""
        rows.append([mark(f["M10"], "entity"), mark(f["M10"], "change"), mark(f["M08"], "change") if "M08" in f else "–", note])
    with_notes = any(row[3] for row in rows)
    columns = ["Account", "Change", "In percent", *(["Why on paper"] if with_notes else [])]
    return table("Largest moves", columns, [row if with_notes else row[:3] for row in rows]) if rows else None


def _use_cases(values: Values) -> Section | None:
    f = values.figures
    told = []
    for key, verb in (("M36", "created"), ("M37", "gone live"), ("M38", "moved later")):
        if f"{key}.count" in f:
            told.append(f"{capital(verb)}: {mark(f[f'{key}.count'])}, worth {mark(f[f'{key}.usd'])}.")
    if "M39.usd" in f:
        told.append(f"Open pipeline: {mark(f['M39.usd'])}, {mark(f['M39.weighted'])} weighted by stage.")
    return Section(heading="Use cases", sentences=[measured(text) for text in told]) if told else None


def _activity(values: Values) -> Section | None:
    f = values.figures
    if "M44.count" not in f:
        return None
    parts = f"{mark(f['M44.substantive'])} of them substantive and {mark(f['M44.unscored'])} not scored"
    text = f"{mark(f['M44.count'])} customer activities, {parts}."
    return Section(heading="Activity", sentences=[measured(text)])


def _ladder(reply: Reply) -> Section:
    rows = []
    for step in reply["ladder"]:
        looked = step["result"] != "not looked at"
        value = mark(step["value"]) if step["value"] else "–"
        least = mark(step["threshold"]) if step["threshold"] and looked else "–"
        rows.append([step["name"], value, least, _VALUE_STEP.get(step["result"], step["result"])])
    notes = [
        measured(f"{step['name']}: {step['why']}.") for step in reply["ladder"] if step["why"] and step["result"] in ("met", "not met")
    ]
    return table(
        "Exception check",
        ["Step", "Value", "At least", "Result"],
        rows,
        [measured(f"{capital(plain_name(reply['stop']['says']))}."), *notes],
    )


def _label(reply: Reply) -> Section | None:
    label = reply["label"]
    if not label:
        return None
    evidence = f" On record: {joined(label['evidence'])}." if label["evidence"] else ""
    return Section(heading=f"Points to: {label['name']}", sentences=[measured(label["says"] + evidence)])


def _questions(reply: Reply) -> Sequence[Section]:
    """A paragraph each."""
    lead = Section(heading="Questions for the one to one", sentences=[measured(_ASKED)])
    return [lead, *(Section(sentences=[measured(text)]) for text in reply["questions"])]


def _team(reply: Reply) -> list[Section]:
    rows = [
        [
            mark(row["name"]) + (" (joined lately)" if row["new"] else ""),
            mark(row["figures"]["pace"]) if "pace" in row["figures"] else "no quota",
            mark(row["figures"]["gap"]) if "gap" in row["figures"] else "–",
            f"{row['stop']['name'].lower()}, {row['stop']['result']}",
        ]
        for row in reply["team"]
    ]
    return [table("The team", ["Who", "Pace", "Ahead or short", "The check ends at"], rows, [measured(_TEAM)])] if rows else []


def _missing(reply: Reply) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for item in reply["not_available"]:
        reasons.setdefault(str(item["reason"]).rstrip("."), []).append(metric_label(item["metric"]))
    return [f"{joined(labels)}: {reason}." for reason, labels in reasons.items()]
