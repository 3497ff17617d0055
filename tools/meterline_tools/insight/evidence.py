"""Weighing what people and systems said about one change (7.2 steps 8 and 9).

A statement supports a cause when it names it, is not a question or a denial, and speaks of this slice and
these days, not of others. What a statement claims against telemetry is kept as a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meterline_tools.insight.cues import CueBook, gives_an_opinion, speaks_of_usage
from meterline_tools.insight.fingerprints import Fingerprint
from meterline_tools.insight.hearing import Heard, Statement, hear, telling, understood
from meterline_tools.insight.meaning import Meaning, Nearness
from meterline_tools.insight.slice_words import SliceWords, mentions, tokens
from meterline_tools.insight.thresholds import Thresholds


@dataclass(frozen=True)
class Item:
    """A statement with what it means for the change. At most one of supports, denies, contradicts is set; none where no cause is read."""

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
    timely: bool = False
    """It speaks of the usage in the first weeks of the change."""
    aside: bool = False
    """It names another part: what it claims of the account is no word for a cause here."""
    claim: Fingerprint | None = field(default=None, hash=False)
    """A denied cause that it tells more plainly than the one that it is taken for."""
    sure: float = 0.0
    """How much the sentence means the cause that it supports or claims; where none is read, how near it comes to one."""
    pointed: bool = False
    """No cause is read in it, but it speaks of usage or names the slice: somebody may give a reason in words that are not understood."""


@dataclass(frozen=True)
class Weighed:
    """All evidence of one change, sorted by use."""

    supporting: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    denying: Mapping[str, Sequence[Item]] = field(default_factory=dict)
    contradictions: Sequence[Item] = ()
    asides: Sequence[Item] = ()
    """Claims about the account's usage that name another part, of causes that are possible here."""
    told: Sequence[Item] = ()
    """Words about the slice in its days in which no cause is read, the most telling first."""
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
    slack: int = 0,
) -> Weighed:
    """Sorts statements into support, denial and contradiction for the change of onset..end, found within `slack` days.

    With a `meaning`, what a sentence means votes beside its cues; without, cues alone are heard.
    """
    said = list(statements)
    spoken = [h for s in said if not s.flagged and not s.causes and (h := hear(s, book, words, onset, end, rules, slack)) is not None]
    heard, others = [h for h in spoken if not h.elsewhen], [h for h in spoken if h.elsewhen]
    near = understood(heard, words, onset, meaning, rules)
    items = _read_once([item for h in heard for item in _items(h, near.get(id(h), {}), prints, words, rules)], rules)
    items += [item for s in said if s.causes and not s.flagged for item in _system_items(s, prints, onset, rules, slack)]
    claimed = {item.statement.source_id for item in items if item.contradicts is not None}
    items = [item for item in items if not (item.hint and item.statement.source_id in claimed)]  # it lasts as what was claimed does
    supporting: dict[str, list[Item]] = {}
    denying: dict[str, list[Item]] = {}
    contradictions: list[Item] = []
    asides: list[Item] = []
    read = {id(item.statement) for item in items if not item.hint}
    told = [h for h in (*heard, *others) if id(h.statement) not in read and telling(h, near.get(id(h), {}), rules)]
    for item in sorted(items, key=rank, reverse=True):
        listed = (
            contradictions
            if item.contradicts is not None
            else asides
            if item.aside
            else denying.setdefault(item.denies, [])
            if item.denies
            else supporting.setdefault(item.supports or "", [])
        )
        if not any(_overlap(item.statement, other.statement) for other in listed):
            listed.append(item)
    return Weighed(
        supporting=supporting,
        denying=denying,
        contradictions=contradictions,
        asides=asides,
        told=_plain_items(told, near),
        read=len(said),
    )


def _plain_items(told: Iterable[Heard], near: Mapping[int, Nearness]) -> list[Item]:
    def meant(h: Heard) -> float:
        return max(near.get(id(h), {}).values(), default=-1.0)

    ordered = sorted(told, key=lambda h: (h.statement.side == "customer", meant(h)), reverse=True)
    return [
        Item(
            h.statement,
            slice_match=h.match,
            dated=h.dated,
            pointed=h.reading.about_usage or h.near or gives_an_opinion(f"{h.statement.text} {h.statement.beside}"),
            sure=meant(h),
        )
        for h in ordered
    ]


def _read_once(items: Sequence[Item], rules: Thresholds) -> list[Item]:
    """Of pieces that share words, as run-on talk is cut into, the reading that is surest, and those about as sure."""
    best = {id(i): max((o.sure for o in items if o.sure and _overlap(i.statement, o.statement)), default=i.sure) for i in items}
    return [i for i in items if not i.sure or i.sure >= best[id(i)] - rules.meaning.alike]


