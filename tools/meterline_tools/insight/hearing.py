"""Hearing what people say: of which part and of which days a sentence speaks, and what it means with those beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from meterline_tools.insight.cues import CueBook, Reading, gives_an_opinion, read_sentence, told_part
from meterline_tools.insight.meaning import Meaning, Nearness, gist
from meterline_tools.insight.said_days import dates_in
from meterline_tools.insight.said_when import days_ahead, ends_with, is_dated, other_days
from meterline_tools.insight.slice_words import SliceWords, mentions, named_in, tokens
from meterline_tools.insight.thresholds import Thresholds
from meterline_tools.receipts import Side, SourceKind

_LEAST_WORDS = 5
_SAME_DAY = timedelta(days=1)
"""What begins on a day shows on it or on the next."""
_GAP = 3
"""Letters between two sentences that follow one another."""


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
    beside: str = ""
    """The sentences before and after it, in the same mouth."""
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
    on_day: bool = False
    """It names the very day on which the change began."""
    near: bool = False
    """It names the slice itself, not just beside it."""
    aside: bool = False
    """It speaks of usage, or says what somebody thinks, with a word of another part in it: a claim about the account, and no word for
    this slice."""
    ahead: bool = False
    """All days that it names lie well after the beginning: the end of what is going on, or another matter."""
    foretold: bool = False
    """It was said in the weeks before the change, without a day: of what people plan they speak beforehand."""
    elsewhen: bool = False
    """All days that it names are those of another time: no word for a cause of this change."""

    def gist(self, words: SliceWords) -> str:
        """What is compared in meaning: the sentence without names and days; a ticket with its title."""
        text = told_part(self.statement.text)
        if self.statement.source == "ticket" and self.statement.title and self.statement.title != text:
            text = f"{self.statement.title}. {text}"
        text = words.without_rivals(text)
        return gist(text, words.called(text))


def hear(statement: Statement, book: CueBook, words: SliceWords, onset: date, end: date, rules: Thresholds, slack: int = 0) -> Heard | None:
    """What a sentence says and of what; None when it speaks of another part. The onset may be off by `slack` days."""
    told = words.without_rivals(statement.text if statement.source == "ticket" else told_part(statement.text))
    reading = read_sentence(told, book, words.called)
    if statement.source == "ticket" and (reading.asking or reading.undecided):  # opened because of what is so, however it is asked
        reading = replace(reading, asking=False, undecided=False, hedged=statement.text.rstrip().endswith(("?", "？")))
    place = _place(statement, words)
    after = (statement.day - onset).days
    dated_within = rules.evidence.dated_within_days + slack
    recent = -dated_within <= after <= rules.evidence.recent_days + slack
    claims = (reading.about_usage or gives_an_opinion(statement.text)) and not (reading.asking or reading.undecided)
    aside = place == "other" and recent and claims and named_in(statement.text, words) != "other"
    said = dates_in(statement.text, statement.day)
    ahead = days_ahead(said, statement.day, onset, rules)
    if place == "other" and not aside:
        return None
    elsewhen = not ahead and other_days(said, statement.day, onset, end, rules)
    dated = not aside and (
        is_dated(said, statement.day, onset, dated_within)
        or ends_with(said, statement.day, onset, end, rules)
        or (not said and _dated_beside(statement, onset, rules))
    )
    distant = statement.day < onset - timedelta(days=rules.evidence.distant_days)
    if distant and not (place == "slice" or dated):
        return None
    named = statement.about_slice or bool(statement.tags & words.ids) or named_in(statement.text, words) == "slice"
    foretold = not said and -rules.evidence.foretold_days - slack <= after < -dated_within and not aside
    near = not aside and (named or mentions(words.own, tokens(statement.text)))
    late = rules.evidence.before_days if reading.about_usage else rules.evidence.distant_days + slack
    if not near and not dated and after > late:
        return None
    on_day = not aside and any(m.start == m.end and not m.limit and abs(m.start - onset) <= _SAME_DAY for m in said)
    return Heard(statement, reading, place == "slice", dated, bool(said), recent, on_day, near, aside, ahead, foretold, elsewhen)


def _dated_beside(statement: Statement, onset: date, rules: Thresholds) -> bool:
    """Whether the talk beside a sentence says when it was or will be: "It is the safety copy. It starts next Wednesday." """
    near = -rules.evidence.distant_days <= (statement.day - onset).days <= rules.evidence.before_days
    told = dates_in(statement.beside, statement.day) if near and statement.beside else []
    return bool(told) and is_dated(told, statement.day, onset, rules.evidence.dated_within_days)


def understood(heard: Sequence[Heard], words: SliceWords, onset: date, meaning: Meaning | None, rules: Thresholds) -> dict[int, Nearness]:
    """How near to each cause the sentences are in meaning, by the id of what was heard.

    The best known by place and day are compared, as many as time allows. Questions and wishes mean nothing.
    """
    if meaning is None:
        return {}
    asked = [
        h
        for h in heard
        if not h.reading.asking and (h.match or h.dated or h.recent or h.foretold) and len(h.statement.text) >= rules.meaning.least_letters
    ]

    def promise(h: Heard) -> tuple[bool, int, int]:
        known = h.match + h.dated + (h.dated and h.explicit) + (h.near or h.reading.about_usage)
        return bool(h.reading.names), known, -abs((h.statement.day - onset).days)

    asked = sorted(asked, key=promise, reverse=True)[: rules.meaning.most_sentences]
    found = dict(zip(map(id, asked), meaning.nearness([h.gist(words) for h in asked]), strict=True))
    return {id(h): _in_passing(h, found, heard, rules) for h in asked}


def _in_passing(h: Heard, found: Mapping[int, Nearness], heard: Sequence[Heard], rules: Thresholds) -> Nearness:
    """What a sentence means together with the ones beside it in the same mouth: one cause is often told over two of them."""
    own = found[id(h)]
    beside = [found[id(o)] for o in heard if id(o) in found and o is not h and _neighbours(o.statement, h.statement)]
    more = {c: rules.meaning.beside * sum(max(0.0, near.get(c, 0.0)) for near in beside) for c in own}
    return {c: v + (more[c] if v >= rules.meaning.guessed else 0.0) for c, v in own.items()}  # small talk beside a reason tells none


def _neighbours(one: Statement, other: Statement) -> bool:
    """Whether two sentences of one source and speaker follow one another."""
    if (one.source, one.source_id, one.turn, one.side) != (other.source, other.source_id, other.turn, other.side):
        return False
    gaps = (abs((one.end or 0) - (other.start or 0)), abs((other.end or 0) - (one.start or 0)))
    return one.start is not None and other.start is not None and min(gaps) <= _GAP


def telling(h: Heard, near: Nearness, rules: Thresholds) -> bool:
    """Whether a sentence is worth a reader's while though no cause is read in it: said in the days of the change, of the slice by
    name, or beside it with a day of its own, or of usage, or in words such as causes are told in, or nearly so as somebody's guess."""
    meant = max(near.values(), default=-1.0)
    if h.reading.asking or h.reading.undecided or len(tokens(h.statement.text)) < _LEAST_WORDS:
        return False
    if not (h.dated or h.recent):
        return h.foretold and meant >= rules.meaning.plainly
    guess = meant >= rules.meaning.guessed and gives_an_opinion(f"{h.statement.text} {h.statement.beside}")
    if h.aside:
        return guess
    return h.near or (h.match and h.dated and h.explicit) or h.reading.about_usage or meant > 0 or guess


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
    beside = tokens(statement.around)
    if mentions(words.other, near) and not mentions(words.shared, near) and not mentions(words.own, beside):
        return "other"  # a word of another name in the midst of talk about the slice is no name: "the loyalty database was wiped"
    wide = near | beside
    whole = words.whole_account and not mentions(words.other, wide)
    return "slice" if mentions(words.own, wide) or whole else ""
