"""The calendar test: did the same weeks last year, or the industry's peers now, show the effect? (7.2 step 4)"""

from __future__ import annotations

import numpy as np

from meterline_tools.insight.baseline import WEEK, past_errors
from meterline_tools.insight.locate import History, Located
from meterline_tools.insight.thresholds import Thresholds


def last_year_lift(history: History, located: Located, rules: Thresholds) -> float | None:
    """Lift (fraction) of the days 364 days before the change over the 8 weeks before them.

    None without that history, or for a short change; 0 when it is within the noise of that time, or stayed: then it was no season.
    """
    offset = history.usd.size - located.frame.days
    onset = located.change.onset + offset - rules.calendar.shift_days
    end = onset + located.change.days
    back = rules.baseline.weeks * WEEK
    if onset - back < history.first or located.change.days < rules.calendar.min_days:
        return None
    before = float(np.median(history.usd[onset - back : onset].reshape(-1, WEEK).mean(axis=1)))
    lift = float(history.usd[onset:end].mean()) / before - 1.0 if before > 0 else None
    noise = past_errors(history.usd[history.first : onset], rules) or rules.baseline.floor_sd_share
    if lift is None or abs(lift) < rules.noise.z * noise:
        return lift and 0.0
    later = history.usd[end + 4 * WEEK : end + 8 * WEEK]
    stayed = later.size and (float(later.mean()) / before - 1.0) / lift > rules.calendar.share
    return 0.0 if stayed else lift


def season_share(lift_then: float | None, lift_now: float | None, rules: Thresholds) -> float | None:
    """Which part of the present lift the calendar shows; 0 when it is too weak or goes the other way."""
    if lift_then is None or lift_now is None or not lift_now:
        return None
    if lift_then * lift_now <= 0 or abs(lift_then) < rules.calendar.min_lift:
        return 0.0
    return min(lift_then / lift_now, 1.0)
