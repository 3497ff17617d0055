"""Plans of retention and health: net and gross retention, customers lost, workloads turned off, the sides of health."""

from __future__ import annotations

from meterline.models.offline.plan.base import query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

NET = ("M19", "M20")
NAMES = 10
"""Customers or workloads listed by name."""
_WHO = frozenset({"who", "which", "whom", "name", "names", "list", "customers", "accounts", "logos"})


_TURNED = frozenset({"turn", "turned", "turning", "switch", "switched", "switching", "shut", "shutting"})


def retention(reading: Reading) -> list[Step]:
    """The measures asked for, with the names behind those that have any."""
    asked = asked_measures(reading)
    window, by = window_of(reading), [name for name in reading.measure.group_by if name not in ("account", "week", "month", "day")]
    steps = [query("retention", asked, reading, window=window, group_by=by)]
    if by:
        return steps
    if "M22" in asked:
        steps.append(query("lost", ["M22"], reading, window=window, group_by=["account"], order="-M22.usd", limit=NAMES))
    if "M21" in asked:
        steps.append(query("shrunk", ["M21"], reading, window=window, group_by=["account"], order="-M21.lost", limit=NAMES // 2))
    if "M23" in asked:
        rows = ["account", "workload"]
        steps.append(query("off", ["M23"], reading, window=window, group_by=rows, order="-M23", limit=NAMES))
    return steps


def asked_measures(reading: Reading) -> list[str]:
    """Net retention in both forms; plain churn is revenue churn and lost customers; who churned is about customers."""
    said = [m for m in reading.metrics if m in ("M19", "M20", "M21", "M22", "M23")]
    if not said and _TURNED & reading.tokens.present and "off" in reading.tokens.present:
        return ["M23"]
    if set(said) & set(NET) or not said:
        rest = [m for m in said if m not in NET]
        if said:
            return [*(NET if "M19" in said else reversed(NET)), *rest]
        if not plain_churn(reading):
            return [*NET, "M21"]
        return ["M22", "M21"] if asks_names(reading) else ["M21", "M22"]
    return said


def asks_names(reading: Reading) -> bool:
    """Whether the question is who left rather than how much."""
    return bool(_WHO & reading.tokens.present)


def plain_churn(reading: Reading) -> bool:
    """Whether the question says churn, loss or the like rather than retention."""
    return not any(token.startswith(("retain", "retention", "keep")) for token in reading.tokens.present)


def health(reading: Reading) -> list[Step]:
    """The sides of health of one thing, or of accounts side by side."""
    by = reading.measure.group_by
    steps = [query("health", ["M52"], reading, window=window_of(reading), group_by=by, limit=NAMES if by == ["account"] else 0)]
    return steps if by else [*steps, query("moved", ["M01", "M08"], reading)]
