"""A step that leaves a gap to the weeks before it is seen, however far the slice strayed in its year."""

from __future__ import annotations

from datetime import timedelta
from math import log
from types import SimpleNamespace

import numpy as np
import pytest

from meterline_tools.insight.frames import Array
from meterline_tools.insight.locate import Located, Quiet, locate
from meterline_tools.insight.plain import gap_at
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.kit.explain import _locate
from tests.tools.insight.made import DAYS, Made, base, day

RULES = load_thresholds()
ONSET = 340


def weeks(*levels: float) -> Array:
    return np.repeat(np.array(levels), 7)


def test_the_gap_is_from_the_nearest_week_before_to_the_nearest_week_after() -> None:
    usual = (10.0, 10.0, 10.0, 11.0, 10.0, 10.0, 9.0, 10.0)  # 2% of the median, 0.2, is added to each
    assert gap_at(weeks(*usual, 15.0, 14.0, 16.0, 15.0), 56) == pytest.approx(log(14.2 / 11.2))
    assert gap_at(weeks(*usual, 6.0, 5.0, 7.0, 6.0), 56) == pytest.approx(log(9.2 / 7.2))


def test_of_a_step_that_lasted_two_weeks_of_four_half_the_gap_counts() -> None:
    usual = (10.0,) * 8
    assert gap_at(weeks(*usual, 30.0, 30.0, 10.0, 10.0), 56) == pytest.approx(log(30.2 / 10.2) / 2)


def test_weeks_that_reach_into_one_another_leave_no_gap() -> None:
    usual = (10.0, 10.0, 10.0, 16.0, 10.0, 10.0, 10.0, 10.0)
    assert gap_at(weeks(*usual, 15.0, 15.0, 15.0, 15.0), 56) == 0.0
    assert gap_at(weeks(10.0, 10.0), 14) == 0.0


def wandering(seed: int) -> Array:
    """The boards, a sixth of the account, at a level that was another one every two months until ten weeks before the onset."""
    usd = base(seed, 0.03)
    levels = np.repeat([0.6, 1.3, 0.7, 1.4, 0.8], 54)
    usd[2, :270] *= levels[:270]
    return usd


@pytest.mark.parametrize("seed", range(3))
def test_a_slice_that_strayed_all_year_and_then_fell_is_found_on_its_day(seed: int) -> None:
    usd = wandering(seed)
    usd[2, ONSET:] *= 0.6
    made = Made(usd, usd)
    found = locate(made.history(), made.frame(DAYS), day(ONSET - 10), day(ONSET + 10), RULES)
    assert isinstance(found, Located) and found.part is not None
    assert found.part.mask.tolist() == [False, False, True]
    assert found.onset == day(ONSET) and found.change.ongoing and found.direction == "down"


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_found_where_it_only_strayed(seed: int) -> None:
    made = Made(wandering(seed), wandering(seed))
    assert isinstance(locate(made.history(), made.frame(DAYS), day(ONSET - 10), day(ONSET + 10), RULES), Quiet)


def test_what_began_slowly_in_the_days_asked_about_and_showed_only_after_them_is_found() -> None:
    usd = base(2, 0.03)
    days = np.arange(DAYS)
    usd *= 1.0 + 2.0 * np.clip((days - 338) / 30.0, 0.0, 1.0)
    made = Made(usd, usd)
    usage = SimpleNamespace(history=made.history(), frame=made.frame(DAYS))
    found = _locate(usage, day(310), day(ONSET), RULES, asked=True)  # type: ignore[arg-type]
    assert isinstance(found, Located) and found.onset <= day(ONSET) + timedelta(days=RULES.detect.late_onset_days)
