"""Notes: the planted ones that carry the stories, and the routine ones that carry nothing.

In the YAML, `<<…>>` marks an evidence sentence. The marks are taken out of the text, and where the sentence stands is kept
for the truth, so that citations can be checked exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.crm.people import Credit, owner
from meterline_tools.demo.crm.world import Record, World, workday
from meterline_tools.demo.transcripts import as_file

ROUTINE_NOTES = 170
SECONDS_PER_WORD = 0.4
LANGUAGES = {"DE": "de", "SE": "sv", "JP": "ja"}
KINDS = {"call_note": 0.38, "email": 0.2, "chat": 0.12, "voice_dump": 0.12, "qbr_note": 0.06, "internal_memo": 0.04, "transcript": 0.08}
FORMATS = ("vtt", "md", "txt", "srt", "json")
FILES_PER_FORMAT = 2


Line = tuple[str, str | None, str]
"""side c or v, persona or rep key, text"""
Keep = Callable[[str, int | None, str], str]


@dataclass(frozen=True)
class Span:
    """An evidence sentence: which note, which turn (None for bodies), its exact text and what it says."""

    note_key: str
    account: str
    turn: int | None
    text: str
    start: int
    side: str
    day: date
    supports: str | None
    claims: str | None = None


@dataclass
class Words:
    """Finished notes: rows of the note table, files, and the spans that matter."""

    notes: list[Record] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    """planted key → note id"""


def make_notes(world: World, held: dict[str, list[Credit]], contacts: list[Record], activities: list[Record]) -> Words:
    """All notes, in order of time. Ids are given after sorting, so that planted notes do not stand out."""
    people = {(c["account_id"], c["persona"]): c for c in reversed(contacts)}
    words = Words()
    for raw in [*spec.read("notes/stories_emea"), *spec.read("notes/stories_amer")]:
        account_id = world.named(raw["account"])
        if account_id and world.axis.holds(raw["on"]):
            words.notes.append(_planted(world, people, account_id, raw, words))
    words.notes += _upstream(world, held, words)
    words.notes += _routine(world, held, people)
    words.notes.sort(key=lambda n: (n["occurred_at"], n["account_id"], n["title"]))
    for i, note in enumerate(words.notes):
        note["note_id"] = f"N-{i + 1:04d}"
        key = note.pop("key")
        if key:
            words.ids[key] = note["note_id"]
    _link_activities(words.notes, activities)
    _move_to_files(words)
    return words


def _planted(world: World, people: dict[tuple[str, str], Record], account_id: str, raw: Record, words: Words) -> Record:
    rng = world.streams.of("note", raw["key"])
    note = _note(world, account_id, raw["by"], raw["type"], world.at(raw["on"], rng), raw["title"], rng)
    note |= {"key": raw["key"], "language": raw.get("language", "en"), "sensitivity": raw.get("sensitivity", note["sensitivity"])}
    side = raw.get("side", "vendor")

    def keep(text: str, turn: int | None, who: str) -> str:
        clean, start, marked = _unmark(text)
        if marked:
            claims = raw.get("claims")
            words.spans.append(Span(raw["key"], raw["account"], turn, marked, start, who, raw["on"], raw.get("supports"), claims))
        return clean

    if "turns" in raw:
        head, tail = _lines(_exchanges(rng, raw["before"])), _lines(_exchanges(rng, raw["after"], closing=True))
        note["turns"] = _turns(world, people, account_id, raw["by"], [*head, *map(tuple, raw["turns"]), *tail], keep)
    else:
        note["body"] = keep(raw["body"], None, side)
    return note


def _unmark(text: str) -> tuple[str, int, str]:
    """The text without `<<…>>`, and where the first marked sentence starts and what it says."""
    found = re.search(r"<<(.+?)>>", text, re.DOTALL)
    return text.replace("<<", "").replace(">>", ""), found.start() if found else 0, found.group(1) if found else ""


def _exchanges(rng: np.random.Generator, count: int, closing: bool = False) -> list[list[str]]:
    bank = spec.read("notes/routine")
    picked = [bank["exchanges"][int(i)] for i in rng.permutation(len(bank["exchanges"]))[:count]]
    return [*picked, bank["closers"][int(rng.integers(len(bank["closers"])))]] if closing else picked


def _lines(exchanges: list[list[str]]) -> list[Line]:
    return [(side, None, text) for pair in exchanges for side, text in zip("cv", pair, strict=True)]


def _turns(world: World, people: dict[tuple[str, str], Record], account_id: str, rep: str, lines: list[Line], keep: Keep) -> list[Record]:
    """Speaker turns with side, person and start second. A line without a person is spoken by the main contact or the rep."""
    names = {p.key: p.name for p in spec.cast()}
    out, clock = [], 0.0
    for n, (side, who, text) in enumerate(lines):
        turn: Record = {"n": n, "side": "customer" if side == "c" else "vendor"}
        if side == "c":
            person = people.get((account_id, who or "champion")) or people[(account_id, "champion")]
            turn |= {"speaker": person["full_name"], "contact_id": person["contact_id"]}
        else:
            turn |= {"speaker": names[who or rep], "rep_id": world.rep_ids[who or rep]}
        turn |= {"start_s": round(clock, 1), "text": keep(text, n, turn["side"])}
        clock += max(2.0, len(text.split()) * SECONDS_PER_WORD)
        out.append(turn)
    return out


def _note(world: World, account_id: str, rep: str, kind: str, at: datetime, title: str, rng: np.random.Generator) -> Record:
    return {
        "key": "",
        "note_id": "",
        "account_id": account_id,
        "author_rep_id": world.rep_ids[rep],
        "note_type": kind,
        "occurred_at": at,
        "created_at": min(at + timedelta(hours=int(rng.integers(1, 30))), world.axis.as_of),
        "title": title,
        "language": "en",
        "sensitivity": "internal" if kind in ("internal_memo", "voice_dump", "call_note") else "customer_shareable",
    }


def _upstream(world: World, held: dict[str, list[Credit]], words: Words) -> list[Record]:
    """Notes of generated accounts about the upstream event, right (a customer's mail) or wrong (a rep's guess), by regime."""
    bank, cause = spec.read("notes/upstream"), spec.company_events().upstream_api.cause
    out: list[Record] = []
    for sim in world.company:
        hit = next((e.story for e in sim.events if e.story.cause == cause), None)
        if sim.account.named or hit is None or hit.regime not in ("E1", "E3"):
            continue
        right = hit.regime == "E1"
        rng = world.streams.of("upstream-note", sim.account.id)
        day = workday(hit.onset + timedelta(days=int(rng.integers(4, 9))))
        rep = owner(held[sim.account.id], day) or "raman"
        texts = bank["right" if right else "wrong"]
        body, start, marked = _unmark(texts[sum(n["note_type"] == ("email" if right else "call_note") for n in out) % len(texts)])
        kind, title = ("email", "CRM sync") if right else ("call_note", "Usage in March")
        key = f"upstream-{sim.account.id}"
        note = _note(world, sim.account.id, rep, kind, world.at(day, rng), title, rng)
        out.append(note | {"key": key, "body": body})
        side, claims = ("customer", None) if right else ("vendor", "new_use_case")
        words.spans.append(Span(key, sim.account.name, None, marked, start, side, day, cause if right else None, claims))
    return out


def _routine(world: World, held: dict[str, list[Credit]], people: dict[tuple[str, str], Record]) -> list[Record]:
    """Notes in which nothing happens, about accounts that have an owner; none recent about accounts that must stay silent."""
    rng = world.streams.of("notes", "routine")
    able = [s for s in world.company if owner(held[s.account.id], world.axis.today) and s.account.segment != "self_serve"]
    weights = np.array([s.account.daily for s in able]) ** 0.3
    out: list[Record] = []
    for _ in range(ROUTINE_NOTES):
        sim = able[int(rng.choice(len(able), p=weights / weights.sum()))]
        account_id = sim.account.id
        age = int(rng.exponential(130)) + 2
        if account_id in world.silent:
            age += 170
        day = workday(world.axis.today - timedelta(days=min(age, world.axis.n - 5)))
        rep = owner(held[account_id], day)
        if rep and day > world.born(sim):
            out.append(_routine_note(world, people, sim.account.country, account_id, rep, day, rng))
    for i in range(0, len(out) - 1, 25):
        twin = {**out[i], "occurred_at": out[i]["occurred_at"] + timedelta(minutes=7)}
        out.append(twin | {"title": f"{twin['title']} (2)"})
    return out


def _routine_note(
    world: World, people: dict[tuple[str, str], Record], country: str, account_id: str, rep: str, day: date, rng: np.random.Generator
) -> Record:
    bank = spec.read("notes/routine")
    kind = list(KINDS)[int(rng.choice(len(KINDS), p=np.array(list(KINDS.values()))))]
    note = _note(world, account_id, rep, kind, world.at(day, rng), kind.replace("_", " ").capitalize(), rng)
    language = LANGUAGES.get(country)
    if language and kind != "transcript" and rng.random() < 0.35:
        title, body = bank["other_languages"][language][int(rng.integers(len(bank["other_languages"][language])))]
        return note | {"title": title, "body": body, "language": language}
    if kind == "transcript":
        lines = _lines(_exchanges(rng, int(rng.integers(6, 9)), closing=True))
        return note | {"turns": _turns(world, people, account_id, rep, lines, lambda text, n, side: text)}
    colours = rng.permutation(bank["colour"])[:2]
    form = bank[kind][int(rng.integers(len(bank[kind])))]
    body = form.format(colour=colours[0], colour2=colours[1], weeks=int(rng.integers(2, 7)))
    return note | {"body": body.lower().replace(".", "").replace(",", "") if kind == "voice_dump" else body}


def _link_activities(notes: list[Record], activities: list[Record]) -> None:
    """A note belongs to the meeting or call of its author with the account on the same day, if one was logged."""
    by_touch = {(a["account_id"], a["rep_id"], a["occurred_at"].date()): a["activity_id"] for a in reversed(activities)}
    for note in notes:
        note["activity_id"] = by_touch.get((note["account_id"], note["author_rep_id"], note["occurred_at"].date()))


def _move_to_files(words: Words) -> None:
    """A handful of routine notes become files of the kinds that meeting tools export."""
    planted = set(words.ids.values())
    moved: set[str] = set()
    for fmt in FORMATS:
        spoken = fmt in ("vtt", "srt", "json")
        able = [n for n in words.notes if n["note_id"] not in planted | moved and ("turns" in n) == spoken and n["language"] == "en"]
        for note in able[-FILES_PER_FORMAT:]:
            name = f"{note['occurred_at']:%Y-%m-%d}-{note['note_type'].replace('_', '-')}.{fmt}"
            words.files[f"{note['account_id']}/{name}"] = as_file(note, fmt)
            moved.add(note["note_id"])
    words.notes = [n for n in words.notes if n["note_id"] not in moved]
