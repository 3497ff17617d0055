"""Cutting rows into slices a rule is asked about, and asking one rule about one slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from meterline_tools.insight.savings.expression import Row, Value
from meterline_tools.insight.savings.model import DAYS_A_MONTH, Rule

MIN_COVERAGE = 0.8
"""Share of the slice's cost on which all needed columns must be measured."""


@dataclass(frozen=True)
class Slice:
    """A workload's use of one SKU (so that it has one unit price), or one contract.

    `attributes` are what `applies` is checked against, `facts` the bare names of expressions.
    """

    key: dict[str, str | None]
    attributes: Mapping[str, Any]
    rows: Sequence[Row] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """A rule that fired. `low`, `high` and `cost` are money a month; `cost` is the slice's (None for a contract)."""

    rule: Rule
    key: dict[str, str | None]
    low: float
    high: float
    cost: float | None
    evidence: dict[str, Value]


@dataclass(frozen=True)
class Silent:
    """The rule could be checked and did not fire."""


@dataclass(frozen=True)
class Gap:
    """The rule could not be checked on this slice."""

    reason: str


Verdict = Finding | Silent | Gap


def workload_slices(rows: Sequence[Row]) -> list[Slice]:
    """One slice per workload and SKU; usage without a workload forms a slice of its own per SKU."""
    groups: dict[tuple[Any, Any], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.get("workload_id"), row.get("sku_id")), []).append(row)
    return [Slice({"workload": w, "sku": s}, group[0], group) for (w, s), group in groups.items()]


def contract_slices(contracts: Sequence[Row]) -> list[Slice]:
    return [Slice({"contract": row.get("contract_id")}, row, facts=row) for row in contracts]


def ask(rule: Rule, cut: Slice, end: date, floor: float) -> Verdict:
    """Whether `rule` fires on `cut` in its window up to `end`. `floor`: least high saving a month worth a tip."""
    for attribute, wanted in rule.applies.items():
        value = cut.attributes.get(attribute)
        if value is None:
            return Gap(f"{attribute} is not known")
        if value not in wanted:
            return Silent()
    if rule.subject == "contract":
        missing = [column for column in rule.needs if cut.facts.get(column) is None]
        return Gap(f"{', '.join(missing)} not given") if missing else _fire(rule, cut, (), cut.facts, cost=None, floor=floor)
    start = end - timedelta(days=rule.window_days - 1)
    rows = [row for row in cut.rows if start <= row["usage_date"] <= end]
    cost = sum(row.get("effective_cost") or 0.0 for row in rows)
    if cost <= 0:
        return Silent()
    covered = [row for row in rows if all(row.get(column) is not None for column in rule.needs)]
    if _size(covered) < MIN_COVERAGE * _size(rows):
        return Gap(_unmeasured(rule, rows))
    facts = {**cut.facts, "p": _unit_price(covered)}
    return _fire(rule, cut, covered, facts, cost=monthly(cost, rule.window_days), floor=floor)


def _unmeasured(rule: Rule, rows: Sequence[Row]) -> str:
    """Which needed columns have gaps: those without any value, else all that have some."""
    absent = [column for column in rule.needs if all(row.get(column) is None for row in rows)]
    if absent:
        return f"{', '.join(absent)} not measured"
    return f"{', '.join(c for c in rule.needs if any(row.get(c) is None for row in rows))} measured on too little of the cost"


def monthly(amount: float, days: float) -> float:
    return amount * DAYS_A_MONTH / days


def _fire(rule: Rule, cut: Slice, rows: Sequence[Row], facts: Mapping[str, Any], *, cost: float | None, floor: float) -> Verdict:
    if not rule.when.holds(rows, facts):
        return Silent()
    base, base_low = rule.base.value(rows, facts), rule.base_low.value(rows, facts)
    days = rule.span.value(rows, facts) if rule.span else float(rule.window_days)
    if not isinstance(base, float) or not isinstance(base_low, float) or not isinstance(days, float) or days <= 0:
        return Silent()
    low = monthly(max(base_low, 0.0) * rule.saving.low, days)
    high = monthly(base * rule.saving.high, days)
    if high < max(floor, rule.min_usd_month):
        return Silent()
    shown = {name: expression.value(rows, facts) for name, expression in rule.shown.items()}
    if any(value is None for value in shown.values()):
        return Gap("its evidence has no value")
    return Finding(rule, cut.key, low, high, cost, {name: value for name, value in shown.items() if value is not None})


def _size(rows: Sequence[Row]) -> float:
    """Cost by magnitude, so that a correction does not cancel the row that it corrects."""
    return sum(abs(float(row.get("effective_cost") or 0.0)) for row in rows)


def _unit_price(rows: Sequence[Row]) -> float | None:
    quantity = sum(float(row.get("consumed_quantity") or 0.0) for row in rows)
    return sum(float(row.get("effective_cost") or 0.0) for row in rows) / quantity if quantity > 0 else None
