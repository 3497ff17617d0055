"""Greedy search: the cell that saves most is taken out with its leaves, until none pays for its name any more."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from meterline_tools.insight.changes.cuboids import Cuboid
from meterline_tools.insight.changes.leaves import Array
from meterline_tools.insight.changes.noise import FURTHEST, QUARTILE, Deviations, Noise, first_noise, noise_without, sample
from meterline_tools.insight.changes.scoring import Evidence, Index, Sums, all_sums
from meterline_tools.insight.changes.unity import MOST_DISSENT, dissent

MOST_PICKS = 60
SMALL_LEAVES, SMALL_SHARE = 4, 0.02
PLAIN = 0.6
"""A first search, after which the noise is read again, looks for slices of as many leaves or that share of them, whose mean is that
many standard deviations from none: what is smaller or more mixed may be noise itself, and does little to it."""
SHIFTED = 0.1
"""What most leaves share is looked at when it is that part of their spread: less is drift, which no slice is told for."""
OVERLAID = 0.1
"""Share of a slice's leaves that may be anywhere, before it is known which other changes lie over it."""
MOST_STEADY = 0.75
"""Share of a slice's leaves, from which on the others are strays in it."""
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
    evidence: Evidence
    scores: np.ndarray[tuple[int], np.dtype[np.float64]]
    best: float = -np.inf

    def __post_init__(self) -> None:
        self.rescore(np.arange(0), self.scores[:0])

    def rescore(self, at: Index, scored: np.ndarray[tuple[int], np.dtype[np.float64]] | float) -> None:
        """New scores of some cells."""
        self.scores[at] = scored
        self.best = float(self.scores.max()) if self.scores.size else -np.inf

    def find(self, cell: int) -> int | None:
        """Where a cell is, if it may be a slice."""
        at = int(np.searchsorted(self.cells, cell))
        return at if at < self.cells.size and self.cells[at] == cell else None

    def holds(self, cell: int, more_than: int) -> bool:
        """Whether a cell may be a slice, and has more leaves than so many."""
        at = self.find(cell)
        return at is not None and bool(self.evidence.whole.n[at] > more_than)


@dataclass(frozen=True)
class Told:
    """Picks in the order of what they save, and the deviation that all leaves share and picks depart from; 0 for none."""

    picks: list[Pick]
    shared: float


def search(found: Deviations, cuboids: list[Cuboid]) -> Told:
    """Cells are of the leaves in `found`. What most of them share is told as such unless that leaves as many slices to tell."""
    if shared := found.shared(SHIFTED):
        told = Told(_picks(found.beyond(shared), cuboids), shared)
        if _is_shared(shared, found, told.picks):
            if found.shared(PLAIN):
                return told
            picks = _picks(found, cuboids, most=len(told.picks) + 1)
            return told if not picks or len(picks) > len(told.picks) else Told(picks, 0.0)
    return Told(_picks(found, cuboids), 0.0)


def _is_shared(shared: float, found: Deviations, picks: list[Pick]) -> bool:
    """Whether most leaves are in no pick, and the picks are not just what did not change while the others did."""
    middles = [abs(float(np.median(found.values[pick.leaves]))) for pick in picks]
    stayed = sum(float(found.weight[pick.leaves].sum()) for pick, middle in zip(picks, middles, strict=True) if middle < abs(shared) / 2)
    return sum(pick.leaves.size for pick in picks) < found.values.size / 2 and stayed < MOST_DISSENT * float(found.weight.sum())


def _picks(found: Deviations, cuboids: list[Cuboid], most: int = MOST_PICKS) -> list[Pick]:
    some = sample(found.values.size)
    cells = {cuboid.attributes: cuboid.cells for cuboid in cuboids}
    fewer, parts = found.part(some), [cuboid.part(some) for cuboid in cuboids]
    normal = np.ones(found.values.size, dtype=bool)
    for pick in _Search(fewer, parts, first_noise(fewer), plain_only=True).run():
        of = cells[pick.attributes]
        normal &= of != of[some[pick.leaves[0]]]
    return _Search(found, cuboids, noise_without(found, normal)).run(most)


