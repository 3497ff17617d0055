"""A season is what two years show in the same weeks: by itself, beside another change, on growing and on unsteady usage."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from meterline_tools.insight.frames import Array
from meterline_tools.insight.locate import Located, locate
from meterline_tools.insight.season import find_season
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import LEVELS, WEEKDAYS, of_all_days

RULES = load_thresholds()
FIRST, LENGTH = 236, 42
SECOND = FIRST + RULES.calendar.shift_days


def usual(days: int, *, seed: int = 5, noise: float = 0.02) -> Array:
    """Leaves x days at their level, with a weekly rhythm."""
    strays = np.exp(np.random.default_rng(seed).normal(0, noise, (len(LEVELS), days)))
    return np.asarray(np.array(LEVELS)[:, None] * np.resize(WEEKDAYS, days) * strays)


def seasonal(days: int, lift: float) -> Array:
    """A factor a day: six weeks of `lift` more, twice, a year apart."""
    at = np.arange(days)
    return np.asarray(1.0 + lift * (((at >= FIRST) & (at < FIRST + LENGTH)) | ((at >= SECOND) & (at < SECOND + LENGTH))))


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


def test_a_season_is_told_beside_a_new_thing_that_moved_more_and_leaves_it_its_money() -> None:
    """All rises by a fifth as a year ago; eleven days before, one leaf was doubled for good."""
    usd = usual(SECOND + 60) * seasonal(SECOND + 60, 0.2)
    doubled = usd[0, SECOND - 11 :].sum()
    usd[0, SECOND - 11 :] *= 2.0
    frame, history = of_all_days(usd)
    found = locate(history, frame, frame.day(SECOND - 20), frame.day(SECOND + 10), RULES)
    assert isinstance(found, Located)
    changes = (found, *found.further)
    season = next(change for change in changes if change.season is not None)
    step = next(change for change in changes if change.season is None)
    assert step.part is not None and step.part.mask.tolist() == [True, False, False]
    assert step.own == pytest.approx(doubled, rel=0.25), "half of it is the season of the leaf itself, which its baseline does not know"
    grown = usd[1:, SECOND : SECOND + LENGTH].sum() * (1 - 1 / 1.2)
    assert season.own == pytest.approx(grown, rel=0.15)
    assert season.season is not None and season.season[0] == pytest.approx(1.0, abs=0.1)


def test_a_season_on_growing_and_unsteady_usage_is_seen_where_neither_year_alone_would_show_it() -> None:
    days = SECOND + 150
    growth = 1.0 + 0.25 * np.arange(days) / 365.0
    weekly = np.repeat(np.exp(np.random.default_rng(3).normal(0, 0.05, days // 7 + 1)), 7)[:days]
    frame, history = of_all_days(usual(days) * seasonal(days, 0.25) * growth * weekly)
    found = find_season(history, frame, (frame.day(SECOND - 10), frame.day(SECOND + 15)), RULES)
    assert found is not None and abs(found.onset - SECOND) <= 7
    assert found.lift == pytest.approx(0.28, abs=0.08)


@pytest.mark.parametrize("seed", range(6))
def test_years_that_only_stray_show_no_season(seed: int) -> None:
    days = SECOND + 120
    weekly = np.repeat(np.exp(np.random.default_rng(seed).normal(0, 0.06, days // 7 + 1)), 7)[:days]
    frame, history = of_all_days(usual(days, seed=seed) * weekly)
    for month in range(420, days - 30, 30):
        assert find_season(history, frame, (frame.day(month), frame.day(month + 29)), RULES) is None


def test_a_season_that_began_is_known_after_a_week_and_where_the_history_began_seven_weeks_before_last_years() -> None:
    cut = FIRST - 49
    frame, history = of_all_days((usual(SECOND + 9) * seasonal(SECOND + 9, 0.7))[:, cut:])
    began = SECOND - cut
    found = find_season(history, frame, (frame.day(began - 3), frame.day(began + 8)), RULES)
    assert found is not None and found.ongoing and abs(found.onset - began) <= 4
    assert found.lift == pytest.approx(0.7, abs=0.1)


def whole_weeks(days: int, seed: int, noise: float) -> Array:
    """A factor a day that strays from week to week."""
    return np.repeat(np.exp(np.random.default_rng(seed).normal(0, noise, days // 7 + 1)), 7)[:days]


def told_of(usd: Array) -> bool:
    frame, history = of_all_days(usd)
    found = locate(history, frame, frame.day(SECOND - 10), frame.day(SECOND + 15), RULES)
    return isinstance(found, Located) and found.season is not None


def test_a_tenth_more_in_both_years_is_told_mostly_and_never_where_neither_year_had_it_though_weeks_stray_as_far() -> None:
    days = SECOND + 60
    strays = [usual(days) * whole_weeks(days, seed, 0.06) for seed in range(20)]
    assert sum(told_of(usd * seasonal(days, 0.1)) for usd in strays) >= 10
    assert not any(told_of(usd) for usd in strays)


def test_a_season_of_all_parts_is_told_where_the_largest_strays_more_than_that_by_itself() -> None:
    """Six weeks of a seventh more in all; half of the money strays by a fifth from week to week."""
    days = SECOND + 60
    told = {True: 0, False: 0}
    for seed in range(12):
        usd = usual(days, seed=seed)
        usd[0] *= whole_weeks(days, seed, 0.2)
        usd[1:] *= [whole_weeks(days, 50 + 2 * seed + at, 0.05) for at in range(2)]
        for is_one in told:
            told[is_one] += told_of(usd * seasonal(days, 0.14 * is_one))
    assert told[True] >= 9 and told[False] <= 1


@pytest.mark.parametrize("seed", range(4))
def test_a_price_that_rose_in_the_weeks_of_a_faint_season_is_the_change(seed: int) -> None:
    days = SECOND + 60
    usd = usual(days, seed=seed) * seasonal(days, 0.11) * whole_weeks(days, seed, 0.03)
    paid = usd * np.where(np.arange(days) >= SECOND - 3, 1.2, 1.0)
    frame, history = of_all_days(usd)
    frame = replace(frame, measures={**frame.measures, "usd": paid, "contracted_usd": paid})
    found = locate(replace(history, usd=paid.sum(axis=0)), frame, frame.day(SECOND - 10), frame.day(SECOND + 15), RULES)
    assert isinstance(found, Located) and found.season is None
    assert found.price.price_share > 0.5


def test_what_stayed_last_year_was_no_season() -> None:
    usd = usual(SECOND + 120) * seasonal(SECOND + 120, 0.5)
    usd[:, FIRST + LENGTH : SECOND] *= 1.5
    frame, history = of_all_days(usd)
    assert find_season(history, frame, (frame.day(SECOND - 10), frame.day(SECOND + 10)), RULES) is None


def test_what_another_change_moved_a_year_ago_is_left_out_with_its_leaves() -> None:
    """One leaf alone jumped in the same weeks of both years: without it, nothing moved."""
    usd = usual(SECOND + 120)
    usd[0] *= seasonal(SECOND + 120, 2.0)
    frame, history = of_all_days(usd)
    asked = (frame.day(SECOND - 10), frame.day(SECOND + 10))
    assert find_season(history, frame, asked, RULES) is not None
    assert find_season(history, frame, asked, RULES, np.array([True, False, False])) is None


def test_list_prices_that_are_known_of_the_later_year_alone_do_not_hide_a_season() -> None:
    """Asked about the first year, which the second one shows as well."""
    days = SECOND + 120
    frame, history = of_all_days(usual(days) * seasonal(days, 0.5))
    known = np.arange(days) >= FIRST + 100
    frame = replace(frame, measures={**frame.measures, "list_usd": frame.measures["usd"] * known})
    found = find_season(replace(history, list_usd=history.usd * known), frame, (frame.day(FIRST - 10), frame.day(FIRST + 10)), RULES)
    assert found is not None and abs(found.onset - FIRST) <= 3
    assert found.lift == pytest.approx(0.5, abs=0.05)
