"""Savings that overlap: one dollar is saved once.

Per workload only the largest saving of a mechanism group counts; groups act one after another on what
is left of the cost; no workload, and no account, is promised more than 60% of its cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from meterline_tools.insight.savings.model import Group
from meterline_tools.insight.savings.slices import Finding

CAP = 0.6
_ORDER: tuple[str, ...] = get_args(Group)


@dataclass(frozen=True)
class Total:
    """Money a month over all findings. `overlapping` are findings whose saving a larger one of their group contains."""

    low: float
    high: float
    overlapping: list[Finding]


def combine(findings: Sequence[Finding], account_cost: float) -> Total:
    """The account's total as a range. Findings without a slice cost (contracts) act on what is left of the account."""
    by_slice: defaultdict[tuple[str | None, ...], list[Finding]] = defaultdict(list)
    on_account: list[Finding] = []
    for finding in findings:
        if finding.cost is None:
            on_account.append(finding)
        else:
            by_slice[tuple(finding.key.values())].append(finding)
    low = high = 0.0
    kept: list[Finding] = []
    for group in by_slice.values():
        best = _largest_of_each_group(group)
        kept += best
        cost = group[0].cost or 0.0
        low += _saved(cost, [finding.low for finding in best])
        high += _saved(cost, [finding.high for finding in best])
    best = _largest_of_each_group(on_account)
    kept += best
    low += _saved(account_cost, [finding.low for finding in best], already=low)
    high += _saved(account_cost, [finding.high for finding in best], already=high)
    ids = {id(finding) for finding in kept}
    return Total(low, min(high, CAP * account_cost), [finding for finding in findings if id(finding) not in ids])


def _largest_of_each_group(findings: Sequence[Finding]) -> list[Finding]:
    best: dict[str, Finding] = {}
    for finding in findings:
        known = best.get(finding.rule.group)
        if known is None or finding.high > known.high:
            best[finding.rule.group] = finding
    return [best[group] for group in _ORDER if group in best]


def _saved(cost: float, savings: Sequence[float], already: float = 0.0) -> float:
    """What `savings` take off `cost` when each acts on the rest that those before it left."""
    if cost <= 0:
        return 0.0
    left = cost - already
    for saving in savings:
        left -= saving / cost * left
    return min(cost - already - left, CAP * cost)
