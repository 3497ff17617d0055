"""Plans of contracts."""

from __future__ import annotations

from meterline.models.offline.plan.base import query
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading


def commit(reading: Reading) -> list[Step]:
    if len(reading.accounts) == 1:
        return [Step("commit", "commitments", {"account": reading.accounts[0].id})]
    if reading.ending and not reading.metrics and not reading.named:
        return [Step("ending", "commitments")]
    if "M30" in reading.metrics and not reading.measure.group_by:
        return [query("overage", ["M30"], reading, group_by=["account"], order="-M30")]
    if summed := [m for m in reading.metrics if m in ("M30", "M32", "M33", "M34", "M35")]:
        return [query("contracts", summed, reading, group_by=reading.measure.group_by)]
    return [query("contracts", ["M27", "M28", "M29", "M31"], reading, group_by=["account"])]
