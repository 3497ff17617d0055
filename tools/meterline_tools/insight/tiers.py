"""Graduated price tiers: what a quantity costs, step by step, to the cent.

Each unit is priced by the tier it falls into: the first units at the first price, the next at the next. Tiers are counted
within a month or over the term of a contract; over a term, what was used before takes up the first tiers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Period = Literal["month", "contract_term"]


@dataclass(frozen=True)
class Tier:
    """Units from `start` (inclusive) to `end` (exclusive; None: all further ones) at `price` a unit."""

    start: float
    end: float | None
    price: float
    period: Period = "month"


@dataclass(frozen=True)
class Step:
    """The part of a quantity that falls into one tier; `amount` is rounded to cents."""

    tier: Tier
    quantity: float
    amount: float


class TiersDoNotFit(ValueError):
    """Tiers overlap, leave a gap or do not begin at zero; the text says where."""


def ordered(tiers: Iterable[Tier]) -> list[Tier]:
    """Tiers from the first unit on. TiersDoNotFit when a quantity would have two prices or none."""
    found = sorted(tiers, key=lambda tier: tier.start)
    reached = 0.0
    for number, tier in enumerate(found):
        if tier.start != reached:
            raise TiersDoNotFit(
                f"the price tiers {'overlap' if tier.start < reached else 'leave a gap'} at {min(tier.start, reached):g} units"
            )
        if tier.end is None and number < len(found) - 1:
            raise TiersDoNotFit(f"the price tiers overlap from {found[number + 1].start:g} units on")
        reached = tier.end if tier.end is not None else reached
    return found


def steps(tiers: Sequence[Tier], quantity: float, used: float = 0.0) -> list[Step]:
    """What each tier takes of `quantity` units that come after `used` ones. Units beyond a last bounded tier cost its price."""
    found: list[Step] = []
    low, high = used, used + quantity
    for number, tier in enumerate(tiers):
        last = number == len(tiers) - 1
        end = float("inf") if tier.end is None or last else tier.end
        inside = min(high, end) - max(low, tier.start)
        if inside > 0:
            found.append(Step(tier, inside, round(inside * tier.price, 2)))
    return found


def amount(tiers: Sequence[Tier], quantity: float, used: float = 0.0) -> float:
    """The cost of a quantity, the sum of its rounded steps."""
    return round(sum(step.amount for step in steps(tiers, quantity, used)), 2)


def next_tier(tiers: Sequence[Tier], reached: float) -> tuple[Tier, float] | None:
    """The tier after the one that `reached` units stand in, and how many units are left until it; None in the last."""
    return next(((tier, tier.start - reached) for tier in tiers if tier.start > reached), None)


def discounted(tiers: Iterable[Tier], discount: float) -> list[Tier]:
    """List tiers with a negotiated discount (0 to 1) on each unit."""
    return [Tier(tier.start, tier.end, tier.price * (1.0 - discount), tier.period) for tier in tiers]
