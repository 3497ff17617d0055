"""What usage would have been: same-weekday medians of the weeks before, times a capped trend.

Source: change contract 7.2 "Baseline" and step 1. All arrays are by day; an `onset` is an index into them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from meterline_tools.insight.frames import Array
from meterline_tools.insight.thresholds import Thresholds

WEEK = 7


@dataclass(frozen=True)
class Baseline:
    """Expected values from `onset` to the end of the series, and how far off such expectations usually are.

    `sd_week` is the robust standard deviation of a 7-day mean around its expectation, in money a day.
    """

    expected: Array
    level: float
    sd_week: float
    sd_day: float
    weeks: int
    trend_per_week: float

    def band(self, days: int) -> float:
        """Standard deviation of the mean over `days` days: weekly noise shrinks with length only in its daily part."""
        shared = max(0.0, self.sd_week**2 - self.sd_day**2 / WEEK)
        return float(np.sqrt(shared + self.sd_day**2 / max(days, 1)))


def robust_sd(values: Array, factor: float) -> float:
    """factor x median absolute deviation from the median; 0 for fewer than two values."""
    if values.size < 2:
        return 0.0
    return float(factor * np.median(np.abs(values - np.median(values))))


def weekly_trend(weeks: Array, rules: Thresholds) -> float:
    """Growth a week (fraction): median of pairwise slopes of log weekly sums, discounted and capped."""
    if weeks.size < 4 or np.any(weeks <= 0):
        return 0.0
    logs = np.log(weeks)
    left, right = np.triu_indices(weeks.size, 1)
    slope = float(np.median((logs[right] - logs[left]) / (right - left)))
    cap = rules.baseline.trend_cap_per_week
    return float(np.clip(slope * rules.baseline.trend_trust, -cap, cap))


def whole_weeks(onset: int, rules: Thresholds) -> int:
    return min(rules.baseline.weeks, onset // WEEK)


def project(history: Array, ahead: int, trend: float, rules: Thresholds) -> Array:
    """Expected values for `ahead` days from (leaves x) whole weeks of history: weekday medians times trend."""
    weeks = history.shape[-1] // WEEK
    profile = np.median(history.reshape(*history.shape[:-1], weeks, WEEK), axis=-2)
    days = np.arange(ahead)
    age = np.minimum(days / WEEK, rules.baseline.trend_horizon_weeks) + weeks / 2
    return np.asarray(np.take(profile, days % WEEK, axis=-1) * (1.0 + trend) ** age)


def baseline(series: Array, onset: int, rules: Thresholds, season: Array | None = None) -> Baseline | None:
    """The baseline of a daily series from `onset` on; None with less than the minimum of whole weeks before it.

    `season` is a factor a day (same length as `series`) that multiplies the expectation when the calendar is proven.
    """
    weeks = whole_weeks(onset, rules)
    if weeks < rules.baseline.min_weeks:
        return None
    history = series[onset - weeks * WEEK : onset]
    sums = history.reshape(weeks, WEEK).sum(axis=1)
    trend = weekly_trend(sums, rules)
    expected = project(history, series.size - onset, trend, rules)
    if season is not None:
        expected = expected * season[onset:]
    level = float(np.median(sums) / WEEK)
    fit = (1.0 + trend) ** (np.arange(weeks) + 0.5 - weeks / 2)
    by_week = sums / WEEK - level * fit
    profile = np.median(history.reshape(weeks, WEEK), axis=0)
    by_day = (history.reshape(weeks, WEEK) - profile * fit[:, None]).ravel()
    factor = rules.baseline.mad_to_sd
    sd_week = max(robust_sd(by_week, factor), past_errors(series[:onset], rules) * level, rules.baseline.floor_sd_share * level)
    return Baseline(expected, level, sd_week, robust_sd(by_day, factor), weeks, trend)


def past_errors(series: Array, rules: Thresholds) -> float:
    """How far 7-day means usually stray from the median of the 8 weeks before them: robust relative sd.

    Eight residuals alone misjudge a wandering series; its own record over half a year does not.
    """
    weeks = min(series.size // WEEK, rules.baseline.history_weeks + rules.baseline.weeks)
    back = rules.baseline.weeks
    if weeks < back + 8:
        return 0.0
    means = series[series.size - weeks * WEEK :].reshape(weeks, WEEK).mean(axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(means, back)[:-1]
    expected = np.median(windows, axis=1)
    usable = expected > 0
    errors = means[back:][usable] / expected[usable] - 1.0
    return float(rules.baseline.mad_to_sd * np.median(np.abs(errors))) if errors.size else 0.0
