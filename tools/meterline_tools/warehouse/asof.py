"""Time of knowledge and the last complete usage day (metric M54).

A usage day is complete when it is at least `settle_lag_days` old and what has been received, the
lower of rows and dollars, is at least 97% of what is expected: the median of the same weekday of the
four weeks before it. Three cases need more than that sentence:

* **Days that expect next to nothing** (weekends of a business that rests): when the expected amount
  is below 2% of a usual day, any amount is complete.
* **Trends and noise.** A book that shrinks by a tenth each week never reaches 97% of its past, and
  one of three customers jumps about by a third. So a day also passes when it is no lower than what
  days that are surely settled (up to four weeks, older than the settle lag by a week) usually reach
  against *their* expectation: their median less three robust standard deviations, and never less than
  half. A steady book has hardly any spread, so that 85% received still fails there.
* **Too little history.** Without an earlier same weekday a day is judged by its age alone.

When no day passes, the newest day with rows that is old enough is taken; `completeness` shows why to
be careful. A day without any rows is never complete unless next to nothing was expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from meterline_tools.warehouse.schema import usage_daily
from meterline_tools.warehouse.statements import AnySelect, narrated

if TYPE_CHECKING:
    from meterline_tools.warehouse.engines import Warehouse

COMPLETE = 0.97
NEGLIGIBLE = 0.02
LOOK_BACK_DAYS = 28
HISTORY_DAYS = 98
"""Days read before the newest one: 28 candidates, 35 for their settled peers, 28 for what those expect, and a week."""
REPORTED_DAYS = 14

Received = tuple[int, float]
"""Rows and dollars received for one usage day."""
Completeness = tuple[date, float, float]
"""A day with its rows ratio and dollars ratio; 1.0 where nothing can be said."""


@dataclass(frozen=True)
class AsOf:
    """When we speak (`known_at`, UTC without zone) and up to which usage day (`d1`, inclusive)."""

    known_at: datetime
    d1: date
    completeness: tuple[Completeness, ...] = ()
    """The 14 days up to `today` or to the newest day with rows, oldest first: (day, rows ratio, dollars ratio)."""
    timezone: str = "UTC"
    """IANA name of where the asker is: it decides what "today" and "this week" mean, never where a usage day begins."""

    @property
    def today(self) -> date:
        """The usage day that is running: a day in UTC."""
        return self.known_at.date()

    @property
    def local_today(self) -> date:
        """The day on the asker's calendar."""
        return self.known_at.replace(tzinfo=UTC).astimezone(ZoneInfo(self.timezone)).date()


def resolve_as_of(warehouse: Warehouse, known_at: datetime | None = None) -> AsOf:
    """The as-of of a question. Default `known_at`: the company's, else when the newest usage row reached us."""
    if known_at is None and warehouse.meta.as_of is not None:
        return warehouse.meta.as_of
    moment = as_utc(known_at or warehouse.company.as_of or warehouse.meta.newest_ingested_at or datetime(1970, 1, 1))
    newest = min(moment.date(), warehouse.meta.last_usage_date or moment.date())
    rows = warehouse.run(completeness_statement(moment, newest)).rows
    first = warehouse.meta.first_usage_date
    return find_last_complete_day(
        {day: (int(n), float(usd or 0)) for day, n, usd in rows}, moment, warehouse.company.settle_lag_days, first
    )


def completeness_statement(known_at: datetime, newest: date) -> AnySelect:
    """Rows and dollars received for each of the HISTORY_DAYS up to `newest`."""
    received = usage_daily.c
    statement = (
        select(received.usage_date, func.count().label("rows"), func.sum(received.effective_cost).label("usd"))
        .where(received.ingested_at <= known_at, received.usage_date > newest - timedelta(days=HISTORY_DAYS), received.usage_date <= newest)
        .where(or_(received.charge_category.is_(None), received.charge_category == "Usage"), received.charge_class.is_(None))
        .group_by(received.usage_date)
    )
    return narrated(statement, "usage rows and dollars received for each usage day by the time of knowledge, corrections left out")