def _overlap(one: Statement, other: Statement) -> bool:
    """Whether two pieces of one source share words: the better one stands for both."""
    same = (one.source_id, one.turn) == (other.source_id, other.turn) and one.start is not None and other.start is not None
    return same and one is not other and max(one.start or 0, other.start or 0) < min(one.end or 0, other.end or 0)


def rank(item: Item) -> tuple[int, int, int, int]:
    """The better evidence is greater: category, slice, date, number of cues."""
    side = {"system": 3, "customer": 2, "vendor": 0}[item.statement.side]
    return (side - item.hint * 2, int(item.slice_match) + int(item.dated), -int(item.hedged), item.cues)


def _items(heard: Heard, near: Nearness, prints: Mapping[str, Fingerprint], words: SliceWords, rules: Thresholds) -> list[Item]:
    statement, reading = heard.statement, heard.reading
    kept = sorted(c for c in reading.denies if c in prints and not heard.aside)
    denied = [Item(statement, denies=c, slice_match=heard.match, dated=heard.dated) for c in kept]
    if reading.asking:
        return denied
    possible = {c: p for c, p in prints.items() if p.cause.undecided} if reading.undecided else prints
    return denied + _claims(heard, near, possible, words, rules)


def _claims(heard: Heard, near: Nearness, prints: Mapping[str, Fingerprint], words: SliceWords, rules: Thresholds) -> list[Item]:
    """Support for allowed causes; without any, the claim of a denied cause is a contradiction."""
    statement, reading, match, dated = heard.statement, heard.reading, heard.match, heard.dated

    def item(cause: str, **more: Any) -> Item:
        told: dict[str, Any] = {"slice_match": match, "dated": dated, "hedged": reading.hedged, "cues": reading.names.get(cause, 0)}
        told |= {"timely": heard.recent and reading.about_usage, "aside": heard.aside, "sure": votes.get(cause, near.get(cause, 0.0))}
        return Item(statement, **(told | more))

    votes = {c: v for c, v in _votes(heard, near, rules).items() if c in prints and _in_time(heard, prints[c])}
    best = max((v if not _wrong_way(prints[c]) else min(v, near.get(c, v)) for c, v in votes.items()), default=0.0)
    allowed = {c: v for c, v in votes.items() if prints[c].state != "denied"}
    tested = {c: v for c, v in votes.items() if prints[c].state == "denied" and not prints[c].unmeasured and not _wrong_way(prints[c])}
    margin = rules.meaning.clearly if heard.near and heard.dated else rules.meaning.alike
    # What could not be tested is taken for a cause only where the words mean it before all others.
    nearest = max((v for c, v in near.items() if c in prints and not _wrong_way(prints[c])), default=-1.0)
    allowed = {c: v for c, v in allowed.items() if not near or not prints[c].unmeasured or near.get(c, -1.0) >= nearest}
    top = max(allowed.values(), default=-1.0)
    claim = max(sorted(tested), key=lambda c: tested[c], default=None)
    # A colleague's guess that rather tells a denied cause is one for the allowed cause only where nobody else tells that.
    ours = statement.side == "vendor" and claim is not None
    rather = {c: prints[claim] for c, v in allowed.items() if ours and claim and tested[claim] - v > rules.meaning.ahead}
    confirmed = [c for c, p in prints.items() if p.state == "confirmed"]
    only = confirmed[0] if len(confirmed) == 1 else ""
    if claim and top < best - margin and allowed.get(only, -1.0) >= rules.meaning.settles and (match or dated):
        return [item(only, supports=only, claim=prints[claim])]  # told plainly, though something else is told more plainly
    told = (c for c, v in sorted(allowed.items()) if not near or (top >= best - margin and v >= top - rules.meaning.ahead))
    out = [item(c, supports=c, claim=rather.get(c)) for c in told]
    if not out and (meant := _meant(heard, near, tested, prints, rules, whole=words.whole_account)):
        return [item(meant, supports=meant, claim=prints[claim] if claim else None)]
    if claim is not None and not out and tested[claim] == best and (heard.match or heard.dated):
        left = [c for c in prints[claim].cause.kin if c in prints and prints[c].state == "confirmed" and c not in reading.denies]
        kin = next((c for c in left if _in_time(heard, prints[c])), None)
        if kin:
            return [item(kin, supports=kin, claim=prints[claim], sure=tested[claim], cues=reading.names.get(claim, 0))]
    if claim is not None and not out and tested[claim] == best:
        plain = _about_this(heard, words) or (heard.recent and best >= rules.meaning.plainly)
        return [item(claim, contradicts=prints[claim])] if plain else []
    if not votes and reading.lean and match:
        twins = [p.cause.id for p in prints.values() if p.state != "denied" and p.cause.durability == reading.lean and p.cause.twins]
        out += [item(c, supports=c, slice_match=True, cues=0, hint=True, sure=0.0) for c in twins]
    return out


