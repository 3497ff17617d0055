"""Which accounts moved beyond their usual week: the open list that the morning coffee goes through.

A light form of the surge test of the data model (2.4): the last seven days against the weekly means of the eight
weeks before. It only says who is worth a question; what happened is for the explanation of changes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from meterline_tools.insight.thresholds import load_thresholds

WEEK = 7


@dataclass(frozen=True)
class Move:
    """Money a day: what the last week was, what the weeks before lead to expect, and how unusual that is."""

    account_id: str
    actual: float
    expected: float
    z: float

    @property
    def delta(self) -> float:
        return self.actual - self.expected


def weekly_means(days: Sequence[float]) -> list[float]:
    """Means of whole weeks that end on the last day, the oldest first."""
    whole = len(days) // WEEK * WEEK
    trimmed = days[len(days) - whole :]
    return [sum(trimmed[n : n + WEEK]) / WEEK for n in range(0, whole, WEEK)]


def find_moves(series: Mapping[str, Sequence[float]], *, least: float) -> list[Move]:
    """Accounts whose last week departs from the weeks before by at least `least` a day and beyond their usual variation.

    `series` holds money a day, oldest first, the same last day for all; days before the first use are left out by the
    caller. Too short a history says nothing.
    """
    rules = load_thresholds()
    found = []
    for account_id, days in series.items():
        weeks = weekly_means(days)
        before = weeks[:-1][-rules.baseline.weeks :]
        if len(before) < rules.baseline.min_weeks + 1:
            continue
        expected = median(before)
        spread = rules.baseline.mad_to_sd * median(abs(week - expected) for week in before)
        steps = rules.baseline.mad_to_sd * median(abs(b - a) for a, b in pairwise(before))
        usual = max(spread, steps, rules.baseline.floor_sd_share * abs(expected), 1e-9)
        move = Move(account_id, weeks[-1], expected, (weeks[-1] - expected) / usual)
        if abs(move.delta) >= max(least, rules.noise.min_share * abs(expected)) and abs(move.z) >= rules.noise.z:
            found.append(move)
    return sorted(found, key=lambda move: -abs(move.delta))
