"""Whether the days that a sentence names are those of a change."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from meterline_tools.insight.said_days import Mention
from meterline_tools.insight.thresholds import Thresholds


def other_days(said: Collection[Mention], day: date, onset: date, end: date, rules: Thresholds) -> bool:
    """Whether all the days it names lie outside the change: long before it, or a start well after it began."""
    if not said:
        return day > min(end, onset + timedelta(days=rules.evidence.before_days)) + timedelta(days=rules.evidence.before_days)
    low = onset - timedelta(days=21)
    high = min(max(end, onset + timedelta(days=21)) + timedelta(days=14), onset + timedelta(days=rules.evidence.distant_days))
    long_after = day > high + timedelta(days=rules.evidence.before_days)
    fortnight = timedelta(days=14)
    if any(m.start - fortnight <= end <= m.end + fortnight for m in said):  # the day on which it ends is one of its own
        return False
    return all(m.end < low or (m.start > high and (long_after or not m.limit)) for m in said)


def days_ahead(said: Collection[Mention], day: date, onset: date, rules: Thresholds) -> bool:
    """Whether a sentence said while it began names only days to come."""
    week = timedelta(days=rules.evidence.dated_within_days)
    began = onset - week <= day <= onset + timedelta(days=rules.evidence.recent_days)
    return began and bool(said) and all(m.start > max(day, onset + 2 * week) and not m.limit for m in said)


def is_dated(said: Collection[Mention], day: date, onset: date, days: int) -> bool:
    within = timedelta(days=days)
    if any(m.start - within <= onset <= m.end + within for m in said):
        return True
    return not said and abs(day - onset) <= within


def ends_with(said: Collection[Mention], day: date, onset: date, end: date, rules: Thresholds) -> bool:
    """Whether a sentence said before or while it began names the days on which it did end, weeks later."""
    week = timedelta(days=rules.evidence.dated_within_days)
    if end - onset < 2 * week or not -rules.evidence.foretold_days <= (day - onset).days <= rules.evidence.recent_days:
        return False
    return any(m.start - week <= end <= m.end + week and m.end - m.start <= 2 * week for m in said)
