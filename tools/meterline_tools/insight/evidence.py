"""Weighing what people and systems said about one change (7.2 steps 8 and 9).

A statement supports a cause when it names it, is not a question or a denial, and speaks of this slice and
these days, not of others. What a statement claims against telemetry is kept as a contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from meterline_tools.insight.causes import load_words
from meterline_tools.insight.cues import CueBook, Reading, Span, read_sentence, speaks_of_usage
from meterline_tools.insight.fingerprints import Fingerprint
from meterline_tools.insight.frames import Frame
from meterline_tools.insight.said_days import Mention, dates_in
from meterline_tools.insight.slices import Slice
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
class SliceWords:
    """Words by which people may call the slice, and words that mean another part of the account."""

    own: frozenset[str]
    other: frozenset[str]
    ids: frozenset[str]
    other_ids: frozenset[str]
    shared: frozenset[str] = frozenset()
    """Words of the slice that other parts bear as well."""
    whole_account: bool = False

    def called(self, text: str) -> list[Span]:
        """Where names of two or more words stand in a text: runs of words that names in this account are made of."""
        generic = _generic_tokens() - _LITTLE
        named = self.own | self.other | self.shared
        runs: list[list[re.Match[str]]] = [[]]
        for match in _TOKEN.finditer(text):
            word = _singular(match[0].lower())
            follows = bool(runs[-1]) and len(text[runs[-1][-1].end() : match.start()].strip("-_. ")) == 0
            if word not in named and word not in generic:
                runs.append([])
            elif follows or not runs[-1]:
                runs[-1].append(match)
            else:
                runs.append([match])
        return [(run[0].start(), run[-1].end()) for run in runs if len(run) > 1 and any(_singular(m[0].lower()) in named for m in run)]


@dataclass(frozen=True)
class Weighed:
    """All evidence of one change, sorted by use."""

    supporting: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    denying: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    contradictions: Sequence[Item] = ()
    read: int = 0


_TOKEN = re.compile(r"[^\W_]+")


_LITTLE = frozenset({"the", "and", "for", "new"})
"""Words of names that stand before anything else as well."""


def tokens(text: str) -> set[str]:
    """Lower-case words, without a plural s."""
    return {_singular(w) for w in _TOKEN.findall(text.lower())}


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=1)
def _generic_tokens() -> frozenset[str]:
    """Words that names of many things bear ("sync", "daily")."""
    return frozenset(w for word in load_words().generic_slice_words for w in tokens(word))


def slice_words(frame: Frame, part: Slice | None, extra: Mapping[str, str] | None = None) -> SliceWords:
    """Words for the slice, from the names of its values; `extra` maps a workload to further words (its use case)."""
    generic = _generic_tokens()
    inside: set[str] = set()
    outside: set[str] = set()
    ids: set[str] = set()
    other_ids: set[str] = set()
    mask = part.mask if part is not None else None
    for row, leaf in enumerate(frame.leaves):
        mine = mask is None or bool(mask[row])
        for attribute in ("workload", "connector", "team", "workspace", "region", "sku", "sku_family"):
            value = leaf.get(attribute)
            if value:
                words = tokens(f"{frame.name(value)} {value} {(extra or {}).get(value, '')}")
                (inside if mine else outside).update(w for w in words if not w.isdigit() and len(w) > 1)
                (ids if mine else other_ids).add(value)
    own = inside - outside - generic
    return SliceWords(
        own=frozenset(_with_places(own)),
        other=frozenset(outside - inside - generic),
        ids=frozenset(ids - other_ids),
        other_ids=frozenset(other_ids - ids),
        shared=frozenset((inside & outside) - generic),
        whole_account=part is None,
    )


_PLACES = {
    "eu": "europe european eu emea",
    "us": "america american us usa",
    "ap": "asia apac pacific",
    "frankfurt": "frankfurt germany german",
    "ireland": "ireland irish dublin",
    "london": "london uk britain british",
    "tokyo": "tokyo japan japanese",
    "sydney": "sydney australia australian",
}


def _with_places(words: Iterable[str]) -> set[str]:
    return {w for word in words for w in {word, *_PLACES.get(word, "").split()}}


def mentions(words: frozenset[str], text_tokens: set[str]) -> bool:
    """Whether any word is in the text; long words also as part of a compound ("Bestelldaten" holds no "orders", but "reloads" does)."""
    if words & text_tokens:
        return True
    long = [w for w in words if len(w) >= 5]
    return any(t.startswith(w) or (len(t) >= 6 and w.startswith(t)) for w in long for t in text_tokens)


def weigh(
    statements: Iterable[Statement],
    book: CueBook,
    prints: Mapping[str, Fingerprint],
    words: SliceWords,
    onset: date,
    end: date,
    rules: Thresholds,
) -> Weighed:
    """Sorts statements into support, denial and contradiction for the change of onset..end."""
    supporting: dict[str, list[Item]] = {}
    denying: dict[str, list[Item]] = {}
    contradictions: list[Item] = []
    read = 0
    for statement in statements:
        read += 1
        if statement.flagged:  # what speaks to a machine neither names nor denies a cause
            continue
        for item in _items(statement, book, prints, words, onset, end, rules):
            if item.contradicts is not None:
                contradictions.append(item)
            elif item.denies:
                denying.setdefault(item.denies, []).append(item)
            elif item.supports:
                supporting.setdefault(item.supports, []).append(item)
    for items in (*supporting.values(), *denying.values()):
        items.sort(key=rank, reverse=True)
    contradictions.sort(key=rank, reverse=True)
    return Weighed(supporting, denying, contradictions, read)


def rank(item: Item) -> tuple[int, int, int, int]:
    """The better evidence is greater: category, slice, date, number of cues."""
    side = {"system": 3, "customer": 2, "vendor": 0}[item.statement.side]
    return (side - item.hint * 2, int(item.slice_match) + int(item.dated), -int(item.hedged), item.cues)


def _items(
    statement: Statement,
    book: CueBook,
    prints: Mapping[str, Fingerprint],
    words: SliceWords,
    onset: date,
    end: date,
    rules: Thresholds,
) -> list[Item]:
    if statement.causes:
        return _system_items(statement, prints, onset, rules)
    reading = read_sentence(statement.text, book, words.called)
    if not reading.names and not reading.denies and not reading.lean:
        return []
    place = _place(statement, words)
    said = dates_in(statement.text, statement.day)
    if place == "other" or _other_days(said, statement.day, onset, end, rules):
        return []
    dated = _is_dated(said, statement.day, onset, rules)
    match = place == "slice"
    distant = statement.day < onset - timedelta(days=rules.evidence.distant_days)
    if distant and not (match or dated):
        return []
    out = [Item(statement, denies=cause, slice_match=match, dated=dated) for cause in sorted(reading.denies) if cause in prints]
    if reading.asking:
        return out
    return out + _claims(statement, reading, prints, words, match, dated)


def _claims(
    statement: Statement, reading: Reading, prints: Mapping[str, Fingerprint], words: SliceWords, match: bool, dated: bool
) -> list[Item]:
    """Support for allowed causes; without any, the claim of a denied cause is a contradiction."""
    named = {c: n for c, n in reading.names.items() if c in prints and not _wrong_way(prints[c])}
    allowed = {c: n for c, n in named.items() if prints[c].state != "denied"}
    out = [Item(statement, supports=c, slice_match=match, dated=dated, hedged=reading.hedged, cues=n) for c, n in sorted(allowed.items())]
    tested = [c for c in named if not prints[c].unmeasured]  # what no test denied is not contradicted
    if not allowed and tested and (match or dated) and _about_this(statement, reading, words):
        claim = max(tested, key=lambda c: named[c])
        out.append(Item(statement, contradicts=prints[claim], slice_match=match, dated=dated, hedged=reading.hedged, cues=named[claim]))
    if not named and reading.lean and match:
        twins = [p.cause.id for p in prints.values() if p.state != "denied" and p.cause.durability == reading.lean and p.cause.twins]
        out += [Item(statement, supports=c, slice_match=True, dated=dated, hedged=reading.hedged, hint=True) for c in twins]
    return out


def _about_this(statement: Statement, reading: Reading, words: SliceWords) -> bool:
    """Whether it claims a cause for this usage: it speaks of usage, or of the slice in the midst of talk about usage."""
    if reading.about_usage:
        return True
    return mentions(words.own, tokens(statement.text)) and speaks_of_usage(statement.around)


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
    if statement.tags:
        if statement.tags & words.ids:
            return "slice"
        if statement.tags & words.other_ids:
            return "other"
    near = tokens(statement.text)
    if mentions(words.own, near):
        return "slice"
    if mentions(words.other, near) and not mentions(words.shared, near):
        return "other"
    wide = near | tokens(statement.around)
    if mentions(words.own, wide):
        return "slice"
    return "slice" if words.whole_account and not mentions(words.other, wide) else ""


def _other_days(said: Collection[Mention], day: date, onset: date, end: date, rules: Thresholds) -> bool:
    """Whether all the days it names lie outside the change: long before it, or a start well after it began."""
    if not said:
        return day > end + timedelta(days=rules.evidence.before_days)
    low, high = onset - timedelta(days=21), max(end, onset + timedelta(days=21)) + timedelta(days=14)
    return all(m.end < low or (m.start > high and not m.limit) for m in said)


def _is_dated(said: Collection[Mention], day: date, onset: date, rules: Thresholds) -> bool:
    within = timedelta(days=rules.evidence.dated_within_days)
    if any(m.start - within <= onset <= m.end + within for m in said):
        return True
    return not said and abs(day - onset) <= within
