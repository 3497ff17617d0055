"""How far leaves stray when nothing happened: deviations, and the log density of each under ordinary noise.

The deviation 2 (expected - actual) / (|expected| + |actual|) lies in -2..2 and does not change with the scale of the
table. Its distribution is read from the table itself: a spread for each range of magnitude, a shape for each side by
quantiles with the last ones carried on outward, and a share for strays: leaves that vanish, begin or jump so often
that they cannot all be findings. The shape is read in shares of the larger amount, in which an error that is normal in
shares of what was expected stays normal: deviations squeeze it, and what is carried on outward would be too thin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.changes.leaves import Array

FURTHEST = 2.0
"""Deviation of a leaf that vanished; a new one has the same with the other sign."""
RANGES, LEAST_IN_RANGE = 6, 200
WIDE = 4.0
"""Ranges of magnitude are wider than so many spreads of the log of what came, beside which leaves would be sorted by their deviation."""
BODY, FIRST_BODY = 0.6, 0.4
"""Share of leaves whose spread is taken as that of all of them; less before it is known which ones changed."""
KNOTS = (0.5, 0.8, 0.95, 0.99, 0.998, 0.9995)
BEYOND_KNOT = 12
"""Leaves there must be beyond a knot for it to be trusted."""
FEW_STRAYS = 8
"""As many leaves, each far off on its own, may all be findings; more of them are noise."""
STEEPEST, FLATTEST, FIRST_FLATTEST = 1.3, 0.25, 0.6
"""Bounds on how log z grows with the log of the deviation: 1 is a normal distribution, less is a heavier tail."""
FLATTER = 0.5
"""Beyond the last knot that slope goes on falling, by so much of what it fell before: tails that grow heavier grow heavier still."""
TAIL = 0.02
"""Share of the leaves that tell how far the others may stray: so many degrees of freedom has the distribution beyond them."""
LEAST_SPREAD = 1e-3
STRAY_Z = 4.5
RESOLUTION = 0.5
"""Slices are not told apart more finely than this part of the noise's spread, nor than `LEAST_RESOLUTION`."""
LEAST_RESOLUTION = 0.01
HEED = 0.75
"""Power of a leaf's magnitude that it counts for in a slice: small ones are many and rounded, the largest are few."""
SAMPLE = 100_000
"""So many leaves tell how noise is distributed; what is looked for is looked for in all of them."""
QUARTILE = 0.6745
"""Median distance from the mean of a normal distribution with a standard deviation of 1."""
TINY = 1e-9

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Deviations:
    """Of the leaves that have an amount at all. `kin` is the range of magnitude of each, `weight` what it counts for."""

    values: Array
    kin: NDArray[np.intp]
    weight: Array
    kins: int

    def part(self, leaves: NDArray[np.intp]) -> Deviations:
        """Of some leaves."""
        return Deviations(self.values[leaves], self.kin[leaves], self.weight[leaves], self.kins)

    def shared(self, least: float) -> float:
        """The deviation around which half of the leaves lie closest together; 0 where it is less than so many spreads from none.

        Unlike the median of all, it does not lean to where the others are.
        """
        ordered = np.sort(self.values[sample(self.values.size)])
        half = ordered.size // 2 + 1
        widths = ordered[half - 1 :] - ordered[: ordered.size - half + 1]
        at = int(widths.argmin())
        spread = max(float(widths[at]) / 2 / QUARTILE, LEAST_RESOLUTION / 2)
        centre = float(np.median(ordered[at : at + half]))
        middle = float(np.median(ordered[np.abs(ordered - centre) <= 2 * spread]))
        return middle if abs(middle) >= least * spread else 0.0

    def beyond(self, shared: float) -> Deviations:
        """From what was expected moved by a deviation that all share. Half of one is a hyperbolic tangent: they add as velocities do."""
        left = 1 - self.values * shared / 4
        values = np.where(left > TINY, (self.values - shared) / np.maximum(left, TINY), 0.0)
        return replace(self, values=np.clip(values, -FURTHEST, FURTHEST))


@dataclass(frozen=True)
class Noise:
    """`log_density[leaf]` under ordinary noise, its spread, and the resolution at which a slice's own values are taken.

    `strays` marks leaves that vanished or began where that is common with no cause: any slice may hold some.
    """

    log_density: Array
    spread: float
    resolution: float
    strays: Mask


