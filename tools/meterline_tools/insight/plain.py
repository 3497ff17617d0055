"""A clear step of one slice that stands out from the weeks before it alone: a year of straying hides it from the survey.

What strays comes and goes: some week before reached what some week after shows. A step leaves a gap: every week after it lies
beyond all eight weeks before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from meterline_tools.insight.baseline import WEEK
from meterline_tools.insight.detect import Change, fill_gaps, material_floor, without_weekdays
from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.material import Move
from meterline_tools.insight.survey.cells import Cell, cells
from meterline_tools.insight.survey.dating import date_change
from meterline_tools.insight.thresholds import Thresholds

FORTNIGHT = 2 * WEEK
AFTER = 4
"""Weeks after a step that are looked at; the fewer of them lie beyond those before it, the wider the gap has to be."""


def plain_step(
    frame: Frame, attributes: Sequence[str], days: tuple[date, date], level: float, taken: Mask | None, rules: Thresholds
) -> list[Move]:
    """The slice, beside those that moved already, whose step leaves the widest gap; none when no step leaves enough of one.

    `level` is the account's usual money a day.
    """
    floor = max(material_floor(level, rules), rules.noise.least_per_day)
    found: list[tuple[float, Move]] = []
    for cell in cells(frame.leaves, attributes, 1)[1:]:
        if taken is not None and bool((cell.mask & taken).any()):
            continue
        series = fill_gaps(frame.measures["usd"][cell.mask].sum(axis=0), frame.rows[cell.mask].sum(axis=0))
        gap, day = max(
            ((gap_at(series, day), day) for day in _steepest(series, frame.index(days[0]), frame.index(days[1]))), default=(0.0, 0)
        )
        if gap < rules.detect.slice_gap:
            continue
        change = dated_step(series, day, rules)
        if abs(change.effect) >= floor and _enough(change, level, rules):
            found.append((gap, Move(change, "slice", _name(cell), cell.mask, apart=True)))
    return [max(found, key=lambda each: each[0])[1]] if found else []


def _steepest(series: Array, first: int, latest: int) -> list[int]:
    """The days in first..latest on which the level rises and falls most, from the fortnight before to the one after."""
    low, high = max(first, FORTNIGHT), min(latest, series.size - FORTNIGHT)
    if high < low:
        return []
    means = np.convolve(series, np.ones(FORTNIGHT) / FORTNIGHT, mode="valid")
    steps = (means[FORTNIGHT:] - means[:-FORTNIGHT])[low - FORTNIGHT : high + 1 - FORTNIGHT]  # day t is at t - FORTNIGHT
    return [low + int(np.argmax(steps)), low + int(np.argmin(steps))]


def gap_at(series: Array, day: int) -> float:
    """How far the weeks after a day lie beyond all eight before it (a logarithm, times the share of AFTER that they are).

    0 when they reach into one another.
    """
    before, after = weekly_means(series[max(0, day - 8 * WEEK) : day], last=True), weekly_means(series[day : day + AFTER * WEEK])
    if before.size < AFTER or not before.any():
        return 0.0
    tiny = 0.02 * float(np.median(before)) + 1e-9
    low, high = np.log(before + tiny), np.log(after + tiny)
    beyond = [max(high[:weeks].min() - low.max(), low.min() - high[:weeks].max()) * weeks / AFTER for weeks in range(1, after.size + 1)]
    return max(0.0, *map(float, beyond)) if beyond else 0.0


def weekly_means(days: Array, *, last: bool = False) -> Array:
    """Means of whole weeks, counted from the first day on, or back from the last."""
    whole = days.size // WEEK * WEEK
    kept = days[days.size - whole :] if last else days[:whole]
    return np.asarray(kept.reshape(-1, WEEK).mean(axis=1))


def dated_step(series: Array, day: int, rules: Thresholds) -> Change:
    """The step of a series about a day, with its first and its last day and its shape."""
    base = float(np.median(series[max(0, day - 8 * WEEK) : day]))
    offset = rules.scan.offset * max(base, float(np.median(series[day : day + AFTER * WEEK])))
    found = date_change(np.log((without_weekdays(series) + offset) / (base + offset)), day, series.size - 1, rules)
    if found.onset < day - WEEK // 2 and found.shape in ("ramp", "decay"):  # what leaves a gap began on its day, and did not creep up
        found = replace(found, onset=day, shape="step")
    change = Change(found.onset, found.end, found.ongoing, base, 0.0, 0.0, found.shape)
    return replace(change, effect=float(series[found.onset : found.end + 1].mean()) - base)


def _enough(change: Change, level: float, rules: Thresholds) -> bool:
    return change.ongoing or abs(change.effect) * change.days >= rules.noise.month_share * 4 * WEEK * level


def _name(cell: Cell) -> tuple[str, tuple[str, ...]]:
    name, value = next(iter(cell.where.items()))
    return name, (value,)
