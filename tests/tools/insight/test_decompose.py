"""A change of a bill in its terms, worked out by hand, and adding up to the cent whatever the bills are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from meterline_tools.insight.price import Bill, Line, decompose
from meterline_tools.insight.tiers import Tier, amount

TIERS = (Tier(0, 100, 1.0), Tier(100, None, 0.5))


def flat(price: float) -> Bill:
    return lambda quantity: quantity * price


def tiered(quantity: float) -> float:
    return amount(TIERS, quantity)


def test_crossing_a_tier_is_a_term_of_its_own() -> None:
    """100 units cost 100.00; 160 cost 100 + 60 x 0.50 = 130.00: volume 60 x 1.00 = 60, the tier 130 - 100 - 60 = -30."""
    parts = decompose([Line("row", 100, 160, tiered, 130.0)])
    assert (parts.volume, parts.tier, parts.price, parts.mix, parts.total) == (60.0, -30.0, 0.0, 0.0, 30.0)


def test_a_dearer_tier_table_is_price_at_the_new_quantity() -> None:
    """The same 160 units at twice the prices cost 260: price 260 - 130 = 130, the rest as before."""
    parts = decompose([Line("row", 100, 160, tiered, 260.0)])
    assert (parts.price, parts.volume, parts.tier, parts.total) == (130.0, 60.0, -30.0, 160.0)


def test_work_that_moves_to_a_dearer_thing_is_mix_and_what_comes_or_goes_has_its_own_terms() -> None:
    """100 at 1.00 and 100 at 3.00 cost 400, 2.00 a unit. 50 and 150 cost 500: no volume, mix 100. New 7.00, gone 9.00."""
    lines = [
        Line("credit", 100, 50, flat(1.0), 50.0),
        Line("credit", 100, 150, flat(3.0), 450.0),
        Line("credit", 0, 2, None, 7.0),
        Line("credit", 3, 0, flat(3.0), 0.0),
    ]
    parts = decompose(lines)
    assert (parts.volume, parts.mix, parts.price, parts.new, parts.vanished, parts.total) == (0.0, 100.0, 0.0, 7.0, -9.0, 98.0)


AMOUNT = st.floats(0, 1e5, allow_nan=False).map(lambda value: round(value, 3))


@given(
    st.lists(st.tuples(st.sampled_from("ab"), AMOUNT, AMOUNT, st.sampled_from([flat(0.37), flat(4.0), tiered, None]), AMOUNT), max_size=6)
)
def test_the_terms_add_up_to_the_change(items: list[tuple[str, float, float, Bill | None, float]]) -> None:
    parts = decompose([Line(*item) for item in items])
    owed = sum(old(before) for _, before, _, old, _ in items if old is not None and before > 0)
    assert abs(parts.total - (sum(item[4] for item in items) - owed)) <= 0.0051
    terms = (parts.volume, parts.price, parts.mix, parts.tier, parts.new, parts.vanished)
    assert sum(round(100 * term) for term in terms) == round(100 * parts.total)
