"""The door: leaves in, the few slices that explain their change out."""

from __future__ import annotations

import math

import numpy as np

from meterline_tools.insight.changes.cuboids import Cube, build_cube, build_cuboids
from meterline_tools.insight.changes.leaves import Leaves
from meterline_tools.insight.changes.localised import Localised, Rest, Slice
from meterline_tools.insight.changes.noise import deviations
from meterline_tools.insight.changes.search import Pick, Told, search

MOST_SLICES = 12
TEMPER = 10.0
"""Nats of score for one unit of log odds: scores take leaves as independent, which they hardly ever are."""


def localise(leaves: Leaves, *, min_share: float = 0.0, max_slices: int = MOST_SLICES) -> Localised:
    """The slices whose actual amounts left what was expected, largest contribution first.

    `min_share` is the least contribution worth telling, as a share of the whole table (the larger of what was expected
    and what came; 0.003 suits a review): smaller ones are in the rest, as is what `max_slices` leaves out. Moves that cancel
    out are found; what all leaves changed alike is no slice, but `common` in the rest.
    """
    cube = build_cube(leaves)
    active = np.flatnonzero((cube.actual != 0) | (cube.expected != 0))
    told = Told([], 0.0)
    if active.size > 1:
        codes = tuple(codes[active] for codes in cube.codes)
        cuboids = build_cuboids(codes, tuple(len(labels) for labels in leaves.labels))
        told = search(deviations(cube.actual[active], cube.expected[active]), cuboids)
    return _summed_up(cube, active, told, min_share, max_slices)


def _summed_up(cube: Cube, active: np.ndarray[tuple[int], np.dtype[np.intp]], told: Told, min_share: float, most: int) -> Localised:
    change = cube.actual - cube.expected
    whole = max(float(np.abs(cube.expected).sum()), float(np.abs(cube.actual).sum()))
    material = [pick for pick in told.picks if abs(float(change[active[pick.leaves]].sum())) >= max(min_share * whole, 0.0)]
    kept = sorted(material, key=lambda pick: -abs(float(change[active[pick.leaves]].sum())))[:most]
    taken = [active[pick.leaves] for pick in kept]
    left = np.ones(cube.actual.size, dtype=bool)
    for members in taken:
        left[members] = False
    rest, actual, expected = (float(column[left].sum()) for column in (change, cube.actual, cube.expected))
    moved = sum(abs(float(change[members].sum())) for members in taken) + abs(rest)
    slices = tuple(_slice(cube, pick, members, moved, whole) for pick, members in zip(kept, taken, strict=True))
    return Localised(
        actual=float(cube.actual.sum()),
        expected=float(cube.expected.sum()),
        change=sum(each.contribution for each in slices) + rest,
        slices=slices,
        rest=Rest(actual, expected, rest, abs(rest) / moved if moved else 0.0, int(left.sum())),
        common=(actual / expected - 1.0 if expected else None) if told.shared else 0.0,
    )


def _slice(cube: Cube, pick: Pick, members: np.ndarray[tuple[int], np.dtype[np.intp]], moved: float, whole: float) -> Slice:
    actual, expected = float(cube.actual[members].sum()), float(cube.expected[members].sum())
    contribution = float((cube.actual - cube.expected)[members].sum())
    names, labels = cube.leaves.names, cube.leaves.labels
    inside = np.zeros(cube.actual.size, dtype=bool)
    inside[members] = True
    return Slice(
        where={names[at]: labels[at][cube.codes[at][members[0]]] for at in pick.attributes},
        actual=actual,
        expected=expected,
        contribution=contribution,
        share=abs(contribution) / moved if moved else 0.0,
        size=contribution / whole if whole else 0.0,
        confidence=(1 - pick.dissent) / (1 + math.exp(-min(pick.score / TEMPER, 50.0))),
        leaves=int(members.size),
        rows=np.flatnonzero(inside[cube.leaf]),
    )
