"""Which slices carry a change: tables small enough to work out by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from meterline_tools.insight.changes import Leaves, Localised, localise

REGIONS, WORKLOADS, SIZES = ("east", "north", "west"), ("etl", "bi"), ("s", "m")


def table(factors: dict[tuple[str, str], float], wobble: float = 0.01) -> Leaves:
    """Twelve leaves, 100 to 177 expected, a wobble of at most twice `wobble`, and a factor for leaves with some value."""
    rows: list[dict[str, Any]] = []
    for number, (region, workload, size) in enumerate(product(REGIONS, WORKLOADS, SIZES)):
        expected = 100.0 + 7 * number
        actual = expected * (1 + wobble * ((number * 7) % 5 - 2))
        for (attribute, value), factor in factors.items():
            actual *= factor if {"region": region, "workload": workload, "size": size}[attribute] == value else 1.0
        rows.append({"region": region, "workload": workload, "size": size, "actual": actual, "expected": expected})
    return Leaves.from_rows(rows, ["region", "workload", "size"])


def where(found: Localised) -> list[dict[str, Any]]:
    return [dict(each.where) for each in found.slices]


def test_the_region_that_doubled_is_found_with_its_contribution() -> None:
    found = localise(table({("region", "west"): 2.0}, wobble=0.0))
    assert where(found) == [{"region": "west"}]
    # west: leaves 8 to 11, expected 156 + 163 + 170 + 177 = 666
    assert found.slices[0].expected == pytest.approx(666.0)
    assert found.slices[0].contribution == pytest.approx(666.0)
    assert found.slices[0].share == pytest.approx(1.0)
    assert found.rest.contribution == pytest.approx(0.0)


def test_small_wobbles_around_it_are_left_in_the_rest() -> None:
    found = localise(table({("region", "west"): 2.0}))
    assert where(found) == [{"region": "west"}]
    assert found.slices[0].contribution + found.rest.contribution == pytest.approx(found.change)


def test_changes_that_cancel_out_are_both_found() -> None:
    rows = [
        {"region": region, "workload": workload, "expected": 100.0, "actual": 100.0 + {"east": 60.0, "west": -60.0}.get(region, 0.0)}
        for region, workload in product(("east", "north", "south", "west"), ("etl", "bi"))
    ]
    found = localise(Leaves.from_rows(rows, ["region", "workload"]))
    assert found.change == 0.0
    assert sorted((each.where["region"], each.contribution) for each in found.slices) == [("east", 120.0), ("west", -120.0)]
    assert [each.share for each in found.slices] == [0.5, 0.5]


def test_a_table_without_any_change_has_no_slice() -> None:
    found = localise(table({}, wobble=0.0))
    assert found.slices == ()
    assert found.rest.contribution == 0.0


def test_noise_alone_has_no_slice() -> None:
    assert localise(table({})).slices == ()


def test_an_empty_table_has_no_slice() -> None:
    assert localise(Leaves.from_rows([], ["region"])).slices == ()


def test_rows_of_one_leaf_are_added_up() -> None:
    whole = table({("region", "west"): 2.0})
    halves = Leaves.from_codes(
        {name: (list(codes) * 2, labels) for name, codes, labels in zip(whole.names, whole.codes, whole.labels, strict=True)},  # type: ignore[misc]
        [*whole.actual / 2] * 2,
        [*whole.expected / 2] * 2,
    )
    assert where(localise(halves)) == where(localise(whole))
    assert localise(halves).slices[0].leaves == localise(whole).slices[0].leaves
    assert localise(halves).slices[0].rows.size == 2 * localise(whole).slices[0].rows.size
