"""One series into the future: the median of several classical methods, each with its 80% interval.

A median of methods needs no tuning and no choice per series: a method that runs away is outvoted (Makridakis et al., M4
competition: simple combinations beat their parts). The methods are statsforecast's; it is imported when first used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from meterline_tools.insight.frames import Array

LEVEL = 80
"""Percent of outcomes that the interval should hold."""
Z80 = 1.2816
"""Half the width of an 80% interval in standard deviations of a normal distribution."""
FEWEST = 12
"""With fewer points the last ones are carried on: no method can be fitted to them."""
SEASONAL_CORRELATION = 0.5
"""How alike a season and the one before must be, trend removed, for seasonal methods to be used."""
LONGEST_SMOOTHED = 24
"""Exponential smoothing has no seasonal form for longer seasons: too many states."""
_CARRIED = 4


@dataclass(frozen=True)
class Outlook:
    """Expected values and the bounds of an 80% interval, one for each step ahead."""

    mean: Array
    low: Array
    high: Array


def project(values: Sequence[float] | Array, horizon: int, season: int = 1) -> Outlook:
    """`horizon` steps ahead of a series in time order. Values that never were negative are not forecast to be.

    Args:
        values: The series; no gaps.
        horizon: How many steps.
        season: Steps of one season (52 for weeks); 1 where there is none.
    """
    series = np.asarray(values, dtype=float)
    if len(series) < FEWEST or np.ptp(series[-FEWEST:]) == 0:
        outlook = _carried(series, horizon)
    else:
        seasonal = season > 1 and is_seasonal(series, season)
        members = [found for model in _methods(season if seasonal else 1) if (found := _run(model, series, horizon)) is not None]
        outlook = _median(members) if members else _carried(series, horizon)
    floor = 0.0 if len(series) and series.min() >= 0 else -np.inf
    return Outlook(np.maximum(outlook.mean, floor), np.maximum(outlook.low, floor), np.maximum(outlook.high, floor))


def is_seasonal(series: Array, season: int) -> bool:
    """Whether two whole seasons are there and look alike once the straight trend is removed."""
    if len(series) < 2 * season:
        return False
    steps = np.arange(len(series))
    rest = series - np.polyval(np.polyfit(steps, series, 1), steps)
    now, before = rest[season:], rest[:-season]
    if now.std() == 0 or before.std() == 0:
        return False
    return bool(np.corrcoef(now, before)[0, 1] >= SEASONAL_CORRELATION)


def _methods(season: int) -> list[Any]:
    """Decomposition, exponential smoothing, Theta and the naive method, in their seasonal form where there is a season."""
    from statsforecast.models import MSTL, AutoETS, AutoTheta, Naive, SeasonalNaive

    if season == 1:
        return [AutoETS(season_length=1), AutoTheta(season_length=1), Naive()]
    decomposed = MSTL(season_length=season, trend_forecaster=AutoETS(model="ZZN"))
    smoothed = AutoETS(season_length=season if season <= LONGEST_SMOOTHED else 1)
    return [decomposed, smoothed, AutoTheta(season_length=season), SeasonalNaive(season_length=season)]


def _run(model: Any, series: Array, horizon: int) -> Outlook | None:
    """What one method makes of a series; None where it cannot be fitted to it."""
    try:
        found = model.forecast(y=series, h=horizon, level=[LEVEL])
    except Exception:  # the library raises bare ones; the other methods still have a say
        return None
    outlook = Outlook(*(np.asarray(found[key], dtype=float) for key in ("mean", f"lo-{LEVEL}", f"hi-{LEVEL}")))
    whole = np.isfinite(outlook.mean).all() and np.isfinite(outlook.low).all() and np.isfinite(outlook.high).all()
    return outlook if whole else None


def _median(members: Sequence[Outlook]) -> Outlook:
    return Outlook(
        np.median([member.mean for member in members], axis=0),
        np.median([member.low for member in members], axis=0),
        np.median([member.high for member in members], axis=0),
    )


def _carried(series: Array, horizon: int) -> Outlook:
    """The mean of the last points, with a spread that grows as a random walk's does."""
    if not len(series):
        nothing = np.zeros(horizon)
        return Outlook(nothing, nothing, nothing)
    level = float(series[-_CARRIED:].mean())
    step = float(np.diff(series).std()) if len(series) > 2 else abs(level) / 2
    half = Z80 * step * np.sqrt(np.arange(1, horizon + 1))
    mean = np.full(horizon, level)
    return Outlook(mean, mean - half, mean + half)
