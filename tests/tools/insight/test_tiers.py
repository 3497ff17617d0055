"""Graduated tiers to the cent."""

from __future__ import annotations

import pytest

from meterline_tools.insight.tiers import Tier, TiersDoNotFit, amount, discounted, next_tier, ordered, steps

BOOK = [Tier(0, 20_000, 0.50), Tier(20_000, 100_000, 0.47), Tier(100_000, None, 0.44)]


@pytest.mark.parametrize(
    ("quantity", "used", "cost"),
    [
        (0, 0, 0.0),
        (1, 0, 0.5),
        (20_000, 0, 10_000.0),
        (20_001, 0, 10_000.47),
        (150_000, 0, 10_000 + 37_600 + 22_000),
        (15_000, 10_000, 5_000 + 2_350),  # 10,000 at .50, then 5,000 at .47
        (10, 100_000, 4.4),
        (0.013, 0, 0.01),  # 0.0065 rounds to a cent
    ],
)
def test_each_unit_is_priced_by_the_tier_it_falls_into(quantity: float, used: float, cost: float) -> None:
    assert amount(ordered(BOOK), quantity, used) == pytest.approx(cost, abs=0.001)


def test_steps_hold_all_units_and_add_up() -> None:
    found = steps(BOOK, 150_000)
    assert [(s.quantity, s.amount) for s in found] == [(20_000, 10_000.0), (80_000, 37_600.0), (50_000, 22_000.0)]


def test_a_discount_comes_off_each_unit() -> None:
    """.50 and .47 less 8%: .46 and .4324; 30,000 units cost 9,200 + 4,324."""
    assert amount(discounted(BOOK, 0.08), 30_000) == pytest.approx(13_524.0)


def test_the_next_tier_and_what_is_left_until_it() -> None:
    following = next_tier(BOOK, 35_000)
    assert following is not None and following[0].start == 100_000 and following[1] == 65_000
    assert next_tier(BOOK, 100_000) is None


@pytest.mark.parametrize(
    ("tiers", "says"),
    [
        ([Tier(0, 10, 1.0), Tier(20, None, 0.9)], "leave a gap at 10 units"),
        ([Tier(0, 30, 1.0), Tier(20, None, 0.9)], "overlap at 20 units"),
        ([Tier(5, None, 1.0)], "leave a gap at 0 units"),
        ([Tier(0, None, 1.0), Tier(20, None, 0.9)], "overlap from 20 units on"),
    ],
)
def test_tiers_that_give_a_quantity_two_prices_or_none_are_refused(tiers: list[Tier], says: str) -> None:
    with pytest.raises(TiersDoNotFit, match=says):
        ordered(tiers)


def test_units_beyond_a_last_bounded_tier_cost_its_price() -> None:
    assert amount([Tier(0, 10, 1.0)], 15) == 15.0
