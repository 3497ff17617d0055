"""What the watch reads: money by account and day, by slice and day, the company's calendar, causes on file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from meterline_tools.insight.frames import Array
from meterline_tools.insight.usual import EVERYWHERE, in_use, learn_calendar
from meterline_tools.insight.watch_rules import WatchRules
from meterline_tools.kit.explain_data import everyone

if TYPE_CHECKING:
    from sqlalchemy import Select

    from meterline_tools.kit.bench import Workbench
    from meterline_tools.warehouse.engines import Warehouse

SLICES = ("industry", "region")
"""Attributes of accounts by which leaders' slices are added up; SKU families come from usage."""


@dataclass(frozen=True)
class Daily:
    """Money by series and day; `seen` is whether a day has rows. `sql` and `params` read it again."""

    keys: list[str]
    start: date
    usd: Array
    seen: NDArray[np.bool_]
    sql: str = ""
    params: Mapping[str, Any] | None = None

    def day(self, index: int) -> date:
        return self.start + timedelta(days=index)

    def kept(self, keys: Collection[str]) -> Daily:
        """The same days of some series only."""
        places = [place for place, key in enumerate(self.keys) if key in keys]
        return replace(self, keys=[self.keys[place] for place in places], usd=self.usd[places], seen=self.seen[places])

    def summed(self, group_of: Sequence[str | None]) -> Daily:
        """The same days added up by group; series without one are left out."""
        groups = sorted({group for group in group_of if group})
        belongs = np.array([[own == group for own in group_of] for group in groups], dtype=float).reshape(len(groups), len(self.keys))
        return Daily(groups, self.start, belongs @ self.usd, (belongs @ self.seen) > 0, self.sql, self.params)


@dataclass(frozen=True)
class Accounts:
    """The visible accounts and their days, in the same order."""

    rows: list[dict[str, Any]]
    daily: Daily


def read_daily(warehouse: Warehouse, statement: Select[Any], start: date, end: date) -> Daily:
    """The dense table of a statement that gives a key, a day and money, in this order."""
    found = warehouse.columns(statement)
    key, day, usd = (found.table.column(place).combine_chunks() for place in range(3))
    coded = key.dictionary_encode()
    days = day.to_numpy(zero_copy_only=False).astype("datetime64[D]")
    at = coded.indices.to_numpy(zero_copy_only=False), (days - np.datetime64(start)).astype(np.intp)
    keys = [str(each) for each in coded.dictionary.to_pylist()]
    table = np.zeros((len(keys), (end - start).days + 1))
    seen = np.zeros(table.shape, dtype=bool)
    np.add.at(table, at, np.nan_to_num(usd.to_numpy(zero_copy_only=False).astype(float)))
    seen[at] = True
    return Daily(keys, start, table, seen, found.sql, found.params)


def read_accounts(bench: Workbench, rules: WatchRules, only: Collection[str] | None = None) -> Accounts:
    """The days of every account the principal may see (or `only` of these), from the first day the watch wants to know."""
    start, day, accounts = _start(bench, rules), bench.views.account_day(), bench.views.accounts()
    daily = read_daily(bench.warehouse, _days(day, start), start, bench.asof.d1)
    if only is not None:
        daily = daily.kept(only)
    columns = [accounts.c[name] for name in ("account_id", "account_name", "country", *SLICES)]
    about = {row["account_id"]: row for row in bench.warehouse.run(select(*columns), limit=1_000_000).dicts()}
    unknown = dict.fromkeys(("country", *SLICES))
    return Accounts([about.get(key) or {"account_id": key, "account_name": key, **unknown} for key in daily.keys], daily)


def read_families(bench: Workbench, rules: WatchRules) -> Daily:
    """The days of each SKU family within sight."""
    from sqlalchemy import func

    start, usage = _start(bench, rules), bench.views.usage()
    statement = (
        select(usage.c.sku_family, usage.c.usage_date, func.sum(usage.c.effective_cost))
        .where(usage.c.usage_date >= start, usage.c.sku_family.is_not(None))
        .group_by(usage.c.sku_family, usage.c.usage_date)
        .order_by(usage.c.sku_family)
    )
    return read_daily(bench.warehouse, statement, start, bench.asof.d1)


def _start(bench: Workbench, rules: WatchRules) -> date:
    return bench.asof.d1 - timedelta(days=rules.history - 1)


def _days(day: Any, start: date) -> Select[Any]:
    return select(day.c.account_id, day.c.usage_date, day.c.usd).where(day.c.usage_date >= start).order_by(day.c.account_id)


_CALENDARS: WeakKeyDictionary[Warehouse, dict[Any, dict[str, Array]]] = WeakKeyDictionary()


def company_calendar(bench: Workbench, rules: WatchRules) -> dict[str, Array]:
    """Holidays as the whole company's accounts show them: a factor by country and day, the same for whoever asks.

    Nothing of any account leaves it but the typical one's departure in a country of at least so many.
    """
    kept = _CALENDARS.setdefault(bench.warehouse, {})
    key = (bench.asof.known_at, bench.asof.d1)
    if key not in kept:
        start, views = _start(bench, rules), everyone(bench)
        daily = read_daily(bench.warehouse, _days(views.account_day(), start), start, bench.asof.d1)
        accounts = views.accounts()
        countries = dict(bench.warehouse.run(select(accounts.c.account_id, accounts.c.country), limit=1_000_000).rows)
        table = in_use(daily.usd, daily.seen, rules)
        kept[key] = learn_calendar(table, [countries.get(key) for key in daily.keys], rules) if daily.keys else {}
    return kept[key] or {EVERYWHERE: np.ones(rules.history)}


@dataclass(frozen=True)
class OnFile:
    """A cause in the ledger for some day of an account."""

    account_id: str
    day: date
    cause: str
    durability: str | None
    excess_usd: float | None


def confirmed_causes(bench: Workbench, since: date) -> list[OnFile]:
    """Confirmed causes of the visible accounts on days from `since` on."""
    if not bench.views.has("usage_annotation"):
        return []
    ledger = bench.views.table("usage_annotation")
    columns = [ledger.c[name] for name in ("account_id", "day", "cause", "durability", "excess_usd")]
    statement = select(*columns).where(ledger.c.status == "confirmed", ledger.c.day >= since)
    return [OnFile(*row) for row in bench.warehouse.run(statement, limit=200_000).rows]
