"""How much better a cell is told as a slice of its own than as noise, in nats, after what it takes to name it.

Minimum description length: a slice is told by its shared deviation (mean and spread), noise by `noise.Noise`; naming a
cell costs the log of the cuboids and of the cells in it. A score above 0 pays for itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.changes.cuboids import Cuboid
from meterline_tools.insight.changes.leaves import Array, summed
from meterline_tools.insight.changes.noise import FURTHEST, Noise

DRIFT = 0.06
"""Share of the noise's spread by which the mean of any slice may wander with no cause: no size of slice makes less a finding."""

FEWER = 2
"""Sums are taken over from cells when those are so many times fewer than leaves."""

Index = NDArray[np.intp]


@dataclass
class Sums:
    """By cell: number of leaves, sum and sum of squares of their deviations, sum of their log densities under noise."""

    n: Array
    first: Array
    second: Array
    noise: Array

    @classmethod
    def of(cls, cells: NDArray[np.signedinteger], size: int, values: Array, log_density: Array) -> Sums:
        """Of leaves by the cell of each."""
        return cls(
            np.bincount(cells, minlength=size).astype(np.float64),
            summed(cells, size, values),
            summed(cells, size, values * values),
            summed(cells, size, log_density),
        )

    @property
    def parts(self) -> tuple[Array, Array, Array, Array]:
        return self.n, self.first, self.second, self.noise

    def added_up(self, cells: NDArray[np.signedinteger], size: int) -> Sums:
        """The same by coarser cells: `cells` is where each cell falls."""
        return Sums(*(summed(cells, size, part) for part in self.parts))

    def __getitem__(self, at: Index) -> Sums:
        return Sums(self.n[at], self.first[at], self.second[at], self.noise[at])

    def take(self, at: Index, other: Sums) -> None:
        """Takes `other`, the sums of cells `at`, away."""
        self.n[at] -= other.n
        self.first[at] -= other.first
        self.second[at] -= other.second
        self.noise[at] -= other.noise


@dataclass
class Evidence:
    """Sums of cells, and of the strays among their leaves: a slice may hold strays, or have changed in the way they did."""

    whole: Sums
    strays: Sums | None

    def __getitem__(self, at: Index) -> Evidence:
        return Evidence(self.whole[at], self.strays and self.strays[at])

    def take(self, at: Index, other: Evidence) -> None:
        """Takes `other`, the evidence of cells `at`, away."""
        self.whole.take(at, other.whole)
        if self.strays and other.strays:
            self.strays.take(at, other.strays)

    def scores(self, noise: Noise, cost: float) -> Array:
        """Of each cell: the better of both readings."""
        found = scores(self.whole, noise, cost)
        if self.strays is None:
            return found
        steady = Sums(*(every - stray for every, stray in zip(self.whole.parts, self.strays.parts, strict=True)))
        return np.maximum(found, scores(steady, noise, cost))


def all_sums(cuboids: list[Cuboid], values: Array, log_density: Array) -> list[Sums]:
    """Of each cuboid, shallow first: added up from the cells of a deeper one where that has clearly fewer than there are leaves."""
    found: list[Sums] = []
    deeper: list[tuple[Cuboid, Sums, Index]] = []
    for cuboid in reversed(cuboids):
        over = [each for each in deeper if set(each[0].attributes) > set(cuboid.attributes)]
        if over:
            _, held, leaf = min(over, key=lambda each: each[0].size)
            found.append(held.added_up(cuboid.cells[leaf], cuboid.size))
        else:
            found.append(Sums.of(cuboid.cells, cuboid.size, values, log_density))
        if cuboid.size < values.size // FEWER:
            leaf = np.zeros(cuboid.size, np.intp)
            leaf[cuboid.cells] = np.arange(values.size)
            deeper.append((cuboid, found[-1], leaf))
    return found[::-1]


def scores(sums: Sums, noise: Noise, cost: float) -> Array:
    """Of each cell; minus infinity for an empty one. Of one that does not stand out enough to pay, its most is given."""
    found = np.where(sums.n > 0, stands_out(sums, noise) - cost, -np.inf)
    worth = np.flatnonzero(found > 0)
    some = sums[worth]
    found[worth] = np.minimum(found[worth], told_as_one(some, noise) - some.noise - cost)
    return found


def told_as_one(sums: Sums, noise: Noise) -> Array:
    """Log likelihood of each cell's deviations under a mean and a spread of their own, which are told too."""
    n = np.maximum(sums.n, 1.0)
    scatter = np.maximum(sums.second - sums.first * sums.first / n, 0.0)
    spread = np.maximum((scatter + noise.resolution**2) / (n + 1), (noise.resolution / 2) ** 2)
    own = -0.5 * n * np.log(2 * math.pi * spread) - 0.5 * scatter / spread + 0.5 * np.log(2 * math.pi * spread / n)
    return np.where(sums.n > 1, own, 0.0) - math.log(2 * FURTHEST)


def stands_out(sums: Sums, noise: Noise) -> Array:
    """How far each cell's mean is from none, in nats: the most that it can save, however alike its leaves are."""
    n = np.maximum(sums.n, 1.0)
    return 0.5 * (sums.first / n) ** 2 / (noise.spread**2 / n + (DRIFT * noise.spread) ** 2)
