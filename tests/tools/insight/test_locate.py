"""A change is found where and when it was put, and for the money that was put in."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from meterline_tools.insight.frames import Array
from meterline_tools.insight.locate import Located, Quiet, Thin, locate
from meterline_tools.insight.survey import Episode, survey
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, LEVELS, Made, base, day, of_all_days, pulse, ramp, step, with_effect

RULES = load_thresholds()


def find(made: Made) -> Located | Quiet | Thin:
    return locate(made.history(), made.frame(), made.last - timedelta(days=RULES.detect.lookback_days), made.last, RULES)


@pytest.mark.parametrize("seed", range(6))
def test_a_pulse_that_ended_weeks_ago_is_found_with_its_dates_slice_and_money(seed: int) -> None:
    made = with_effect(pulse(350, 372, 3.0), seed)
    found = find(made)
    assert isinstance(found, Located)
    assert abs((found.onset - day(350)).days) <= 2
    assert abs((found.end - day(372)).days) <= 2
    assert found.change.shape == "pulse" and not found.change.ongoing
    assert found.part is not None and found.part.values == ("w-orders",)
    assert found.delta == pytest.approx(made.truth.sum(), rel=0.10)


@pytest.mark.parametrize("seed", range(6))
def test_a_step_that_stays_is_ongoing_and_its_excess_is_near_the_truth(seed: int) -> None:
    made = with_effect(step(385, 1.9), seed)
    found = find(made)
    assert isinstance(found, Located)
    assert abs((found.onset - day(385)).days) <= 2
    assert found.change.ongoing and found.direction == "up"
    assert found.delta == pytest.approx(made.truth[:, 385:].sum(), rel=0.15)


def test_a_ramp_is_told_from_a_step() -> None:
    found = find(with_effect(ramp(350, 45, 2.6)))
    assert isinstance(found, Located)
    assert found.change.shape == "ramp"
    assert abs((found.onset - day(350)).days) <= 7


def test_a_fall_counts_down() -> None:
    made = with_effect(step(380, 0.3))
    found = find(made)
    assert isinstance(found, Located)
    assert found.direction == "down" and found.delta < 0
    assert found.delta == pytest.approx(made.truth.sum(), rel=0.15)


def test_a_dearer_unit_at_the_same_volume_is_a_change_of_price() -> None:
    made = with_effect(step(390, 1.25), leaves=(0, 1, 2))
    made.unit_price[:, 390:] *= 1.25
    found = find(made)
    assert isinstance(found, Located)
    assert found.price.price_share > 0.8
    assert found.onset == day(390)
    assert found.price.price == pytest.approx(made.truth.sum(), rel=0.02)


@pytest.mark.parametrize("seed", range(10))
def test_plain_noise_is_quiet(seed: int) -> None:
    without = base(seed)
    found = find(Made(without, without * 0))
    assert isinstance(found, Quiet)
    assert abs(found.z) < RULES.noise.z


def test_one_missing_day_is_not_a_drop() -> None:
    without = base(3)
    without[:, 400] = 0.0
    assert isinstance(find(Made(without, without * 0)), Quiet)


def test_five_weeks_of_history_are_too_thin() -> None:
    without = base(2)
    without[:, : DAYS - 35] = 0.0
    assert isinstance(find(Made(without, without * 0)), Thin)


def test_the_growth_of_a_new_customer_is_a_beginning_and_not_a_surge() -> None:
    without = base(2)
    without[:, : DAYS - 80] = 0.0
    without[:, DAYS - 80 :] *= np.linspace(0.2, 4.0, 80)
    assert isinstance(find(Made(without, without * 0)), Thin)


def closed_at_weekends(seed: int = 3) -> Made:
    """Usage of an office: on Saturdays and Sundays a tenth of that of a weekday."""
    noise = np.exp(np.random.default_rng(seed).normal(0, 0.05, (3, DAYS)))
    week = np.resize(np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.1, 0.1]), DAYS)
    usd = np.array([300.0, 200.0, 100.0])[:, None] * week * noise
    return Made(usd, np.zeros(usd.shape))


FIRST_WEEKS = [0.7, 1.2, 1.8, 2.1, 2.0, 2.0, 4.4, 5.0, 5.5, 5.2, 5.4, 5.9, 6.2, 6.1, 7.1, 7.0, 7.5, 7.7, 7.1]


@pytest.mark.parametrize("seed", range(6))
def test_a_surge_soon_after_the_start_stands_out_though_all_that_was_known_before_it_is_growth(seed: int) -> None:
    """One workload that grew tenfold in four months, by leaps and bounds, and stayed there; then a month of eight times as much."""
    days, onset, length = 330, 194, 32
    at = np.arange(days)
    usd = np.zeros((len(LEVELS), days))
    usd[0] = 10 * np.array([*FIRST_WEEKS, *[7.2] * days])[at // 7] * np.exp(np.random.default_rng(seed).normal(0, 0.06, days))
    surge = np.where((at >= onset) & (at < onset + length), 1 + 7 * np.minimum((at - onset + 1) / 10, 1.0), 1.0)

    def looked_at(usd: Array) -> tuple[Episode, ...]:
        frame, _ = of_all_days(usd)
        return survey(frame, frame.day(onset - 41), frame.day(onset + 17), RULES, ["workload"], depth=1, ended=True).episodes

    assert not looked_at(usd)
    (found,) = looked_at(usd * surge)
    assert abs(found.dated.onset - onset) <= 10 and abs(found.dated.end - (onset + length - 1)) <= 2
    assert found.delta == pytest.approx(float((usd * (surge - 1)).sum()), rel=0.1)


@pytest.mark.parametrize("seed", range(4))
def test_where_weekends_are_quiet_a_dip_ends_on_its_day(seed: int) -> None:
    """Two fifths less for five weeks, then four weeks back at 0.97 of the level before."""
    made = closed_at_weekends(seed)
    made.usd[:, 340:375] *= 0.6
    made.usd[:, 375:] *= 0.97
    found = find(made)
    assert isinstance(found, Located) and not found.change.ongoing
    assert abs((found.onset - day(340)).days) <= 2
    assert abs((found.end - day(374)).days) <= 2


def peak_before_holidays(seed: int, less: float = 0.7) -> Made:
    """Twice as much for 37 days, then two weeks of less with a few days of nearly nothing, then the level before."""
    made = closed_at_weekends(seed)
    made.usd[:, 330:367] *= 2.2
    made.usd[:, 367:381] *= less
    made.usd[:, (368, 369, 375)] *= 0.1
    return made


@pytest.mark.parametrize("seed", range(4))
def test_a_peak_that_holidays_follow_is_one_peak(seed: int) -> None:
    made = peak_before_holidays(seed)
    found = find(made)
    assert isinstance(found, Located) and not found.change.ongoing and found.direction == "up"
    assert abs((found.onset - day(330)).days) <= 2
    assert abs((found.end - day(366)).days) <= 2
    assert found.delta == pytest.approx(made.usd[:, 330:367].sum() * (1 - 1 / 2.2), rel=0.10)


def test_who_asks_why_it_fell_after_a_peak_is_told_of_the_peak() -> None:
    made = peak_before_holidays(1, less=0.97)
    found = locate(made.history(), made.frame(), day(362), day(390), RULES)
    assert isinstance(found, Located) and found.direction == "up"
    assert abs((found.onset - day(330)).days) <= 2


def test_a_fall_after_months_of_a_new_level_is_a_fall() -> None:
    made = closed_at_weekends()
    made.usd[:, 260:372] *= 2.2
    found = find(made)
    assert isinstance(found, Located) and found.direction == "down"
    assert abs((found.onset - day(372)).days) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_a_slow_fall_is_dated_from_its_first_weeks_and_measured_against_the_level_before_them(seed: int) -> None:
    """It takes 80 days to lose 45 percent; only its last weeks lie within the days asked about."""
    made = with_effect(ramp(280, 80, 0.55), seed, leaves=(0, 1, 2))
    found = find(made)
    assert isinstance(found, Located) and found.direction == "down" and found.change.ongoing
    assert abs((found.onset - day(280)).days) <= 14
    assert found.delta == pytest.approx(made.truth.sum(), rel=0.25)


@pytest.mark.parametrize("seed", range(4))
def test_a_step_stays_a_step(seed: int) -> None:
    made = with_effect(step(350, 0.6), seed, leaves=(0, 1, 2))
    found = find(made)
    assert isinstance(found, Located) and found.change.shape == "step"
    assert abs((found.onset - day(350)).days) <= 2


def test_who_asks_about_days_before_the_first_use_is_told_when_it_began() -> None:
    usual = base(2)
    usual[:, : DAYS - 60] = 0.0
    made = Made(usual, usual * 0)
    frame, history = made.frame(60), made.history()
    before = locate(history, frame, day(100), day(130), RULES)
    assert isinstance(before, Thin) and before.days == 0 and before.begins == day(DAYS - 60)
    first_weeks = locate(history, frame, day(DAYS - 60), day(DAYS - 41), RULES)
    assert isinstance(first_weeks, Thin) and first_weeks.days == 20 and first_weeks.begins is None
