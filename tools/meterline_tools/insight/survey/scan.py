"""Scanning all slices and all stretches of days at once for the one that departs most from its own past.

Usage is compared in logarithms, where a surge of a slice is one common shift of all its leaves. A leaf's shift over n days is
the mean of those days less the median of the eight weeks before; how far it strays when nothing happens is measured over the
leaf's own past, for each length. The evidence for a common shift of a slice is the likelihood ratio of its weighted mean,

    gain = (sum of w y)^2 / sum of w,     w = 1 / variance of y,

which a slice that is too wide dilutes and one that is too narrow does not exhaust. A slice whose leaves are noisy together
shows that in its own past: its gain has to stand out from what it usually is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from meterline_tools.insight.baseline import WEEK, robust_sd
from meterline_tools.insight.frames import Array, Days, Mask
from meterline_tools.insight.survey.cells import Cell
from meterline_tools.insight.thresholds import Thresholds

LENGTHS = np.array([3, 7, 14, 28, 56])
"""Days of the stretches whose usual straying is measured; others lie between."""
SPAN = 8 * WEEK
USUALLY, CHI2 = 0.7, 1.074
"""What this share of gains stays below when nothing happens (chi square, one degree of freedom). A season and its aftermath take up
nearly a third of a year, and must not pass for noise."""


START_STRAYS = 0.12
"""The least that is taken for the straying of what is in its start (a standard deviation of logarithms)."""


@dataclass(frozen=True)
class Field:
    """Logarithms of usage without weekdays, leaves x days, and how far each leaf strays over each of LENGTHS (variances)."""

    logs: Array
    variances: Array
    starts_on: Array
    """First day with usage of each leaf; the number of days when it has none."""
    starting: Mask
    """Leaves whose whole past is their start: that they grew is no straying."""


@dataclass(frozen=True)
class Hit:
    """A slice and a stretch of days [onset, end], with the evidence for it and the common shift (in logarithms)."""

    cell: Cell
    onset: int
    end: int
    gain: float
    shift: float


def make_field(values: Array, start: date, first: int, rules: Thresholds, floor: float | None = None) -> Field:
    """The field of leaves x days of money (or unit prices) from `start` on; what happens from day `first` on is no past.

    `floor` is the least a leaf strays (a standard deviation of logarithms); by default that of usage.
    """
    filled = fill_days(values, rules.scan.longest_gap)
    past = filled[:, max(0, first - rules.scan.history_weeks * WEEK) : first]
    level = _level(filled, past)
    logs = np.log((filled + rules.scan.offset * level[:, None]) / level[:, None])
    logs = logs - _weekdays(logs, first, rules)
    logs = logs - _month_turn(logs, start, first, rules)
    used = values > 0
    starts_on = np.where(used.any(axis=1), used.argmax(axis=1), values.shape[1]).astype(float)
    starting = starts_on > first - 2 * SPAN - rules.baseline.start_up_days  # no stretch of its past has a base beyond its start
    least = rules.scan.floor_sd if floor is None else floor
    return Field(logs, _variances(logs, starts_on, starting, first, rules, least), starts_on, starting)


def fill_days(values: Array, longest: int) -> Array:
    """A few days without usage inside a leaf's life, or at its end, are missing rows: they take the value of a week before.

    How few depends on how often the leaf lacks days: as many in a row as chance would hardly make, at least `longest`.
    """
    out = values.copy()
    for row in out:
        used = np.flatnonzero(row > 0)
        if used.size < 2 * WEEK:
            continue
        missing = 1.0 - used.size / (used[-1] - used[0] + 1)
        most = max(longest, min(int(np.ceil(np.log(_BY_CHANCE) / np.log(missing))), 2 * WEEK)) if 0 < missing < 1 else longest
        ends = np.append(used[1:], row.size)
        for before, after in zip(used, ends, strict=True):
            if 1 < after - before <= most + 1:
                for day in range(int(before) + 1, int(after)):
                    row[day] = row[day - WEEK] if day >= WEEK else row[before]
    return out


_BY_CHANCE = 1e-5
"""Gaps that are no rarer than this are chance."""


def _level(filled: Array, past: Array) -> Array:
    """The usual size of each leaf: the median of its days with usage, of the past where there is one."""
    out = np.ones(filled.shape[0])
    for row in range(filled.shape[0]):
        for days in (past[row], filled[row]):
            paid = days[days > 0]
            if paid.size >= WEEK or (days is filled[row] and paid.size):
                out[row] = float(np.median(paid))
                break
    return out


def _weekdays(logs: Array, first: int, rules: Thresholds) -> Array:
    """Each leaf's weekday profile over the weeks before `first` (median departure from its own week), repeated over all days."""
    days = logs.shape[1]
    weeks = min(first // WEEK, rules.scan.profile_weeks)
    if weeks < 4 or first > days:
        return np.zeros(logs.shape)
    past = logs[:, first - weeks * WEEK : first].reshape(logs.shape[0], weeks, WEEK)
    profile = np.median(past - np.median(past, axis=2, keepdims=True), axis=1)
    profile -= np.median(profile, axis=1, keepdims=True)
    return np.asarray(np.take(profile, (np.arange(days) - first) % WEEK, axis=1))


def _month_turn(logs: Array, start: date, first: int, rules: Thresholds) -> Array:
    """What the last and the first days of a month usually add to each leaf, where its past shows it clearly; else 0."""
    turns = np.array([_turn(start + timedelta(days=day)) for day in range(logs.shape[1])])
    back = max(0, first - rules.scan.history_weeks * WEEK)
    out = np.zeros(logs.shape)
    if first - back < rules.scan.month_turns * 30:
        return out
    for kind in (1, 2):
        days = back + np.flatnonzero(turns[back:first] == kind)
        local = np.stack([np.median(logs[:, max(0, day - 2 * WEEK) : day + 2 * WEEK], axis=1) for day in days], axis=1)
        gaps = logs[:, days] - local
        usual = np.median(gaps, axis=1)
        error = rules.baseline.mad_to_sd * np.median(np.abs(gaps - usual[:, None]), axis=1) / np.sqrt(days.size)
        out[:, turns == kind] = np.where(np.abs(usual) > rules.noise.z * np.maximum(error, 0.005), usual, 0.0)[:, None]
    return out


def _turn(day: date) -> int:
    """1 on the last three days of a month, 2 on its first two, else 0."""
    if day.day <= 2:
        return 2
    return int((day + timedelta(days=3)).month != day.month)


def bases(logs: Array, starts: Days) -> Array:
    """Median of the eight weeks before each start: leaves x starts. Earlier than that, of what there is."""
    return np.stack([np.median(logs[:, max(0, int(s) - SPAN) : int(s)], axis=1) for s in starts], axis=1)


def _variances(logs: Array, starts_on: Array, starting: Mask, first: int, rules: Thresholds, floor: float) -> Array:
    """Leaves x LENGTHS: mean square of past shifts (trimmed), never below what daily noise alone gives or the floor."""
    shifts = past_shifts(logs, first, rules)
    daily = np.median(np.abs(np.diff(logs[:, max(0, first - SPAN * 3) : first], axis=1)), axis=1) * rules.baseline.mad_to_sd / np.sqrt(2)
    noise = daily[:, None] ** 2 / LENGTHS[None, :]
    seen = np.nanmedian(np.abs(shifts), axis=1) * rules.baseline.mad_to_sd if shifts.shape[1] else np.zeros(noise.shape)
    if starting.any():
        steps = _weekly_steps(logs[starting], starts_on[starting], first, rules)
        seen[starting] = np.minimum(seen[starting], steps[:, None] * np.sqrt(1.0 + WEEK / LENGTHS))
    young = starts_on > first - SPAN - 4 * WEEK
    seen[young] = 0.0
    out = np.maximum(np.maximum(seen**2, noise), floor**2 * (1.0 + WEEK / LENGTHS))  # the longer, the surer
    if (~young).any():
        out[young] = np.median(out[~young], axis=0)
    return np.asarray(out)


def _weekly_steps(logs: Array, starts_on: Array, first: int, rules: Thresholds) -> Array:
    """How far leaves in their start stray, whose levels say nothing yet: as far as steps from week to week, beyond the usual one, add
    up to over the four weeks that lie between the middle of a base and what follows it."""
    weeks = logs[:, first % WEEK : first].reshape(len(logs), first // WEEK, WEEK).mean(axis=2)
    steps = np.diff(weeks, axis=1)
    out = [
        robust_sd(row[int(np.ceil(max(start - first % WEEK, 0) / WEEK)) :], rules.baseline.mad_to_sd)
        for row, start in zip(steps, starts_on, strict=True)
    ]
    return np.asarray(np.maximum(np.array(out) * np.sqrt(SPAN / 2 / WEEK), START_STRAYS))


def past_shifts(logs: Array, first: int, rules: Thresholds) -> Array:
    """Leaves x past starts x LENGTHS: shifts of stretches that all end before `first`."""
    back = max(SPAN, first - rules.scan.history_weeks * WEEK)
    starts = np.arange(back, first - int(LENGTHS[-1]) + 1, rules.scan.history_step)
    if not starts.size:
        return np.zeros((logs.shape[0], 0, LENGTHS.size))
    base = bases(logs, starts)
    sums = np.concatenate([np.zeros((logs.shape[0], 1)), np.cumsum(logs, axis=1)], axis=1)
    return np.stack([(sums[:, starts + n] - sums[:, starts]) / n - base for n in LENGTHS], axis=2)


def usual_gains(field: Field, table: Array, first: int, rules: Thresholds) -> Array:
    """How much more than chance each slice's gain is when nothing happens: a high percentile over the past, at least 1."""
    shifts = past_shifts(field.logs, first, rules)
    if not shifts.shape[1]:
        return np.ones(table.shape[0])
    shifts[field.starting] = 0.0
    weights = 1.0 / field.variances
    gains = [
        (table @ (shifts[:, :, at] * weights[:, [at]])) ** 2 / np.maximum(table @ weights[:, [at]], 1e-12) for at in range(LENGTHS.size)
    ]
    return np.asarray(np.maximum(np.quantile(np.concatenate(gains, axis=1), USUALLY, axis=1) / CHI2, 1.0))


def variances_for(field: Field, lengths: Days) -> Array:
    """Leaves x lengths, between the measured ones on a logarithmic scale."""
    at = np.interp(np.log(lengths), np.log(LENGTHS), np.arange(LENGTHS.size))
    low = np.minimum(at.astype(int), LENGTHS.size - 2)
    part = at - low
    return np.asarray(field.variances[:, low] * (1 - part) + field.variances[:, low + 1] * part)


def best_hit(
    field: Field, slices: list[Cell], money: Array, earliest: int, latest: int, floor: float, usual: Array, rules: Thresholds
) -> Hit | None:
    """The slice and stretch with the strongest evidence that begins in [earliest, latest]; None when nothing stands out.

    `money` is leaves x days; a hit must move at least `floor` of it a day. `usual` comes from `usual_gains`.
    """
    last = field.logs.shape[1] - 1
    starts = np.arange(max(earliest, SPAN), min(latest, last - rules.scan.min_days + 1) + 1)
    if not starts.size:
        return None
    base = bases(field.logs, starts)
    sums = np.concatenate([np.zeros((field.logs.shape[0], 1)), np.cumsum(field.logs, axis=1)], axis=1)
    table = np.array([cell.mask for cell in slices], dtype=float)
    penalty = np.array([rules.scan.attribute_penalty * cell.depth for cell in slices])
    usual_money = bases(money, starts)
    paid = np.concatenate([np.zeros((money.shape[0], 1)), np.cumsum(money, axis=1)], axis=1)
    best: Hit | None = None
    for number, start in enumerate(starts):
        ends = np.arange(start + rules.scan.min_days - 1, last + 1)
        lengths = ends - start + 1
        shift = (sums[:, ends + 1] - sums[:, [start]]) / lengths - base[:, [number]]
        weights = 1.0 / variances_for(field, lengths)
        top, bottom = table @ (weights * shift), np.maximum(table @ weights, 1e-12)
        moved = table @ ((paid[:, ends + 1] - paid[:, [start]]) / lengths - usual_money[:, [number]])
        gain = top**2 / bottom - penalty[:, None]
        gain[(np.abs(moved) < floor) | (gain < rules.scan.least_gain * usual[:, None])] = -np.inf
        at = np.unravel_index(int(np.argmax(gain)), gain.shape)
        if np.isfinite(gain[at]) and (best is None or gain[at] > best.gain):
            best = Hit(slices[int(at[0])], int(start), int(ends[at[1]]), float(gain[at]), float(top[at] / bottom[at]))
    return best


def what_it_ends(field: Field, hit: Hit, earliest: int, rules: Thresholds) -> Hit:
    """The peak (or dip) of at most eight weeks that a hit only brings to its end; else the hit itself.

    A pulse is a step and another one back. The second may stand out more, when holidays follow a peak, but what happened is the pulse.
    """
    after = slice(hit.onset, hit.onset + SPAN)
    best: tuple[float, Hit] | None = None
    for start in range(max(earliest, SPAN, hit.onset - SPAN), hit.onset - rules.scan.min_days + 1):
        series = common_shift(field, hit.cell, start)
        height = float(series[start : hit.onset].mean())
        left = float(np.median(series[after])) / height if height * hit.shift < 0 else 1.0
        explained = height**2 * (hit.onset - start)
        if left <= rules.detect.ended_tail and (best is None or explained > best[0]):
            best = explained, Hit(hit.cell, start, hit.onset - 1, hit.gain, height)
    return hit if best is None or abs(best[1].shift) < rules.detect.ended_tail * abs(hit.shift) else best[1]


def common_shift(field: Field, cell: Cell, start: int) -> Array:
    """The slice's common shift each day against the eight weeks before `start`: the leaves' weighted mean."""
    weights = 1.0 / field.variances[cell.mask, 0]
    logs = field.logs[cell.mask]
    base = np.median(logs[:, max(0, start - SPAN) : start], axis=1)
    return np.asarray(weights @ (logs - base[:, None]) / weights.sum())