def deviations(actual: Array, expected: Array) -> Deviations:
    """Of leaves of which not both amounts are 0."""
    values = 2 * (expected - actual) / (np.abs(expected) + np.abs(actual))
    magnitude = np.maximum(np.abs(expected), np.abs(actual))
    kins = max(1, min(RANGES, values.size // LEAST_IN_RANGE))
    edges = _wide(np.log(np.quantile(magnitude, np.linspace(0, 1, kins + 1))), WIDE * _usual(values))
    return Deviations(values, np.searchsorted(edges, np.log(magnitude)), magnitude**HEED, edges.size + 1)


def _wide(edges: Array, least: float) -> Array:
    """The inner edges of ranges that are all so wide: in a narrow one a leaf lies because of how far it strayed."""
    kept = [float(edges[0])]
    for edge in edges[1:-1]:
        if min(edge - kept[-1], edges[-1] - edge) >= least:
            kept.append(float(edge))
    return np.array(kept[1:])


def _usual(values: Array) -> float:
    """Spread of most values around their middle."""
    return float(np.median(np.abs(values - np.median(values)))) / QUARTILE


def sample(size: int) -> NDArray[np.intp]:
    """Indices of all leaves or, where there are very many, of some: the same ones each time."""
    if size <= SAMPLE:
        return np.arange(size)
    return np.sort(np.random.default_rng(SAMPLE).choice(size, SAMPLE, replace=False))


def first_noise(found: Deviations) -> Noise:
    """Before any slice is known: from the quieter side, since a change makes the other one louder."""
    return _fit(found, np.ones(found.values.size, dtype=bool), mirrored=True)


def noise_without(found: Deviations, normal: Mask) -> Noise:
    """From the leaves that no slice has taken."""
    return _fit(found, normal, mirrored=False)


def _fit(found: Deviations, normal: Mask, mirrored: bool) -> Noise:
    some = sample(found.values.size)
    shares = replace(found, values=2 * found.values / (2 + np.abs(found.values)))
    steepness = (2 / (2 + np.abs(found.values))) ** 2  # of a share by its deviation
    centre, spread = _spreads(shares.part(some), normal[some], mirrored)
    scaled = (shares.values - centre[found.kin]) / spread[found.kin]
    edge = np.abs(found.values) >= FURTHEST - TINY
    body = normal & ~edge
    right, left = _sides(scaled[some][body[some]], mirrored)
    flattest = FIRST_FLATTEST if mirrored else FLATTEST
    sides = (_log_density(np.abs(scaled), *side, flattest) for side in (right, left))
    log_density = np.where(scaled >= 0, *sides)
    middle = float(np.median(spread))
    resolution = max(RESOLUTION * middle, LEAST_RESOLUTION)
    strays, gone, new = _strays(body & (log_density < -0.5 * STRAY_Z**2 - 1), normal & edge, found.values, mirrored)
    density = np.exp(log_density) * steepness / spread[found.kin] * (1 - strays) + strays / (2 * FURTHEST)
    ends = np.where(edge, np.where(found.values > 0, gone, new), 0.0)
    density += ends / (5 * resolution)
    return Noise(np.log(density), _typical(found.values[normal], middle, mirrored), resolution, ends > 0)


def _strays(far: Mask, edge: Mask, values: Array, mirrored: bool) -> tuple[float, float, float]:
    """Shares of leaves that are far off, gone and new with no cause; next to none when there are so few that they may be findings."""
    up, down = values > 0, values < 0
    counts = [int((which & side).sum()) for which in (far, edge) for side in (up, down)]
    if mirrored:
        counts = [min(counts[:2])] * 2 + [min(counts[2:])] * 2
    if sum(counts) <= FEW_STRAYS:
        return 1e-12, 0.0, 0.0
    return (counts[0] + counts[1] + 1) / values.size, counts[2] / values.size, counts[3] / values.size


def _typical(values: Array, middle: float, mirrored: bool) -> float:
    """Root mean square of ordinary deviations, with the far ones pulled in."""
    if not values.size:
        return max(middle, LEAST_SPREAD)
    found = float(np.sqrt(np.mean(np.clip(values, -4 * middle, 4 * middle) ** 2)))
    return max(min(found, 1.3 * middle) if mirrored else found, 5 * LEAST_SPREAD)


def _spreads(found: Deviations, normal: Mask, mirrored: bool) -> tuple[Array, Array]:
    """Centre and spread for each range of magnitude. A range without leaves takes the others' spread."""
    centre, spread = np.zeros(found.kins), np.full(found.kins, np.nan)
    body = FIRST_BODY if mirrored else BODY
    to_spread = NormalDist().inv_cdf(0.5 + body / 2)
    for kin in range(found.kins):
        values = found.values[normal & (found.kin == kin)]
        if not values.size:
            continue
        if not mirrored and values.size >= LEAST_IN_RANGE // 4:
            limit = 3 * float(np.median(np.abs(values))) / NormalDist().inv_cdf(0.75) + TINY
            centre[kin] = np.clip(values, -limit, limit).mean()
        spread[kin] = _quantile(_quiet_side(values - centre[kin], mirrored), body) / to_spread
    known = spread[np.isfinite(spread) & (spread > 0)]
    usual = float(np.median(known)) if known.size else 0.0
    return centre, np.maximum(np.where(np.isfinite(spread), np.maximum(spread, 0.2 * usual), usual), LEAST_SPREAD)


def _quiet_side(values: Array, mirrored: bool) -> Array:
    """Distances from 0 in order: of all leaves, or of the side with less in it when that is a fair part of them."""
    if not mirrored:
        return np.sort(np.abs(values))
    sides = np.sort(values[values >= 0]), np.sort(-values[values <= 0])
    fair = [side for side in sides if side.size >= 0.2 * values.size]
    return min(fair, key=lambda side: float(side.sum()))


def _quantile(ordered: Array, q: float) -> float:
    return float(ordered[min(int(q * ordered.size), ordered.size - 1)]) if ordered.size else 0.0


def _sides(scaled: Array, mirrored: bool) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    if mirrored:
        both = _knots(_quiet_side(scaled, mirrored=True) if scaled.size else scaled)
        return both, both
    right, left = np.sort(scaled[scaled >= 0]), np.sort(-scaled[scaled <= 0])
    whole = np.sort(np.abs(scaled))
    return _knots(right if right.size >= 20 else whole), _knots(left if left.size >= 20 else whole)


def _knots(ordered: Array) -> tuple[Array, Array]:
    """Logs of z and of the distance at which a normal distribution, and these distances, leave the same share beyond."""
    trusted = [q for q in KNOTS if q <= KNOTS[2] or ordered.size * (1 - q) >= BEYOND_KNOT]
    z = np.array([NormalDist().inv_cdf(0.5 + q / 2) for q in trusted])
    distance = np.array([_quantile(ordered, q) for q in trusted])
    return np.log(z), np.log(np.maximum.accumulate(np.maximum(distance, 1e-6)))


def _log_density(distance: Array, log_z: Array, log_x: Array, flattest: float) -> Array:
    """Log density at a distance from the centre (in spreads): z by way of the knots, the last stretch carried on.

    Student's in place of the normal one, since few leaves tell little of the tail.
    """
    lengths = np.diff(log_x)
    slopes = np.clip(np.diff(log_z) / np.maximum(lengths, 1e-3), flattest, STEEPEST)
    heights = log_z[0] + np.concatenate([[0.0], np.cumsum(slopes * lengths)])
    beyond = slopes[-1] - FLATTER * max(slopes[-2] - slopes[-1], 0.0)
    slopes = np.append(slopes, max(beyond, flattest))
    at = np.maximum(np.log(np.maximum(distance, TINY)), log_x[0] - 3)
    stretch = np.clip(np.searchsorted(log_x, at) - 1, 0, slopes.size - 1)
    slope = np.where(at < log_x[0], 1.0, slopes[stretch])
    z = heights[stretch] + slope * (at - log_x[stretch])
    freedom = max(TAIL * distance.size, 1.0)
    scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2) - 0.5 * math.log(math.pi * freedom)
    return np.asarray(scale - 0.5 * (freedom + 1) * np.log1p(np.exp(2 * z) / freedom) + np.log(slope) + z - at)
