"""The daily watch: which of many accounts surged or dropped, since when, by how much, and whether it goes on.

Two steps on the same rows. `alarms` goes over accounts x days at once and says where a stretch that ends that day is beyond
what the account's own past calls ordinary, and is worth somebody's time in money. `find_alerts` makes runs of alarms one
alert each and dates it with the very function that the explanation of changes uses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.baseline import WEEK
from meterline_tools.insight.departures import Ordinary, middles, ordinary, runs, strongest, trailing_sums
from meterline_tools.insight.detect import find_change, fit_shape
from meterline_tools.insight.frames import Array
from meterline_tools.insight.thresholds import Thresholds, load_thresholds
from meterline_tools.insight.usual import first_days, seasons, weekday_usual
from meterline_tools.insight.watch_rules import WatchRules

_AT_ONCE = 1_000
"""Series that are gone over together, which bounds memory."""
_QUIET_WEEKDAY = 0.25
"""No stretch is held against less than this share of the usual week: a Sunday of next to nothing would make any use a surge."""
_NEXT_TO_NOTHING = 0.2
"""Nor against less than this share of the money that is worth telling."""


@dataclass(frozen=True)
class Alarms:
    """For the last days of each series: strength (signed, ±1 is the limit) and which length it has; series x days.

    `season` is last year's factor for those days and the ones that their stretches reach back to.
    """

    strength: Array
    length: NDArray[np.intp]
    season: Array


@dataclass(frozen=True)
class Alert:
    """One surge or drop of one series. Days are indices into its table; money is a day, signed where it is a difference."""

    series: int
    raised: int
    """The first day on which it was seen; `last` is the newest."""
    last: int
    onset: int
    end: int
    on: bool
    usual: float
    size: float
    total: float
    strength: float
    """How many times the limit, at its strongest of late."""

    @property
    def direction(self) -> Literal["up", "down"]:
        return "up" if self.size > 0 else "down"

    @property
    def days(self) -> int:
        return self.end - self.onset + 1

    @property
    def share(self) -> float | None:
        return self.size / self.usual if self.usual > 0 else None


# Who --------------------------------------------------------------------------------------------------------------


def alarms(table: Array, calendar: Array, rules: WatchRules, *, floor: float, days: int) -> Alarms:
    """Alarms over the last `days` of a table (NaN where a day says nothing). `floor` is money a day that is worth telling.

    Each series is judged by itself: what else is in the table changes nothing.
    """
    parts = [
        _alarms(table[start : start + _AT_ONCE], calendar[start : start + _AT_ONCE], rules, floor, min(days, table.shape[1]))
        for start in range(0, table.shape[0], _AT_ONCE)
    ]
    return Alarms(
        np.concatenate([part.strength for part in parts]),
        np.concatenate([part.length for part in parts]),
        np.concatenate([part.season for part in parts]),
    )


def _alarms(table: Array, calendar: Array, rules: WatchRules, floor: float, days: int) -> Alarms:
    first = table.shape[1] - days
    lead = min(max(rules.lengths) - 1, first)
    season = seasons(table / calendar, first - lead, rules)
    cut = max(0, first - rules.settled)
    age = np.arange(first, table.shape[1]) - first_days(table)[:, None]
    actual, factors = table[:, cut:], calendar[:, cut:]
    usual = weekday_usual(actual / factors, rules) * factors
    low, high = usual.copy(), usual.copy()
    low[:, first - lead - cut :] *= np.minimum(season, 1.0)
    high[:, first - lead - cut :] *= np.maximum(season, 1.0)
    level = trailing_sums(usual, WEEK) / WEEK
    trend = _own_trend(_ratio(trailing_sums(actual, WEEK), WEEK * level) - 1.0, rules)
    found = []
    for length, z, share in zip(rules.lengths, rules.z, rules.share, strict=True):
        sums = [trailing_sums(each, length) for each in (actual, usual, low, high)]
        against = np.maximum(sums[1], np.maximum(_QUIET_WEEKDAY * level, max(_NEXT_TO_NOTHING * floor, 1e-9)) * length)
        raw = (sums[0] - sums[1]) / against - trend
        rule = Ordinary(z, rules.tail, memory=rules.memory, refresh=rules.refresh)
        limit = np.maximum(ordinary(np.abs(raw), length, first - cut, rule), share)
        apart = _beyond([each[:, first - cut :] for each in sums[2:]], sums[0][:, first - cut :]) / against[:, first - cut :]
        apart = _past(apart, trend[:, first - cut :])
        worth = np.abs(apart) * against[:, first - cut :] >= floor * max(length, WEEK)
        found.append(np.where(worth & (np.abs(apart) >= limit), apart / limit, 0.0))
    strength, which = strongest(np.stack(found))
    strength = np.where(age < rules.start_up_days, np.minimum(strength, 0.0), strength)
    return Alarms(np.where(age < rules.thin_days, 0.0, strength), np.asarray(rules.lengths, dtype=np.intp)[which], season)


def _ratio(table: Array, by: Array) -> Array:
    """table / by; NaN where there is nothing to divide by."""
    return np.asarray(np.divide(table, by, out=np.full(table.shape, np.nan), where=by > 0))


def _beyond(between: Sequence[Array], sums: Array) -> Array:
    """How far sums are outside a range: positive above, negative below, 0 within."""
    low, high = between
    return np.asarray(np.maximum(sums - high, 0.0) + np.minimum(sums - low, 0.0))


def _past(apart: Array, trend: Array) -> Array:
    """A departure less the part that the series' own trend leads to expect, never more than it was."""
    left = apart - np.where(np.sign(trend) == np.sign(apart), trend, 0.0)
    return np.where(np.sign(left) == np.sign(apart), left, 0.0)


