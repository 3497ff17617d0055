"""Rows of a list that no metric query makes, sifted by the thresholds of the question and put into the order it asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import ge, gt, le, lt
from typing import TypeVar

from meterline.answer import Draft
from meterline.models.offline.understand.reading import Reading

Row = TypeVar("Row")
_HOLDS = {">": gt, ">=": ge, "<": lt, "<=": le}


def sifted(reading: Reading, rows: Sequence[Row], fields: Mapping[str, str], number: Callable[[Row, str], float | None]) -> list[Row]:
    """The rows that meet the thresholds, in the order asked for.

    Args:
        reading: Its thresholds that are met here are taken off, so that what is left can be said not to be used.
        rows: As the tool gave them.
        fields: Which figure of a row a "percent" or an amount of "money" is held against.
        number: The number of a row under a key.
    """
    asked = [(c, key) for c in reading.selection.kept if (key := fields.get("percent" if c.percent else "money", ""))]
    kept = [row for row in rows if all((n := number(row, key)) is not None and _HOLDS[c.sign](n, c.number) for c, key in asked)]
    reading.selection.used += [c for c, _ in asked]
    reading.selection.kept = [c for c in reading.selection.kept if c not in reading.selection.used]
    size = fields.get("money", "")
    if size and reading.measure.sort in ("large", "small"):
        kept.sort(key=lambda row: number(row, size) or 0.0, reverse=reading.measure.sort == "large")
    return kept


def say_kept(reading: Reading, draft: Draft) -> None:
    """Says that only those meeting a threshold are listed; a number of the question is not repeated."""
    if reading.selection.used:
        draft.assumptions.append("Only those that meet the threshold of the question are listed.")
