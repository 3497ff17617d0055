"""What every CRM piece needs to know: the simulated accounts, the calendar, the cast, and ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.streams import Streams

Record = dict[str, Any]
UNEXPLAINED_DAYS = 75


@dataclass
class World:
    """The finished telemetry side of the company, seen by the pieces that write records about it."""

    axis: Axis
    streams: Streams
    company: list[Simulated]

    @cached_property
    def rep_ids(self) -> dict[str, str]:
        return {p.key: f"REP-{i + 1:02d}" for i, p in enumerate(spec.cast())}

    @cached_property
    def by_name(self) -> dict[str, Simulated]:
        return {s.account.name: s for s in self.company}

    @cached_property
    def by_id(self) -> dict[str, Simulated]:
        return {s.account.id: s for s in self.company}

    @cached_property
    def silent(self) -> frozenset[str]:
        """Named accounts about whose recent change nobody left a trace: records about them stay old or empty."""
        return frozenset(s.account.id for s in self.company if s.account.named and any(e.story.regime == "E5" for e in s.events))

    def unexplained(self, account_id: str, day: date) -> bool:
        """Whether a day is near the onset of a change that no record may explain."""
        events = self.by_id[account_id].events
        return any(e.story.regime == "E5" and abs((day - e.story.onset).days) < UNEXPLAINED_DAYS for e in events)

    def net(self, account_id: str) -> Floats:
        """Net dollars a day."""
        return self.by_id[account_id].net_by_day

    def rate(self, account_id: str, at: date, days: int = 28) -> float:
        """Mean net dollars a day over the `days` before a date; 0 where there is no telemetry."""
        i = self.axis.index(at)
        window = self.net(account_id)[max(0, i - days) : max(0, i)]
        return float(window.mean()) if window.size else 0.0

    def named(self, name: str) -> str | None:
        """The id of a named account."""
        sim = self.by_name.get(name)
        return sim.account.id if sim else None

    @cached_property
    def _signups(self) -> dict[str, date]:
        out = {}
        for sim in self.company:
            rng = self.streams.of("signup", sim.account.id)
            first = sim.account.starts or self.axis.first - timedelta(days=int(rng.integers(30, 900)))
            out[sim.account.id] = first - timedelta(days=int(rng.integers(2, 25)))
        return out

    def born(self, sim: Simulated) -> date:
        """Sign-up: some time before the first usage."""
        return self._signups[sim.account.id]

    def past(self, day: date) -> bool:
        return day <= self.axis.today

    def at(self, day: date, rng: np.random.Generator, start: int = 8, end: int = 17) -> datetime:
        """A working-hours moment of a day, never after as-of."""
        moment = datetime.combine(day, time(int(rng.integers(start, end)), int(rng.integers(0, 12)) * 5))
        return min(moment, self.axis.as_of - timedelta(hours=1))


def workday(day: date) -> date:
    """The day itself, or the Friday before a weekend."""
    return day - timedelta(days=max(0, day.weekday() - 4))
