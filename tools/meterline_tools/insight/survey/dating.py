"""Dating one change on a series of shifts (logarithms against the level before): first day, last day, and its course."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from meterline_tools.insight.baseline import WEEK
from meterline_tools.insight.detect import Shape
from meterline_tools.insight.frames import Array, Days
from meterline_tools.insight.thresholds import Thresholds

SLACK = 10
"""Days around the stretch that was found in which a change may begin or end."""
LEAST = 0.05
"""What a thing that stopped is taken to be, as a share of before: about the offset of the logarithms."""
EARLIER, STEP = 10 * WEEK, 3
"""How much earlier than it stands out a slow change may have begun, and the days between the first days that are tried."""
BEFORE = 6 * WEEK
"""Quiet days before it that a course has to fit as well."""


@dataclass(frozen=True)
class Dated:
    """Days [onset, end] of a change; `ramp` is how many days it took to its full height (0: at once)."""

    onset: int
    end: int
    ongoing: bool
    shape: Shape
    shift: float
    """Its height in logarithms, once it is full."""
    ramp: int = 0


def date_change(shifts: Array, onset: int, end: int, rules: Thresholds) -> Dated:
    """The step, pulse, ramp or decay that fits the days around [onset, end] best (squares, and a price for each parameter)."""
    last = shifts.size - 1
    found = _step(shifts, onset, _faded(shifts, onset, end, rules))
    onset, end, height = found
    if not _ended(shifts, end, height, rules) and (stop := _faded(shifts, onset, last, rules)) < last:
        onset, end, height = _step(shifts, onset, stop)
    if not _ended(shifts, end, height, rules):
        onset, _, height = _step(shifts, onset, last, fixed_end=True)
        gradual = _ramp(shifts, onset, rules)
        if gradual is not None:
            return gradual
        return Dated(onset, last, True, "step", height)
    return Dated(onset, end, False, "pulse", height)


def _faded(shifts: Array, onset: int, end: int, rules: Thresholds) -> int:
    """The end of a stretch, or the day its height was over long before it: a little that stays is not what happened."""
    if end - onset < 6 * WEEK:
        return end
    weekly = np.convolve(shifts[onset : end + 1], np.ones(WEEK) / WEEK, mode="valid")
    peak = float(weekly[int(np.argmax(np.abs(weekly)))])
    high = np.flatnonzero(weekly / peak >= 0.5) if peak else np.arange(0)
    if not high.size:
        return end
    stop = onset + int(high[-1]) + WEEK - 1
    after = shifts[stop + 1 : end + 1]
    over = after.size >= 3 * WEEK and float(np.median(after)) * np.sign(peak) <= rules.detect.ended_tail * abs(peak)
    return stop if over else end


def _ended(shifts: Array, end: int, height: float, rules: Thresholds) -> bool:
    """Whether the days after it are back near the level before, or beyond it: holidays after a peak are no part of it."""
    after = shifts[end + 1 : end + 1 + 2 * WEEK]
    return after.size >= rules.scan.min_days and bool(np.median(after) * np.sign(height) <= rules.detect.ended_tail * abs(height))


def _step(shifts: Array, onset: int, end: int, fixed_end: bool = False) -> tuple[int, int, float]:
    """First and last day around the given ones between which a constant explains most: (sum)^2 / days."""
    last = shifts.size - 1
    sums = np.concatenate([[0.0], np.cumsum(shifts)])
    starts = np.arange(max(onset - SLACK, 1), min(onset + SLACK, end) + 1)
    ends = np.array([last]) if fixed_end else np.arange(max(end - SLACK, onset), min(end + SLACK, last) + 1)
    days = ends[None, :] - starts[:, None] + 1
    inside = sums[ends + 1][None, :] - sums[starts][:, None]
    explained = np.where(days > 0, inside**2 / np.maximum(days, 1), -1.0)
    at = np.unravel_index(int(np.argmax(explained)), explained.shape)
    first, final = int(starts[at[0]]), int(ends[at[1]])
    return first, final, float(shifts[first : final + 1].mean())


def slowly(shifts_from: Callable[[int], Array], dated: Dated, earliest: int, rules: Thresholds) -> Dated:
    """A change that is still on, with the day on which it began, where it went so slowly that the weeks before were part of it.

    `shifts_from` gives the shifts against the eight weeks before a day. Against weeks in which it was under way a slow fall looks later
    and shallower than it is: courses from earlier days on have to fit the same days better.
    """
    if not dated.ongoing:
        return dated
    shifts_from = cache(shifts_from)  # each first day is tried with every length
    last = shifts_from(dated.onset).size - 1
    days = np.arange(max(dated.onset - BEFORE - EARLIER, 0), last + 1)

    def misfit(first: int, length: int) -> tuple[float, float]:
        seen = shifts_from(first)[days]
        fits = [(part, _height(seen, part)) for part in _profiles(days - first + 1, max(length, 1), dated.shift < 0)]
        return min((_misfit(seen, np.log(np.maximum(1.0 + gain * part, LEAST))), gain) for part, gain in fits)

    known, _ = misfit(dated.onset, dated.ramp)
    best: tuple[float, Dated] | None = None
    for first in range(max(dated.onset - EARLIER, earliest, int(days[0]) + WEEK), dated.onset - WEEK + 1, STEP):
        for length in rules.scan.slow_lengths:
            if first + length > last:
                continue
            error, gain = misfit(first, length)
            under_way = float(np.expm1(np.median(shifts_from(first)[dated.onset - WEEK : dated.onset]))) / gain if gain else 0.0
            if gain * dated.shift > 0 and under_way >= rules.scan.under_way and (best is None or error < best[0]):
                shape: Shape = "ramp" if gain > 0 else "decay"
                best = error, Dated(first, last, True, shape, float(np.log(max(1.0 + gain, LEAST))), length)
    if best is None:
        return dated
    clearly = days.size * np.log(max(best[0], 1e-9) / max(known, 1e-9)) + rules.scan.slow_price * np.log(days.size) < 0
    return best[1] if clearly else dated


def _ramp(shifts: Array, onset: int, rules: Thresholds) -> Dated | None:
    """A course that grows to its height day by day, or falls away ever slower, when it fits clearly better than a step."""
    last = shifts.size - 1
    days = np.arange(max(onset - BEFORE, 0), last + 1)
    seen = shifts[days]
    height = float(shifts[onset:].mean())
    flat = _misfit(seen, np.where(days >= onset, height, 0.0))
    best: tuple[float, Dated] | None = None
    for first, length, part in _courses(days, onset, last, height < 0, rules):
        gain = _height(seen, part)
        error = _misfit(seen, np.log(np.maximum(1.0 + gain * part, LEAST)))
        if best is None or error < best[0]:
            shape: Shape = "ramp" if gain > 0 else "decay"
            best = error, Dated(first, last, True, shape, float(np.log(max(1.0 + gain, LEAST))), length)
    if best is None:
        return None
    clearly = days.size * np.log(max(best[0], 1e-9) / max(flat, 1e-9)) + rules.scan.ramp_price * np.log(days.size) < 0
    return best[1] if clearly else None


def _courses(days: Days, onset: int, last: int, falls: bool, rules: Thresholds) -> Iterator[tuple[int, int, Array]]:
    """(first day, days until it is full, share of its height on each day)."""
    for length in rules.scan.ramp_lengths:
        for first in range(max(onset - SLACK - length // 2, int(days[0]) + WEEK), min(onset + SLACK // 2, last - WEEK) + 1):
            for part in _profiles(days - first + 1, length, falls):
                yield first, length, part


def _profiles(passed: Days, length: int, falls: bool) -> list[Array]:
    """Share of the height by the day of a change: day by day the same, and for what falls away also ever slower."""
    straight = np.clip(passed / length, 0.0, 1.0)
    return [straight, np.where(passed > 0, 1.0 - np.exp(-2.0 * np.maximum(passed, 0) / length), 0.0)] if falls else [straight]


def _height(seen: Array, part: Array) -> float:
    """The relative height at which 1 + height x part fits exp(seen) best."""
    ratio = np.exp(np.clip(seen, -4.0, 4.0)) - 1.0
    weight = float(part @ part)
    return max(float(ratio @ part) / weight, LEAST - 1.0) if weight > 0 else 0.0


def _misfit(seen: Array, fitted: Array) -> float:
    return float(np.mean(np.minimum((seen - fitted) ** 2, 1.0)))
