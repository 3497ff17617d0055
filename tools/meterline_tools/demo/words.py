"""Notes: the planted ones that carry the stories, what people say about generated events, and the many that carry nothing.

In texts, `<<…>>` marks an evidence sentence. The marks are taken out, and where the sentence stands is kept for the truth,
so that citations can be checked exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from meterline_tools.demo import spec
from meterline_tools.demo.crm.people import Credit, hunter, owner
from meterline_tools.demo.crm.world import Record, World, workday
from meterline_tools.demo.talk.bank import Bank, bank_for, pick
from meterline_tools.demo.talk.documents import Writer
from meterline_tools.demo.talk.routine import Routine
from meterline_tools.demo.talk.sayings import Saying, Talk
from meterline_tools.demo.transcripts import as_file

FORMATS = ("vtt", "md", "txt", "srt", "json")
FILES_PER_FORMAT = 2
PLANTED_UPSTREAM = ("E1", "E3")


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
    event: str | None = None
    """The one event it is about; None lets account, cause and time tell."""


@dataclass
class Words:
    """Finished notes: rows of the note table, files, and the spans that matter."""

    notes: list[Record] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    spans: list[Span] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    """planted key → note id"""


def make_notes(
    world: World, held: dict[str, list[Credit]], contacts: list[Record], activities: list[Record], qbrs: list[Record], talk: Talk
) -> Words:
    """All notes, in order of time. Ids are given after sorting, so that planted notes do not stand out."""
    people = {(c["account_id"], c["persona"]): c for c in reversed(contacts)}
    bank = bank_for(world.streams.seed)
    writer, words = Writer(world, bank, people), Words()
    for raw in [*spec.read("notes/stories_emea"), *spec.read("notes/stories_amer")]:
        account_id = world.named(raw["account"])
        if account_id and world.axis.holds(raw["on"]):
            words.notes.append(_planted(writer, account_id, raw, words))
    words.notes += _upstream(writer, held, words)
    words.notes += [_said(writer, s, words) for s in talk.sayings if s.carrier != "ticket"]
    _seasons(writer, bank, held, words)
    words.notes += Routine(writer, held, talk, qbrs).fill(words.notes)
    words.notes.sort(key=lambda n: (n["occurred_at"], n["account_id"], n["title"], n["key"]))
    for i, note in enumerate(words.notes):
        note["note_id"] = f"N-{i + 1:04d}"
        key = note.pop("key")
        if key:
            words.ids[key] = note["note_id"]
    _link_activities(words.notes, activities)
    _move_to_files(words)
    return words


def _planted(writer: Writer, account_id: str, raw: Record, words: Words) -> Record:
    world, rng = writer.world, writer.world.streams.of("note", raw["key"])
    note = writer.note(account_id, raw["by"], raw["type"], world.at(raw["on"], rng), raw["title"], rng)
    note |= {"key": raw["key"], "language": raw.get("language", "en"), "sensitivity": raw.get("sensitivity", note["sensitivity"])}

    def keep(text: str, turn: int | None, who: str) -> str:
        clean, start, marked = _unmark(text)
        if marked:
            claims = raw.get("claims")
            words.spans.append(Span(raw["key"], raw["account"], turn, marked, start, who, raw["on"], raw.get("supports"), claims))
        return clean

    if "turns" in raw:
        head = writer.exchanges(account_id, raw["before"], rng)
        tail = writer.exchanges(account_id, raw["after"], rng, closing=True)
        note["turns"] = writer.turns(account_id, raw["by"], [*head, *map(tuple, raw["turns"]), *tail], keep)
    else:
        note["body"] = keep(raw["body"], None, raw.get("side", "vendor"))
    return note


def _said(writer: Writer, saying: Saying, words: Words) -> Record:
    """A document around a planted sentence."""
    world = writer.world
    rng = world.streams.of("note", saying.account_id, saying.key)
    title = saying.title or writer.title(saying.carrier, saying.language, rng)
    note = writer.note(saying.account_id, saying.rep, saying.carrier, world.at(saying.day, rng), title, rng)
    note |= {"key": saying.key, "language": saying.language}
    name = world.by_id[saying.account_id].account.name

    def keep(text: str, turn: int | None, who: str) -> str:
        clean, start, marked = _unmark(text)
        if marked:
            place = (saying.key, name, turn, marked, start, saying.side, saying.day)
            words.spans.append(Span(*place, saying.supports, saying.claims, saying.event))
        return clean

    return writer.write(note, saying.rep, saying.text, saying.side, keep, rng)


def _unmark(text: str) -> tuple[str, int, str]:
    """The text without `<<…>>`, and where the first marked sentence starts and what it says."""
    found = re.search(r"<<(.+?)>>", text, re.DOTALL)
    return text.replace("<<", "").replace(">>", ""), found.start() if found else 0, found.group(1) if found else ""


def _upstream(writer: Writer, held: dict[str, list[Credit]], words: Words) -> list[Record]:
    """Notes of generated accounts about the upstream event, right (a customer's mail) or wrong (a rep's guess), by regime."""
    world = writer.world
    bank, cause = spec.read("notes/upstream"), spec.company_events().upstream_api.cause
    out: list[Record] = []
    for sim in world.company:
        event = next((e for e in sim.events if e.story.cause == cause), None)
        if sim.account.named or event is None or event.story.regime not in PLANTED_UPSTREAM:
            continue
        hit, right = event.story, event.story.regime == "E1"
        rng = world.streams.of("upstream-note", sim.account.id)
        day = workday(hit.onset + timedelta(days=int(rng.integers(4, 9))))
        rep = owner(held[sim.account.id], day) or hunter(sim.account.region, day, sim.account.id)
        texts = bank["right" if right else "wrong"]
        body, start, marked = _unmark(texts[sum(n["note_type"] == ("email" if right else "call_note") for n in out) % len(texts)])
        kind, title = ("email", "CRM sync") if right else ("call_note", "Usage in March")
        key = f"upstream-{sim.account.id}"
        note = writer.note(sim.account.id, rep, kind, world.at(day, rng), title, rng)
        out.append(note | {"key": key, "body": body})
        side, claims = ("customer", None) if right else ("vendor", "new_use_case")
        words.spans.append(Span(key, sim.account.name, None, marked, start, side, day, cause if right else None, claims, event.id))
    return out


def _seasons(writer: Writer, bank: Bank, held: dict[str, list[Credit]], words: Words) -> None:
    """A few retailers mention the season before it comes; the others stay silent, as every year."""
    for sim in writer.world.company:
        rng = writer.world.streams.of("season-note", sim.account.id)
        seasons = [e for e in sim.events if e.story.cause == "retail_peak"]
        if sim.account.named or not seasons or rng.random() > 0.2:
            continue
        event = seasons[-1]
        day = workday(event.story.onset - timedelta(days=int(rng.integers(4, 20))))
        rep = owner(held[sim.account.id], day)
        if rep is None or not writer.world.axis.holds(day):
            continue
        side = "customer" if rng.random() < 0.5 else "vendor"
        text = pick(rng, bank.evidence["retail_peak"]["c" if side == "customer" else "v"])
        said = text.format(**{"from": "from the middle of November on", "much": "about half again"})
        kind = "transcript" if side == "customer" else "call_note"
        text, key = f"<<{said[0].upper() + said[1:]}>>", f"season-{sim.account.id}"
        saying = Saying(key, sim.account.id, kind, side, day, text, rep, event=event.id, supports="retail_peak")
        words.notes.append(_said(writer, saying, words))


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
        for note in [n for n in able if n["sensitivity"] != "restricted"][-FILES_PER_FORMAT:]:
            name = f"{note['occurred_at']:%Y-%m-%d}-{note['note_type'].replace('_', '-')}.{fmt}"
            words.files[f"{note['account_id']}/{name}"] = as_file(note, fmt)
            moved.add(note["note_id"])
    words.notes = [n for n in words.notes if n["note_id"] not in moved]
