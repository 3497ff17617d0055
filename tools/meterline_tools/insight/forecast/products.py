"""A forecast by product family: each account's money split by what it uses now, moved with the family's own trend.

The split adds up to the account's forecast whatever the families do, so products, accounts and months agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np

from meterline_tools.insight.forecast.history import WEEK, weeks_of
from meterline_tools.insight.forecast.outlook import SEASON, by_month
from meterline_tools.insight.forecast.series import project
from meterline_tools.insight.frames import Array

_RECENT_WEEKS = 4
NEW_DAYS, NEW_WIDER = 365, 2.0
"""A product launched less than so many days ago has so many times the usual spread: its curve is still being found."""


def family_trend(daily: Array, d1: date, end: date) -> dict[date, float]:
    """How a family's daily rate in each month compares with that of the last four weeks."""
    weekly = weeks_of(daily)
    recent = float(weekly[-_RECENT_WEEKS:].mean()) if len(weekly) else 0.0
    if recent <= 0:
        return {}
    outlook = project(weekly, -(-(end - d1).days // WEEK), SEASON)
    mean, _ = by_month(outlook, daily, d1, end)
    flat, _ = by_month(type(outlook)(*(np.full(len(outlook.mean), recent),) * 3), daily, d1, end)
    return {month: mean[month] / flat[month] for month in mean if flat[month] > 0}


def family_shares(now: Mapping[str, float], trends: Mapping[str, Mapping[date, float]], month: date) -> dict[str, float]:
    """Shares of an account's forecast by family; they add up to 1. Empty when the account uses nothing."""
    weights = {family: max(0.0, used) * trends.get(family, {}).get(month, 1.0) for family, used in now.items()}
    total = sum(weights.values())
    return {family: weight / total for family, weight in weights.items()} if total > 0 else {}
