"""A step that leaves a gap to the weeks before it is seen, however far the slice strayed in its year."""

from __future__ import annotations

from datetime import timedelta
from math import log
from types import SimpleNamespace

import numpy as np
import pytest

from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.history import History
from meterline_tools.insight.locate import Located, Quiet, locate
from meterline_tools.insight.plain import gap_at
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.kit.explain import _locate
from tests.tools.insight.made import DAYS, LEVELS, START, WEEKDAYS, Made, base, day

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


def test_a_season_that_runs_into_what_came_after_it_has_the_days_of_last_year() -> None:
    """Six weeks at half as much again, a year apart; after the second time the level stays a third above the usual one."""
    first, length = 236, 42
    second = first + RULES.calendar.shift_days
    days = np.arange(second + 184)
    season = ((days >= first) & (days < first + length)) | ((days >= second) & (days < second + length))
    after = days >= second + length
    noise = np.exp(np.random.default_rng(5).normal(0, 0.02, (3, days.size)))
    usd = np.array(LEVELS)[:, None] * np.resize(WEEKDAYS, days.size) * np.where(season, 1.5, np.where(after, 1.33, 1.0)) * noise
    frame, history = of_all_days(usd)
    found = locate(history, frame, frame.day(second - 12), frame.day(second + 12), RULES)
    assert isinstance(found, Located) and found.source == "total"
    assert abs((found.onset - frame.day(second)).days) <= 2
    assert abs((found.end - frame.day(second + length - 1)).days) <= 2


def of_all_days(usd: Array) -> tuple[Frame, History]:
    """A frame and a history of any number of days, at one price."""
    shown = Made(usd[:, :DAYS], usd[:, :DAYS]).frame(DAYS)
    money = dict.fromkeys(("usd", "list_usd", "contracted_usd"), usd) | {"qty": usd / 2.0}
    money |= {"overage_usd": np.zeros(usd.shape), "correction_usd": np.zeros(usd.shape)}
    measures = {name: money.get(name, np.full(usd.shape, np.nan)) for name in shown.measures}
    total, ones = usd.sum(axis=0), np.ones(usd.shape)
    return Frame(shown.start, shown.leaves, measures, ones, shown.names), History(START, total, total, ones[0])
