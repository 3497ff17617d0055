"""The calendar test on years made by hand: a peak of three weeks that comes back, or does not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from meterline_tools.insight.calendar import LAST_YEAR, NEXT_YEAR, lift_of_the_season
from meterline_tools.insight.history import History
from meterline_tools.insight.thresholds import load_thresholds

RULES = load_thresholds()
YEAR, PEAK, LENGTH = 364, 100, 21


def years(count: int, peaks: tuple[int, ...], *, stays_from: int | None = None) -> History:
    """Years of 100 a day with a slight weekly rhythm, and half as much again in the peak of some of them."""
    days = np.arange(count * YEAR)
    usd = 100.0 + np.where(days % 7 >= 5, -2.0, 0.8)
    for year in peaks:
        first = year * YEAR + PEAK
        usd[first : (None if stays_from == year else first + LENGTH)] *= 1.5
    return History(date(2024, 1, 1), usd, usd, np.ones(days.size))


@pytest.mark.parametrize(
    ("history", "year", "lift", "source"),
    [
        (years(2, (0, 1)), 1, 0.5, LAST_YEAR),
        (years(2, (1,)), 1, 0.0, LAST_YEAR),
        (years(2, (0, 1)), 0, 0.5, NEXT_YEAR),
        (years(2, (0,)), 0, 0.0, NEXT_YEAR),
        (years(1, (0,)), 0, None, LAST_YEAR),
        (years(2, (0, 1), stays_from=1), 0, 0.0, NEXT_YEAR),
    ],
    ids=["last year too", "not last year", "the year after too", "not the year after", "one year only", "stayed the year after"],
)
def test_a_season_is_seen_in_the_year_before_or_else_after(history: History, year: int, lift: float | None, source: str) -> None:
    found, where = lift_of_the_season(history, year * YEAR + PEAK, LENGTH, RULES)
    assert where == source
    assert found == (None if lift is None else pytest.approx(lift, abs=0.02))
