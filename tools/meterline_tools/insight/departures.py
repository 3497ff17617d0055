"""What departs from its usual, and by how much more than it ever does of itself: the core of surge detection.

Works on any table of series by consecutive readings (accounts by day, servers by five minutes) and knows nothing of money,
weeks or labels. A stretch that ends now is looked at in several lengths, so that a jump shows at once and a small shift
shows when it has lasted. How far a stretch must depart is learned from the very same stretches of the series' own past:
so many robust standard deviations, and beyond the far end of all it did before, since real usage is never normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.frames import Array

MAD_TO_SD = 1.4826
FEWEST = 4
"""Readings of the own past, in stretches, below which nothing is known of what is ordinary."""


@dataclass(frozen=True)
class Ordinary:
    """How much departure is ordinary, from a series' own past.

    `z` robust standard deviations, and `margin` times the quantile `tail` of what was seen before; the larger counts.
    `tail` 1 is the record. `memory` is how many readings back the past goes (0: all), `refresh` how often it is looked up.
    """

    z: float
    tail: float
    margin: float = 1.0
    memory: int = 0
    refresh: int = 1


def trailing_sums(table: Array, length: int) -> Array:
    """Sums of the `length` readings that end at each one, along the last axis; NaN where one of them is."""
    out = np.full(table.shape, np.nan)
    if table.shape[-1] < length:
        return out
    known = ~np.isnan(table)
    sums = _running(np.where(known, table, 0.0), length)
    out[..., length - 1 :] = np.where(_running(known.astype(float), length) == length, sums, np.nan)
    return out


def _running(table: Array, length: int) -> Array:
    start = np.zeros((*table.shape[:-1], 1))
    added = np.concatenate([start, np.cumsum(table, axis=-1)], axis=-1)
    return np.asarray(added[..., length:] - added[..., :-length])


def middles(stack: Array, fewest: int = 1) -> Array:
    """Medians along the last axis that leave NaN out; NaN with fewer than `fewest` values."""
    ranked = np.sort(stack, axis=-1)  # NaN goes last
    count = np.sum(~np.isnan(stack), axis=-1)
    low = np.take_along_axis(ranked, np.maximum((count - 1) // 2, 0)[..., None], -1)[..., 0]
    high = np.take_along_axis(ranked, np.minimum(count // 2, stack.shape[-1] - 1)[..., None], -1)[..., 0]
    return np.where(count >= max(fewest, 1), (low + high) / 2, np.nan)


def records(sizes: Array, length: int) -> Array:
    """For each reading, the largest size of any stretch that ended before this one began; NaN while there is none."""
    best = np.maximum.accumulate(np.nan_to_num(sizes), axis=-1)
    out = np.full(sizes.shape, np.nan)
    out[..., length:] = best[..., :-length]
    return np.where(out > 0, out, np.nan)


def ordinary(sizes: Array, length: int, first: int, rule: Ordinary) -> Array:
    """The smallest departure that is out of the ordinary, for each reading from `first` on; series x readings.

    `sizes` are absolute departures of stretches of `length`. NaN where too little is known.
    """
    if rule.tail >= 1.0 and not rule.memory:
        return np.asarray(rule.margin * records(sizes, length)[..., first:])
    out = np.full((sizes.shape[0], sizes.shape[1] - first), np.nan)
    apart = max(1, length // 4)  # stretches overlap: neighbours say the same twice
    for start in range(first, sizes.shape[1], rule.refresh):
        stop = start - length + 1
        past = sizes[:, max(0, stop - rule.memory) if rule.memory else 0 : max(stop, 0)][:, ::apart]
        if past.shape[1]:
            out[:, start - first : start - first + rule.refresh] = _limit(past, FEWEST * max(length // apart, 7), rule)[:, None]
    return out


def _limit(past: Array, fewest: int, rule: Ordinary) -> Array:
    """The limit of each series from sizes of its past (series x stretches)."""
    ranked = np.sort(past, axis=1)
    count = np.sum(~np.isnan(past), axis=1)
    last = np.maximum(count - 1, 0)

    def at(quantile: float) -> Array:
        place = np.floor(quantile * last).astype(np.intp)
        return np.asarray(np.take_along_axis(ranked, place[:, None], axis=1)[:, 0])

    limit = np.maximum(rule.z * MAD_TO_SD * at(0.5), rule.margin * at(rule.tail))
    return np.where(count >= min(fewest, past.shape[1]), limit, np.nan)


def strongest(strengths: Array) -> tuple[Array, NDArray[np.intp]]:
    """Of lengths x series x readings, the strength farthest from 0 and which length it has."""
    known = np.nan_to_num(strengths)
    which = np.argmax(np.abs(known), axis=0)
    return np.asarray(np.take_along_axis(known, which[None], axis=0)[0]), which


def runs(alarms: NDArray[np.bool_], quiet: int) -> list[tuple[int, int]]:
    """First and last reading of each run of alarms; a run goes on over gaps of up to `quiet` readings."""
    at = np.flatnonzero(alarms)
    if not at.size:
        return []
    cuts = np.flatnonzero(np.diff(at) > quiet + 1)
    return [(int(at[a]), int(at[b])) for a, b in zip(np.r_[0, cuts + 1], np.r_[cuts, at.size - 1], strict=True)]


# One series of any sampling ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stream:
    """How a single series is watched: lengths of stretches, what is ordinary, and over how many readings its level is taken."""

    lengths: tuple[int, ...]
    rule: Ordinary
    level: int
    cycles: int = 5
    """Earlier periods whose same moment (give or take one reading) makes the usual."""


def usual_of(values: Array, period: int, stream: Stream) -> Array:
    """What each reading was to be from those before: the same moment of earlier periods, or the level of late."""
    n = values.size
    if period:
        stack = np.full((n, 3 * stream.cycles), np.nan)
        for cycle in range(1, stream.cycles + 1):
            for aside in (-1, 0, 1):
                back = cycle * period + aside
                if back < n:
                    stack[back:, 3 * (cycle - 1) + aside + 1] = values[: n - back]
        return middles(stack)
    return _trailing_medians(values, stream.level)


def _trailing_medians(values: Array, span: int) -> Array:
    """Median of the readings before each one, at most `span` of them; NaN for the first eight."""
    padded = np.concatenate([np.full(span, np.nan), values])
    out = np.full(values.size, np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)[: values.size]
    for start in range(0, values.size, 4096):
        out[start : start + 4096] = middles(windows[start : start + 4096], 8)
    return out


def learned_period(values: Array, candidates: tuple[int, ...], least: float = 0.3) -> int:
    """The candidate after which the series is most like itself (rank correlation), 0 when none reaches `least` or fits twice."""
    ranks = np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)
    ranks -= ranks.mean()
    spread = float(ranks.var())
    best, found = least, 0
    for period in sorted(set(candidates)):
        if period >= 4 and 2 * period <= values.size and spread > 0:
            likeness = float((ranks[period:] * ranks[:-period]).mean()) / spread
            if likeness > best:
                best, found = likeness + 0.05, period
    return found


def surprises(values: Array, period: int, stream: Stream) -> Array:
    """For each reading of one series, how far it is beyond what its past calls ordinary; 1 is the limit. Causal."""
    apart = (values - usual_of(values, period, stream))[None]
    strengths = []
    for length in stream.lengths:
        sizes = np.abs(trailing_sums(apart, length)) / length
        limits = ordinary(sizes, length, 0, stream.rule)
        strengths.append(np.divide(sizes, limits, out=np.zeros_like(sizes), where=limits > 0))
    return np.asarray(strongest(np.stack(strengths))[0][0])
