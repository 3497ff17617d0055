"""I01: how a person is doing, in one window: consumption, attainment, movers, use cases, activity. No ranking of people."""

from __future__ import annotations

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.turn import Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Figures,
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
)

_GOOD = "‘Good’ was taken to mean attainment pace, consumption against the preceding period, and what is in the pipeline."
_VIEWS = {"M08": "change"}
_JUDGING = frozenset({"good", "bad", "great", "strong", "weak", "rough", "tough", "well", "poorly"})
_COMPARED = (
    ("book", "M01", "Net consumption"),
    ("book", "M08", "Change on the preceding period"),
    ("target", "M14.pace", "Attainment, pace"),
    ("target", "M14.to_date", "Attainment, to date"),
    ("target", "M13", "Incremental consumption"),
    ("book", "M36.count", "Use cases created"),
    ("book", "M37.count", "Use cases gone live"),
    ("book", "M38.count", "Use cases moved later"),
    ("target", "M39.usd", "Pipeline"),
    ("book", "M44.count", "Customer activities"),
    ("book", "M44.substantive", "of which substantive"),
    ("book", "M44.unscored", "of which unscored"),
    ("size", "M06", "Size of the book, consumption ARR"),
    ("size", "M24", "Active customers"),
)


def write(reading: Reading, context: Context, turn: Turn) -> Draft:
    replies = {key: Metrics(turn.reply(key)) for key in ("book", "target", "movers", "size") if turn.reply(key)}
    who = subject(reading, context)
    if any(t.norm in _JUDGING for t in reading.tokens):
        reading.assumptions.append(_GOOD)
    draft = _side_by_side(replies) if len(reading.people) > 1 else _one(who, replies)
    if draft is None:
        return nothing(reading, f"No figures came back for {who}.", *replies.values())
    draft.next_steps.append("Ask why the largest mover moved, or what is in the pipeline and when it goes live.")
    return finish(draft, reading, *replies.values(), metrics=["M01", "M08", "M14", "M10", "M36", "M37", "M38", "M39", "M44"])


def _one(who: str, replies: dict[str, Metrics]) -> Draft | None:
    book = replies["book"].whole if "book" in replies else {}
    target = replies["target"].whole if "target" in replies else {}
    if "M01" not in book:
        return None
    change = change_clause(replies["book"], book)
    pace = f", and stands at {mark(target['M14.pace'])} of quota pace" if "M14.pace" in target else ""
    headline = measured(f"{capital(who)} consumed {mark(book['M01'])} net ({mark(book['M01'], 'window')}){change}{pace}.")
    sections = [_attainment(target), _movers(replies.get("movers")), _use_cases(book, target), _activity(book)]
    return Draft(headline=headline, sections=[s for s in sections if s is not None])


def _attainment(figures: Figures) -> Section | None:
    if "M14.pace" not in figures:
        return None
    to_date = f"; to date it is {mark(figures['M14.to_date'])} of the full year" if "M14.to_date" in figures else ""
    told = [f"Pace is {mark(figures['M14.pace'])} of what quota asks by now{to_date}."]
    if "M13" in figures:
        told.append(f"Incremental consumption is {mark(figures['M13'])} ({mark(figures['M13'], 'window')}).")
    return Section(heading="Attainment", sentences=[measured(t) for t in told])


def _movers(reply: Metrics | None) -> Section | None:
    if reply is None or not reply.rows:
        return None
    keys, views = ["M10", "M08"], {"M10": "change", "M08": "change"}
    rows = [[joined(row.names), *cells(row.figures, keys, views)] for row in reply.rows]
    if reply.rest:
        rows.append(["All others", *cells(reply.rest, keys, views)])
    if reply.whole:
        rows.append(["Total", *cells(reply.whole, keys, views)])
    return table("Largest moves", ["Account", "Change", "Change in percent"], rows)


def _use_cases(book: Figures, target: Figures) -> Section | None:
    told: list[Sentence] = []
    for key, verb in (("M36", "created"), ("M37", "gone live"), ("M38", "moved later")):
        count, usd = book.get(f"{key}.count"), book.get(f"{key}.usd")
        if count:
            told.append(measured(f"Use cases {verb}: {mark(count)}{f', worth {mark(usd)}' if usd else ''}."))
    if "M39.usd" in target:
        weighted = f", {mark(target['M39.weighted'])} weighted by stage" if "M39.weighted" in target else ""
        told.append(measured(f"Open pipeline: {mark(target['M39.usd'])}{weighted}."))
    return Section(heading="Use cases", sentences=told) if told else None


def _activity(book: Figures) -> Section | None:
    if "M44.count" not in book:
        return None
    parts = [f"{mark(book['M44.count'])} customer-facing activities"]
    if "M44.substantive" in book:
        parts.append(f"{mark(book['M44.substantive'])} substantive")
    if "M44.unscored" in book:
        parts.append(f"{mark(book['M44.unscored'])} unscored")
    return Section(heading="Activity", sentences=[measured(", ".join(parts) + ".")])


def _side_by_side(replies: dict[str, Metrics]) -> Draft | None:
    """The same measures in columns, people in the order asked; no verdict on either."""
    people: dict[str, str] = {}
    found: dict[str, dict[str, Figures]] = {}
    for source, reply in replies.items():
        for row in reply.rows:
            people.setdefault(row.id, joined(row.names))
            found.setdefault(row.id, {})[source] = row.figures
    ids = list(people)
    if not ids:
        return None
    rows = [
        [label, *[mark(found[i][source][key], _VIEWS.get(key, "")) if key in found[i].get(source, {}) else "–" for i in ids]]
        for source, key, label in _COMPARED
        if any(key in found[i].get(source, {}) for i in ids)
    ]
    spent = [f"{people[i]} {mark(f['M01'])}" for i in ids if "M01" in (f := found[i].get("book", {}))]
    window = next((mark(f["M01"], "window") for i in ids if "M01" in (f := found[i].get("book", {}))), "")
    lead = f"Net consumption ({window}): {joined(spent)}." if spent else f"{joined(list(people.values()))} side by side."
    return Draft(headline=measured(lead), sections=[_columns(list(people.values()), rows)])


def _columns(people: list[str], rows: list[list[str]]) -> Section:
    note = measured("Books differ in size and segment, so read changes and pace rather than totals.")
    return table("Side by side", ["Measure", *people], rows, [note])
