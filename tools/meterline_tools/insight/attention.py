"""What is worth somebody's attention: exceptions ranked by money and surprise, held to a budget (feature F040)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Worry:
    """One thing to look at. `usd` is the money a month that is at stake, always positive.

    `surprise` says how far from expected it is: 0 is what everybody knows, 1 what is plainly new; more for more.
    """

    id: str
    kind: str
    entity_id: str
    name: str
    usd: float
    surprise: float
    text: str
    """The sentence that tells it, with marks."""

    @property
    def weight(self) -> float:
        return self.usd * self.surprise


@dataclass(frozen=True)
class Attention:
    """What is told, and how many of each kind are not: for want of room, or because they are muted."""

    told: list[Worry] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    muted: int = 0


def attend(found: Sequence[Worry], *, budget: int, muted: Collection[str] = (), least: float = 0.0) -> Attention:
    """The weightiest exceptions that the budget has room for.

    One entity is told of once a kind. `muted` holds kinds, ids of exceptions, ids or names of entities.
    What involves less money than `least` is no exception at all, unless money says nothing about it (`usd` of 0
    with a surprise stays in, at the end).
    """
    quiet = {word.casefold() for word in muted}
    heard = [
        each for each in found if not quiet & {each.kind.casefold(), each.id.casefold(), each.entity_id.casefold(), each.name.casefold()}
    ]
    once = {each.id: each for each in sorted(heard, key=lambda each: each.weight)}
    worth = [each for each in once.values() if each.usd >= least or each.usd == 0]
    ranked = sorted(worth, key=lambda each: (-each.weight, each.kind, each.id))
    left = Counter(each.kind for each in ranked[budget:])
    return Attention(ranked[:budget], dict(left), len(found) - len(heard))
