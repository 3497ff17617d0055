"""What holds for any table."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterline_tools.insight.changes import Leaves, Localised, localise

Row = tuple[str, str, str, float, float]
NAMES = ("color", "shape", "size")


@dataclass(frozen=True)
class Planted:
    """A full table of 6 x 5 x 4 leaves with noise, in which the leaves of `where` are `factor` of what was expected."""

    rows: list[Row]
    where: dict[str, str]
    factor: float


@st.composite
def planted(draw: st.DrawFn) -> Planted:
    attributes = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2, unique=True))
    where = {name: f"{name}-{draw(st.integers(0, 3))}" for name in attributes}
    factor = draw(st.sampled_from([0.0, 0.3, 0.5, 2.0, 4.0]))
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    noise = draw(st.sampled_from([0.0, 0.01, 0.05]))
    rows = []
    for color, shape, size in product(range(6), range(5), range(4)):
        named = dict(zip(NAMES, (f"color-{color}", f"shape-{shape}", f"size-{size}"), strict=True))
        expected = float(rng.lognormal(5, 1))
        actual = expected * (1 + noise * float(rng.normal()))
        actual *= factor if all(named[name] == value for name, value in where.items()) else 1.0
        rows.append((named["color"], named["shape"], named["size"], actual, expected))
    return Planted(rows, where, factor)


def leaves(rows: list[Row], names: tuple[str, ...] = NAMES) -> Leaves:
    columns = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    return Leaves.from_columns(columns, [row[3] for row in rows], [row[4] for row in rows])


def where(found: Localised) -> set[frozenset[tuple[str, Any]]]:
    return {frozenset(each.where.items()) for each in found.slices}


amounts = st.floats(-1e6, 1e6, allow_nan=False)
labels = st.sampled_from(["a", "b", "c", "", "d"])
tables = st.lists(st.tuples(labels, labels, labels, amounts, amounts), max_size=60)


@given(tables, st.sampled_from([0.0, 0.003, 0.1]))
@settings(deadline=None, max_examples=80)
def test_slices_and_rest_add_up_to_the_total(rows: list[Row], min_share: float) -> None:
    found = localise(leaves(rows), min_share=min_share)
    scale = sum(abs(row[3]) + abs(row[4]) for row in rows) or 1.0
    assert sum(each.contribution for each in found.slices) + found.rest.contribution == pytest.approx(found.change, abs=1e-9 * scale)
    assert found.change == pytest.approx(sum(row[3] - row[4] for row in rows), abs=1e-9 * scale)
    assert sum(each.share for each in found.slices) + found.rest.share == pytest.approx(1.0 if found.rest.share or found.slices else 0.0)


@given(tables)
@settings(deadline=None, max_examples=50)
def test_each_row_is_in_one_slice_at_most_and_belongs_there(rows: list[Row]) -> None:
    found = localise(leaves(rows))
    taken = [int(row) for each in found.slices for row in each.rows]
    assert len(taken) == len(set(taken))
    for each in found.slices:
        for row in each.rows:
            named = dict(zip(NAMES, rows[int(row)][:3], strict=True))
            assert all((named[name] or None) == value for name, value in each.where.items())


@given(planted())
@settings(deadline=None, max_examples=60)
def test_a_planted_slice_is_found(case: Planted) -> None:
    found = localise(leaves(case.rows), min_share=0.003)
    inside = [row for row in case.rows if all(row[NAMES.index(name)] == value for name, value in case.where.items())]
    delta = sum(row[3] - row[4] for row in inside)
    if abs(delta) < 0.005 * sum(row[4] for row in case.rows):
        return
    mine = [each for each in found.slices if dict(each.where) == case.where]
    assert len(mine) == 1, found.slices
    assert mine[0].contribution == pytest.approx(delta)


@given(planted(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_neither_the_order_of_rows_nor_that_of_columns_matters(case: Planted, random: Any) -> None:
    shuffled = list(case.rows)
    random.shuffle(shuffled)
    turned = [(row[2], row[0], row[1], row[3], row[4]) for row in shuffled]
    assert where(localise(leaves(turned, ("size", "color", "shape")))) == where(localise(leaves(case.rows)))


@given(planted())
@settings(deadline=None, max_examples=40)
def test_other_names_give_the_same_slices_by_other_names(case: Planted) -> None:
    """Names that sort the same way: ties are settled by the order of names."""
    renamed = [(f"x{row[0]}", f"x{row[1]}", f"x{row[2]}", row[3], row[4]) for row in case.rows]
    names = tuple(f"my {name}" for name in NAMES)
    again = {frozenset((name.removeprefix("my "), value[1:]) for name, value in each) for each in where(localise(leaves(renamed, names)))}
    assert again == where(localise(leaves(case.rows)))


@given(planted(), st.sampled_from([0.001, 7.0, 1e6]))
@settings(deadline=None, max_examples=40)
def test_scale_does_not_matter(case: Planted, by: float) -> None:
    scaled = [(*row[:3], row[3] * by, row[4] * by) for row in case.rows]
    assert where(localise(leaves(scaled))) == where(localise(leaves(case.rows)))


@given(tables)
@settings(deadline=None, max_examples=40)
def test_no_change_gives_no_slice(rows: list[Row]) -> None:
    found = localise(leaves([(*row[:3], row[4], row[4]) for row in rows]))
    assert found.slices == ()
    assert found.change == 0.0
