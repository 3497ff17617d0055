"""An account's past as a model should see it: whole weeks, without what does not last.

What people confirmed in the cause ledger as one-time, seasonal or external is taken out as recorded. What nobody labelled is
taken out only when its shape is plain: weeks that rose far above the two months before and came back by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np

from meterline_tools.insight.frames import Array

WEEK = 7
REMOVED = ("one_time", "external", "seasonal")
"""Durabilities of the ledger whose excess is not carried forward (M07)."""
_BEFORE, _LONGEST, _BACK = 8, 8, 2
"""Weeks a pulse is held against, weeks it may last, and weeks it must have been back for."""
_SIGMAS, _LEAST = 4.0, 0.25
"""How far a pulse stands out: robust standard deviations, and share of the level before."""


@dataclass(frozen=True)
class Excess:
    """A day of the cause ledger: money over (or under) the baseline, and whether it lasts."""

    day: date
    amount: float
    durability: str


@dataclass(frozen=True)
class History:
    """Daily consumption up to d1, oldest first, as it was (`raw`) and as the model sees it (`lasting`).

    `labelled` and `detected` are the sums of the last 91 days that were taken out, with and without a label.
    """

    raw: Array
    lasting: Array
    labelled: float
    detected: float


def weeks_of(daily: Array) -> Array:
    """Sums of the whole weeks that end on the last day."""
    whole = len(daily) // WEEK
    weeks: Array = daily[len(daily) - whole * WEEK :].reshape(whole, WEEK).sum(axis=1)
    return weeks


def lasting(daily: Array, d1: date, ledger: Iterable[Excess], *, seasonal: bool, recent: int = 91) -> History:
    """The history without what does not last.

    Args:
        daily: Consumption of each day, the last on d1.
        d1: Last complete day.
        ledger: Confirmed excess of this account.
        seasonal: Whether the model itself carries the seasons; seasonal excess then stays in.
        recent: Days over which what was taken out is summed up.
    """
    removed = [name for name in REMOVED if not (seasonal and name == "seasonal")]
    labelled = np.zeros(len(daily))
    for entry in ledger:
        place = len(daily) - 1 - (d1 - entry.day).days
        if entry.durability in removed and 0 <= place < len(daily):
            labelled[place] += entry.amount
    without = np.maximum(daily - labelled, np.minimum(daily, 0.0))
    pulses = _by_day(pulse_excess(weeks_of(without)), without)
    return History(daily, without - pulses, float((daily - without)[-recent:].sum()), float(pulses[-recent:].sum()))


def pulse_excess(weekly: Array) -> Array:
    """What each week holds above the level before, where the rise ended by itself and did not come a year earlier too."""
    level, excess = np.array(weekly, dtype=float), np.zeros(len(weekly))
    noise = _noise(level)
    at = _BEFORE
    while at < len(level):
        base = float(np.median(level[at - _BEFORE : at]))
        bar = max(_SIGMAS * noise, _LEAST * base)
        end = at
        while end < len(level) and level[end] - base > bar:
            end += 1
        back = level[end : end + _BACK]
        ended = 0 < end - at <= _LONGEST and len(back) == _BACK and bool((back - base <= bar).all())
        if ended and not _came_before(weekly, at, bar):
            excess[at:end] = level[at:end] - base
            level[at:end] = base
        at = max(end, at + 1)
    return excess


def _noise(weekly: Array) -> float:
    """Robust standard deviation from one week to the next."""
    steps = np.diff(weekly)
    return 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) if len(steps) else 0.0


def _came_before(weekly: Array, at: int, bar: float) -> bool:
    """Whether there was a like rise a year earlier, give or take a week."""
    then = (at - 53, at - 52, at - 51)
    return any(week >= _BEFORE and weekly[week] - np.median(weekly[week - _BEFORE : week]) > bar for week in then)


def _by_day(weekly: Array, daily: Array) -> Array:
    """Weekly excess spread over the days of its week by what they hold."""
    spread = np.zeros(len(daily))
    first = len(daily) - len(weekly) * WEEK
    for week in np.flatnonzero(weekly):
        days = slice(first + week * WEEK, first + (week + 1) * WEEK)
        held = float(daily[days].sum())
        spread[days] = weekly[week] * daily[days] / held if held else 0.0
    return spread
