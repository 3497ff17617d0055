"""Greedy search: the cell that saves most is taken out with its leaves, until none pays for its name any more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meterline_tools.insight.changes.cuboids import Cuboid
from meterline_tools.insight.changes.noise import FURTHEST, Deviations, Noise, first_noise, noise_without
from meterline_tools.insight.changes.scoring import Index, Sums, scores
from meterline_tools.insight.changes.unity import MOST_DISSENT, dissent

ROUNDS = 2
"""The noise is read again without what was found, and the search repeated."""
MOST_PICKS = 60
SMALL_LEAVES, SMALL_SHARE = 4, 0.02
"""A find of fewer leaves than both stays among those from which the noise is read: it may be noise itself."""
OVERLAID = 0.1
"""Share of a slice's leaves that may be anywhere, before it is known which other changes lie over it."""
QUARTILE = 0.6745
"""Median distance from the mean of a normal distribution with a standard deviation of 1."""
ALIKE = 1e-9
"""Relative difference below which scores are the same but for the order of adding up."""


@dataclass(frozen=True)
class Pick:
    """A slice found: its leaves (none of an earlier pick), its score in nats, the share of it that did not change with the rest."""

    attributes: tuple[int, ...]
    leaves: Index
    score: float
    dissent: float


@dataclass
class _Ledger:
    """The cells of a cuboid that may be slices, their sums and scores."""

    cuboid: Cuboid
    cells: Index
    sums: Sums
    scores: np.ndarray[tuple[int], np.dtype[np.float64]]

    @property
    def best(self) -> float:
        return float(self.scores.max()) if self.scores.size else -np.inf


def search(found: Deviations, cuboids: list[Cuboid]) -> list[Pick]:
    """Picks in the order of what they save; cells are of the leaves in `found`."""
    noise = first_noise(found)
    picks: list[Pick] = []
    for _ in range(ROUNDS):
        picks = _Search(found, cuboids, noise).run()
        normal = np.ones(found.values.size, dtype=bool)
        for pick in picks:
            if pick.leaves.size >= min(SMALL_LEAVES, SMALL_SHARE * normal.size):
                normal[pick.leaves] = False
        noise = noise_without(found, normal)
    return picks


class _Search:
    def __init__(self, found: Deviations, cuboids: list[Cuboid], noise: Noise) -> None:
        self.found, self.noise = found, noise
        self.left = np.ones(found.values.size, dtype=bool)
        self.ledgers = [self._open(cuboid) for cuboid in cuboids]
        self.costs = {cuboid.attributes: cuboid.cost for cuboid in cuboids}

    def _open(self, cuboid: Cuboid) -> _Ledger:
        sums = Sums.of(cuboid.cells, cuboid.size, self.found.values, self.noise.log_density)
        scored = scores(sums, self.noise, cuboid.cost)
        cells = np.flatnonzero(scored > 0)
        return _Ledger(cuboid, cells, sums[cells], scored[cells])

    def run(self) -> list[Pick]:
        picks: list[Pick] = []
        while len(picks) < MOST_PICKS and (pick := self._next()) is not None:
            picks.append(pick)
            self._take_out(pick.leaves)
        return picks

    def _next(self) -> Pick | None:
        """The cell with the best score that is one thing."""
        while True:
            best = max((ledger.best for ledger in self.ledgers), default=-np.inf)
            if best <= 0:
                return None
            ledger = next(each for each in self.ledgers if each.best >= best * (1 - ALIKE))
            at = int(np.flatnonzero(ledger.scores >= best * (1 - ALIKE))[0])
            leaves = np.flatnonzero((ledger.cuboid.cells == ledger.cells[at]) & self.left)
            apart = self._dissent(ledger.cuboid, leaves)
            if apart < MOST_DISSENT:
                return self._widen(Pick(ledger.cuboid.attributes, leaves, float(ledger.scores[at]), apart))
            ledger.scores[at] = -np.inf

    def _widen(self, pick: Pick) -> Pick:
        """A wider slice in its place, when that is one thing too but for a part in which another change lies over it.

        Such a part spoils the mean and spread by which cells are scored, so here both are scored with allowance for it.
        """
        narrow = self._gain(pick.leaves) - self.costs[pick.attributes]
        for ledger in self.ledgers:
            if not set(ledger.cuboid.attributes) < set(pick.attributes):
                continue
            cell = ledger.cuboid.cells[pick.leaves[0]]
            leaves = np.flatnonzero((ledger.cuboid.cells == cell) & self.left)
            if leaves.size > pick.leaves.size and self._gain(leaves) - ledger.cuboid.cost > narrow:
                apart = self._dissent(ledger.cuboid, leaves)
                if apart < MOST_DISSENT:
                    return Pick(ledger.cuboid.attributes, leaves, pick.score, apart)
        return pick

    def _gain(self, leaves: Index) -> float:
        """Nats saved by telling leaves as one, when each may be a stray from it."""
        values = self.found.values[leaves]
        mean = float(np.median(values))
        spread = max(float(np.median(np.abs(values - mean))) / QUARTILE, self.noise.resolution / 2)
        own = np.exp(-0.5 * ((values - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
        own = (1 - OVERLAID) * own + OVERLAID / (2 * FURTHEST)
        return float((np.log(own) - self.noise.log_density[leaves]).sum())

    def _dissent(self, cuboid: Cuboid, leaves: Index) -> float:
        """The most that any split by further attributes tells apart."""
        values, log_density, weight = (of[leaves] for of in (self.found.values, self.noise.log_density, self.found.weight))
        most = 0.0
        for ledger in self.ledgers:
            if set(ledger.cuboid.attributes) > set(cuboid.attributes):
                most = max(most, dissent(_numbered(ledger.cuboid, leaves), values, log_density, weight, self.noise))
                if most >= MOST_DISSENT:
                    break
        return most

    def _take_out(self, leaves: Index) -> None:
        self.left[leaves] = False
        values, log_density = self.found.values[leaves], self.noise.log_density[leaves]
        for ledger in self.ledgers:
            if not ledger.cells.size:
                continue
            cells = ledger.cuboid.cells[leaves]
            at = np.minimum(np.searchsorted(ledger.cells, cells), ledger.cells.size - 1)
            held = ledger.cells[at] == cells
            if not held.any():
                continue
            gone = Sums.of(at[held], ledger.cells.size, values[held], log_density[held])
            touched = np.flatnonzero(gone.n)
            ledger.sums.take(touched, gone[touched])
            ledger.scores[touched] = scores(ledger.sums[touched], self.noise, ledger.cuboid.cost)


def _numbered(cuboid: Cuboid, leaves: Index) -> Index:
    """Cells of some leaves, numbered without gaps where there are many more cells than leaves."""
    cells = cuboid.cells[leaves]
    if cuboid.size <= 4 * leaves.size:
        return cells.astype(np.intp)
    return np.asarray(np.unique(cells, return_inverse=True)[1], dtype=np.intp)
