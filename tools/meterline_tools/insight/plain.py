"""A clear step of one slice that only the eight weeks before it show: a year of straying hides it from the survey."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from meterline_tools.insight.baseline import WEEK, robust_sd, whole_weeks
from meterline_tools.insight.detect import find_change, fit_shape, material_floor
from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.material import Move
from meterline_tools.insight.survey.cells import cells
from meterline_tools.insight.thresholds import Thresholds

LEAST_DAYS = 10
"""Days that a change has to last which only the eight weeks before it show."""


def _strays(series: Array, first: int, rules: Thresholds) -> float:
    """How far the eight weeks before a day lie from their median, as a share of it (7.2 step 1)."""
    weeks = whole_weeks(first, rules)
    means = series[first - weeks * WEEK : first].reshape(weeks, WEEK).mean(axis=1) if weeks else np.zeros(0)
    level = float(np.median(means)) if means.size else 0.0
    spread = robust_sd(means, rules.baseline.mad_to_sd) / level if level > 0 else 0.0
    return max(spread, rules.baseline.floor_sd_share)


def plain_step(
    frame: Frame, attributes: Sequence[str], days: tuple[date, date], level: float, taken: Mask | None, rules: Thresholds
) -> list[Move]:
    """The slice beside those that moved already that departs most from its eight weeks before, if not from a year of its straying."""
    low, latest = days
    found: list[tuple[float, Move]] = []
    floor = max(material_floor(level, rules), rules.noise.least_per_day)
    for cell in cells(frame.leaves, attributes, 1)[1:]:
        if taken is not None and bool((cell.mask & taken).any()):
            continue
        series = frame.measures["usd"][cell.mask].sum(axis=0)
        first = frame.index(low)
        around = np.median(series[max(0, first - 8 * WEEK) : first]) if first else 0.0
        fortnights = np.convolve(series[first : frame.index(latest) + 2 * WEEK], np.ones(2 * WEEK) / (2 * WEEK), mode="same")
        if not fortnights.size or float(np.abs(fortnights - around).max()) < max(floor, rules.detect.slice_lift * float(around)) / 2:
            continue
        change = find_change(
            series,
            rules,
            earliest=first,
            latest=frame.index(latest),
            least_share=rules.detect.slice_lift,
            floor=floor,
            noise=_strays(series, first, rules),
        )
        if change is None or change.days < LEAST_DAYS or abs(change.z) < rules.detect.slice_z:
            continue
        soon = float(series[change.onset : change.onset + 2 * WEEK].mean()) - change.base
        if soon / change.effect < 0.5:  # a slow wandering is no change of a slice
            continue
        if not change.ongoing and abs(change.effect) * change.days < rules.noise.month_share * 4 * WEEK * level:
            continue
        shaped = fit_shape(series, change, rules)
        name, value = next(iter(cell.where.items()))
        found.append((change.z**2 * change.days, Move(shaped, "slice", (name, (value,)), cell.mask)))
    return [max(found, key=lambda each: each[0])[1]] if found else []