def _in_time(heard: Heard, fingerprint: Fingerprint) -> bool:
    """Of a sentence that names only days to come: causes that end by themselves, and what it claims of the usage against telemetry."""
    return not heard.ahead or fingerprint.cause.passes or (fingerprint.state == "denied" and heard.reading.about_usage)


def _meant(
    heard: Heard, near: Nearness, tested: Iterable[str], prints: Mapping[str, Fingerprint], rules: Thresholds, *, whole: bool
) -> str | None:
    """The cause that a sentence about this slice in these days rather tells than the others that telemetry allows.

    The few that are left are told apart more surely than all causes are. What could not be tested is a choice only where it comes
    first of all. A denied cause told much more plainly stays a claim of its own; it may be told somewhat more plainly than the only
    cause that is left, or than its kin: people put a new use case and a new product much alike, and it changes nothing in the
    forecast.
    """
    here = heard.near or (whole and heard.match)
    told = heard.dated and (heard.near or (heard.match and heard.explicit))
    if not near or not (here or told) or heard.aside or heard.ahead or not (heard.dated or heard.recent):
        return None
    nearest = max((v for c, v in near.items() if c in prints and not _wrong_way(prints[c])), default=0.0)
    left = {
        c: near.get(c, -1.0)
        for c, p in prints.items()
        if c not in heard.reading.denies and (p.state == "confirmed" or (p.state == "open" and near.get(c, -1.0) >= nearest))
    }
    claim = max(tested, key=lambda c: near.get(c, 0.0), default=None)
    first, second = [*sorted(left, key=lambda c: -left[c]), None, None][:2]
    sole = told and [c for c, p in prints.items() if p.state == "confirmed"] == [first]
    foretells = sole and heard.on_day and near.get(claim or "", 0.0) < rules.meaning.settles
    least = rules.meaning.least_on_day if foretells else rules.meaning.least_sole if sole else rules.meaning.least_left
    if first is None or left[first] < least or (second is not None and left[first] - left[second] < rules.meaning.ahead):
        return None
    if claim is None or foretells:
        return first
    kin = claim in prints[first].cause.kin
    return first if near.get(claim, 0.0) - left[first] <= (rules.meaning.kindred if kin or sole else rules.meaning.alike) else None


def _votes(heard: Heard, near: Nearness, rules: Thresholds) -> dict[str, float]:
    """What cues and meaning say together, of the causes they say enough for. A denied cause has no vote."""
    weigh, names = rules.meaning, heard.reading.names
    # A cue stands where a sentence is about the slice or about usage; elsewhere it is small talk where the meaning says so.
    about = heard.near or heard.reading.about_usage
    said = {
        c: max(near.get(c, 0.0), 0.0 if c in names else -1.0) + weigh.cue * min(names.get(c, 0), 2)
        for c in {*near, *names}
        if (c in names or c not in heard.reading.denies) and (about or near.get(c, 0.0) >= weigh.veto)
    }
    least = _least(heard, rules)
    ranked = sorted(said.values(), reverse=True)
    here = heard.near or heard.reading.about_usage or (heard.dated and heard.explicit)
    alone = here and bool(ranked) and (len(ranked) == 1 or ranked[0] - ranked[1] >= weigh.ahead)
    lone = {c for c, v in said.items() if alone and v == ranked[0] >= weigh.least_alone}
    return {c: v for c, v in said.items() if v >= least or c in lone or (c in names and not near)}


def _least(heard: Heard, rules: Thresholds) -> float:
    """How much it takes: the less, the plainer it is that the sentence speaks of this change."""
    weigh = rules.meaning
    if (heard.near and heard.dated) or (heard.reading.about_usage and (heard.recent or heard.dated)):
        return weigh.least_here
    return weigh.least if heard.near or (heard.dated and heard.explicit) else weigh.least_aside


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
    return fingerprint.by is not None and "direction" in (fingerprint.by.fact, *(part.fact for part in fingerprint.by.any))


def _system_items(statement: Statement, prints: Mapping[str, Fingerprint], onset: date, rules: Thresholds, slack: int) -> list[Item]:
    if (statement.day - onset).days > rules.evidence.recent_days + slack:  # what came this much later did not cause it
        return []
    dated = abs((statement.day - onset).days) <= rules.evidence.dated_within_days
    match = bool(statement.about_slice)
    return [
        Item(statement, supports=c, slice_match=match, dated=dated, cues=1)
        for c in statement.causes
        if c in prints and prints[c].state != "denied"
    ]
