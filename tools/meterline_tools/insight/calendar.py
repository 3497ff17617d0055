"""The calendar test: did the same weeks of another year, or the industry's peers now, show the effect? (7.2 step 4)"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from meterline_tools.insight.baseline import WEEK, past_errors
from meterline_tools.insight.history import History
from meterline_tools.insight.thresholds import Thresholds

if TYPE_CHECKING:
    from meterline_tools.insight.locate import Located


HALF_A_YEAR = 26 * WEEK
"""What goes on for longer is no season."""
LAST_YEAR, NEXT_YEAR = "the same weeks a year ago", "the same weeks a year later"


def season_of(history: History, located: Located, rules: Thresholds) -> tuple[float | None, str]:
    """The part of a located change that the calendar shows, and in which year."""
    if located.season is not None:
        return located.season
    onset = located.change.onset + history.usd.size - located.frame.days
    lift, source = lift_of_the_season(history, onset, located.change.days, rules)
    return season_share(lift, located.pct, rules), source


def lift_of_the_season(history: History, day: int, days: int, rules: Thresholds) -> tuple[float | None, str]:
    """Lift (fraction) of the same days a year before over the 8 weeks before them, for `days` days from an index of the history on;
    of the year after, where the history does not reach back so far but is known since."""
    lift = _lift(history, day - rules.calendar.shift_days, days, rules)
    later = _lift(history, day + rules.calendar.shift_days, days, rules) if lift is None else None
    return (lift, LAST_YEAR) if later is None else (later, NEXT_YEAR)


def _lift(history: History, onset: int, days: int, rules: Thresholds) -> float | None:
    """None without that history, or for a short change; 0 when it is within the noise of that time, or stayed: then it was no season."""
    end = onset + days
    back = rules.baseline.weeks * WEEK
    if onset - back < history.first or end > history.usd.size or days < rules.calendar.min_days:
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
