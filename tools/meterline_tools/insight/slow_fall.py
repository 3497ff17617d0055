"""A slow fall of all parts of an account, that no single week shows and that its money may hide (7.3: who drove it left, fewer people)."""

from __future__ import annotations

import numpy as np

from meterline_tools.insight.baseline import WEEK, robust_sd
from meterline_tools.insight.common_lift import CommonLift
from meterline_tools.insight.detect import Change, fill_gaps
from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.thresholds import Thresholds

MONTH, LEAST_MONTHS, MONTHS = 4, 3, 4
"""Weeks of what is called a month here; how many of them a fall takes at least, and how many are looked at."""


def find_slow_fall(frame: Frame, asked: tuple[int, int], rules: Thresholds) -> Change | None:
    """The deepest slow fall that begins on these days (indices of the frame): month for month lower, in the mean of its workloads.

    It is slow where its first month shows little of it, and real where the last month lies farther below the weeks before it than months
    so far ahead used to stray. None without three months of it.
    """
    parts = frame.by_workload("list_usd", "usd")
    base = rules.baseline.weeks * WEEK
    rows = frame.rows.sum(axis=0)
    common = CommonLift(np.array([fill_gaps(part, rows) for part in parts]), base)
    months = [common.by_day(MONTH, at * MONTH * WEEK) for at in range(MONTHS)]
    best: tuple[float, int, float] | None = None
    for onset in range(max(asked[0], base), asked[1] + 1):
        lifts = np.array([month[onset - base] for month in months if onset - base < month.size])
        rises = np.diff(lifts) >= rules.drift.pause
        if lifts.size < LEAST_MONTHS or lifts[0] < rules.drift.first_month or rises[: LEAST_MONTHS - 1].any():
            continue
        lifts = lifts[:LEAST_MONTHS] if rises.any() else lifts
        past = months[lifts.size - 1][: max(asked[0] - lifts.size * MONTH * WEEK - base, 0)]
        strays = robust_sd(past, rules.baseline.mad_to_sd) if past.size >= base else rules.drift.unknown_sd
        z = float(lifts[-1]) / max(strays, rules.drift.unknown_sd / 2)
        if lifts[-1] <= -rules.drift.deep and z <= -rules.drift.far and (best is None or lifts[-1] < best[0]):
            best = float(lifts[-1]), onset, z
    return None if best is None else _change(frame.total(), best[1], best[2], base)


def _change(usd: Array, onset: int, z: float, base: int) -> Change | None:
    """The fall in money; None where the money did not fall."""
    level = float(np.median(usd[onset - base : onset].reshape(-1, WEEK).mean(axis=1)))
    effect = float(usd[onset:].mean()) - level
    return Change(onset, usd.size - 1, True, level, effect, z, "decay") if effect < 0 else None
