"""Cuboids: for a set of attributes, the cell that each leaf falls into."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.changes.leaves import Array, Codes, Leaves, summed, used_cells

MOST_LOOKS = 64_000_000
"""Leaves times cuboids that are looked at; with more, the deepest combinations of attributes are left out."""
PER_ATTRIBUTE = 0.1
"""What one attribute more costs between slices that say the same, in nats."""


@dataclass(frozen=True)
class Cuboid:
    """`cells[leaf]` numbers the combinations in use of `attributes` (indices); `cost` is what naming one of them takes, in nats."""

    attributes: tuple[int, ...]
    cells: Codes
    size: int
    cost: float

    def part(self, leaves: NDArray[np.intp]) -> Cuboid:
        """Of some leaves; cells keep their numbers."""
        return replace(self, cells=self.cells[leaves])


@dataclass(frozen=True)
class Cube:
    """The distinct leaves in a fixed order, and their cuboids. `leaf[row]` is the leaf of an input row."""

    leaves: Leaves
    leaf: Codes
    actual: Array
    expected: Array
    codes: tuple[Codes, ...]


def build_cube(leaves: Leaves) -> Cube:
    """Adds up rows of one leaf; leaves come in the order of their labels, whatever the order of rows."""
    cells, size = np.zeros(leaves.rows, np.int32), 1 if leaves.rows else 0
    for codes, labels in zip(leaves.codes, leaves.labels, strict=True):
        cells, size = used_cells(cells.astype(np.int64) * len(labels) + codes, size * len(labels))
    first = np.zeros(size, np.int64)
    first[cells[::-1]] = np.arange(leaves.rows - 1, -1, -1)
    return Cube(
        leaves=leaves,
        leaf=cells,
        actual=summed(cells, size, leaves.actual),
        expected=summed(cells, size, leaves.expected),
        codes=tuple(codes[first] for codes in leaves.codes),
    )


def build_cuboids(codes: tuple[Codes, ...], cards: tuple[int, ...]) -> list[Cuboid]:
    """From one attribute to as many as there are, shallow first; a cuboid whose cells a smaller one tells apart as well is left out.

    `cards` counts the labels of each attribute. Naming costs the log of the cuboids of as many attributes, and of the cells in one:
    as many slices are expected of one attribute as of two or of three.
    """
    telling = [at for at in range(len(codes)) if codes[at].size and codes[at].min() != codes[at].max()]
    kept: dict[tuple[int, ...], Cuboid] = {}
    looks = 0
    for layer in range(1, len(telling) + 1):
        wanted = list(combinations(telling, layer))
        cost = math.log(len(wanted))
        looks += len(wanted) * len(codes[0])
        if layer > 2 and looks > MOST_LOOKS:
            break
        made = {subset: cuboid for subset in wanted if (cuboid := _deepen(subset, kept, codes, cards, cost)) is not None}
        kept |= made
    return list(kept.values())


def _deepen(
    subset: tuple[int, ...], kept: dict[tuple[int, ...], Cuboid], codes: tuple[Codes, ...], cards: tuple[int, ...], cost: float
) -> Cuboid | None:
    """The cuboid of `subset` from one with an attribute less; None when one of those has as many cells."""
    *_, last = subset
    if len(subset) == 1:
        cells, size = used_cells(codes[last].astype(np.int64), cards[last])
    else:
        parents = [kept.get(parent) for parent in combinations(subset, len(subset) - 1)]
        present = [parent for parent in parents if parent is not None]
        if len(present) < len(subset):
            return None  # an attribute here says nothing beyond the others
        finest = max(present, key=lambda parent: parent.size)
        added = next(at for at in subset if at not in finest.attributes)
        cells, size = used_cells(finest.cells.astype(np.int64) * cards[added] + codes[added], finest.size * cards[added])
        if size == finest.size:
            return None
    return Cuboid(subset, cells, size, cost + math.log(size) + PER_ATTRIBUTE * len(subset))
