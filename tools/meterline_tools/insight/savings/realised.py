"""What came of a saving that was agreed: a workload's consumption and idle part before it was agreed and after it was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, variance
from typing import Literal

from meterline_tools.insight.savings.model import DAYS_A_MONTH

WEEK = 7
BEFORE_DAYS = 28
LEAST_DAYS = 14
"""Complete days after it was done before anything is said: two weeks, so that each weekday counts twice."""
STALE_DAYS = 91
"""An action that took longer than this is measured from the days before it was done, as too much else moved meanwhile."""
MEASURED_SHARE = 0.8
"""The share of a window's cost on which idleness must be measured, as for the rules."""
_SURE = 2.0
"""Standard errors by which the means must differ to be told apart from the usual ups and downs."""

Outcome = Literal["fell", "rose", "level", "too_early"]


@dataclass(frozen=True)
class Used:
    """One day: money, money on which idleness is measured, and the part of it while nothing ran."""

    day: date
    usd: float
    measured_usd: float = 0.0
    idle_usd: float = 0.0


@dataclass(frozen=True)
class Span:
    """Whole weeks [start, end], with money a month and the idle share (0..1; None where it is not measured)."""

    start: date
    end: date
    usd_month: float
    idle_share: float | None


@dataclass(frozen=True)
class Realised:
    """`saved_month` is money a month, positive when consumption fell; None of the three while it is too early."""

    outcome: Outcome
    before: Span | None = None
    after: Span | None = None

    @property
    def saved_month(self) -> float | None:
        return self.before.usd_month - self.after.usd_month if self.before and self.after else None


def realised(days: Sequence[Used], agreed: date, done: date, end: date) -> Realised:
    """Compares the weeks before an action was agreed with the latest weeks since it was done: whether the saving is there today.

    Args:
        days: Days with usage of the workloads that the action names; a day without any counts as nothing used.
        agreed: The day it was agreed.
        done: The day it was reported as done.
        end: The last complete usage day.
    """
    until = (agreed if (done - agreed).days <= STALE_DAYS else done) - timedelta(days=1)
    weeks = min(BEFORE_DAYS, (end - done).days) // WEEK
    if weeks * WEEK < LEAST_DAYS:
        return Realised("too_early")
    by_day = {used.day: used for used in days}
    first = min(by_day, default=end)
    before_start = until - timedelta(days=BEFORE_DAYS - 1)
    if first > before_start:
        return Realised("too_early")
    before = _span(by_day, before_start, until)
    after = _span(by_day, end - timedelta(days=weeks * WEEK - 1), end)
    return Realised(_outcome(by_day, before, after), before, after)


def _days(by_day: dict[date, Used], start: date, end: date) -> list[Used]:
    each = (start + timedelta(days=n) for n in range((end - start).days + 1))
    return [by_day.get(day, Used(day, 0.0)) for day in each]


def _span(by_day: dict[date, Used], start: date, end: date) -> Span:
    days = _days(by_day, start, end)
    usd, known = sum(d.usd for d in days), sum(d.measured_usd for d in days)
    idle = sum(d.idle_usd for d in days) / known if known > 0 and known >= MEASURED_SHARE * usd else None
    return Span(start, end, usd / len(days) * DAYS_A_MONTH, idle)


def _outcome(by_day: dict[date, Used], before: Span, after: Span) -> Outcome:
    """Whether the daily means differ by more than their own ups and downs explain."""
    one, other = ([d.usd for d in _days(by_day, span.start, span.end)] for span in (before, after))
    change = fmean(other) - fmean(one)
    error = sqrt(variance(one) / len(one) + variance(other) / len(other))
    if abs(change) <= _SURE * error:
        return "level"
    return "fell" if change < 0 else "rose"
