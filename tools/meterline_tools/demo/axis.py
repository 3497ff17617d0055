"""The days that telemetry covers, and arithmetic between dates and positions on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Axis:
    """`n` consecutive UTC days, the last of which is the day of `as_of` (hence incomplete)."""

    as_of: datetime
    n: int
    days: Days = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        last = np.datetime64(self.as_of.date(), "D")
        object.__setattr__(self, "days", last - np.arange(self.n - 1, -1, -1))

    @property
    def first(self) -> date:
        return self.today - timedelta(days=self.n - 1)

    @property
    def today(self) -> date:
        return self.as_of.date()

    def index(self, day: date) -> int:
        """Position of `day`; negative before the first day, `n` or more after the last."""
        return (day - self.first).days

    def day(self, index: int) -> date:
        return self.first + timedelta(days=int(index))

    def holds(self, day: date) -> bool:
        return 0 <= self.index(day) < self.n

    def weekdays(self) -> npt.NDArray[np.int64]:
        """Monday is 0."""
        return (self.days.astype("int64") + 3) % 7

    def since(self, day: date) -> Floats:
        """Days elapsed since `day` at each position (negative before)."""
        return np.arange(self.n, dtype=np.float64) - self.index(day)
