"""What a day was to be, for many accounts at once: weekday, holiday and year ago.

Tables are series x consecutive days, money a day, NaN where a day says nothing (before the first use, or missing inside use).
The usual of a day is the median of the same weekday in the weeks before it (change contract 7.2 "Baseline"). Holidays are
learned from the company itself: days on which the typical account of a country departs. The same weeks of last year widen
the usual to a range, from no season to the whole of last year's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from meterline_tools.insight.departures import MAD_TO_SD, middles, runs, trailing_sums
from meterline_tools.insight.frames import Array
from meterline_tools.insight.watch_rules import WatchRules

WEEK = 7
EVERYWHERE = ""
"""The calendar of the whole company, for accounts whose country is not known or has too few of them."""
_HALF = WEEK // 2
_AFTER = 12 * WEEK
"""How long after a week of last year its level is looked at, to see whether that was a season or stayed."""


def first_days(table: Array) -> NDArray[np.intp]:
    """Index of each series' first day with money; the number of days where there is none."""
    paid = np.nan_to_num(table) > 0
    return np.asarray(np.where(paid.any(axis=1), paid.argmax(axis=1), table.shape[1]), dtype=np.intp)


def in_use(usd: Array, seen: NDArray[np.bool_], rules: WatchRules) -> Array:
    """The table with days before the first use unknown, and short gaps inside use filled from the week before.

    A day without any row inside use is missing, not zero; days without rows up to the last one are zero: use ended.
    """
    table, days = usd.astype(float), usd.shape[1]
    positions = np.arange(days)
    last_seen = np.maximum.accumulate(np.where(seen, positions, -1), axis=1)
    next_seen = np.minimum.accumulate(np.where(seen, positions, days)[:, ::-1], axis=1)[:, ::-1]
    missing = ~seen & (last_seen >= 0) & (next_seen < days) & (next_seen - last_seen - 1 <= rules.longest_gap)
    for day in np.flatnonzero(missing.any(axis=0)):
        of = missing[:, day]
        table[of, day] = table[of, day - WEEK] if day >= WEEK else np.nan
    table[positions < first_days(usd)[:, None]] = np.nan
    return table


def weekday_usual(table: Array, rules: WatchRules) -> Array:
    """Median of the same weekday over the weeks before each day; NaN with less than the least number of weeks."""
    stack = np.full((*table.shape, rules.weeks), np.nan)
    for week in range(1, rules.weeks + 1):
        stack[:, WEEK * week :, week - 1] = table[:, : -WEEK * week]
    return middles(stack, rules.least_weeks)


# Holidays --------------------------------------------------------------------------------------------------------


def learn_calendar(table: Array, countries: Sequence[str | None], rules: WatchRules) -> dict[str, Array]:
    """A factor a day for each country with enough accounts and for the whole company; 1 on ordinary days."""
    usual = weekday_usual(table, rules)
    ratios = np.divide(table, usual, out=np.full(table.shape, np.nan), where=usual > 0)
    known = np.array([country or EVERYWHERE for country in countries], dtype=object)
    calendar = {EVERYWHERE: _factors(ratios, rules)}
    for country in sorted(set(known) - {EVERYWHERE}):
        if np.sum(known == country) >= rules.calendar.accounts:
            calendar[country] = _factors(ratios[known == country], rules)
    return calendar


def _factors(ratios: Array, rules: WatchRules) -> Array:
    """The typical account's departure on days when it is far beyond what typical accounts do on other days."""
    typical = middles(ratios.T, rules.calendar.accounts)
    logs = np.log(np.maximum(np.nan_to_num(typical, nan=1.0), 0.01))
    known = logs[~np.isnan(typical)]
    if not known.size:
        return np.ones(ratios.shape[1])
    spread = MAD_TO_SD * float(np.median(np.abs(known - np.median(known))))
    out = np.abs(logs) >= max(np.log1p(rules.calendar.lift), rules.calendar.z * spread)
    for first, last in runs(out, 0):
        if last - first + 1 > rules.calendar.longest:
            out[first : last + 1] = False
    return np.where(out, np.exp(logs), 1.0)


def calendar_table(calendar: Mapping[str, Array], countries: Sequence[str | None]) -> Array:
    """The factor of each series' own country, or of the company."""
    return np.stack([calendar.get(country or EVERYWHERE, calendar[EVERYWHERE]) for country in countries])


# Year ago --------------------------------------------------------------------------------------------------------


def seasons(table: Array, first: int, rules: WatchRules) -> Array:
    """Last year's level of the week around each day, over the weeks before that one, for days from `first` on.

    1 without that history, for a small lift, and for one that stayed: then it was no season. The end of a season is one too:
    its level comes back to what was there before it began.
    """
    days, year = np.arange(first, table.shape[1]), rules.year_ago
    weeks = trailing_sums(table, WEEK) / WEEK
    then = days - year.lag
    before = _level(weeks, then, rules)
    earlier = _level(weeks, then - rules.weeks * WEEK, rules)
    after = _level(weeks, then + _AFTER, rules)
    lift = _at(weeks, then + _HALF) / np.where(before > 0, before, np.nan) - 1.0
    much = year.stayed * np.abs(lift)
    stayed = (np.abs(after - before) > much * before) & (np.abs(after - earlier) > much * earlier)
    season = ~np.isnan(lift) & ~stayed & (np.abs(lift) >= year.lift)
    return np.where(season, 1.0 + lift, 1.0)


def _at(table: Array, days: NDArray[np.intp]) -> Array:
    """Columns of a table; NaN for days that it does not hold."""
    inside = (days >= 0) & (days < table.shape[1])
    return np.where(inside, table[:, np.where(inside, days, 0)], np.nan)


def _level(weeks: Array, days: NDArray[np.intp], rules: WatchRules) -> Array:
    """Median of the weekly means that end before each of the days."""
    return middles(np.stack([_at(weeks, days - WEEK * week - 1) for week in range(rules.weeks)], axis=-1), rules.weeks - 2)
