"""How the parts of an account moved together: of each part its lift over the weeks before, heard the more the steadier it usually is.

One workload that doubles moves the money of an account as far as a season does. In the mean of its parts, none counted for more than
half as much again as it was, a season shows that the account's money hides.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from meterline_tools.insight.baseline import WEEK, robust_sd
from meterline_tools.insight.frames import Array
from meterline_tools.insight.thresholds import Thresholds

MOST = 0.5
"""What a part says of all is at most this lift: one that doubled did so by itself."""
RIGID = 0.25
"""A part that strays less than this share of what parts usually do follows nobody's habits (what is stored, say) and tells nothing."""
LEAST_SEEN = 8
"""So many weeks tell how far such lifts usually stray."""


@dataclass(frozen=True)
class CommonLift:
    """Lifts (fractions) of all `parts` (parts × days of usage) together, over the `base` days before."""

    parts: Array
    base: int
    _known: dict[tuple[int, int], Array] = field(init=False, default_factory=dict)

    @cached_property
    def _sums(self) -> Array:
        return np.concatenate([np.zeros((len(self.parts), 1)), np.cumsum(self.parts, axis=1)], axis=1)

    @cached_property
    def _levels(self) -> Array:
        """The median of the weeks of each base, by its first day."""
        weeks = (self._sums[:, WEEK:] - self._sums[:, :-WEEK]) / WEEK
        days = max(weeks.shape[1] - self.base + WEEK, 0)
        return np.asarray(np.median([weeks[:, at : at + days] for at in range(0, self.base, WEEK)], axis=0))

    def by_day(self, weeks: int, after: int = 0) -> Array:
        """The lift of the `weeks` weeks that begin `after` days after each day, over the `base` days before it; the first such day is the
        one after the first base."""
        if (weeks, after) not in self._known:
            self._known[weeks, after] = self._pooled(weeks, after)
        return self._known[weeks, after]

    def usual(self, weeks: int, rules: Thresholds) -> tuple[float, float] | None:
        """How such a stretch usually departs, and how far that strays; None where too little is known.

        What grows or wanders departs far without a season. How far it strays is seen in how two years differ, for what both have in
        common is no straying; of less than two years, in all their stretches.
        """
        lifts, year = self.by_day(weeks), rules.calendar.shift_days
        between = (lifts[year:] - lifts[:-year]) / np.sqrt(2) if lifts.size > year else lifts[:0]
        seen = between if between.size >= LEAST_SEEN * WEEK else lifts
        if seen.size < LEAST_SEEN * WEEK:
            return None
        return float(np.median(lifts)), robust_sd(seen, rules.baseline.mad_to_sd)

    def _pooled(self, weeks: int, after: int) -> Array:
        low, high = self.base + after, self.base + after + weeks * WEEK
        days = min(self._levels.shape[1], self.parts.shape[1] - high + 1)
        if days <= 0:
            return np.zeros(0)
        means = (self._sums[:, high : high + days] - self._sums[:, low : low + days]) / (weeks * WEEK)
        levels = self._levels[:, :days]
        there = levels > 0
        lifts = np.clip(np.where(there, means / np.where(there, levels, 1.0) - 1.0, 0.0), -MOST, MOST)
        strays = np.array([robust_sd(row[here], 1.0) for row, here in zip(lifts, there, strict=True)])
        usual = float(np.median(strays[strays > 0])) if (strays > 0).any() else 1.0
        worth = np.where(strays < RIGID * usual, 0.0, 1.0 / np.maximum(strays, usual / 2) ** 2)
        worth = (worth if worth.any() else np.ones_like(worth))[:, None] * there
        pooled: Array = (worth * lifts).sum(axis=0) / np.maximum(worth.sum(axis=0), 1e-12)
        return pooled
