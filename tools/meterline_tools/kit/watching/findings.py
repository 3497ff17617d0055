"""The surges and drops within a principal's sight: accounts, and for leaders the slices of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from meterline_tools.insight.usual import EVERYWHERE, calendar_table, first_days, in_use
from meterline_tools.insight.watch import Alert, find_alerts
from meterline_tools.insight.watch_rules import WatchRules, watch_rules
from meterline_tools.kit.watching.gather import (
    SLICES,
    Accounts,
    Daily,
    OnFile,
    company_calendar,
    confirmed_causes,
    read_accounts,
    read_families,
)
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.insight.frames import Array
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.warehouse.engines import Warehouse

A_MONTH = 30.4
_AROUND = timedelta(days=7)
"""How far from the days of a move a cause on file may be dated and still be its."""


@dataclass(frozen=True)
class Finding:
    """One surge or drop. Money is a day in the company's currency; `size` and `total` are signed."""

    entity: Entity
    direction: Literal["up", "down"]
    raised: date
    onset: date
    end: date
    on: bool
    usual: float
    size: float
    total: float
    strength: float
    cause: OnFile | None = None

    @property
    def id(self) -> str:
        return f"{self.entity.type}:{self.entity.id}:{self.direction}"

    @property
    def share(self) -> float | None:
        return self.size / self.usual if self.usual > 0 else None

    @property
    def at_stake(self) -> float:
        """Money a month while it goes on, else what it was in all."""
        return abs(self.size) * A_MONTH if self.on else abs(self.total)

    @property
    def surprise(self) -> float:
        return min(3.0, self.strength) * (watch_rules().alerts.known if self.cause else 1.0)


@dataclass(frozen=True)
class Source:
    """The statement that was read, and over how many days."""

    sql: str
    params: Mapping[str, Any]
    days: int


@dataclass(frozen=True)
class Watched:
    """What was found, how many accounts were judged, and how many are too young for it."""

    findings: list[Finding]
    judged: int
    young: int
    source: Source


def watch_over(bench: Workbench, *, days: int = 1, slices: bool = True, only: Collection[str] | None = None) -> Watched:
    """Every surge and drop that is on or was seen in the last `days`; slices for those who lead, unless told not to look.

    `only` are the accounts to look at, of those in sight.
    """
    found = _POTS.setdefault(bench.warehouse, OrderedDict())
    key = (bench.principal, bench.asof.known_at, bench.asof.d1, days, slices, None if only is None else frozenset(only))
    if key not in found:
        found[key] = _look(bench, days, slices and bench.principal.role != "rep", only)
        if len(found) > MOST:
            found.popitem(last=False)
    found.move_to_end(key)
    return replace(found[key], findings=_with_causes(bench, found[key].findings))


_POTS: WeakKeyDictionary[Warehouse, OrderedDict[Any, Watched]] = WeakKeyDictionary()
MOST = 32
"""Looks kept a snapshot, which never changes; causes on file do, and are read each time."""


def _look(bench: Workbench, days: int, slices: bool, only: Collection[str] | None) -> Watched:
    rules = watch_rules()
    seen = read_accounts(bench, rules, only)
    floor = bench.warehouse.company.coffee.least / A_MONTH
    calendar = company_calendar(bench, rules)
    table = in_use(seen.daily.usd, seen.daily.seen, rules)
    countries, entities = [row["country"] for row in seen.rows], [_account(row) for row in seen.rows]
    moved = _find(table, seen.daily, calendar, countries, rules, floor, days, entities)
    age = seen.daily.usd.shape[1] - first_days(table)
    judged, young = int((age >= rules.thin_days).sum()), int(((age < rules.thin_days) & (age > 0)).sum())
    source = Source(seen.daily.sql, seen.daily.params or {}, seen.daily.usd.shape[1])
    if not slices:
        return Watched(moved, judged, young, source)
    groups = {row["account_id"]: {row[name] for name in SLICES} for row in seen.rows}
    parts = _slices(bench, seen, calendar, rules, floor, days)
    told = [part for part in parts if not any(_carries(each, part, groups, rules) for each in moved)]
    return Watched([*moved, *told], judged, young, source)


def _account(row: dict[str, str]) -> Entity:
    return Entity(type="account", id=row["account_id"], name=row["account_name"])


def _find(
    table: Array,
    daily: Daily,
    calendar: dict[str, Array],
    countries: Sequence[str | None],
    rules: WatchRules,
    floor: float,
    days: int,
    entities: Sequence[Entity],
) -> list[Finding]:
    if not entities:
        return []
    alerts = find_alerts(table, calendar_table(calendar, countries), rules, floor=floor, days=days)
    return [_finding(alert, daily, entities[alert.series]) for alert in alerts]


def _finding(alert: Alert, daily: Daily, entity: Entity) -> Finding:
    return Finding(
        entity=entity,
        direction=alert.direction,
        raised=daily.day(alert.raised),
        onset=daily.day(alert.onset),
        end=daily.day(alert.end),
        on=alert.on,
        usual=alert.usual,
        size=alert.size,
        total=alert.total,
        strength=alert.strength,
    )


def _slices(bench: Workbench, seen: Accounts, calendar: dict[str, Array], rules: WatchRules, floor: float, days: int) -> list[Finding]:
    """The same watch over industries, regions and SKU families within sight, on the company's own calendar."""
    sums = {name: seen.daily.summed([row[name] for row in seen.rows]) for name in SLICES} | {"sku_family": read_families(bench, rules)}
    found: list[Finding] = []
    for kind, daily in sums.items():
        entities = [Entity(type=kind, id=key, name=key.replace("_", " ")) for key in daily.keys]
        if len(entities) > 1:  # the only one is everything
            countries = [EVERYWHERE] * len(entities)
            found += _find(in_use(daily.usd, daily.seen, rules), daily, calendar, countries, rules, floor, days, entities)
    return found


def _carries(account: Finding, part: Finding, groups: dict[str, set[str]], rules: WatchRules) -> bool:
    """Whether an account that is told of itself makes up so much of the move of a slice that it belongs to."""
    inside = part.entity.type == "sku_family" or part.entity.id in groups.get(account.entity.id, ())
    return inside and account.direction == part.direction and abs(account.size) >= rules.alerts.carried * abs(part.size)


def _with_causes(bench: Workbench, found: list[Finding]) -> list[Finding]:
    """The findings with the confirmed cause that is on file for their days, the one of most money where there are several."""
    if not found:
        return found
    causes: dict[str, list[OnFile]] = {}
    for cause in confirmed_causes(bench, min(each.onset for each in found) - _AROUND):
        causes.setdefault(cause.account_id, []).append(cause)
    return [replace(each, cause=_cause_of(each, causes.get(each.entity.id, []))) for each in found]


def _cause_of(finding: Finding, causes: list[OnFile]) -> OnFile | None:
    fits = [
        cause
        for cause in causes
        if finding.onset - _AROUND <= cause.day <= finding.end + _AROUND and (cause.excess_usd or finding.size) * finding.size >= 0
    ]
    return max(fits, key=lambda cause: abs(cause.excess_usd or 0.0), default=None)
