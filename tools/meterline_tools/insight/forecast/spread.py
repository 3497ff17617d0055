"""How uncertainty adds up.

Errors of one account last: a level that is missed in one month is missed in the next, so its months add up in a straight
line. Errors of different accounts mostly even out, but never wholly: prices, seasons and the economy move all of them. With
r for how alike they move, the variance of a sum is (1 - r) x (sum of squares) + r x (square of the sum).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from meterline_tools.insight.forecast.series import Z80
from meterline_tools.insight.frames import Array

LEAST_ALIKE = 0.2
"""Accounts are never taken to err independently of one another."""
_BLOCK = 4
_BLOCKS_NEEDED = 8


def total_spread(spreads: Iterable[float], alike: float) -> float:
    """Standard deviation of the sum of accounts."""
    each = list(spreads)
    return math.sqrt((1.0 - alike) * math.fsum(spread * spread for spread in each) + alike * math.fsum(each) ** 2)


def bounds(mean: float, spread: float) -> tuple[float, float]:
    """The 80% interval of money that cannot be negative."""
    return max(0.0, mean - Z80 * spread), max(0.0, mean + Z80 * spread)


def spread_of(low: float, high: float) -> float:
    """Standard deviation that an 80% interval stands for."""
    return max(0.0, high - low) / (2.0 * Z80)


def how_alike(weekly: Sequence[Array]) -> float:
    """Mean correlation of accounts' changes from one four weeks to the next, at least LEAST_ALIKE."""
    changes = [change for series in weekly if (change := _changes(series)) is not None]
    if len(changes) < 2:
        return LEAST_ALIKE
    length = min(len(change) for change in changes)
    scores = np.array([(change[-length:] - change[-length:].mean()) / max(change[-length:].std(), 1e-12) for change in changes])
    count = len(scores)
    found = (float(scores.sum(axis=0).var()) - count) / (count * (count - 1))
    return min(1.0, max(LEAST_ALIKE, found))


def _changes(weekly: Array) -> Array | None:
    blocks = len(weekly) // _BLOCK
    if blocks < _BLOCKS_NEEDED:
        return None
    sums = weekly[len(weekly) - blocks * _BLOCK :].reshape(blocks, _BLOCK).sum(axis=1)
    if (sums <= 0).any():
        return None
    return np.asarray(np.diff(np.log(sums)))
