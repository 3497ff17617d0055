"""Which slices carry a change: tables small enough to work out by hand."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
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


def cube(change: dict[str, float]) -> Leaves:
    """2 products x 3 regions x 2 workspaces, 100 expected in each leaf; `change` by "product region workspace", "*" for any."""
    rows = []
    for named in product(("A", "B"), ("east", "north", "west"), ("w1", "w2")):
        actual = 100.0
        for pattern, added in change.items():
            if all(part in ("*", value) for part, value in zip(pattern.split(), named, strict=True)):
                actual += added
        rows.append({"product": named[0], "region": named[1], "workspace": named[2], "actual": actual, "expected": 100.0})
    return Leaves.from_rows(rows, ["product", "region", "workspace"])


def test_a_parent_does_not_swallow_the_child_that_changed() -> None:
    # of the four leaves of region west only the two of product A rose
    found = localise(cube({"A west *": 80.0}))
    assert where(found) == [{"product": "A", "region": "west"}]
    assert found.slices[0].contribution == pytest.approx(160.0)


def test_children_do_not_stand_in_for_their_parent() -> None:
    # both products of region west rose alike: that is the region
    found = localise(cube({"* west *": 80.0}))
    assert where(found) == [{"region": "west"}]
    assert found.slices[0].contribution == pytest.approx(320.0)


def test_an_equal_change_everywhere_is_no_slice_but_the_rest() -> None:
    found = localise(cube({"* * *": 20.0}))
    assert found.slices == ()
    assert found.rest.contribution == pytest.approx(240.0)


def noisy(dims: dict[str, int], factors: dict[str, float], wobble: float, everywhere: float = 1.0, seed: int = 1) -> Leaves:
    """A full table, 100 expected in each leaf, normal noise of spread `wobble`, a factor for leaves of "attribute=value, ..."."""
    rng = np.random.default_rng(seed)
    rows = []
    for codes in product(*(range(size) for size in dims.values())):
        named = {attribute: f"{attribute}{code}" for attribute, code in zip(dims, codes, strict=True)}
        factor = everywhere
        for values, by in factors.items():
            if all(named[attribute] == value for attribute, value in (pair.split("=") for pair in values.split(", "))):
                factor = everywhere * by
        rows.append({**named, "expected": 100.0, "actual": 100.0 * factor * (1 + wobble * float(rng.normal()))})
    return Leaves.from_rows(rows, list(dims))


@pytest.mark.parametrize("wobble", [0.0, 0.01, 0.05])
@pytest.mark.parametrize("by", [1.2, 0.6])
def test_an_equal_change_everywhere_is_no_slice_however_many_leaves_there_are(by: float, wobble: float) -> None:
    found = localise(noisy({"a": 4, "b": 5, "c": 40}, {}, wobble, everywhere=by))
    assert found.slices == ()
    assert found.rest.contribution == pytest.approx(found.change)


def test_what_departs_from_a_change_of_everything_else_is_told_alone() -> None:
    found = localise(noisy({"a": 4, "b": 5, "c": 40}, {"b=b2": 2.0}, 0.05, everywhere=1.2))
    assert where(found) == [{"b": "b2"}]
    # 160 leaves of 100, which came to 2.4 times that
    assert found.slices[0].contribution == pytest.approx(160 * 140, rel=0.02)
    assert found.common == pytest.approx(0.2, abs=0.01)


def test_three_regions_of_five_that_rose_alike_are_told_and_not_the_two_that_did_not() -> None:
    found = localise(noisy({"a": 5, "b": 8, "c": 10}, {"a=a0": 1.3, "a=a2": 1.3, "a=a4": 1.3}, 0.03))
    assert sorted(each["a"] for each in where(found)) == ["a0", "a2", "a4"]
    assert found.common == 0.0


def test_nothing_in_common_is_said_of_a_table_with_a_slice() -> None:
    assert localise(noisy({"a": 5, "b": 8, "c": 10}, {"a=a0": 1.3}, 0.03)).common == 0.0


@pytest.mark.parametrize("seed", range(8))
def test_leaves_with_equal_amounts_expected_are_not_sorted_by_how_far_they_strayed(seed: int) -> None:
    assert localise(noisy({"a": 20, "b": 20, "c": 5}, {}, 0.05, seed=seed)).slices == ()


@pytest.mark.parametrize("seed", [1, 8, 9])
def test_a_slice_that_another_one_crosses_is_told_whole(seed: int) -> None:
    """One vanishes but for some leaves, the other one holds more of it than may be anything else: its parts are no slices all the same."""
    rng = np.random.default_rng(seed)
    codes = np.indices((8, 12, 9, 5)).reshape(4, -1)
    expected = rng.lognormal(3, 1.2, codes.shape[1])
    actual = expected * np.maximum(1 + 0.1 * rng.normal(size=expected.size), 0)
    for inside, lost in ((codes[1] == 3, 1.1), (codes[2] == 4, 0.36)):
        actual[inside] = expected[inside] * np.maximum(1 - rng.normal(lost, 0.05, inside.sum()), 0)
    columns = {name: [f"{name}{code}" for code in codes[at]] for at, name in enumerate("abcd")}
    found = localise(Leaves.from_columns(columns, actual.tolist(), expected.tolist()))
    assert sorted(map(str, where(found))) == ["{'b': 'b3'}", "{'c': 'c4'}"]


def test_one_leaf_of_many_thousands_is_mostly_found_six_spreads_away() -> None:
    leaf = {"a": "a1", "b": "b2", "c": "c3", "d": "d4", "e": "e2"}
    changes = {", ".join(f"{attribute}={value}" for attribute, value in leaf.items()): 0.87}
    tables = [noisy({"a": 10, "b": 12, "c": 10, "d": 8, "e": 5}, changes, 0.02, seed=seed) for seed in range(10)]
    assert sum(where(localise(table)) == [leaf] for table in tables) >= 7


def test_heavy_tails_of_small_tables_are_seldom_taken_for_slices() -> None:
    """Student's t with three degrees of freedom in 300 leaves: one or two stray by more than six scales with no cause."""
    named = 0
    columns = {"a": [f"a{at % 12}" for at in range(300)], "b": [f"b{at // 12}" for at in range(300)]}
    for seed in range(40):
        rng = np.random.default_rng(seed)
        expected = rng.lognormal(3, 1, 300)
        actual = np.maximum(expected * (1 + 0.06 * rng.standard_t(3, 300)), 0.0)
        named += len(localise(Leaves.from_columns(columns, actual.tolist(), expected.tolist())).slices)
    assert named <= 6


