"""A slice that moved while the account as a whole went the other way is told in its own money."""

from __future__ import annotations

import pytest

from meterline_tools.insight.by_itself import by_itself
from meterline_tools.insight.locate import Located, locate
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, Made, base, day, step, with_effect

RULES = load_thresholds()
FELL, ROSE = DAYS - 50, DAYS - 35


@pytest.fixture(scope="module")
def hidden() -> Made:
    """The orders sync halves; two weeks later the marts more than double, and the account is above its usual in all."""
    without = base()
    changed = without.copy()
    changed[0] *= step(FELL, 0.5)
    changed[1] *= step(ROSE, 2.4)
    made = Made(changed, changed - without)
    assert made.truth[:, FELL:].sum() > 0 > made.truth[0].sum()
    return made


def found_in(made: Made) -> Located:
    found = locate(made.history(), made.frame(), day(FELL - 7), day(FELL + 7), RULES)
    assert isinstance(found, Located)
    assert found.part is not None and found.part.values == ("w-orders",)
    return found


def test_a_fall_in_a_rising_account_is_a_fall(hidden: Made) -> None:
    found = found_in(hidden)
    assert found.delta > 0, "the account as a whole rose"
    assert found.direction == "down"
    told = by_itself(hidden.history(), found, RULES)
    assert told.delta == pytest.approx(hidden.truth[0].sum(), rel=0.05)
    assert told.delta == pytest.approx(sum(line.contribution for line in told.drivers) + told.rest, abs=0.01)
    assert told.delta == pytest.approx(told.price.price + told.price.volume + told.price.mix, abs=0.01)
    assert [line.value for line in told.drivers] == ["w-orders"]


def test_its_baseline_and_its_noise_are_those_of_the_slice(hidden: Made) -> None:
    found = found_in(hidden)
    told = by_itself(hidden.history(), found, RULES)
    usual = hidden.usd[0] - hidden.truth[0]
    assert told.baseline_per_day == pytest.approx(usual[FELL:].mean(), rel=0.05)
    assert told.actual_per_day == pytest.approx(hidden.usd[0, FELL:].mean())
    assert told.pct == pytest.approx(-0.5, abs=0.05)
    assert told.band_per_day < found.band_per_day
    assert told.z * told.band_per_day == pytest.approx(-0.5 * usual[FELL:].mean(), rel=0.1)


def test_what_the_account_shows_as_a_whole_is_told_of_the_account() -> None:
    made = with_effect(step(FELL, 0.5))
    found = found_in(made)
    assert by_itself(made.history(), found, RULES) is found