class _Search:
    def __init__(self, found: Deviations, cuboids: list[Cuboid], noise: Noise, plain_only: bool = False) -> None:
        self.found, self.noise, self.plain_only = found, noise, plain_only
        self.left = np.ones(found.values.size, dtype=bool)
        self.strays = np.flatnonzero(noise.strays)
        summed = all_sums(cuboids, found.values, noise.log_density)
        self.ledgers = [self._open(cuboid, sums) for cuboid, sums in zip(cuboids, summed, strict=True)]
        self.costs = {cuboid.attributes: cuboid.cost for cuboid in cuboids}

    def _open(self, cuboid: Cuboid, sums: Sums) -> _Ledger:
        evidence = Evidence(sums, self._sums_of_strays(cuboid))
        scored = evidence.scores(self.noise, cuboid.cost)
        cells = np.flatnonzero(scored > 0)
        if self.plain_only:
            sure = sums[cells]
            mean = sure.first / sure.n
            many = sure.n >= min(SMALL_LEAVES, SMALL_SHARE * self.found.values.size)
            cells = cells[many & (mean**2 >= PLAIN**2 * (sure.second / sure.n - mean**2))]
        return _Ledger(cuboid, cells, evidence[cells], scored[cells])

    def _sums_of_strays(self, cuboid: Cuboid) -> Sums | None:
        if not self.strays.size:
            return None
        return Sums.of(cuboid.cells[self.strays], cuboid.size, self.found.values[self.strays], self.noise.log_density[self.strays])

    def run(self, most: int = MOST_PICKS) -> list[Pick]:
        picks: list[Pick] = []
        while len(picks) < most and (pick := self._next()) is not None:
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
            if (over := self._over(ledger.cuboid, leaves)) is not None:
                return over
            ledger.rescore(np.array([at]), -np.inf)

    def _over(self, cuboid: Cuboid, leaves: Index) -> Pick | None:
        """A slice that lies across these leaves, which are one thing but for what it holds of them: it goes first.

        Without it they would be told by those of their parts that it does not spoil too much.
        """
        off = leaves[self._log_own(leaves) <= math.log(OVERLAID / (2 * FURTHEST))]
        if not 0 < off.size < (1 - MOST_STEADY) * leaves.size:
            return None
        across: list[tuple[float, int, _Ledger]] = []
        for ledger in self.ledgers:
            cells, counts = np.unique(ledger.cuboid.cells[off], return_counts=True)
            at = ledger.find(int(cells[counts.argmax()]))
            if at is not None and counts.max() >= MOST_STEADY * off.size and not set(cuboid.attributes) <= set(ledger.cuboid.attributes):
                across.append((float(ledger.scores[at]), int(ledger.cells[at]), ledger))
        if not across:
            return None
        score, cell, ledger = max(across, key=lambda each: each[0])
        over = np.flatnonzero((ledger.cuboid.cells == cell) & self.left)
        apart = self._dissent(ledger.cuboid, over)
        rest = leaves[ledger.cuboid.cells[leaves] != cell]
        if score <= 0 or apart >= MOST_DISSENT or self._dissent(cuboid, rest) >= MOST_DISSENT:
            return None
        return Pick(ledger.cuboid.attributes, over, score, apart)

    def _widen(self, pick: Pick) -> Pick:
        """A wider slice in its place, when that is one thing too but for a part in which another change lies over it.

        Such a part spoils the mean and spread by which cells are scored, so here both are scored with allowance for it.
        """
        narrow = self._gain(pick.leaves) - self.costs[pick.attributes]
        for ledger in self.ledgers:
            cell = ledger.cuboid.cells[pick.leaves[0]]
            if not (set(ledger.cuboid.attributes) < set(pick.attributes) and ledger.holds(cell, more_than=pick.leaves.size)):
                continue
            leaves = np.flatnonzero((ledger.cuboid.cells == cell) & self.left)
            if self._gain(leaves) - ledger.cuboid.cost > narrow:
                apart = self._dissent(ledger.cuboid, leaves)
                if apart < MOST_DISSENT:
                    return Pick(ledger.cuboid.attributes, leaves, pick.score, apart)
        return pick

    def _gain(self, leaves: Index) -> float:
        """Nats saved by telling leaves as one, when each may be a stray from it."""
        own = (1 - OVERLAID) * np.exp(self._log_own(leaves)) + OVERLAID / (2 * FURTHEST)
        return float((np.log(own) - self.noise.log_density[leaves]).sum())

    def _log_own(self, leaves: Index) -> Array:
        """Log density of each under the median and the spread of all, which strays hardly touch."""
        values = self.found.values[leaves]
        mean = float(np.median(values))
        spread = max(float(np.median(np.abs(values - mean))) / QUARTILE, self.noise.resolution / 2)
        return np.asarray(-0.5 * ((values - mean) / spread) ** 2 - math.log(spread * math.sqrt(2 * math.pi)))

    def _dissent(self, cuboid: Cuboid, leaves: Index) -> float:
        """The most that any split tells apart: leaf by leaf, or by further attributes. A few strays count neither way."""
        steady = leaves[~self.noise.strays[leaves]]
        if steady.size >= MOST_STEADY * leaves.size:
            leaves = steady
        values, log_density, weight = (of[leaves] for of in (self.found.values, self.noise.log_density, self.found.weight))
        most = dissent(np.arange(leaves.size), values, log_density, weight, self.noise)
        for ledger in self.ledgers:
            if most >= MOST_DISSENT:
                break
            if set(ledger.cuboid.attributes) > set(cuboid.attributes):
                most = max(most, dissent(_numbered(ledger.cuboid, leaves), values, log_density, weight, self.noise))
        return most

    def _take_out(self, leaves: Index) -> None:
        self.left[leaves] = False
        values, log_density, strays = (of[leaves] for of in (self.found.values, self.noise.log_density, self.noise.strays))
        for ledger in self.ledgers:
            size = ledger.cells.size
            if not size:
                continue
            cells = ledger.cuboid.cells[leaves]
            at = np.minimum(np.searchsorted(ledger.cells, cells), size - 1)
            held = ledger.cells[at] == cells
            if not held.any():
                continue
            gone = Evidence(Sums.of(at[held], size, values[held], log_density[held]), None)
            if self.strays.size:
                stray = held & strays
                gone.strays = Sums.of(at[stray], size, values[stray], log_density[stray])
            touched = np.flatnonzero(gone.whole.n)
            ledger.evidence.take(touched, gone[touched])
            ledger.rescore(touched, ledger.evidence[touched].scores(self.noise, ledger.cuboid.cost))


def _numbered(cuboid: Cuboid, leaves: Index) -> Index:
    """Cells of some leaves, numbered without gaps where there are many more cells than leaves."""
    cells = cuboid.cells[leaves]
    if cuboid.size <= 4 * leaves.size:
        return cells.astype(np.intp)
    return np.asarray(np.unique(cells, return_inverse=True)[1], dtype=np.intp)
