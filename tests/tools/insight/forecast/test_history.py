"""What the model is shown: confirmed excess and plain pulses are gone, what lasts or comes back each year stays."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from meterline_tools.insight.forecast.history import Excess, lasting, pulse_excess, weeks_of

D1 = date(2026, 8, 15)


def test_weeks_are_whole_and_end_on_the_last_day() -> None:
    assert weeks_of(np.arange(16.0)).tolist() == [sum(range(2, 9)), sum(range(9, 16))]


def test_confirmed_one_time_excess_is_taken_out_and_durable_excess_is_not() -> None:
    """100 a day for 20 weeks; 40 over on the last day but two, 25 on the last but one, which lasts."""
    daily = np.full(140, 100.0)
    daily[-3] += 40
    ledger = [Excess(D1 - timedelta(days=2), 40.0, "one_time"), Excess(D1 - timedelta(days=1), 25.0, "durable")]
    history = lasting(daily, D1, ledger, seasonal=False)
    assert history.lasting[-3] == pytest.approx(100.0)
    assert history.lasting[-2] == pytest.approx(100.0)
    assert history.labelled == pytest.approx(40.0)


@pytest.mark.parametrize(("seasonal", "left"), [(False, 100.0), (True, 140.0)])
def test_seasonal_excess_stays_when_the_model_carries_the_season_itself(seasonal: bool, left: float) -> None:
    daily = np.full(140, 100.0)
    daily[-1] += 40
    assert lasting(daily, D1, [Excess(D1, 40.0, "seasonal")], seasonal=seasonal).lasting[-1] == pytest.approx(left)


def test_a_rise_that_came_back_by_itself_is_a_pulse() -> None:
    weekly = np.array([100.0, 104.0, 98.0, 101.0] * 6)
    weekly[12:14] = 300.0
    excess = pulse_excess(weekly)
    assert np.flatnonzero(excess).tolist() == [12, 13]
    assert excess[12] == pytest.approx(300.0 - np.median(weekly[4:12]))


def test_a_rise_that_goes_on_is_none() -> None:
    weekly = np.array([100.0, 104.0, 98.0, 101.0] * 6)
    weekly[-5:] = 300.0
    assert not pulse_excess(weekly).any()


def test_a_rise_that_came_a_year_before_too_is_none() -> None:
    weekly = np.array([100.0, 104.0, 98.0, 101.0] * 20)
    weekly[12:14] = weekly[64:66] = 300.0
    assert not pulse_excess(weekly)[64:66].any()
    assert pulse_excess(weekly)[12:14].all()
