"""Where a commitment is heading: what will be drawn on each day to come, when it is used up, and what is left over.

The rate of the last four weeks is carried on. Where a year and a month of history are there, each four weeks to come
have a factor for the season. With b(0) the consumption of the four weeks that ended 364 days ago, b(1) … b(13) that of
the four-week blocks since (b(13) are the last four weeks) and g = b(13) / b(0) the growth of the year:

    a(k) = b(k) / b(0)           the same weeks a year ago, if all growth came at once at the end
    c(k) = a(k) / g^(k/13)       the same, if it came evenly
    factor(k) = of a(k) and c(k) the one nearer to 1; 1 when one is above and the other below;   k = 1 … 13, then again from 1

So neither steady growth nor a step counts as a season, only what both readings show. Factors are kept between a half and
two: one odd month a year ago must not carry a projection alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

BLOCK = 28
BLOCKS = 13
HISTORY_DAYS = 396
"""Thirteen months: the first block of last year lies within them."""
_LOW, _HIGH = 0.5, 2.0
_TINY = 1e-9


def season(blocks: Sequence[float]) -> tuple[float, ...]:
    """Factors of the thirteen four-week blocks to come, from b(0) … b(13); none when a block to compare with is empty."""
    if len(blocks) != BLOCKS + 1 or blocks[0] <= 0 or blocks[-1] <= 0:
        return ()
    growth = blocks[-1] / blocks[0]
    return tuple(_nearer(blocks[k] / blocks[0], growth ** (k / BLOCKS)) for k in range(1, BLOCKS + 1))


def _nearer(plain: float, growth: float) -> float:
    """The reading of a block that departs least from 1."""
    even = plain / growth
    low, high = sorted((plain, even))
    return 1.0 if low <= 1 <= high else min(_HIGH, low) if low > 1 else max(_LOW, high)


@dataclass(frozen=True)
class Outlook:
    """A commitment on a day: amounts in the company's currency, `rate` and `spread` a day, `last_day` of the term inclusive."""

    day: date
    last_day: date
    committed: float
    used: float
    rate: float
    spread: float = 0.0
    factors: tuple[float, ...] = ()

    @property
    def remaining(self) -> float:
        return max(0.0, self.committed - self.used)

    @property
    def days_left(self) -> int:
        return max(0, (self.last_day - self.day).days)

    def steady(self) -> Outlook:
        """The same at today's rate, without the season."""
        return replace(self, factors=())

    def at(self, rate: float) -> Outlook:
        return replace(self, rate=max(0.0, rate))

    def drawn_by(self, day: date) -> float:
        """What will have been drawn by the end of that day."""
        return self.used + sum(rate * days for rate, days in self._blocks((day - self.day).days))

    def runs_out(self) -> date | None:
        """The day the rest is used up; None when it is already, or not before the term ends."""
        left, gone = self.remaining, 0
        if left <= 0 or self.rate <= 0:
            return None
        for rate, days in self._blocks(self.days_left):
            needed = math.ceil(left / rate - _TINY)
            if needed <= days:
                return self.day + timedelta(days=gone + max(1, needed))
            left, gone = left - rate * days, gone + days
        return None

    def unused(self) -> float:
        """What will be left on the last day of the term."""
        return max(0.0, self.committed - self.drawn_by(self.last_day)) if self.days_left else self.remaining

    def early(self) -> Outlook:
        """At the rate plus one standard deviation of weekly rates."""
        return self.at(self.rate + self.spread)

    def late(self) -> Outlook:
        """At the rate minus one standard deviation of weekly rates."""
        return self.at(self.rate - self.spread)

    def _blocks(self, days: int) -> Iterator[tuple[float, int]]:
        """(rate a day, days) of each block of the days to come."""
        if not self.factors:
            yield self.rate, max(0, days)
            return
        for n, start in enumerate(range(0, days, BLOCK)):
            yield self.rate * self.factors[n % BLOCKS], min(BLOCK, days - start)
