"""A cause that is chosen, and how the words for it stand against those for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from meterline_tools.insight.causes import Cause
from meterline_tools.insight.evidence import Item, Weighed, rank
from meterline_tools.insight.fingerprints import Fingerprint
from meterline_tools.insight.thresholds import Thresholds


@dataclass(frozen=True)
class Choice:
    """A cause with the words it rests on, or what proved it."""

    cause: Cause
    items: tuple[Item, ...]
    proven: str | None = None


def names(item: Item, rules: Thresholds, *, compared: bool, sole: bool) -> bool:
    """Whether an item can name its cause by itself. Where meanings were `compared`, a stray sentence in a note of our own people cannot:
    it has to mean the cause plainly, or speak of this slice and these days where telemetry leaves this cause only (`sole`)."""
    ours = item.statement.source == "note" and item.statement.side == "vendor"
    plain = item.sure >= rules.meaning.least_ours or (sole and item.slice_match and item.dated)
    return not item.hint and (plain or not (compared and ours))


FIRMNESS = 2
"""How many parts of a rank make one word as good as another: who said it, and how near to slice and date."""


def evidence_against(choice: Choice, left: Sequence[Fingerprint], weighed: Weighed, rules: Thresholds) -> tuple[Item, ...]:
    """Evidence against the choice that is as good as the evidence for it: denials, and rivals named as firmly."""
    best = rank(choice.items[0])[:FIRMNESS] if choice.items else ()
    own = {item.statement for item in choice.items}
    sure = max((item.sure for item in choice.items), default=0.0) - rules.meaning.kindred
    out = [i for i in weighed.denying.get(choice.cause.id, ()) if i.slice_match or i.dated]
    rivals = [p.cause for p in left if p.cause.id != choice.cause.id and p.cause.durability != choice.cause.durability]
    for rival in rivals if choice.proven is None else ():
        firm = [i for i in weighed.supporting.get(rival.id, ()) if not i.hint and rank(i)[:FIRMNESS] >= best and i.statement not in own]
        items = [i for i in firm if not i.sure or i.sure >= sure]
        out += items[:1]
    return tuple(out[: rules.evidence.max_cited])


def still_open(p: Fingerprint, choice: Choice, weighed: Weighed, rules: Thresholds) -> bool:
    """Whether a rival still counts: one that is named as firmly and by as many; one that nobody named, not once somebody near named
    this cause, or when it needs a word itself."""
    if any(not item.hint for item in weighed.supporting.get(p.cause.id, ())):
        return _firmness(weighed.supporting[p.cause.id]) >= _firmness(choice.items)
    return p.state == "confirmed" and not _settles(choice, rules) and (not p.cause.evidence or p.cause.id in choice.cause.twins)


def _firmness(items: Sequence[Item]) -> tuple[tuple[int, ...], int]:
    """The best word, by who said it and how near to slice and date, and how many sources have one."""
    told = [item for item in items if not item.hint]
    best = max((rank(item)[:FIRMNESS] for item in told), default=())
    return best, len({item.statement.source_id for item in told})


def _settles(choice: Choice, rules: Thresholds) -> bool:
    """Whether somebody said it of this slice or these days, or in words that can mean little else: what nobody named is then no rival."""
    return any((i.slice_match or i.dated or i.sure >= rules.meaning.settles) and not i.hint for i in choice.items)


def differs(item: Item, choice: Choice) -> bool:
    """Whether a claim would change the answer: a cause that lasts just as long, told beside the true one, is another word for it."""
    claimed = item.contradicts.cause if item.contradicts is not None else None
    if claimed is None or claimed.durability != choice.cause.durability:
        return True
    return item.statement.source_id not in {i.statement.source_id for i in choice.items if not i.hint}


def outranked(choice: Choice, against: Sequence[Item], weighed: Weighed) -> list[Item]:
    """What people said of other causes of this change, less firmly than what is followed: the best word of each source."""
    known = {i.statement.source_id for i in (*choice.items, *against)}
    others = [i for cause, items in weighed.supporting.items() if cause != choice.cause.id for i in items]
    others += [i for i in weighed.asides if i.supports != choice.cause.id]
    out: dict[str, Item] = {}
    for item in sorted(others, key=rank, reverse=True):
        said = item.statement
        about = item.slice_match or item.dated or item.aside or item.timely
        if said.source == "note" and not item.hint and said.source_id not in known and about:
            out.setdefault(said.source_id, item)
    return list(out.values())


def first_word(items: Sequence[Item]) -> date | None:
    """When the cause was first named for this slice or these days; talk that names neither is no knowledge of it."""
    return min((i.statement.first_known for i in items if not i.hint and (i.slice_match or i.dated)), default=None)