def _own_trend(weekly: Array, rules: WatchRules) -> Array:
    """How far weeks usually come out above or below the usual of the weeks before: a trusted part of the median, capped."""
    out = np.zeros(weekly.shape)
    for start in range(0, weekly.shape[1], rules.refresh):
        past = weekly[:, max(0, start - rules.trend.days) : start : WEEK]
        if past.shape[1] >= rules.weeks:
            middle = np.nan_to_num(middles(past, rules.weeks))
            out[:, start : start + rules.refresh] = np.clip(rules.trend.trust * middle, -rules.trend.cap, rules.trend.cap)[:, None]
    return out


# Since when, how much, and still? ---------------------------------------------------------------------------------------


def find_alerts(table: Array, calendar: Array, rules: WatchRules, *, floor: float, days: int = 1) -> list[Alert]:
    """The alerts of a table that are on, or were seen within the last `days`; of each series from old to new."""
    lately = max(days, rules.alerts.quiet)
    newest = table.shape[1] - lately
    loud = np.flatnonzero(alarms(table, calendar, rules, floor=floor, days=lately).strength.any(axis=1))
    if not loud.size:
        return []
    found = alarms(table[loud], calendar[loud], rules, floor=floor, days=days + rules.alerts.look_back)
    alerts: list[Alert] = []
    for place, series in enumerate(loud):
        row = Alarms(found.strength[place], found.length[place], found.season[place])
        told = _alerts_of(_Series(int(series), table[series], calendar[series], row, rules))
        alerts += [alert for alert in told if alert.last >= newest and (alert.on or alert.end >= table.shape[1] - days)]
    return alerts


class _Series:
    """One series whose alarms are made alerts."""

    def __init__(self, number: int, values: Array, calendar: Array, found: Alarms, rules: WatchRules) -> None:
        self.number, self.values, self.calendar, self.rules = number, values, calendar, rules
        self.strength, self.length = found.strength, found.length
        self.first = values.size - self.strength.size
        self.begun = int(first_days(values[None])[0])
        self.season = np.ones(values.size)
        self.season[values.size - found.season.size :] = found.season
        self.flat = np.nan_to_num(values / calendar)

    def alarms(self) -> Iterator[tuple[int, int, int]]:
        """Direction, first and last day of each run of alarms, by first day."""
        both = [(a, b, sign) for sign in (1, -1) for a, b in runs(self.strength * sign >= 1.0, self.rules.alerts.quiet)]
        for a, b, direction in sorted(both):
            yield direction, a + self.first, b + self.first


