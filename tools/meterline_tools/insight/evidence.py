"""Weighing what people and systems said about one change (7.2 steps 8 and 9).

A statement supports a cause when it names it, is not a question or a denial, and speaks of this slice and
these days, not of others. What a statement claims against telemetry is kept as a contradiction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from meterline_tools.insight.cues import CueBook, Reading, read_sentence, speaks_of_usage
from meterline_tools.insight.fingerprints import Fingerprint
from meterline_tools.insight.meaning import Meaning, Nearness, gist
from meterline_tools.insight.said_days import Mention, dates_in
from meterline_tools.insight.slice_words import SliceWords, mentions, named_in, tokens
from meterline_tools.insight.thresholds import Thresholds
from meterline_tools.receipts import Side, SourceKind


@dataclass(frozen=True)
class Statement:
    """A sentence somebody wrote or said, or a record of a system. Offsets are in its turn or body.

    `around` holds the neighbouring sentences and the title. `tags` are ids (workload, connector …) that the
    source itself carries. A system's record names its causes in `causes` instead of in words.
    """

    source: SourceKind
    source_id: str
    side: Side
    day: date
    text: str
    around: str = ""
    kind: str = ""
    speaker: str | None = None
    turn: int | None = None
    start: int | None = None
    end: int | None = None
    title: str | None = None
    flagged: bool = False
    tags: frozenset[str] = frozenset()
    causes: tuple[str, ...] = ()
    about_slice: bool | None = None
    announced: date | None = None
    """When the source already told of it: a contract is signed before its term."""

    @property
    def first_known(self) -> date:
        return min(self.day, self.announced or self.day)


@dataclass(frozen=True)
class Item:
    """A statement with what it means for the change. Exactly one of supports, denies, contradicts is set."""

    statement: Statement
    supports: str | None = None
    denies: str | None = None
    contradicts: Fingerprint | None = field(default=None, hash=False)
    """A cause that is claimed here and denied by telemetry."""
    slice_match: bool = False
    dated: bool = False
    hedged: bool = False
    cues: int = 0
    hint: bool = False
    """It only says how long it will last, not why."""


@dataclass(frozen=True)
class Heard:
    """A sentence that may speak of the change: what its words say, and how near it is to slice and days."""

    statement: Statement
    reading: Reading
    match: bool
    dated: bool
    explicit: bool
    """It names days itself."""
    recent: bool
    """It was said in the first weeks of the change."""
    near: bool = False
    """It names the slice itself, not just beside it."""

    def gist(self, words: SliceWords) -> str:
        """What is compared in meaning: the sentence without names and days; a ticket with its title."""
        text = self.statement.text
        if self.statement.source == "ticket" and self.statement.title and self.statement.title != text:
            text = f"{self.statement.title}. {text}"
        return gist(text, words.called(text))


@dataclass(frozen=True)
class Weighed:
    """All evidence of one change, sorted by use."""

    supporting: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    denying: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    contradictions: Sequence[Item] = ()
    read: int = 0


def weigh(
    statements: Iterable[Statement],
    book: CueBook,
    prints: Mapping[str, Fingerprint],
    words: SliceWords,
    onset: date,
    end: date,
    rules: Thresholds,
    meaning: Meaning | None = None,
) -> Weighed:
    """Sorts statements into support, denial and contradiction for the change of onset..end.

    With a `meaning`, what a sentence means votes beside its cues; without, cues alone are heard.
    """
    weighed = Weighed({}, {}, [])
    said = list(statements)
    heard = [h for s in said if not s.flagged and not s.causes and (h := hear(s, book, words, onset, end, rules)) is not None]
    near = understood(heard, words, meaning, rules)
    items = [item for h in heard for item in _items(h, near.get(id(h), {}), prints, words, rules)]
    items += [item for s in said if s.causes and not s.flagged for item in _system_items(s, prints, onset, rules)]
    supporting: dict[str, list[Item]] = {}
    denying: dict[str, list[Item]] = {}
    contradictions: list[Item] = []
    for item in sorted(items, key=rank, reverse=True):
        listed = (
            contradictions
            if item.contradicts is not None
            else denying.setdefault(item.denies, [])
            if item.denies
            else supporting.setdefault(item.supports or "", [])
        )
        if not any(_overlap(item.statement, other.statement) for other in listed):
            listed.append(item)
    return replace(weighed, supporting=supporting, denying=denying, contradictions=contradictions, read=len(said))


def _overlap(one: Statement, other: Statement) -> bool:
    """Whether two pieces of one source share words: the better one stands for both."""
    same = (one.source_id, one.turn) == (other.source_id, other.turn) and one.start is not None and other.start is not None
    return same and one is not other and max(one.start or 0, other.start or 0) < min(one.end or 0, other.end or 0)


def rank(item: Item) -> tuple[int, int, int, int]:
    """The better evidence is greater: category, slice, date, number of cues."""
    side = {"system": 3, "customer": 2, "vendor": 0}[item.statement.side]
    return (side - item.hint * 2, int(item.slice_match) + int(item.dated), -int(item.hedged), item.cues)


def hear(statement: Statement, book: CueBook, words: SliceWords, onset: date, end: date, rules: Thresholds) -> Heard | None:
    """What a sentence says and of what; None when it speaks of another part or of other days."""
    reading = read_sentence(statement.text, book, words.called)
    if statement.source == "ticket" and reading.asking:  # opened because of something that is so, however it is asked
        reading = replace(reading, asking=False, hedged=statement.text.rstrip().endswith(("?", "？")))
    place = _place(statement, words)
    said = dates_in(statement.text, statement.day)
    if place == "other" or _other_days(said, statement.day, onset, end, rules):
        return None
    dated = _is_dated(said, statement.day, onset, rules)
    distant = statement.day < onset - timedelta(days=rules.evidence.distant_days)
    if distant and not (place == "slice" or dated):
        return None
    after = (statement.day - onset).days
    recent = -rules.evidence.dated_within_days <= after <= rules.evidence.recent_days
    named = statement.about_slice or bool(statement.tags & words.ids) or named_in(statement.text, words) == "slice"
    near = named or mentions(words.own, tokens(statement.text))
    return Heard(statement, reading, place == "slice", dated, bool(said), recent, near)


def understood(heard: Sequence[Heard], words: SliceWords, meaning: Meaning | None, rules: Thresholds) -> dict[int, Nearness]:
    """How near to each cause the sentences are in meaning, by the id of what was heard.

    The best known by place and day are compared, as many as time allows. Questions and wishes mean nothing.
    """
    if meaning is None:
        return {}
    asked = [
        h
        for h in heard
        if not h.reading.asking and (h.match or h.dated or h.recent) and len(h.statement.text) >= rules.meaning.least_letters
    ]
    asked.sort(key=lambda h: (bool(h.reading.names), h.match + h.dated + (h.dated and h.explicit)), reverse=True)
    asked = asked[: rules.meaning.most_sentences]
    found = meaning.nearness([h.gist(words) for h in asked])
    return {id(h): near for h, near in zip(asked, found, strict=True)}


def _items(heard: Heard, near: Nearness, prints: Mapping[str, Fingerprint], words: SliceWords, rules: Thresholds) -> list[Item]:
    statement, reading = heard.statement, heard.reading
    denied = [Item(statement, denies=c, slice_match=heard.match, dated=heard.dated) for c in sorted(reading.denies) if c in prints]
    return denied if reading.asking else denied + _claims(heard, near, prints, words, rules)


def _claims(heard: Heard, near: Nearness, prints: Mapping[str, Fingerprint], words: SliceWords, rules: Thresholds) -> list[Item]:
    """Support for allowed causes; without any, the claim of a denied cause is a contradiction."""
    statement, reading, match, dated = heard.statement, heard.reading, heard.match, heard.dated

    def item(cause: str, **more: Any) -> Item:
        told = {"slice_match": match, "dated": dated, "hedged": reading.hedged, "cues": reading.names.get(cause, 0)}
        return Item(statement, **(told | more))

    votes = {c: v for c, v in _votes(heard, near, rules).items() if c in prints}
    best = max(votes.values(), default=0.0)
    allowed = {c: v for c, v in votes.items() if prints[c].state != "denied"}
    tested = {c: v for c, v in votes.items() if prints[c].state == "denied" and not prints[c].unmeasured and not _wrong_way(prints[c])}
    margin = rules.meaning.clearly if heard.near and heard.dated else rules.meaning.alike
    out = [item(c, supports=c) for c, v in sorted(allowed.items()) if not near or v >= best - margin]
    claim = max(sorted(tested), key=lambda c: tested[c], default=None)
    if claim is not None and not out and tested[claim] == best:
        plain = _about_this(heard, words) or (heard.recent and best >= rules.meaning.plainly)
        return [item(claim, contradicts=prints[claim])] if plain else []
    if not votes and reading.lean and match:
        twins = [p.cause.id for p in prints.values() if p.state != "denied" and p.cause.durability == reading.lean and p.cause.twins]
        out += [item(c, supports=c, slice_match=True, cues=0, hint=True) for c in twins]
    return out


def _votes(heard: Heard, near: Nearness, rules: Thresholds) -> dict[str, float]:
    """What cues and meaning say together, of the causes they say enough for. A denied cause has no vote."""
    cue, names = rules.meaning.cue, heard.reading.names
    votes = {c: near.get(c, 0.0) + cue * min(names.get(c, 0), 2) for c in {*near, *names} if c in names or c not in heard.reading.denies}
    weigh = rules.meaning
    if heard.near and heard.dated:
        least = weigh.least_here
    else:
        least = weigh.least if heard.near or (heard.dated and heard.explicit) else weigh.least_aside
    return {c: v for c, v in votes.items() if v >= least or (c in names and not near)}


def _about_this(heard: Heard, words: SliceWords) -> bool:
    """Whether it claims a cause for this usage: it speaks of usage, or of the slice in the midst of talk about usage, and of these days."""
    statement = heard.statement
    if not (heard.match or heard.dated or heard.recent):
        return False
    if heard.reading.about_usage or (heard.dated and heard.explicit):
        return True
    spoken = speaks_of_usage(statement.around)
    return spoken and (heard.recent or mentions(words.own, tokens(statement.text)))


def _wrong_way(fingerprint: Fingerprint) -> bool:
    """A cause of the other direction is talk about something else, not a contradiction."""
    return fingerprint.by is not None and fingerprint.by.fact == "direction"


def _system_items(statement: Statement, prints: Mapping[str, Fingerprint], onset: date, rules: Thresholds) -> list[Item]:
    dated = abs((statement.day - onset).days) <= rules.evidence.dated_within_days
    match = bool(statement.about_slice)
    return [
        Item(statement, supports=c, slice_match=match, dated=dated, cues=1)
        for c in statement.causes
        if c in prints and prints[c].state != "denied"
    ]


def _place(statement: Statement, words: SliceWords) -> str:
    """ "slice", "other" (it speaks of another part of the account) or "" (it names no part)."""
    if statement.about_slice is not None:
        return "slice" if statement.about_slice else "other"
    if statement.tags & (words.ids | words.other_ids):
        return "slice" if statement.tags & words.ids else "other"
    near = tokens(statement.text)
    named = named_in(statement.text, words)
    if named or mentions(words.own, near):
        return named or "slice"
    if mentions(words.other, near) and not mentions(words.shared, near):
        return "other"
    wide = near | tokens(statement.around)
    whole = words.whole_account and not mentions(words.other, wide)
    return "slice" if mentions(words.own, wide) or whole else ""


def _other_days(said: Collection[Mention], day: date, onset: date, end: date, rules: Thresholds) -> bool:
    """Whether all the days it names lie outside the change: long before it, or a start well after it began."""
    if not said:
        return day > min(end, onset + timedelta(days=rules.evidence.before_days)) + timedelta(days=rules.evidence.before_days)
    low = onset - timedelta(days=21)
    high = min(max(end, onset + timedelta(days=21)) + timedelta(days=14), onset + timedelta(days=rules.evidence.distant_days))
    return all(m.end < low or (m.start > high and not m.limit) for m in said)


def _is_dated(said: Collection[Mention], day: date, onset: date, rules: Thresholds) -> bool:
    within = timedelta(days=rules.evidence.dated_within_days)
    if any(m.start - within <= onset <= m.end + within for m in said):
        return True
    return not said and abs(day - onset) <= within