def test_a_slice_that_began_and_one_that_ended_are_found() -> None:
    rows = [
        {"sku": sku, "region": region, "expected": 0.0 if sku == "new" else 50.0, "actual": 0.0 if sku == "old" else 50.0}
        for sku, region in product(("new", "old", "p", "q", "r", "s", "t"), ("east", "north", "south", "west"))
    ]
    found = localise(Leaves.from_rows(rows, ["sku", "region"]))
    assert sorted((each.where["sku"], each.contribution) for each in found.slices) == [("new", 200.0), ("old", -200.0)]


def test_a_missing_value_is_a_value() -> None:
    rows = [
        {"connector": connector, "region": region, "expected": 40.0, "actual": 120.0 if connector is None else 40.0}
        for connector, region in product((None, "jdbc", "s3", "kafka"), ("east", "north", "west"))
    ]
    found = localise(Leaves.from_rows(rows, ["connector", "region"]))
    assert where(found) == [{"connector": None}]


def test_credits_below_nothing_are_amounts_like_others() -> None:
    rows = [
        {"kind": kind, "region": region, "expected": 100.0 if kind == "usage" else -20.0, "actual": 100.0 if kind == "usage" else -60.0}
        for kind, region in product(("credit", "usage", "fee", "tax"), ("east", "north", "west"))
    ]
    for row in rows:
        row["actual"] = row["actual"] if row["kind"] == "credit" else row["expected"]
    found = localise(Leaves.from_rows(rows, ["kind", "region"]))
    assert [(dict(each.where), each.contribution) for each in found.slices] == [({"kind": "credit"}, -120.0)]


