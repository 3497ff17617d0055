"""What all plans use: default windows, how many rows, and a metric query with the reading's filters."""

from __future__ import annotations

from typing import cast

from meterline.models.offline.turn import Step
from meterline.models.offline.understand.catalogue import vocabulary
from meterline.models.offline.understand.linking import Named
from meterline.models.offline.understand.periods import WEEK
from meterline.models.offline.understand.reading import Reading

MONTH = "last 30 days"
FOUR_WEEKS = "last 28 days"
QUARTER = "last 13 weeks"
MOVERS = 5
LISTED = 20
"""Accounts shown when no number is asked for; the others are summed up in one line."""
RECENT_NOTES = "last 180 days"


def filters_of(named: list[Named]) -> dict[str, list[str]]:
    """Entities as metric filters: dimension -> ids; several of one kind are alternatives."""
    filters: dict[str, list[str]] = {}
    for entity in named:
        filters.setdefault(entity.type, []).append(entity.id)
    return filters


def query(key: str, metrics: list[str], reading: Reading, **args: object) -> Step:
    """A metric query with the reading's filters. Empty arguments are left out.

    Metrics that the catalogue lacks, or that cannot be cut by a filter or breakdown asked for, are left out and
    remembered in `reading.uncut`, so that the draft can say so.
    """
    filters, exclude = filters_of(reading.named), filters_of(reading.selection.excluded)
    cuts = {*filters, *exclude, *cast("list[str]", args.get("group_by") or [])}
    fitting = [m for m in metrics if (known := vocabulary().metrics.get(m)) and cuts <= set(known.dimensions)]
    reading.uncut += [m for m in metrics if m in vocabulary().metrics and m not in fitting and m not in reading.uncut]
    given: dict[str, object] = {"metrics": fitting, "filters": filters, "exclude": exclude, **args}
    return Step(key, "query_metrics", {k: v for k, v in given.items() if v})


def window_of(reading: Reading, default: str = "") -> str:
    return reading.periods.window or default


def trailing_week(window: str) -> str:
    """Moves of "this week" are told over the last whole seven days: a week just begun says nothing."""
    return WEEK if window.lower().removeprefix("on ").removeprefix("in ") in ("this week", "the week", "week") else window
