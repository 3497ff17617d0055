"""Plans of use cases and activities."""

from __future__ import annotations

from meterline.models.offline.plan.base import MONTH, query, window_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading


def usecases(reading: Reading) -> list[Step]:
    metrics = [m for m in reading.metrics if m in ("M36", "M37", "M38", "M39", "M41", "M43")]
    by = reading.measure.group_by or ([] if reading.people or reading.accounts else ["rep"])
    steps = [query("flow", metrics or ["M36", "M37", "M38"], reading, window=window_of(reading), group_by=by)]
    if reading.accounts or len(reading.people) == 1:
        who = {"account": reading.accounts[0].id} if reading.accounts else {"rep": reading.people[0].id}
        steps.append(Step("cases", "use_cases", who))
    return steps


def activity(reading: Reading) -> list[Step]:
    if reading.silence:
        window = window_of(reading, "last 60 days")
        return [query("silent", ["M01", "M44"], reading, window=window, group_by=["account"], order="-M01")]
    by = reading.measure.group_by or (["rep"] if not reading.people and not reading.accounts and not reading.own else [])
    return [query("activity", ["M44"], reading, window=window_of(reading, MONTH), group_by=by)]
