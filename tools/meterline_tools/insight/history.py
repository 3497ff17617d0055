"""One account's daily money over all the days we know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from meterline_tools.insight.detect import fill_gaps
from meterline_tools.insight.frames import Array


@dataclass(frozen=True)
class History:
    """The account's daily money over all days we know, ending on the frame's last day."""

    start: date
    usd: Array
    list_usd: Array
    rows: Array

    def day(self, index: int) -> date:
        return self.start + timedelta(days=index)

    def index(self, day: date) -> int:
        return (day - self.start).days

    @property
    def first(self) -> int:
        """Index of the first day with money; the length when there is none."""
        paid = np.flatnonzero(self.usd > 0)
        return int(paid[0]) if paid.size else self.usd.size

    def until(self, days: int) -> History:
        """The first `days` days of it."""
        return History(self.start, self.usd[:days], self.list_usd[:days], self.rows[:days])

    def filled(self) -> Array:
        return fill_gaps(self.usd, self.rows)
