"""Plan of I25's "why does this number read differently than it did?"."""

from __future__ import annotations

from meterline.models.offline.plan.base import filters_of
from meterline.models.offline.turn import Step
from meterline.models.offline.understand.reading import Reading

_MOMENTS = frozenset({"day", "week"})
"""Periods this short say when the number was seen, longer ones which number: "the one I saw on Monday", "last month's figure"."""


def revision(reading: Reading) -> list[Step]:
    """The restatement of the days named, or of those the conversation is about."""
    period = reading.periods.main
    said = period.phrase if period else ""
    since = said.casefold().startswith("since ") or (period is not None and period.unit in _MOMENTS)
    args: dict[str, object] = {
        "since": said.removeprefix("since ").removeprefix("Since ") if since else "",
        "window": "" if since else reading.periods.window,
        "filters": filters_of(reading.named),
    }
    return [Step("revision", "restatement", {name: value for name, value in args.items() if value})]
