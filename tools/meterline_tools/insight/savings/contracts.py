"""What contract rules need to know of one running commitment, from its paper and its daily usage."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from statistics import fmean, stdev
from typing import Any

from meterline_tools.insight.savings.expression import Row

WEEKS = 4


def contract_facts(contract: Row, usage: Sequence[Row], d1: date, *, passing_usd_day: float = 0.0) -> dict[str, Any]:
    """The facts R19 names; None where the data cannot tell.

    Args:
        contract: commit_amount, rollover_in_amount, start_date, end_date, discount_pct, overage_rule, overage_multiplier.
        usage: per day and commit_status: usage_date, commit_status, usd, list_usd of rows booked on this contract.
        d1: last complete usage day.
        passing_usd_day: excess of confirmed one-time, seasonal and external causes, a day over the last four weeks.

    Returns:
        remaining_usd (of commit and rollover in), days_left after d1, overage_ratio (overage price over contracted
        price), usd_day at contracted prices over the last four weeks, and usd_day_low, one standard deviation of
        the weekly rates below it.
    """
    drawn = [row for row in usage if row["commit_status"] == "drawdown"]
    ratio = overage_ratio(contract, drawn)
    weekly = _weekly_rates(usage, d1, ratio or 1.0)
    rate = max(0.0, fmean(weekly) - passing_usd_day)
    commit = contract.get("commit_amount")
    known = commit is not None and bool(drawn)
    used = sum(float(row["usd"] or 0.0) for row in drawn)
    return {
        "contract_id": contract.get("contract_id"),
        "remaining_usd": max(0.0, float(commit or 0.0) + float(contract.get("rollover_in_amount") or 0.0) - used) if known else None,
        "days_left": float((contract["end_date"] - d1).days - 1),
        "overage_ratio": ratio,
        "usd_day": rate if known else None,
        "usd_day_low": max(0.0, rate - stdev(weekly)) if known else None,
    }


def overage_ratio(contract: Row, drawn: Sequence[Row]) -> float | None:
    """What a unit beyond the commitment costs, over its contracted price.

    One for rules that keep the contracted rate or add to the commitment, and for a hard stop (nothing is
    billed beyond it). The discount is the contract's, else the one measured on drawdown.
    """
    rule = contract.get("overage_rule")
    if rule in ("contracted_rate", "auto_true_up", "hard_stop"):
        return 1.0
    discount = contract.get("discount_pct")
    if discount is None:
        at_list = sum(float(row["list_usd"] or 0.0) for row in drawn)
        discount = 1.0 - sum(float(row["usd"] or 0.0) for row in drawn) / at_list if at_list > 0 else None
    if discount is None or discount >= 1:
        return None
    if rule == "on_demand_list":
        return 1.0 / (1.0 - float(discount))
    multiplier = contract.get("overage_multiplier")
    return float(multiplier) / (1.0 - float(discount)) if rule == "premium" and multiplier else None


def _weekly_rates(usage: Sequence[Row], d1: date, ratio: float) -> list[float]:
    """Money a day at contracted prices in each of the last four weeks."""
    weeks = [0.0] * WEEKS
    for row in usage:
        back = (d1 - row["usage_date"]).days
        if 0 <= back < 7 * WEEKS and row["commit_status"] in ("drawdown", "overage"):
            weeks[back // 7] += float(row["usd"] or 0.0) / (ratio if row["commit_status"] == "overage" else 1.0)
    return [week / 7 for week in weeks]
