"""Parts of a change add up to the cent, whatever the usage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterline_tools.insight.frames import Frame
from meterline_tools.insight.price import cents, split_price
from meterline_tools.insight.slices import drivers, find_slice
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import START, step, with_effect

RULES = load_thresholds()
MONEY = st.floats(min_value=0.0, max_value=1e5, allow_nan=False).map(lambda v: round(v, 4))


def in_cents(value: float) -> int:
    return round(value * 100)


@given(before=st.lists(MONEY, min_size=3, max_size=3), after=st.lists(MONEY, min_size=3, max_size=3), price=st.floats(0.2, 5.0))
def test_price_volume_and_mix_add_up_to_the_change(before: list[float], after: list[float], price: float) -> None:
    made = with_effect(step(390, 1.0))
    for leaf in range(3):
        made.usd[leaf, :390], made.usd[leaf, 390:] = before[leaf], after[leaf]
    made.unit_price[0, 390:] *= price
    frame = made.frame()
    onset = 390 - (made.usd.shape[1] - frame.days)
    expected = np.repeat(np.array(before)[:, None], frame.days - onset, axis=1)
    delta = cents(float(made.usd[:, 390:].sum() - expected.sum()))
    split = split_price(frame, expected, onset, frame.days - 1, delta, RULES)
    assert in_cents(split.price) + in_cents(split.volume) + in_cents(split.mix) == in_cents(delta)


def test_price_volume_and_mix_are_those_worked_out_by_hand() -> None:
    """10 days, 100 a day of one SKU at 2.00 a unit; then 60 units a day at 3.00: 180 a day.

    Price: 60 x (3 - 2) x 10 = 600. Volume: (60 - 50) x 2 x 10 = 200. Together 800 = (180 - 100) x 10.
    """
    usd = np.concatenate([np.full(40, 100.0), np.full(10, 180.0)])[None, :]
    qty = np.concatenate([np.full(40, 50.0), np.full(10, 60.0)])[None, :]
    measures = {"usd": usd, "list_usd": usd, "contracted_usd": usd, "qty": qty}
    frame = Frame(START, ({"workload": "w", "sku": "s"},), measures, np.ones(usd.shape))
    split = split_price(frame, np.full((1, 10), 100.0), 40, 49, 800.0, RULES)
    assert (split.price, split.volume, split.mix) == (600.0, 200.0, 0.0)
    assert split.list_change == pytest.approx(0.5)
    assert split.price_share == pytest.approx(0.75)


@given(st.lists(st.floats(-1e5, 1e5, allow_nan=False), min_size=3, max_size=3))
def test_drivers_and_rest_add_up_to_the_change(parts: list[float]) -> None:
    frame = with_effect(step(390, 1.0)).frame()
    delta = cents(sum(parts))
    lines, rest = drivers(frame, np.array(parts), delta, RULES)
    assert sum(in_cents(line.contribution) for line in lines) + in_cents(rest) == in_cents(delta)


def test_the_smallest_slice_with_most_of_the_change_is_chosen() -> None:
    frame = with_effect(step(390, 1.0)).frame()
    found = find_slice(frame, np.array([900.0, 20.0, -30.0]), np.array([1500.0, 1000.0, 500.0]), np.array([600.0, 980.0, 530.0]), RULES)
    assert found is not None
    assert (found.attribute, found.values) == ("workload", ("w-orders",))
    assert ("connector", "shopware") in found.also


def test_a_change_of_everything_has_no_slice() -> None:
    frame = with_effect(step(390, 1.0)).frame()
    assert (
        find_slice(frame, np.array([300.0, 200.0, 100.0]), np.array([600.0, 400.0, 200.0]), np.array([300.0, 200.0, 100.0]), RULES) is None
    )


def test_a_surge_so_large_that_it_outgrows_the_account_still_has_its_slice() -> None:
    frame = with_effect(step(390, 1.0)).frame()
    found = find_slice(frame, np.array([9000.0, 20.0, -30.0]), np.array([9600.0, 400.0, 200.0]), np.array([600.0, 400.0, 200.0]), RULES)
    assert found is not None
    assert found.values == ("w-orders",)
