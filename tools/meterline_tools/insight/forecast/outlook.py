"""Accounts' months to come by Meterline's own model: established ones by their series, young ones by their cohort."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

import numpy as np

from meterline_tools.insight.forecast.cohorts import YOUNG_WEEKS, Member, growth_curve, project_young
from meterline_tools.insight.forecast.history import WEEK, Excess, lasting, weeks_of
from meterline_tools.insight.forecast.series import Outlook, is_seasonal, project
from meterline_tools.insight.forecast.spread import how_alike, spread_of
from meterline_tools.insight.frames import Array

MODEL_VERSION = 2
"""Rises whenever the same rows give other numbers, so that kept forecasts are made anew."""
SEASON = 52
MAX_DAYS = 366
_PROFILE_WEEKS = 8
_LEAST_SPREAD = 0.03
"""Of the mean: a past without any change is no promise of a future without."""
_YOUNG_WIDER = 1.5
"""Peers' spread leaves out that a young account's own level is hardly known."""
Method = Literal["model", "cohort", "level"]


@dataclass(frozen=True)
class Source:
    """What is known of one account: daily consumption up to d1 from its first day on, its ledger, its traits.

    `new_share` is the part of recent consumption that is of products less than a year old.
    """

    account: str
    daily: Array
    ledger: Sequence[Excess] = ()
    traits: dict[str, str | None] = field(default_factory=dict)
    new_share: float = 0.0


@dataclass(frozen=True)
class AccountOutlook:
    """An account's forecast: for the first day of each month the expected money of its days after d1 and their spread.

    `with_excess` is the same with everything left in that does not last; equal to `mean` where nothing was taken out.
    """

    account: str
    method: Method
    weeks: int
    mean: dict[date, float]
    spread: dict[date, float]
    with_excess: dict[date, float]
    labelled: float = 0.0
    detected: float = 0.0
    cohort: tuple[str, ...] = ()
    peers: int = 0


@dataclass(frozen=True)
class BookOutlook:
    """All accounts, how alike they move, and what a split by product family needs (see products).

    `mix` is each account's consumption of the last four weeks by family; `trends` each family's rate in a month against
    that of the last four weeks; `new_families` were launched less than a year ago.
    """

    accounts: dict[str, AccountOutlook]
    alike: float
    mix: dict[str, dict[str, float]] = field(default_factory=dict)
    trends: dict[str, dict[date, float]] = field(default_factory=dict)
    new_families: tuple[str, ...] = ()


def forecast_book(sources: Sequence[Source], d1: date, end: date, only: Collection[str] | None = None) -> BookOutlook:
    """Forecasts of all accounts, or of some of them among all, from the day after d1 to `end` (at most a year)."""
    end = min(end, d1 + timedelta(days=MAX_DAYS))
    members = [Member(s.account, s.traits, weeks_of(s.daily)) for s in sources]
    accounts = {source.account: _account(source, members, d1, end) for source in sources if only is None or source.account in only}
    return BookOutlook(accounts, how_alike([m.weekly for m in members]))


def _account(source: Source, members: Sequence[Member], d1: date, end: date) -> AccountOutlook:
    raw_weeks = weeks_of(source.daily)
    seasonal = is_seasonal(raw_weeks, SEASON)
    history = lasting(source.daily, d1, source.ledger, seasonal=seasonal)
    horizon = -(-(end - d1).days // WEEK)
    outlook, method, cohort, peers = _project(source, weeks_of(history.lasting), members, horizon)
    mean, spread = by_month(outlook, history.lasting, d1, end)
    with_excess = mean
    if history.labelled or history.detected or (history.raw != history.lasting).any():
        with_excess, _ = by_month(_project(source, raw_weeks, members, horizon)[0], history.raw, d1, end)
    wider = (1.0 + source.new_share) * (_YOUNG_WIDER if method == "cohort" else 1.0)
    return AccountOutlook(
        account=source.account,
        method=method,
        weeks=len(raw_weeks),
        mean=mean,
        spread={month: max(value * wider, _LEAST_SPREAD * mean[month]) for month, value in spread.items()},
        with_excess=with_excess,
        labelled=history.labelled,
        detected=history.detected,
        cohort=cohort,
        peers=peers,
    )


def _project(source: Source, weekly: Array, members: Sequence[Member], horizon: int) -> tuple[Outlook, Method, tuple[str, ...], int]:
    if len(weekly) >= YOUNG_WEEKS:
        return project(weekly, horizon, SEASON), "model", (), 0
    curve = growth_curve(members, source.traits, len(weekly), horizon, but=source.account)
    if curve is None:
        return project(weekly, horizon), "level", (), 0
    return project_young(weekly, curve), "cohort", curve.by, curve.peers


def by_month(outlook: Outlook, daily: Array, d1: date, end: date) -> tuple[dict[date, float], dict[date, float]]:
    """Weeks after d1 as months: each day gets its weekday's share, and a month's spread is the sum of its days' (see spread)."""
    shares = _weekday_shares(daily)
    mean: dict[date, float] = {}
    spread: dict[date, float] = {}
    for ahead in range((end - d1).days):
        month = (d1 + timedelta(days=ahead + 1)).replace(day=1)
        week, place = divmod(ahead, WEEK)
        mean[month] = mean.get(month, 0.0) + float(outlook.mean[week] * shares[place])
        width = spread_of(float(outlook.low[week]), float(outlook.high[week]))
        spread[month] = spread.get(month, 0.0) + float(width * shares[place])
    return mean, spread


def _weekday_shares(daily: Array) -> Array:
    """What part of a week falls on each of its seven days, from the last weeks; even where there is too little."""
    whole = min(len(daily) // WEEK, _PROFILE_WEEKS)
    if whole:
        sums = np.asarray(daily[-whole * WEEK :]).reshape(whole, WEEK).sum(axis=0)
        if (sums >= 0).all() and sums.sum() > 0:
            return np.asarray(sums / sums.sum())
    return np.full(WEEK, 1.0 / WEEK)
