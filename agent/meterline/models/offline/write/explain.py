"""I04 and I05: why an account moved, in the words the explanation found; a slice gets facts and a band, never a cause."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from meterline.answer import AnswerType, Chart, Draft, Section, Sentence
from meterline.models.offline.turn import Reply, Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
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
    told_error,
)

ANSWER_TYPES: dict[str, AnswerType] = {
    "EXPLAINED": "ANSWER",
    "DATA_ISSUE": "ANSWER",
    "UNKNOWN": "ANSWER_UNKNOWN",
    "TOO_EARLY": "ANSWER_UNKNOWN",
    "NOISE": "ANSWER_NOISE",
    "THIN": "ANSWER_THIN",
}
_NEXT = {
    "EXPLAINED": "Check with the owner of the account that the cause is right before the forecast takes it into account.",
    "CONFIRMED": "Nothing to ask: this is on file, and forecasts and durable ARR read it. Should it prove wrong, reject it in the ledger.",
    "UNKNOWN": "Ask the owner of the account what is known inside before anybody asks the customer.",
    "TOO_EARLY": "Look again when the day named has come; nothing needs to be asked before.",
    "DATA_ISSUE": "Wait until the data of these days are complete.",
}
_WEEKS = 8
"""Whole weeks needed to call a week ordinary."""
_NOISY = 3.0
"""Robust standard deviations from the usual week within which a week is called ordinary (as for accounts)."""


def draft_explanation(reply: Mapping[str, Any]) -> Draft:
    """The draft of an explain_change reply: its own headline and sections, and what to do next."""
    account = reply.get("account") or {}
    draft = Draft(
        answer_type=ANSWER_TYPES.get(str(reply.get("verdict")), "ANSWER_UNKNOWN"),
        headline=Sentence.model_validate(reply["headline"]),
        sections=[Section.model_validate(s) for s in reply.get("sections") or []],
        next_steps=[_next_step(reply)],
        not_available=[f"{n.get('metric') or n.get('what')}: {n.get('reason')}" for n in reply.get("not_available") or []],
        assumptions=[str(a) for a in reply.get("assumptions") or []],
        charts=_charts(reply),
    )
    draft.state = {"intent": "explain", "entities": [account] if account else [], "metrics": [], "window": "", "pending": None}
    return draft


def _charts(reply: Mapping[str, Any]) -> list[Chart]:
    """The days of the change against the usual, with the excess between the two and the dates of what is cited."""
    receipt, figure = reply.get("days"), (reply.get("figures") or {}).get("delta_total")
    if not receipt or not figure:
        return []
    part = (reply.get("slice") or {}).get("name")
    name = str((reply.get("account") or {}).get("name"))
    side = "above" if reply.get("direction") == "up" else "below"
    title = f"{f'{name}, {part}' if part else name}: {mark(figure, 'abs')} {side} the usual, {mark(figure, 'window')}"
    if part and (figures := reply["figures"]).get("slice"):
        title = f"{name}, {part}: {mark(figures['slice'], 'abs')} {side} the usual, {mark(figures['slice'], 'window')}"
    roles = {"target": "usual", "low": "usual", "high": "actual", "events": "event"}
    return [Chart(receipt=str(receipt), title=title, x="day", y="actual", mark="projection", **roles)]


def _next_step(reply: Mapping[str, Any]) -> str:
    question = reply.get("question")
    if isinstance(question, Mapping) and question.get("check") == "blocked":
        return str(question.get("alternative") or "Hold the question to the customer for now.")
    if isinstance(question, Mapping) and question.get("text"):
        return f"To send yourself, to the {question.get('to_role', 'person nearest to it')}: {question['text']}"
    found = "CONFIRMED" if reply.get("confirmed") else str(reply.get("verdict"))
    return _NEXT.get(found, "Look again when the movement leaves its ordinary range.")


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    replies = [r for key, r in sorted(turn.replies.items()) if key.startswith("why_")]
    if not replies:
        return _slice(reading, context, turn)
    told = [r for r in replies if r.ok and r.data.get("headline")]
    if not told:
        return _failed(reading, context, replies)
    drafts = [draft_explanation(r.data) for r in told]
    draft = drafts[0]
    for other in drafts[1:]:
        draft.sections.append(Section(heading="The other account", sentences=[other.headline]))
        draft.sections += other.sections
    _set_right(draft, told[0].data, reading)
    reading.topic = _topic(told[0].data)
    return finish(draft, reading, metrics=[])


def _set_right(draft: Draft, reply: Mapping[str, Any], reading: Reading) -> None:
    """Says first when the move went the other way than the question takes for granted."""
    wrong = _taken_for_granted(reading, str(reply.get("direction") or ""))
    if wrong and reply.get("verdict") not in ("THIN", "DATA_ISSUE"):
        draft.headline = draft.headline.model_copy(update={"text": f"{wrong}{draft.headline.text}"})


def _taken_for_granted(reading: Reading, found: str) -> str:
    """What is to be said before the answer to a question that takes the other direction for granted; empty for one that does not."""
    return {("lose", "up"): "It did not drop: ", ("gain", "down"): "It did not rise: "}.get((reading.measure.direction, found), "")


def _topic(reply: Mapping[str, Any]) -> str:
    """What a search of notes would look for after this explanation: the slice that carries the move, and the cause."""
    drivers = [str(d.get("name") or "") for d in (reply.get("drivers") or [])[:2]]
    cause = reply.get("cause") or {}
    label = str(cause.get("label") or "") if isinstance(cause, Mapping) else ""
    return " ".join(dict.fromkeys(word for text in (*drivers, label) for word in text.replace("-", " ").split()))


def _failed(reading: Reading, context: Context, replies: Sequence[Reply]) -> Draft:
    draft = nothing(reading, f"The change at {subject(reading, context)} could not be explained now.")
    draft.answer_type = "ANSWER_UNKNOWN"
    draft.not_available = [told_error(r) for r in replies if r.error]
    draft.next_steps = ["Ask for its consumption by week, to see the move itself."]
    return draft


def _slice(reading: Reading, context: Context, turn: Turn) -> Draft:
    """A slice or the company: size, band of ordinary weeks, largest contributors. Causes are found by account."""
    whole, weeks, movers = (Metrics(turn.reply(key)) for key in ("slice", "weeks", "movers"))
    who = subject(reading, context)
    figures = whole.whole
    if "M01" not in figures:
        return nothing(reading, f"No consumption came back for {who}.", whole)
    change = change_clause(whole, figures)
    grown = whole.number(figures.get("M08")) or 0.0
    wrong = _taken_for_granted(reading, "up" if grown > 0 else "down" if grown < 0 else "")
    headline = f"{wrong}{capital(who)} consumed {mark(figures['M01'])} net ({mark(figures['M01'], 'window')}){change}"
    told, noise = _band(weeks)
    draft = Draft(
        answer_type="ANSWER_NOISE" if noise else "ANSWER_UNKNOWN",
        headline=measured(f"{headline}; the latest week moved no more than weeks usually do." if noise else f"{headline}."),
        sections=[Section(heading="Is it unusual", sentences=told)] if told else [],
    )
    if movers.rows:
        views = {"M10": "change", "M08": "change"}
        rows = [[joined(r.names), *cells(r.figures, ["M10", "M08"], views)] for r in movers.rows]
        if movers.rest:
            rows.append(["All others", *cells(movers.rest, ["M10", "M08"], views)])
        if movers.whole:
            rows.append(["Total", *cells(movers.whole, ["M10", "M08"], views)])
        note = measured("Largest contributors, as facts; none of them is called a cause.")
        draft.sections.append(table("Where", ["Account", "Change", "Change in percent"], rows, [note]))
        draft.next_steps.append(f"Ask why {joined(movers.rows[0].names)} moved: causes are looked for account by account.")
    return finish(draft, reading, whole, weeks, movers, metrics=["M01", "M08", "M10"])


def _band(weeks: Metrics) -> tuple[list[Sentence], bool]:
    """The range of earlier whole weeks against the latest, and whether that is ordinary by a robust z of week-on-week moves."""
    rows = [
        (row.figures["M01"], value)
        for row in weeks.rows
        if "M01" in row.figures and (value := weeks.number(row.figures["M01"])) is not None
    ]
    if len(rows) < _WEEKS:
        return [], False
    last, earlier = rows[-1], rows[:-1]
    steps = [b[1] - a[1] for a, b in itertools.pairwise(earlier)]
    spread = 1.4826 * median(abs(s - median(steps)) for s in steps)
    ordinary = spread > 0 and abs(last[1] - earlier[-1][1] - median(steps)) <= _NOISY * spread
    low, high = min(earlier, key=lambda r: r[1])[0], max(earlier, key=lambda r: r[1])[0]
    text = f"The latest week came to {mark(last[0])}; the weeks before it ran between {mark(low)} and {mark(high)}."
    return [measured(text)], ordinary
