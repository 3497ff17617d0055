"""Whether a slice is one thing: its parts are held against it, or a parent would swallow the child that really changed."""

from __future__ import annotations

import math

import numpy as np

from meterline_tools.insight.changes.leaves import Array, summed
from meterline_tools.insight.changes.noise import Noise
from meterline_tools.insight.changes.scoring import Index, Sums

MOST_DISSENT = 0.1
"""Share of a slice (by weight) that may be better told as noise than as part of it."""
TO_NAME = 1.0
"""Nats for telling any parts apart, beside which ones."""
ROUNDS = 4


def dissent(parts: Index, values: Array, log_density: Array, weight: Array, noise: Noise) -> float:
    """Share of a slice's weight in parts that did not change with the others; 0 when telling them apart does not pay.

    `parts` numbers the part of each of the slice's leaves. What the changed parts share is fitted again without the
    ones that left, and a part leaves only when that saves more than naming it costs.
    """
    number = int(parts.max()) + 1 if parts.size else 0
    if number < 2:
        return 0.0
    sums = Sums.of(parts, number, values, log_density)
    present = sums.n > 0
    of = int(present.sum())
    whole = float(_told_together(sums, present, noise).sum())
    within, odds = present, 0.0
    for _ in range(ROUNDS):
        together = _told_together(sums, within, noise)
        fits = present & (together >= sums.noise - odds)
        if np.array_equal(fits, within):
            break
        within, left = fits, of - int(fits.sum())
        if left == of:
            return 1.0
        odds = max(math.log((of - left) / left), 0.0) if left else TO_NAME + math.log(of)
    if np.array_equal(within, present):
        return 0.0
    naming = math.lgamma(of + 1) - math.lgamma(left + 1) - math.lgamma(of - left + 1) + math.log(of) + TO_NAME
    if float(np.where(within, _told_together(sums, within, noise), sums.noise).sum()) - naming <= whole:
        return 0.0
    weights = summed(parts, number, weight)
    return float(weights[present & ~within].sum() / weights.sum())


def _told_together(sums: Sums, within: np.ndarray[tuple[int], np.dtype[np.bool_]], noise: Noise) -> Array:
    """Log likelihood of each part under the mean and spread that those `within` share."""
    n = float(sums.n[within].sum())
    mean = float(sums.first[within].sum()) / n
    scatter = max(float(sums.second[within].sum()) - n * mean * mean, 0.0)
    spread = max((scatter + noise.resolution**2) / (n + 1), (noise.resolution / 2) ** 2)
    off = sums.second - 2 * mean * sums.first + sums.n * mean * mean
    return np.asarray(-0.5 * sums.n * math.log(2 * math.pi * spread) - 0.5 * off / spread)
