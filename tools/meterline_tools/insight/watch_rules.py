"""The settings of the daily watch, read once from watch.yaml and checked."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from meterline_tools.yamls import parse_yaml


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Trend(_Part):
    days: int
    trust: float
    cap: float


class CalendarRules(_Part):
    accounts: int
    lift: float
    z: float
    longest: int


class YearAgo(_Part):
    lag: int
    lift: float
    stayed: float


class AlertRules(_Part):
    quiet: int
    look_back: int
    back: float
    changed: float
    together: int
    within: int
    known: float
    carried: float


class WatchRules(_Part):
    """All of them; see watch.yaml for what each means."""

    lengths: list[int]
    z: list[float]
    share: list[float]
    tail: float
    memory: int
    refresh: int
    weeks: int
    least_weeks: int
    history: int
    false_alarms: float
    thin_days: int
    start_up_days: int
    longest_gap: int
    trend: Trend
    calendar: CalendarRules
    year_ago: YearAgo
    alerts: AlertRules

    @property
    def settled(self) -> int:
        """Days of history that say all the watch wants to know of an account, before the days that are judged."""
        return self.memory + max(self.lengths) + self.weeks * 7


@lru_cache(maxsize=1)
def watch_rules() -> WatchRules:
    """The settings that ship with the package."""
    return WatchRules.model_validate(parse_yaml(Path(__file__).with_name("watch.yaml").read_text(encoding="utf-8")))
