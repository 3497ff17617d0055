"""Tables with planted slices, made up here: what localising is tuned on, so that the public ones stay a test.

Four kinds. `published`: the recipe that the RiskLoc paper gives for its family S (Kalander 2022: sizes 10, 12, 10, 8, 5; Weibull
amounts; up to a quarter of zeros; normal errors of up to 25% on either side; one to three anomalies of one to three elements, of
20% to 100% beyond the error). `mixed`: two to five attributes, error that is normal, lognormal, heavy-tailed or a count's, no
to three slices that fell or rose. `alike`: the same, and everything moved by one factor besides. `level`: the same as mixed, with
100 expected in every leaf.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.changes import Leaves

Array = NDArray[np.float64]
Codes = NDArray[np.intp]
Cell = dict[int, int]
Made = tuple[Leaves, frozenset[frozenset[tuple[str, str]]]]
"""A table, and what was planted: (attribute, value) pairs of each slice."""

SIZES = (10, 12, 10, 8, 5)
MOST_LEAVES = 40_000


def published(seed: int) -> Made:
    rng = np.random.default_rng([seed, 1])
    codes = np.indices(SIZES).reshape(len(SIZES), -1)
    zeros, error = rng.uniform(0, 0.25, 2)
    amounts = 100 * rng.weibull(rng.uniform(0.5, 1), codes.shape[1]) * (rng.random(codes.shape[1]) > zeros)
    strayed = np.maximum(amounts * (1 + rng.normal(0, error, amounts.size)), 0)
    first = rng.random(amounts.size) < 0.5
    expected, actual = np.where(first, amounts, strayed), np.where(first, strayed, amounts)
    planted: list[Cell] = []
    rising = actual.sum() > expected.sum()
    for _ in range(rng.integers(1, 4)):
        lost, spread = rng.uniform(0.2, 1) + error, rng.uniform(0, 0.1)
        for cell in _apart(rng, planted, amounts, codes):
            inside = _inside(codes, cell)
            factors = np.maximum(1 - rng.normal(lost, spread, int(inside.sum())), 0)
            if rising:
                expected[inside] = actual[inside] * factors
            else:
                actual[inside] = expected[inside] * factors
            planted.append(cell)
    return _made(codes, SIZES, actual, expected, planted)


def _apart(rng: np.random.Generator, planted: list[Cell], amounts: Array, codes: Codes) -> list[Cell]:
    """One to three elements of one cuboid that no planted one has, with values that no planted one has of the same attribute."""
    wanted = int(rng.integers(1, 4))
    while True:
        at = np.sort(rng.choice(len(SIZES), rng.integers(1, len(SIZES) + 1), replace=False)).tolist()
        if any(list(cell) == at for cell in planted):
            continue
        left = {each: [v for v in range(SIZES[each]) if all(cell.get(each) != v for cell in planted)] for each in at}
        if not all(left.values()):
            continue
        cells = [{each: int(rng.choice(values)) for each, values in left.items()} for _ in range(wanted)]
        told = {tuple(cell.items()) for cell in cells}
        if len(told) == wanted and all(amounts[_inside(codes, cell)].any() for cell in cells):
            return cells


def mixed(seed: int, *, factor: float = 1.0, level: bool = False) -> Made:
    rng = np.random.default_rng([seed, 2])
    sizes = [int(size) for size in rng.integers(3, 25, rng.integers(2, 6))]
    while np.prod(sizes) > MOST_LEAVES:
        sizes[int(np.argmax(sizes))] //= 2
    codes = np.indices(sizes).reshape(len(sizes), -1)
    size = codes.shape[1]
    expected = rng.lognormal(3, rng.uniform(0.8, 2), size) * (rng.random(size) > rng.uniform(0, 0.6))
    factors = ERRORS[seed % len(ERRORS)](rng, expected, rng.uniform(0.02, 0.3)) * factor
    planted: list[Cell] = []
    for _ in range(rng.integers(0, 4)):
        at = np.sort(rng.choice(len(sizes), rng.integers(1, min(len(sizes), 3) + 1), replace=False)).tolist()
        cell = {each: int(rng.integers(sizes[each])) for each in at}
        inside = _inside(codes, cell)
        by = rng.choice([rng.uniform(0, 0.6), rng.uniform(1.6, 4)])
        if (expected[inside] > 0).sum() < 2 or any(cell.items() <= other.items() for other in planted):
            continue
        factors[inside] *= by
        planted.append(cell)
    if level:
        expected = np.where(expected > 0, 100.0, 0.0)
    return _made(codes, sizes, expected * factors, expected, planted)


def alike(seed: int) -> Made:
    rng = np.random.default_rng([seed, 3])
    return mixed(seed, factor=float(rng.choice([rng.uniform(0.6, 0.9), rng.uniform(1.1, 1.6)])))


def level(seed: int) -> Made:
    return mixed(seed, level=True)


ERRORS: tuple[Callable[[np.random.Generator, Array, float], Array], ...] = (
    lambda rng, expected, spread: np.maximum(1 + rng.normal(0, spread, expected.size), 0),
    lambda rng, expected, spread: np.exp(rng.normal(0, spread, expected.size)),
    lambda rng, expected, spread: np.maximum(1 + spread * rng.standard_t(3, expected.size) / 1.7, 0),
    lambda rng, expected, spread: np.exp(rng.laplace(0, spread, expected.size)),
    lambda rng, expected, spread: rng.poisson(expected) / np.where(expected > 0, expected, 1),
)
KINDS: dict[str, Callable[[int], Made]] = {"published": published, "mixed": mixed, "alike": alike, "level": level}


def _inside(codes: Codes, cell: Cell) -> NDArray[np.bool_]:
    return np.asarray(np.logical_and.reduce([codes[attribute] == value for attribute, value in cell.items()]))


def _made(codes: Codes, sizes: Any, actual: Array, expected: Array, planted: list[Cell]) -> Made:
    names = [f"k{at}" for at in range(len(sizes))]
    columns = {name: (codes[at].astype(np.int32), [str(value) for value in range(sizes[at])]) for at, name in enumerate(names)}
    truth = frozenset(frozenset((names[at], str(value)) for at, value in cell.items()) for cell in planted)
    return Leaves.from_codes(columns, actual, expected), truth