def find_last_complete_day(
    received: Mapping[date, Received], known_at: datetime, settle_lag_days: int, first_day: date | None = None
) -> AsOf:
    """The as-of that the received days allow. `first_day`: when history starts (default: the oldest day given)."""
    settled = known_at.date() - timedelta(days=settle_lag_days)
    if not received:
        return AsOf(known_at, settled)
    newest = max(received)
    oldest = max(min(received), first_day) if first_day else min(received)
    ratios = _Ratios(received, oldest)
    candidates = [min(settled, newest) - timedelta(days=back) for back in range(LOOK_BACK_DAYS)]
    peers = [settled - timedelta(days=back) for back in range(7, 7 + LOOK_BACK_DAYS)]
    bar_rows, bar_usd = (_bar([ratios.of(day)[part] for day in peers if ratios.known(day)]) for part in (0, 1))
    d1 = next((day for day in candidates if day >= oldest and ratios.passes(day, bar_rows, bar_usd)), None)
    if d1 is None:
        d1 = max((day for day in received if day <= settled), default=newest)
    last = min(known_at.date(), newest + timedelta(days=REPORTED_DAYS - 1))
    days = [last - timedelta(days=back) for back in reversed(range(REPORTED_DAYS))]
    return AsOf(known_at, d1, tuple((day, *ratios.of(day)) for day in days if day >= oldest))


class _Ratios:
    """Received against expected, day by day."""

    def __init__(self, received: Mapping[date, Received], oldest: date) -> None:
        self._received = received
        self._oldest = oldest

    def _expected(self, day: date) -> list[Received]:
        weeks = (day - timedelta(days=7 * back) for back in range(1, 5))
        return [self._received.get(earlier, (0, 0.0)) for earlier in weeks if earlier >= self._oldest]

    def known(self, day: date) -> bool:
        """Whether there is an earlier same weekday to compare with, and it expects something."""
        return any(rows for rows, _ in self._expected(day))

    def of(self, day: date) -> tuple[float, float]:
        """(rows ratio, dollars ratio) of a day."""
        expected = self._expected(day)
        if not expected:
            return 1.0, 1.0
        month = [self._received.get(day - timedelta(days=back), (0, 0.0)) for back in range(1, 29)]
        got = self._received.get(day, (0, 0.0))
        return self._ratio(got, expected, month, 0), self._ratio(got, expected, month, 1)

    @staticmethod
    def _ratio(got: Received, expected: list[Received], month: list[Received], part: int) -> float:
        usual = median(abs(day[part]) for day in month if day[0]) if any(day[0] for day in month) else 0.0
        due = median(day[part] for day in expected)
        return 1.0 if due <= NEGLIGIBLE * usual else round(got[part] / due, 4)

    def passes(self, day: date, bar_rows: float, bar_usd: float) -> bool:
        rows, usd = self.of(day)
        if day not in self._received and not (self._expected(day) and rows == usd == 1.0):
            return False
        return rows >= bar_rows and usd >= bar_usd


def _bar(settled_ratios: list[float]) -> float:
    """The lowest ratio that still counts as complete, given how settled days fare against their own expectation."""
    if len(settled_ratios) < 7:
        return COMPLETE
    middle = median(settled_ratios)
    spread = 1.4826 * median(abs(ratio - middle) for ratio in settled_ratios)
    return min(COMPLETE, max(0.5, middle - 3 * spread))


def known_timezone(*names: str | None) -> str:
    """The first of these that is a time zone (IANA name); UTC when none is."""
    for name in names:
        with suppress(ValueError, OSError, KeyError):  # what a company wrote there may be anything
            if name:
                return ZoneInfo(name.strip()).key
    return "UTC"


def as_utc(moment: datetime) -> datetime:
    """UTC without zone; a moment without zone is taken for UTC."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