def test_what_is_immaterial_stays_in_the_rest() -> None:
    table_of = cube({"A west *": 80.0})  # 160 of 1,360 that came: 11.8%
    assert len(localise(table_of, min_share=0.11).slices) == 1
    nothing = localise(table_of, min_share=0.12)
    assert nothing.slices == ()
    assert nothing.rest.contribution == pytest.approx(160.0)


def test_no_more_slices_are_told_than_asked_for_and_the_largest_first() -> None:
    changed = {"A": 300.0, "B": 200.0, "C": 100.0}
    rows = [
        {"sku": sku, "region": region, "expected": 100.0, "actual": 100.0 + changed.get(sku, 0.0)}
        for sku, region in product("ABCDEFGHIJKL", ("east", "north", "south", "west"))
    ]
    found = localise(Leaves.from_rows(rows, ["sku", "region"]), max_slices=2)
    assert where(found) == [{"sku": "A"}, {"sku": "B"}]
    assert found.rest.contribution == pytest.approx(400.0)


def test_a_leaf_in_two_slices_counts_once() -> None:
    rows = [
        {"sku": sku, "region": region, "expected": 100.0, "actual": 0.0 if sku == "A" else 50.0 if region == "r0" else 100.0}
        for sku, region in product("ABCDEFGH", (f"r{number}" for number in range(8)))
    ]
    found = localise(Leaves.from_rows(rows, ["sku", "region"]))
    # A: 8 leaves of 100 gone; r0: the 7 leaves of other products fell by half
    assert [(dict(each.where), each.contribution) for each in found.slices] == [({"sku": "A"}, -800.0), ({"region": "r0"}, -350.0)]


def test_a_slice_is_told_whole_though_some_of_its_leaves_vanished_as_some_do_everywhere() -> None:
    rows = []
    for number, (region, sku, workspace) in enumerate(product([f"r{n}" for n in range(8)], "ABCD", [f"w{n}" for n in range(5)])):
        if number % 17 == 4:  # 10 of 160 leaves, one of them in r3
            amounts = {"actual": 0.0, "expected": 500.0}
        else:
            amounts = {"actual": (50.0 if region == "r3" else 100.0) * (1 + 0.05 * ((number * 7) % 5 - 2)), "expected": 100.0}
        rows.append({"region": region, "sku": sku, "workspace": workspace, **amounts})
    found = localise(Leaves.from_rows(rows, ["region", "sku", "workspace"]))
    assert [(dict(each.where), each.leaves) for each in found.slices] == [({"region": "r3"}, 20)]


def test_an_attribute_that_follows_from_another_is_not_named_beside_it() -> None:
    families = {"A": "compute", "B": "compute", "C": "storage", "D": "storage", "E": "network", "F": "network"}
    rows = [
        {"sku": sku, "family": family, "region": region, "expected": 100.0, "actual": 250.0 if sku == "C" else 100.0}
        for (sku, family), region in product(families.items(), ("east", "north", "west"))
    ]
    assert where(localise(Leaves.from_rows(rows, ["family", "region", "sku"]))) == [{"sku": "C"}]


def test_columns_that_differ_in_length_and_infinite_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Leaves.from_columns({"a": ["x"]}, [1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="infinite"):
        Leaves.from_columns({"a": ["x"]}, [float("inf")], [1.0])


def test_a_missing_amount_counts_as_none_of_it() -> None:
    assert Leaves.from_columns({"a": ["x"]}, [float("nan")], [1.0]).actual.tolist() == [0.0]
