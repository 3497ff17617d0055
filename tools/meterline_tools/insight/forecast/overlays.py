"""People's adjustments to a model: which count, and what stands behind them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

MODEL = "model"
ORDER = (MODEL, "rep_overlay", "manager_overlay")
"""The model, then overlays in the order in which they are laid on it: the manager's stands on the rep's."""
Backing = Literal["use_case", "note", "nothing"]


@dataclass(frozen=True)
class Row:
    """A row of the company's forecast table: the model's total of a month, or somebody's signed difference to it."""

    id: str
    account: str
    family: str | None
    month: date
    source: str
    version: date
    amount: float
    low: float | None = None
    high: float | None = None
    reason: str | None = None
    use_case: str | None = None
    submitted_by: str | None = None
    durability: str | None = None

    @property
    def is_model(self) -> bool:
        return self.source == MODEL


@dataclass(frozen=True)
class Overlay:
    """An overlay in force. `in_actuals`: its use case is live, so that consumption holds it and it is not added."""

    row: Row
    in_actuals: bool
    backing: Backing


def in_force(rows: Iterable[Row]) -> list[Row]:
    """The last version of each account, family, month, source and use case (M48), overlays of reps before managers'."""
    latest: dict[tuple[object, ...], Row] = {}
    for row in sorted(rows, key=lambda r: (r.version, r.id)):
        latest[(row.account, row.family, row.month, row.source, row.use_case)] = row
    return sorted(latest.values(), key=lambda r: (r.month, r.account, _place(r.source), r.id))


def _place(source: str) -> int:
    return ORDER.index(source) if source in ORDER else len(ORDER)


def judged(
    rows: Iterable[Row], live: Mapping[str, date | None], known: Collection[str], notes: Mapping[str, Collection[str]], d1: date
) -> list[Overlay]:
    """The overlays among the rows in force, with what is behind them.

    Args:
        rows: Rows in force.
        live: Use cases in stage live, with the day they went live when it is on record.
        known: Ids of the use cases on record.
        notes: Note ids on record for each account; a reason that names one has it behind it.
        d1: Last complete day; a use case that goes live later is not in actuals yet.
    """
    found = []
    for row in rows:
        if row.is_model:
            continue
        went_live = live.get(row.use_case or "")
        in_actuals = row.use_case in live and (went_live is None or went_live <= d1)
        found.append(Overlay(row, in_actuals, _backing(row, known, notes.get(row.account, ()))))
    return found


def _backing(row: Row, known: Collection[str], notes: Collection[str]) -> Backing:
    if row.use_case and row.use_case in known:
        return "use_case"
    named = {word.casefold() for word in re.findall(r"[\w-]+", row.reason or "")}
    return "note" if any(note.casefold() in named for note in notes) else "nothing"


def model_rows(rows: Iterable[Row]) -> dict[tuple[str, date], Row]:
    """One model row for each account and month: the one for all products, else those of its product families added up."""
    whole: dict[tuple[str, date], Row] = {}
    parts: dict[tuple[str, date], Row] = {}
    for row in rows:
        key = (row.account, row.month)
        if row.is_model and row.family is None:
            whole[key] = row
        elif row.is_model:
            parts[key] = _added(parts[key], row) if key in parts else row
    return parts | whole


def _added(first: Row, second: Row) -> Row:
    low = None if first.low is None or second.low is None else first.low + second.low
    high = None if first.high is None or second.high is None else first.high + second.high
    version = min(first.version, second.version)
    return Row(first.id, first.account, None, first.month, MODEL, version, first.amount + second.amount, low, high)
