"""Young accounts: they are carried along the growth of accounts like them, counted in weeks since first consumption.

Accounts like them share segment, region and plan; with too few of those, segment and plan, then the segment, then all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from meterline_tools.insight.forecast.series import Outlook
from meterline_tools.insight.frames import Array

YOUNG_WEEKS = 26
FEWEST_PEERS = 5
_BASE = 4
"""Weeks whose mean an account's curve is indexed to."""
_GROUPS = (("segment", "region", "plan"), ("segment", "plan"), ("segment",), ())


@dataclass(frozen=True)
class Member:
    """An account as a cohort sees it; `weekly` begins with its first week of consumption."""

    account: str
    traits: dict[str, str | None]
    weekly: Array


@dataclass(frozen=True)
class Curve:
    """How accounts like one grew from a given age on: value of each later week over the mean of the weeks before.

    `by` names the traits they share; `peers` is how many of them reach the first week ahead. Bounds hold 80% of them.
    """

    by: tuple[str, ...]
    peers: int
    median: Array
    low: Array
    high: Array


def growth_curve(members: Sequence[Member], traits: dict[str, str | None], age: int, horizon: int, *, but: str = "") -> Curve | None:
    """The curve of the narrowest group with enough peers; None when even all accounts together are too few."""
    for by in _GROUPS:
        peers = [m for m in members if m.account != but and all(m.traits.get(t) == traits.get(t) for t in by)]
        paths = [path for m in peers if (path := _indexed(m.weekly, age, horizon)) is not None]
        if len(paths) >= FEWEST_PEERS:
            return Curve(by, len(paths), *_bands(np.array(paths)))
    return None


def project_young(weekly: Array, curve: Curve) -> Outlook:
    """The account's level of the last weeks, carried along the curve."""
    level = float(weekly[-_BASE:].mean()) if len(weekly) else 0.0
    return Outlook(level * curve.median, level * curve.low, level * curve.high)


def _indexed(weekly: Array, age: int, horizon: int) -> Array | None:
    """A peer's weeks after `age` over the mean of the weeks up to it; weeks it has not seen are NaN."""
    if len(weekly) <= age or age == 0:
        return None
    base = float(weekly[max(0, age - _BASE) : age].mean())
    if base <= 0:
        return None
    path = np.full(horizon, np.nan)
    seen = weekly[age : age + horizon] / base
    path[: len(seen)] = seen
    return path


def _bands(paths: Array) -> tuple[Array, Array, Array]:
    """Median and the 10th and 90th percentile of each week; where too few peers are left the last known week is carried on."""
    counts = np.sum(~np.isnan(paths), axis=0)
    known = int(np.argmax(counts < FEWEST_PEERS)) if (counts < FEWEST_PEERS).any() else paths.shape[1]
    low, median, high = np.nanpercentile(paths[:, :known], [10, 50, 90], axis=0)
    missing = paths.shape[1] - known
    median, low, high = (np.concatenate([band, np.full(missing, band[-1])]) for band in (median, low, high))
    return median, low, high
