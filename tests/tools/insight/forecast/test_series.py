"""One series into the future: intervals hold what they promise, seasons are seen, odd series do no harm."""

from __future__ import annotations

import numpy as np
import pytest

from meterline_tools.insight.forecast.series import is_seasonal, project


def test_eighty_percent_intervals_hold_about_eighty_percent_of_outcomes() -> None:
    """40 random walks with noise, seeds fixed: the share inside over 8 steps lies between 70% and 92%."""
    inside = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        level = 1000 + np.cumsum(rng.normal(0, 12, 98))
        series = level + rng.normal(0, 20, 98)
        outlook = project(series[:90], 8)
        inside.append(np.mean((series[90:] >= outlook.low) & (series[90:] <= outlook.high)))
    assert 0.70 <= np.mean(inside) <= 0.92


def test_a_season_of_two_years_is_repeated_and_beats_carrying_the_last_value_on() -> None:
    rng = np.random.default_rng(3)
    weeks = np.arange(52 * 3)
    series = 1000 + 300 * np.sin(2 * np.pi * weeks / 52) + rng.normal(0, 15, len(weeks))
    assert is_seasonal(series[:104], 52)
    outlook = project(series[:104], 26, 52)
    missed = np.abs(outlook.mean - series[104:130]).mean()
    assert missed < 0.3 * np.abs(series[103] - series[104:130]).mean()


def test_noise_has_no_season() -> None:
    assert not is_seasonal(np.random.default_rng(5).normal(100, 10, 110), 52)


@pytest.mark.parametrize(
    ("series", "expected"),
    [
        ([], 0.0),
        ([7.0], 7.0),
        ([10.0, 20.0, 30.0], 20.0),  # the mean of what there is
        ([50.0] * 40, 50.0),
        ([80.0] * 30 + [0.0] * 12, 0.0),  # an account that stopped stays at nothing
    ],
)
def test_a_series_too_short_or_too_even_to_fit_is_carried_on(series: list[float], expected: float) -> None:
    assert project(series, 3).mean == pytest.approx([expected] * 3)


def test_what_never_was_negative_is_not_forecast_to_be() -> None:
    falling = [float(v) for v in range(100, 40, -3)] + [35.0, 20.0, 8.0, 3.0]
    outlook = project(falling, 12)
    assert (outlook.low >= 0).all() and (outlook.mean >= 0).all()
