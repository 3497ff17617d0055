"""The rows Meterline's own forecast is made of, read for the whole company."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from meterline_tools.insight.forecast.history import Excess
from meterline_tools.insight.forecast.outlook import MAX_DAYS, AccountOutlook, BookOutlook, Source, forecast_book
from meterline_tools.insight.forecast.products import NEW_DAYS, family_trend
from meterline_tools.insight.frames import Array
from meterline_tools.principal import LOCAL_ADMIN
from meterline_tools.warehouse.views import Views

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

SINGLY = 500
"""The largest accounts get a model of their own; the others are forecast together by segment and shared out."""
_HISTORY = 3 * 366
_RECENT, _SHARING = 28, 91
_EVERY = 5_000_000
_POOL = "pool:"
Traits = dict[str, dict[str, str | None]]


def make_outlook(bench: Workbench) -> BookOutlook:
    """Reads the company, whoever asks, and forecasts all of it for a year."""
    views = Views(bench.warehouse, bench.asof, LOCAL_ADMIN)
    d1 = bench.asof.d1
    end = d1 + timedelta(days=MAX_DAYS)
    traits, sizes = _traits(views), _sizes(views, d1)
    mix, new = _mix(views, d1), _new_families(views, d1)
    sources = _sources(views, d1, traits, sizes, mix, new)
    single = {source.account for source in sources}
    rest = {account: size for account, size in sizes.items() if account not in single}
    pools = _pools(views, rest, traits, d1)
    book = forecast_book([*sources, *pools], d1, end)
    accounts = {name: outlook for name, outlook in book.accounts.items() if not name.startswith(_POOL)}
    accounts |= _shared_out(book.accounts, rest, traits)
    trends = {family: family_trend(series, d1, end) for family, series in _families(views, d1).items()}
    return BookOutlook(accounts, book.alike, mix, trends, tuple(sorted(new)))


def with_own_causes(bench: Workbench, book: BookOutlook) -> BookOutlook:
    """The forecast with the accounts made anew whose causes people confirmed or rejected here; all others stay as they are."""
    own = bench.views.own
    touched = {str(row["account_id"]) for row in own.get("usage_annotation", ())}
    views, d1 = Views(bench.warehouse, bench.asof, LOCAL_ADMIN, own=own), bench.asof.d1
    sources = _sources(views, d1, _traits(views), _sizes(views, d1), book.mix, set(book.new_families))
    changed = forecast_book(sources, d1, d1 + timedelta(days=MAX_DAYS), only=touched)
    return replace(book, accounts=book.accounts | changed.accounts)


def _sources(
    views: Views, d1: date, traits: Traits, sizes: dict[str, float], mix: dict[str, dict[str, float]], new: Collection[str]
) -> list[Source]:
    """The largest accounts, each with its days and what the ledger says of them."""
    single = [account for account, _ in sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))[:SINGLY]]
    ledger = _ledger(views)
    daily = _daily(views, single, d1)
    return [Source(a, series, ledger.get(a, []), traits.get(a, {}), _share_of(mix.get(a, {}), new)) for a, series in daily.items()]


def _rows(views: Views, statement: Any) -> list[tuple[Any, ...]]:
    return views.warehouse.run(statement, limit=_EVERY, deadline_s=120).rows


def _series(rows: Iterable[tuple[Any, ...]], d1: date) -> dict[str, Array]:
    """(key, day, money) rows as arrays from the first day with consumption to d1."""
    found: dict[str, dict[date, float]] = defaultdict(dict)
    for key, day, usd in rows:
        found[key][day] = float(usd or 0.0)
    series = {}
    for key, days in found.items():
        first = min((day for day, usd in days.items() if usd > 0), default=None)
        if first is not None:
            values = np.zeros((d1 - first).days + 1)
            for day, usd in days.items():
                if day >= first:
                    values[(day - first).days] = usd
            series[key] = values
    return series


def _daily(views: Views, accounts: list[str], d1: date) -> dict[str, Array]:
    from sqlalchemy import select

    days = views.account_day()
    recent = select(days.c.account_id, days.c.usage_date, days.c.usd).where(days.c.usage_date > d1 - timedelta(days=_HISTORY))
    return _series(_rows(views, recent.where(days.c.account_id.in_(accounts))), d1) if accounts else {}


def _sizes(views: Views, d1: date) -> dict[str, float]:
    """Consumption of the last 91 days by account, of those that ever consumed."""
    from sqlalchemy import case, func, select

    days = views.account_day()
    recent = func.sum(case((days.c.usage_date > d1 - timedelta(days=_SHARING), days.c.usd), else_=0.0))
    statement = select(days.c.account_id, recent).group_by(days.c.account_id).having(func.sum(days.c.usd) > 0)
    return {account: float(usd or 0.0) for account, usd in _rows(views, statement)}


def _traits(views: Views) -> dict[str, dict[str, str | None]]:
    from sqlalchemy import select

    account = views.accounts()
    rows = _rows(views, select(account.c.account_id, account.c.segment, account.c.region, account.c.plan))
    return {row[0]: {"segment": row[1], "region": row[2], "plan": row[3]} for row in rows}


def _ledger(views: Views) -> dict[str, list[Excess]]:
    from sqlalchemy import select

    entry = views.table("usage_annotation")
    statement = select(entry.c.account_id, entry.c.day, entry.c.excess_usd, entry.c.durability)
    found: dict[str, list[Excess]] = defaultdict(list)
    for account, day, usd, durability in _rows(views, statement.where(entry.c.status == "confirmed", entry.c.excess_usd.is_not(None))):
        found[account].append(Excess(day, float(usd), durability or ""))
    return found


def _mix(views: Views, d1: date) -> dict[str, dict[str, float]]:
    from sqlalchemy import func, select

    usage = views.usage()
    statement = (
        select(usage.c.account_id, usage.c.sku_family, func.sum(usage.c.effective_cost))
        .where(usage.c.usage_date > d1 - timedelta(days=_RECENT), usage.c.sku_family.is_not(None))
        .group_by(usage.c.account_id, usage.c.sku_family)
    )
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for account, family, usd in _rows(views, statement):
        found[account][family] = float(usd or 0.0)
    return dict(found)


def _families(views: Views, d1: date) -> dict[str, Array]:
    from sqlalchemy import func, select

    usage = views.usage()
    statement = (
        select(usage.c.sku_family, usage.c.usage_date, func.sum(usage.c.effective_cost))
        .where(usage.c.usage_date > d1 - timedelta(days=_HISTORY), usage.c.sku_family.is_not(None))
        .group_by(usage.c.sku_family, usage.c.usage_date)
    )
    return _series(_rows(views, statement), d1)


def _new_families(views: Views, d1: date) -> set[str]:
    """Families whose first product was launched less than a year ago."""
    from sqlalchemy import func, select

    sku = views.table("sku")
    statement = select(sku.c.sku_family, func.min(sku.c.launched_on)).where(sku.c.sku_family.is_not(None)).group_by(sku.c.sku_family)
    return {family for family, launched in _rows(views, statement) if launched and launched > d1 - timedelta(days=NEW_DAYS)}


def _share_of(mix: dict[str, float], families: Collection[str]) -> float:
    total = sum(mix.values())
    return sum(mix.get(family, 0.0) for family in families) / total if total > 0 else 0.0


def _pools(views: Views, rest: dict[str, float], traits: dict[str, dict[str, str | None]], d1: date) -> list[Source]:
    """The smaller accounts of each segment as one series."""
    from sqlalchemy import func, select

    if not rest:
        return []
    days, account = views.account_day(), views.accounts()
    segments = sorted({traits.get(name, {}).get("segment") or "" for name in rest})
    statement = (
        select(func.coalesce(account.c.segment, ""), days.c.usage_date, func.sum(days.c.usd))
        .join_from(days, account, account.c.account_id == days.c.account_id)
        .where(days.c.usage_date > d1 - timedelta(days=_HISTORY), days.c.account_id.in_(sorted(rest)))
        .group_by(func.coalesce(account.c.segment, ""), days.c.usage_date)
    )
    series = _series(_rows(views, statement), d1)
    return [Source(f"{_POOL}{segment}", series[segment]) for segment in segments if segment in series]


def _shared_out(
    pooled: dict[str, AccountOutlook], rest: dict[str, float], traits: dict[str, dict[str, str | None]]
) -> dict[str, AccountOutlook]:
    """Each smaller account's part of its pool, by its consumption of the last 91 days; spreads grow as parts get smaller."""
    totals: dict[str, float] = defaultdict(float)
    for account, size in rest.items():
        totals[traits.get(account, {}).get("segment") or ""] += max(0.0, size)
    found = {}
    for account, size in rest.items():
        segment = traits.get(account, {}).get("segment") or ""
        pool, total = pooled.get(f"{_POOL}{segment}"), totals[segment]
        if pool is None or total <= 0:
            continue
        part = max(0.0, size) / total
        found[account] = AccountOutlook(
            account=account,
            method="level",
            weeks=pool.weeks,
            mean={month: value * part for month, value in pool.mean.items()},
            spread={month: value * part**0.5 for month, value in pool.spread.items()},
            with_excess={month: value * part for month, value in pool.with_excess.items()},
        )
    return found
