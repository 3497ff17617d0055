"""What contracts, price sheets and the account record say, from plain rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import median
from typing import Any

import numpy as np

from meterline_tools.insight.locate import Located
from meterline_tools.insight.records import day_of

Row = Mapping[str, Any]
_EVENT_DOMAINS = (".edu", ".ac.", "university", "hackathon", "school", "college", "academy", ".uni-", "uni-")
_OUTAGE = 0.5
"""A region with fewer than this share of its usual accounts on a day had an outage."""


def boundaries(contracts: Iterable[Row], prices: Iterable[Row]) -> list[date]:
    """Days on which a contract or price begins or ends."""
    days = {day_of(c[k]) for c in contracts for k in ("start_date", "end_date") if c.get(k)}
    return sorted(days | {day_of(p[k]) for p in prices for k in ("valid_from", "valid_to") if p.get(k)})


def commitment_on(contracts: Iterable[Row], day: date) -> dict[str, Any] | None:
    """The commitment in force on a day, with its `total` (commitment and what was rolled in)."""
    for contract in contracts:
        if contract.get("contract_type") != "commit" or not contract.get("commit_amount"):
            continue
        if day_of(contract["start_date"]) <= day < day_of(contract["end_date"]) + timedelta(days=1):
            total = float(contract["commit_amount"]) + float(contract.get("rollover_in_amount") or 0.0)
            return {**contract, "total": total}
    return None


def tiers_crossed(located: Located, prices: Sequence[Row], drawn: Mapping[str, tuple[float, float]]) -> int | None:
    """How many SKUs reached a higher tier during the change than before it; None without tiers.

    Monthly tiers compare with the two months before; tiers over the contract's term read `drawn`: quantity by SKU from
    the contract's start to the onset less a week, and to the onset plus a week.
    """
    tiers, term = _tier_steps(prices, "month"), _tier_steps(prices, "contract_term")
    if not tiers and not term:
        return None
    frame, change = located.frame, located.change
    crossed = sum(
        _steps(sku_tiers, reached[0]) < _steps(sku_tiers, reached[1])
        for sku, sku_tiers in term.items()
        for reached in [drawn.get(sku, (0.0, 0.0))]
    )
    for sku, steps in tiers.items():
        quantity = np.nan_to_num(frame.measures["qty"][frame.mask("sku", [sku])]).sum(axis=0)
        reached = _highest(frame.start, quantity, sorted(steps))
        before = max(reached[max(0, change.onset - 62) : change.onset], default=0)
        crossed += max(reached[change.onset : change.end + 1], default=0) > before
    return crossed


def _tier_steps(prices: Sequence[Row], period: str) -> dict[str, list[float]]:
    """Lower ends of the tiers of each SKU that has several."""
    steps: dict[str, set[float]] = {}
    for price in prices:
        if price["tier_period"] == period:
            steps.setdefault(str(price["sku_id"]), set()).add(float(price["tier_from"]))
    return {sku: sorted(values) for sku, values in steps.items() if len(values) > 1}


def _steps(tiers: Sequence[float], quantity: float) -> int:
    return sum(quantity >= step for step in tiers)


def _highest(start: date, quantity: Any, steps: Sequence[float]) -> list[int]:
    """For each day, the tier that the month's quantity so far has reached."""
    out, total = [], 0.0
    for index, value in enumerate(quantity):
        day = start + timedelta(days=index)
        total = float(value) + (0.0 if day.day == 1 else total)
        out.append(sum(total >= step for step in steps))
    return out


def is_self_serve(account: Row) -> bool | None:
    marks = [str(account[k]).lower() for k in ("segment", "motion") if account.get(k)]
    return any("self" in mark for mark in marks) if marks else None


def is_event_domain(account: Row) -> bool:
    """Whether the account looks like teaching or an event, by its domain or name."""
    text = f"{account.get('domain') or ''} {account.get('account_name') or ''}".lower()
    return any(mark in text for mark in _EVENT_DOMAINS)


def outages(rows: Iterable[tuple[date, str | None, int]], start: date, end: date) -> list[tuple[date, str | None]]:
    """Region-days in start..end on which far fewer accounts than on the same weekdays before had any usage."""
    counts: dict[str | None, dict[date, int]] = {}
    for day, region, accounts in rows:
        counts.setdefault(region, {})[day] = accounts
    out: list[tuple[date, str | None]] = []
    for region, by_day in counts.items():
        for shift in range((end - start).days + 1):
            day = start + timedelta(days=shift)
            usual = [by_day[day - timedelta(days=7 * w)] for w in range(1, 5) if day - timedelta(days=7 * w) in by_day]
            if usual and by_day.get(day, 0) < _OUTAGE * median(usual):
                out.append((day, region))
    return sorted(out, key=lambda gap: (gap[0], gap[1] or ""))
