"""A taught phrase put into a reading: it says what is asked, the rest of the question adds names and periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meterline.models.offline.understand.linking import Named
from meterline.taught import Heard

if TYPE_CHECKING:
    from meterline.models.offline.understand.reading import Reading

_SURE = 12.0
"""The score of a taught phrase: above any cue."""


def follow(reading: Reading, heard: Heard, question: str) -> None:
    """Gives the reading the phrase's meaning, in place; what the question says besides wins over the phrase's defaults."""
    taught = heard.taught
    reading.question, reading.intent, reading.score, reading.refusal = question, taught.intent, _SURE, None
    measure = reading.measure
    measure.metrics = list(taught.metrics) or measure.metrics
    measure.group_by = measure.group_by or list(taught.group_by)
    measure.ranked, measure.limit = measure.ranked or taught.ranked, measure.limit or taught.limit
    if reading.periods.main is None and not reading.periods.window:
        reading.periods.window = taught.window
    reading.periods.compare = reading.periods.compare or taught.compare
    if taught.note:
        reading.assumptions.append(taught.note)


def named_in(heard: Heard) -> list[Named]:
    """The filters that a phrase brings, by the names they are written with."""
    return [Named(dimension, value, value) for dimension, values in heard.taught.filters.items() for value in values]
