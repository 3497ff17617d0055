"""I01: how a person is doing, in one window: consumption, attainment, movers, use cases, activity. No ranking of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meterline.answer import Draft, Section, Sentence
from meterline.models.offline.plan.people import judges
from meterline.models.offline.turn import Reply, Turn
from meterline.models.offline.understand.context import Context
from meterline.models.offline.understand.reading import Reading
from meterline.models.offline.write.parts import (
    Figures,
    Metrics,
    Row,
    capital,
    cells,
    change_clause,
    finish,
    joined,
    mark,
    measured,
    nothing,
    plain_name,
    subject,
    table,
)
from meterline.models.offline.write.people import Values, attainment_text, handover_text, held_text, pace_clause

_GOOD = (
    "‘Good’ was taken to mean attainment at pace, consumption that lasts, and what is in the pipeline; name another measure to change that."
)
_VIEWS = {"M08": "change"}
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
    replies = {key: Metrics(turn.reply(key)) for key in ("book", "target", "movers", "size", "segments", "durable") if turn.reply(key)}
    who = subject(reading, context)
    if judges(reading):
        reading.assumptions.append(_GOOD)
    draft = _side_by_side(reading, replies) if len(reading.people) > 1 else _one(who, replies, turn.reply("hands"))
    if draft is None:
        return nothing(reading, f"No figures came back for {who}.", *replies.values())
    draft.next_steps.append("Ask why the largest mover moved, or what is in the pipeline and when it goes live.")
    return finish(draft, reading, *replies.values(), metrics=["M01", "M08", "M14", "M10", "M36", "M37", "M38", "M39", "M44"])


def _one(who: str, replies: dict[str, Metrics], hands: Reply | None) -> Draft | None:
    book = replies["book"].whole if "book" in replies else {}
    target = Values(replies["target"].data, replies["target"].whole) if "target" in replies else Values({}, {})
    if "M01" not in book:
        return None
    change = change_clause(replies["book"], book)
    pace = f", and {clause}" if (clause := pace_clause(target)) else ""
    headline = measured(f"{capital(who)} consumed {mark(book['M01'])} net ({mark(book['M01'], 'window')}){change}{pace}.")
    moved = hands.data if hands is not None and hands.ok else {}
    sections = [
        _attainment(target),
        _durable(replies.get("durable")),
        _movers(replies.get("movers"), moved),
        _use_cases(book, target.figures),
        _activity(book),
    ]
    return Draft(headline=headline, sections=[s for s in sections if s is not None])


def _attainment(target: Values) -> Section | None:
    told = attainment_text(target)
    return Section(heading="Attainment", sentences=[measured(text) for text in told]) if told else None


def _durable(reply: Metrics | None) -> Section | None:
    """Raw and durable as two numbers, when it was asked how good something is."""
    f = reply.whole if reply is not None else {}
    if "M06" not in f or "M07" not in f:
        return None
    text = f"Consumption ARR is {mark(f['M06'])} raw and {mark(f['M07'])} durable ({mark(f['M06'], 'window')})."
    return Section(heading="What lasts", sentences=[measured(text)])


def _movers(reply: Metrics | None, moved: Mapping[str, Any]) -> Section | None:
    """The largest moves; accounts that changed hands are named as such, for nobody at the customer did anything."""
    if reply is None or not reply.rows:
        return None
    keys, views = ["M10", "M08"], {"M10": "change", "M08": "change"}
    changed = {each["account"]["id"]: each for each in moved.get("handovers") or []}
    rows = [[_named(row, changed.get(row.id)), *cells(row.figures, keys, views)] for row in reply.rows]
    if reply.rest:
        rows.append(["All others", *cells(reply.rest, keys, views)])
    if reply.whole:
        rows.append(["Total", *cells(reply.whole, keys, views)])
    held = held_text(moved.get("held_throughout") or {}, Values(moved, {}))
    notes = [measured(text) for text in [*handover_text(list(changed.values())), *held]]
    return table("Largest moves", ["Account", "Change", "Change in percent"], rows, notes)


def _named(row: Row, handover: Mapping[str, Any] | None) -> str:
    name = joined(row.names)
    if not handover or not handover["on"]:
        return name
    return f"{name} ({'handed over' if handover['way'] == 'out' else 'taken over'} {mark(handover['on'])})"


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


def _side_by_side(reading: Reading, replies: dict[str, Metrics]) -> Draft | None:
    """The same measures in columns, people in the order asked, and nobody but them; no verdict on anybody."""
    people = {person.id: plain_name(person.name) for person in reading.people}
    found: dict[str, dict[str, Figures]] = {}
    for source in ("book", "target", "size"):
        for row in replies[source].rows if source in replies else []:
            if row.id in people:
                found.setdefault(row.id, {})[source] = row.figures
    ids = [ident for ident in people if ident in found]
    if not ids:
        return None
    segments = _segments(replies.get("segments"))
    rows = [
        [label, *[mark(found[i][source][key], _VIEWS.get(key, "")) if key in found[i].get(source, {}) else "–" for i in ids]]
        for source, key, label in _COMPARED
        if any(key in found[i].get(source, {}) for i in ids)
    ]
    if any(segments.get(i) for i in ids):
        rows.append(["Segments of the book", *[segments.get(i, "–") for i in ids]])
    spent = [f"{people[i]} {mark(f['M01'])}" for i in ids if "M01" in (f := found[i].get("book", {}))]
    window = next((mark(f["M01"], "window") for i in ids if "M01" in (f := found[i].get("book", {}))), "")
    lead = f"Net consumption ({window}): {joined(spent)}." if spent else f"{joined([people[i] for i in ids])} side by side."
    return Draft(headline=measured(lead), sections=[_columns([people[i] for i in ids], rows)])


def _segments(reply: Metrics | None) -> dict[str, str]:
    """The segments each book has, the largest first."""
    found: dict[str, list[tuple[float, str]]] = {}
    for raw in (reply.data.get("rows") or []) if reply is not None else []:
        keys = dict(raw.get("keys") or {})
        segment = keys.pop("segment", None)
        usd = reply.number((raw.get("figures") or {}).get("M01")) if reply is not None else None
        if segment and usd:
            found.setdefault(str(next(iter(keys.values()), "")), []).append((usd, plain_name(str(segment).replace("_", " "))))
    return {ident: joined([name for _, name in sorted(pairs, reverse=True)]) for ident, pairs in found.items()}


def _columns(people: list[str], rows: list[list[str]]) -> Section:
    note = measured("Books differ in size and segment, so read changes and pace rather than totals.")
    return table("Side by side", ["Measure", *people], rows, [note])
