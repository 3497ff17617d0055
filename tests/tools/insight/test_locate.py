"""A change is found where and when it was put, and for the money that was put in."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from meterline_tools.insight.locate import Located, Quiet, Thin, locate
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, Made, base, day, pulse, ramp, step, with_effect

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