def _alerts_of(series: _Series) -> list[Alert]:
    """Runs of alarms as alerts: one that goes on stays one, and coming back from it is its end and no news of its own."""
    alerts: list[Alert] = []
    for sign, first, last in series.alarms():
        alert = _date(series, sign, first, last)
        before = alerts[-1] if alerts else None
        if before is not None and before.direction == alert.direction and alert.onset <= before.last:
            alerts[-1] = replace(
                _measure(series, before.onset, alert.end, alert.on), raised=before.raised, last=last, strength=alert.strength
            )
        elif before is not None and before.direction != alert.direction and _comes_back(before, alert, series.rules):
            end = max(before.onset, min(before.end, alert.onset - 1))
            alerts[-1] = replace(_measure(series, before.onset, end, False), raised=before.raised, last=last, strength=before.strength)
        else:
            alerts.append(alert)
    return alerts


def _comes_back(before: Alert, alert: Alert, rules: WatchRules) -> bool:
    """Whether a move the other way follows on an earlier one and ends near the level from which that had departed."""
    follows = alert.onset <= before.end + rules.alerts.quiet
    return follows and abs(alert.usual + alert.size - before.usual) <= rules.alerts.back * abs(before.size)


def _date(series: _Series, sign: int, first: int, last: int) -> Alert:
    """An alert of a run of alarms, with its onset where the explanation of changes would put it."""
    length = int(series.length[first - series.first])
    begin, stop = series.begun, min(series.values.size, last + 1 + series.rules.weeks * WEEK)  # then it is the usual
    values, thresholds = (series.flat / _toward(series.season, sign))[begin:stop], _dating(load_thresholds())
    found = find_change(
        values,
        thresholds,
        earliest=first - length + 1 - begin - WEEK // 2,
        latest=first - begin,
        least_share=min(series.rules.share),
        floor=0.0,
    )
    if found is not None and found.ongoing and found.days >= 2 * WEEK:
        found = fit_shape(values, found, thresholds)  # a slow beginning is earlier than where it stands out
    strength = float(np.abs(series.strength[first - series.first : last - series.first + 1]).max())
    if found is None or np.sign(found.effect) != sign:
        onset, end = first - length + 1, last
        on = last >= series.values.size - 1
    else:
        onset, end, on = found.onset + begin, found.end + begin, found.ongoing and stop == series.values.size
    return replace(_measure(series, onset, end, on), raised=first, last=last, strength=strength)


def _dating(rules: Thresholds) -> Thresholds:
    """The explanation's thresholds for a change that is already known to be one: any length, any size."""
    return rules.model_copy(update={"detect": rules.detect.model_copy(update={"z": 0.0, "min_days": 1, "min_days_ongoing": 1})})


def _toward(season: Array, sign: int) -> Array:
    """The side of the range from no season to last year's that a move in this direction has to pass."""
    return np.maximum(season, 1.0) if sign > 0 else np.minimum(season, 1.0)


def _measure(series: _Series, onset: int, end: int, on: bool) -> Alert:
    """Money over the days of an alert against the weekdays before its onset, holidays and season allowed for."""
    weeks = min(series.rules.weeks, (onset - series.begun) // WEEK)
    days = np.arange(onset, end + 1)
    back = onset - WEEK * np.arange(1, weeks + 1)
    profile = np.array([np.median(series.flat[back + ahead]) for ahead in range(WEEK)]) if weeks > 0 else np.zeros(WEEK)
    plain = profile[(days - onset) % WEEK] * series.calendar[days]
    actual = np.nan_to_num(series.values[days])
    low, high = plain * np.minimum(series.season[days], 1.0), plain * np.maximum(series.season[days], 1.0)
    total = float(_beyond([low.sum(keepdims=True), high.sum(keepdims=True)], actual.sum(keepdims=True))[0])
    usual = float(np.clip(actual.sum(), low.sum(), high.sum())) / days.size
    return Alert(series.number, onset, end, onset, end, on, usual, total / days.size, total, 0.0)
