"""Plans of contracts: one account's paper, lists of commitments, backlog, renewals, overage."""

from __future__ import annotations

from meterline.models.offline.plan.base import query
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

_BACKLOG = frozenset({"M32", "M33"})
_LARGEST = 10


def commit(reading: Reading) -> list[Step]:
    if len(reading.accounts) == 1:
        return [Step("commit", "commitments", {"account": reading.accounts[0].id})]
    metrics, by = set(reading.metrics), reading.measure.group_by
    if metrics & _BACKLOG:
        parts = {"group_by": by} if by else {"group_by": ["account"], "limit": _LARGEST}
        return [query("backlog", ["M32", "M33"], reading, order="-M32", **parts)]
    if "M34" in metrics:
        return [query("contracts", ["M34"], reading, group_by=by, window=reading.periods.window)]
    if "M35" in metrics:
        return [query("contracts", ["M35"], reading, group_by=by, window=reading.periods.window)]
    if "M30" in metrics:
        return [query("overage", ["M30"], reading, group_by=by or ["account"], order="-M30", window=reading.periods.window)]
    ending = reading.ending and "M31" not in metrics
    steps = [Step("ending" if ending else "every", "commitments")]
    if reading.named:
        steps.append(query("within", ["M27"], reading, group_by=["contract"]))
    if reading.ending:
        steps.append(query("growth", ["M08"], reading, group_by=["account"]))
    return steps
