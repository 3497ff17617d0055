"""Several changes of one account at once are told apart, and no dollar is in two of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from meterline_tools.insight.locate import Located, locate
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, Made, base, day

RULES = load_thresholds()


def two_changes(first: float, second: float, seed: int) -> tuple[Made, float, float]:
    """The orders sync from day 385 and the boards from day 395, with what each of them put in."""
    without = base(seed)
    changed = without.copy()
    changed[0, 385:] *= first
    changed[2, 395:] *= second
    one = float((changed - without)[0].sum())
    return Made(changed, changed - without), one, float((changed - without)[2].sum())


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("first", "second"), [(2.0, 3.0), (0.4, 3.0)])
def test_two_slices_that_moved_on_days_of_their_own_are_two_changes(first: float, second: float, seed: int) -> None:
    made, one, other = two_changes(first, second, seed)
    found = locate(made.history(), made.frame(), made.last - timedelta(days=RULES.detect.lookback_days), made.last, RULES)
    assert isinstance(found, Located)
    (further,) = found.further
    changes = {change.part.values: change for change in (found, further) if change.part is not None}
    orders, boards = changes["w-orders",], changes["w-boards",]
    assert abs((orders.onset - day(385)).days) <= 2 and abs((boards.onset - day(395)).days) <= 2
    assert orders.own == pytest.approx(one, rel=0.2) and boards.own == pytest.approx(other, rel=0.2)
    assert further.direction == ("up" if further.own > 0 else "down")


def test_a_change_alone_has_no_further_ones_and_owns_what_its_slice_moved() -> None:
    without = base(4)
    changed = without.copy()
    changed[0, DAYS - 30 :] *= 2.0
    made = Made(changed, changed - without)
    found = locate(made.history(), made.frame(), made.last - timedelta(days=60), made.last, RULES)
    assert isinstance(found, Located) and found.part is not None
    assert found.further == ()
    assert found.own == found.part.contribution == pytest.approx(float(made.truth.sum()), rel=0.1)
    assert round(100 * (sum(line.contribution for line in found.drivers) + found.rest)) == round(100 * found.delta)


def test_a_new_price_on_a_slice_that_grew_is_a_change_of_its_own_and_keeps_its_money() -> None:
    """The orders sync trebles from day 380 on; from day 395 on all its units cost a fifth less."""
    usd = base(6)
    usd[0, 380:] *= 3.0
    usd[0, 395:] *= 0.8
    made = Made(usd, usd - base(6))
    made.unit_price[0, 395:] = 1.6
    found = locate(made.history(), made.frame(), made.last - timedelta(days=60), made.last, RULES)
    assert isinstance(found, Located) and found.source == "slice"
    (price,) = found.further
    assert price.source == "price" and abs((price.onset - day(395)).days) <= 1
    cheaper = float(base(6)[0, 395:].sum()) * 3.0 * -0.2
    assert price.own == pytest.approx(cheaper, rel=0.01)
    assert found.own + price.own == pytest.approx(float(made.truth.sum()), rel=0.1)
    assert found.own == pytest.approx(2.0 * float(base(6)[0, 380:].sum()), rel=0.1)


def test_a_price_that_is_over_within_the_month_was_that_of_a_tier_and_no_change_of_the_price() -> None:
    """The orders sync costs a fifth less for the last nine days of a month, or from then on."""
    for stop, changed in ((374, False), (DAYS, True)):
        usd = base(7)
        usd[0, 365:stop] *= 0.8
        made = Made(usd, usd - base(7))
        made.unit_price[0, 365:stop] = 1.6
        found = locate(made.history(), made.frame(), day(350), day(375), RULES)
        assert (isinstance(found, Located) and found.source == "price") is changed
