"""Finding the change: when it began, whether it ended, and what shape it has.

Two steps. `find_change` looks over a daily series for the stretch that departs most from the level before it
(the stretch's squared departure, which is what a step explains of the variance), beyond the noise band and
material in money. `fit_shape` then dates the change on the series that carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.baseline import WEEK, past_errors, robust_sd
from meterline_tools.insight.frames import Array
from meterline_tools.insight.thresholds import Thresholds

HORIZON_WEEKS = 8
Shape = Literal["step", "ramp", "pulse", "decay", "none"]


@dataclass(frozen=True)
class Change:
    """A stretch of days [onset, end] (indices, inclusive) whose mean departs from the level before it."""

    onset: int
    end: int
    ongoing: bool
    base: float
    effect: float
    """Mean departure, in the series' unit a day; signed."""
    z: float
    shape: Shape = "step"

    @property
    def days(self) -> int:
        return self.end - self.onset + 1

    @property
    def energy(self) -> float:
        return self.effect**2 * self.days


def smoothed(series: Array) -> Array:
    """Running median of three: kills single-day spikes and gaps, keeps edges."""
    if series.size < 3:
        return series
    padded = np.concatenate([series[:1], series, series[-1:]])
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, 3), axis=1))


def without_weekdays(series: Array) -> Array:
    """The series divided by its own weekday profile (median ratio to the week around the day)."""
    if series.size < 4 * WEEK:
        return series
    kernel = np.ones(WEEK) / WEEK
    padded = np.concatenate([series[WEEK - 1 : 0 : -1][: WEEK // 2], series, series[-WEEK // 2 : -1]])[: series.size + WEEK - 1]
    around = np.convolve(padded, kernel, mode="valid")[: series.size]
    ratio = np.where(around > 0, series / np.where(around > 0, around, 1.0), np.nan)
    profile = np.ones(WEEK)
    for weekday in range(WEEK):
        values = ratio[weekday::WEEK]
        values = values[~np.isnan(values)]
        if values.size:
            profile[weekday] = max(float(np.median(values)), 0.02)
    profile /= profile.mean()
    return np.asarray(series / np.resize(profile, series.size))


def fill_gaps(series: Array, rows: Array, longest: int = 14) -> Array:
    """Days without any row inside the series are missing, not zero: they take the value of a week before (or after)."""
    out = series.copy()
    seen = np.flatnonzero(rows > 0)
    if not seen.size:
        return out
    missing = np.flatnonzero(rows[: seen[-1]] <= 0)
    missing = missing[missing > seen[0]]
    for run in np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1):
        if 0 < run.size <= longest:
            for day in run:
                source = day - WEEK if day >= WEEK else day + WEEK
                out[day] = out[min(source, out.size - 1)]
    return out


def base_levels(flat: Array, rules: Thresholds) -> Array:
    """For each day, the median of the 8 weeks before it (NaN with less than the minimum of weeks)."""
    span, least = rules.baseline.weeks * WEEK, rules.baseline.min_weeks * WEEK
    out = np.full(flat.size, np.nan)
    if flat.size > span:
        out[span:] = np.median(np.lib.stride_tricks.sliding_window_view(flat, span)[:-1], axis=1)
    for day in range(least, min(span, flat.size)):
        out[day] = np.median(flat[:day])
    return out


def find_change(
    series: Array,
    rules: Thresholds,
    *,
    earliest: int,
    latest: int,
    until: int | None = None,
    least_share: float | None = None,
    floor: float | None = None,
    noise: float | None = None,
) -> Change | None:
    """The strongest material stretch that begins in [earliest, latest]; None when all is within the band.

    `least_share` is the smallest effect as a share of the level; `floor` the smallest in the series' unit;
    `noise` a relative standard deviation that replaces the series' own (for series with hardly any).
    """
    if series.size < rules.baseline.min_weeks * WEEK + rules.detect.min_days:
        return None
    flat = smoothed(without_weekdays(series))
    bases = base_levels(flat, rules)
    last = series.size - 1 if until is None else min(until, series.size - 1)
    starts = np.arange(max(earliest, rules.baseline.min_weeks * WEEK), min(latest, last - rules.detect.min_days + 1) + 1)
    starts = starts[~np.isnan(bases[starts])] if starts.size else starts
    if not starts.size:
        return None
    sums = np.concatenate([[0.0], np.cumsum(flat)])
    ends = np.arange(starts[0] + rules.detect.min_days - 1, last + 1)
    length = ends[None, :] - starts[:, None] + 1
    valid = (length >= rules.detect.min_days) & ((ends[None, :] < last) | (length >= rules.detect.min_days_ongoing))
    size = np.where(valid, length, 1)
    effect = (sums[ends + 1][None, :] - sums[starts][:, None]) / size - bases[starts][:, None]
    level = float(np.median(bases[starts]))
    band = _bands(flat, int(starts[0]), size, rules, noise)
    share = rules.noise.min_share if least_share is None else least_share
    smallest = np.maximum(share * np.maximum(bases[starts], 1e-9)[:, None], material_floor(level, rules) if floor is None else floor)
    z = effect / np.maximum(band * np.maximum(bases[starts][:, None], 0.02 * max(level, 1e-9)), 1e-9)
    enough = np.abs(effect) * size >= rules.noise.month_share * 4 * WEEK * bases[starts][:, None] if floor is None else True
    good = valid & (np.abs(z) >= rules.detect.z) & (np.abs(effect) >= smallest) & enough
    if not good.any():
        return None
    energy = np.where(good, effect**2 * size, -1.0)
    at = np.unravel_index(int(np.argmax(energy)), energy.shape)
    found = Change(int(starts[at[0]]), int(ends[at[1]]), False, float(bases[starts[at[0]]]), float(effect[at]), float(z[at]))
    return close(found, flat, rules)


def find_drift(series: Array, rules: Thresholds) -> Change | None:
    """A slow fall that never stands out in a week: steady over the last months, and far by now.

    Slow growth is the ordinary trend; a slow fall is somebody leaving.

    Steady is a rank correlation of weekly means with time (Kendall); far is the last four weeks against the median of
    the 8 weeks before those months.
    """
    drift = rules.drift
    span = drift.weeks * WEEK
    if series.size < span + rules.baseline.weeks * WEEK:
        return None
    flat = smoothed(without_weekdays(series))
    weeks = flat[-span:].reshape(drift.weeks, WEEK).mean(axis=1)
    left, right = np.triu_indices(drift.weeks, 1)
    steady = float(np.sign(weeks[right] - weeks[left]).mean())
    base = float(np.median(flat[-span - rules.baseline.weeks * WEEK : -span]))
    gap = float(flat[-4 * WEEK :].mean()) - base
    onset = flat.size - span
    band = _bands(flat, onset, np.array([4 * WEEK]), rules, None)[0]
    z = gap / max(band * base, 1e-9)
    if gap >= 0 or steady >= 0 or abs(steady) < drift.steady or abs(gap) < drift.share * base or abs(z) < drift.z:
        return None
    effect = float(flat[onset:].mean()) - base
    return Change(onset, flat.size - 1, True, base, effect if effect * gap > 0 else gap, z)


def date_drift(series: Array, drift: Change, rules: Thresholds) -> Change:
    """A slow fall with its first day: where a straight way down from the eight weeks before fits the days around it best."""
    flat = smoothed(without_weekdays(series))
    bases = base_levels(flat, rules)
    days = np.arange(max(2 * drift.onset - flat.size, 0), flat.size)
    best = (np.inf, drift.onset)
    for length in rules.drift.lengths:
        for onset in range(max(drift.onset - 10 * WEEK, int(days[0]) + 2 * WEEK), min(drift.onset + 4 * WEEK, flat.size - 4 * WEEK)):
            if np.isnan(bases[onset]):
                continue
            part = np.clip((days - onset + 1) / length, 0.0, 1.0)
            gap = flat[days] - bases[onset]
            height = float(gap @ part) / max(float(part @ part), 1e-9)
            best = min(best, (float(np.sum((gap - height * part) ** 2)), onset))
    onset = best[1]
    return replace(drift, onset=onset, base=float(bases[onset]), effect=float(np.mean(flat[onset:]) - bases[onset]), shape="decay")


def material_floor(level: float, rules: Thresholds) -> float:
    """Money a day below which a change is not worth an explanation: $50 or 5% of the level, whichever is smaller."""
    return min(rules.noise.floor_per_day, rules.noise.floor_share * level)


def _bands(flat: Array, first: int, size: NDArray[np.intp], rules: Thresholds, noise: float | None) -> Array:
    """Relative standard deviation of the mean over each length, from the series before day `first`.

    A level wanders, so the longer ahead, the wider: the variance of a random walk's mean over L weeks, against the
    median of the 8 weeks before, grows with 8 + L.
    """
    if noise is not None:
        return np.full(size.shape, noise)
    before = flat[:first]
    level = max(float(np.median(before)), 1e-9)
    daily = robust_sd(np.diff(before), rules.baseline.mad_to_sd) / level / np.sqrt(2.0)
    weekly = max(past_errors(before, rules), rules.baseline.floor_sd_share, daily / np.sqrt(WEEK))
    wander = (HORIZON_WEEKS + size / WEEK) / (HORIZON_WEEKS + 1)
    return np.asarray(np.sqrt(np.maximum(weekly**2 - daily**2 / WEEK, 0.0) * wander + daily**2 / size))


def close(change: Change, flat: Array, rules: Thresholds) -> Change:
    """Whether the change ended: the days after it are back near the base. Otherwise it runs on to the last day."""
    last = flat.size - 1
    tail = flat[change.end + 1 : change.end + 1 + 2 * WEEK]
    back = tail.size >= 3 and (float(np.mean(tail)) - change.base) * np.sign(change.effect) <= rules.detect.ended_tail * abs(change.effect)
    if back:
        return change
    effect = float(np.mean(flat[change.onset :])) - change.base
    return replace(change, end=last, ongoing=True, effect=effect if effect * change.effect > 0 else change.effect)


def fit_shape(series: Array, change: Change, rules: Thresholds) -> Change:
    """The change dated and shaped on the series that carries it: step, ramp, decay, or pulse when it ended."""
    flat = smoothed(without_weekdays(series))
    bases = base_levels(flat, rules)
    stop = min(flat.size, change.end + 1 + (2 * WEEK if not change.ongoing else 0))
    best: tuple[float, int, int] | None = None
    step_error = np.inf
    for ramp in (0, *rules.detect.ramp_lengths):
        if ramp > stop - change.onset + WEEK * 2 or (ramp and not change.ongoing):
            continue
        for onset in range(max(change.onset - 10 - ramp // 2, 2 * WEEK), min(change.onset + 8, flat.size - 3)):
            error = _fit_error(flat, bases, onset, ramp, change, stop)
            if error is None:
                continue
            if not ramp:
                step_error = min(step_error, error)
            elif error > step_error * (1 - rules.detect.ramp_gain):
                continue
            if best is None or error < best[0]:
                best = (error, onset, ramp)
    if best is None:
        return change
    _, onset, ramp = best
    base = float(bases[onset]) if not np.isnan(bases[onset]) else change.base
    dated = replace(change, onset=onset, base=base, effect=float(np.mean(flat[onset : change.end + 1])) - base)
    if not change.ongoing:
        dated = _date_end(flat, dated)
    shape: Shape = "pulse" if not change.ongoing else "step" if not ramp else "ramp" if dated.effect > 0 else "decay"
    return replace(dated, shape=shape)


def _fit_error(flat: Array, bases: Array, onset: int, ramp: int, change: Change, stop: int) -> float | None:
    """Squared error of base + height x profile around the change, with the best height."""
    if np.isnan(bases[onset]):
        return None
    first = max(change.onset - 45, 0)
    days = np.arange(first, stop)
    profile = np.clip((days - onset + 1) / ramp, 0.0, 1.0) if ramp else (days >= onset).astype(float)
    profile = np.where(days > change.end, 0.0, profile)
    gap = flat[first:stop] - bases[onset]
    weight = float(profile @ profile)
    if weight <= 0:
        return None
    height = float(gap @ profile) / weight
    return float(np.sum((gap - height * profile) ** 2))


def _date_end(flat: Array, change: Change) -> Change:
    """The last day of an ended change: where a two-level split of the days around it fits best."""
    low, high = max(change.onset + 1, change.end - 8), min(change.end + 8, flat.size - 2)
    gap = flat - change.base
    sums, squares = np.cumsum(gap), np.cumsum(gap**2)
    total = float(squares[-1])

    def error(end: int) -> float:
        inside = sums[end] - (sums[change.onset - 1] if change.onset else 0.0)
        return total - float(inside) ** 2 / (end - change.onset + 1)

    end = min(range(low, high + 1), key=error) if high >= low else change.end
    return replace(change, end=end, effect=float(np.mean(flat[change.onset : end + 1])) - change.base)
