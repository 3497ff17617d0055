"""All rules over one account's rows: what fired, what could not be checked, and what it adds up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from meterline_tools.insight.savings.expression import Row
from meterline_tools.insight.savings.model import Rule
from meterline_tools.insight.savings.overlap import Total, combine
from meterline_tools.insight.savings.slices import Finding, Gap, Slice, ask, contract_slices, monthly, workload_slices

COST_DAYS = 28
ACCOUNT_SHARE = 0.01
"""A tip below one percent of the account's monthly cost is not worth anyone's time."""


@dataclass(frozen=True)
class Unchecked:
    rule: Rule
    reason: str


@dataclass(frozen=True)
class Report:
    """`findings` with the largest saving first; `account_cost` and all savings are money a month."""

    checked: list[Rule]
    findings: list[Finding]
    not_checkable: list[Unchecked]
    total: Total
    account_cost: float


def check_rules(
    rules: Sequence[Rule], usage: Sequence[Row], contracts: Sequence[Row], end: date, *, account_cost: float | None = None
) -> Report:
    """Asks each rule about each slice of one account.

    Args:
        usage: usage rows with `usage_date`, `effective_cost`, `workload_id`, `sku_id`, the columns that
            rules need and the attributes they apply to; at least the longest window of the rules.
        contracts: one row per running contract with the facts that contract rules name.
        end: last complete usage day.
        account_cost: the account's money a month, where `usage` holds only some of its slices.
    """
    if account_cost is None:
        account_cost = monthly(_cost(usage, end), COST_DAYS)
    floor = ACCOUNT_SHARE * account_cost
    slices = {"workload": workload_slices(usage), "contract": contract_slices(contracts)}
    checked: list[Rule] = []
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for rule in rules:
        fired, gap = _check(rule, slices[rule.subject], end, floor)
        findings += fired
        if gap is None:
            checked.append(rule)
        else:
            unchecked.append(Unchecked(rule, gap))
    findings.sort(key=lambda finding: (-finding.high, finding.rule.id, str(finding.key)))
    return Report(checked, findings, unchecked, combine(findings, account_cost), account_cost)


def _check(rule: Rule, slices: Sequence[Slice], end: date, floor: float) -> tuple[list[Finding], str | None]:
    """The findings of one rule, and why it could not be checked anywhere (None if it could somewhere)."""
    if not slices:
        return [], f"there is no {rule.subject} to check"
    verdicts = [ask(rule, cut, end, floor) for cut in slices]
    gaps = [verdict.reason for verdict in verdicts if isinstance(verdict, Gap)]
    nowhere = len(gaps) == len(verdicts)
    return [verdict for verdict in verdicts if isinstance(verdict, Finding)], max(gaps, key=gaps.count) if nowhere else None


def _cost(usage: Sequence[Row], end: date) -> float:
    start = end - timedelta(days=COST_DAYS - 1)
    return sum(row.get("effective_cost") or 0.0 for row in usage if start <= row["usage_date"] <= end)
