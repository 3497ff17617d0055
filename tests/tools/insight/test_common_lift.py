"""The mean lift of an account's parts: by hand on level parts, not moved by one that doubles, nor held down by one that never moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterline_tools.insight.common_lift import MOST, CommonLift
from meterline_tools.insight.thresholds import load_thresholds

RULES = load_thresholds()
BASE = 56


def unsteady(parts: int, days: int, seed: int = 1) -> np.ndarray:
    """Parts that stray by a tenth a week, each by itself."""
    weeks = np.exp(np.random.default_rng(seed).normal(0, 0.1, (parts, days // 7 + 1)))
    return np.asarray(100.0 * np.repeat(weeks, 7, axis=1)[:, :days])


def test_parts_that_all_rise_by_a_fifth_have_risen_by_a_fifth() -> None:
    parts = np.array([[10.0] * BASE + [12.0] * 7, [300.0] * BASE + [360.0] * 7])
    assert CommonLift(parts, BASE).by_day(1) == pytest.approx([0.2])


def test_a_part_that_grew_tenfold_says_no_more_than_half_as_much_again() -> None:
    parts = np.full((4, BASE + 7), 50.0)
    parts[0, BASE:] *= 10
    assert CommonLift(parts, BASE).by_day(1) == pytest.approx([MOST / 4])


def test_a_part_that_never_strays_says_nothing_of_what_the_others_do() -> None:
    moving = unsteady(3, 300)
    alone = CommonLift(moving, BASE).by_day(2)
    beside = CommonLift(np.vstack([moving, np.full((1, 300), 9_000.0)]), BASE).by_day(2)
    assert beside == pytest.approx(alone)


def test_a_part_that_came_later_has_no_say_in_the_weeks_before_it_was_there() -> None:
    parts = unsteady(3, 300)
    parts[0, :200] = 0.0
    assert CommonLift(parts, BASE).by_day(2)[:80] == pytest.approx(CommonLift(parts[1:], BASE).by_day(2)[:80], abs=0.02)


def test_how_far_it_strays_is_seen_in_what_two_years_do_not_have_in_common() -> None:
    """A season of a third of the year in both years is no straying; of one year only the season cannot be told from it."""
    days = 2 * RULES.calendar.shift_days
    season = 1.0 + 0.4 * (np.arange(days) % RULES.calendar.shift_days < 120)
    strays = {days: [], days // 2: []}  # type: dict[int, list[float]]
    for seed in range(12):
        for known, found in strays.items():
            usual = CommonLift((unsteady(6, days, seed) * season)[:, :known], BASE).usual(4, RULES)
            assert usual is not None
            found.append(usual[1])
    both, one = (float(np.mean(found)) for found in strays.values())
    assert both < 0.7 * one
    of_a_part = 0.1 * np.sqrt(1 / 4 + np.pi / 2 / 8)  # a mean of 4 weeks against a median of 8
    assert both == pytest.approx(of_a_part / np.sqrt(6), rel=0.35)


def test_two_months_tell_nothing_of_how_far_it_strays() -> None:
    assert CommonLift(unsteady(3, BASE + 40), BASE).usual(1, RULES) is None
    assert CommonLift(unsteady(3, 30), BASE).by_day(1).size == 0


@given(st.integers(0, 1_000), st.lists(st.floats(0.01, 1e6), min_size=3, max_size=3))
def test_what_a_part_costs_does_not_matter(seed: int, scales: list[float]) -> None:
    parts = unsteady(3, 150, seed)
    scaled = parts * np.array(scales)[:, None]
    assert CommonLift(scaled, BASE).by_day(3) == pytest.approx(CommonLift(parts, BASE).by_day(3), abs=1e-9)
