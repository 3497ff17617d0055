"""What the cause ledger has on file for a change: entries of its days, of its slice and of its direction."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.locate import Located
from meterline_tools.insight.records import day_of
from meterline_tools.insight.verdict import Confirmed

Row = Mapping[str, Any]
_FIRST = timedelta(days=28)
_BEFORE, _LONG_BEFORE = timedelta(days=3), timedelta(days=14)
"""An entry that begins so long before the change may be of it; the longer one for what lasts, which may have begun slowly."""
_STILL_ON = timedelta(days=7)
"""An entry whose days end so shortly before it was confirmed was of something still going on: usage comes in days late."""
_MOST = 0.5
"""Share of what the change moved that must lie in the slice of the entry."""


def confirmed_cause(rows: Iterable[Row], located: Located) -> Confirmed | None:
    """The confirmed cause of a change, from rows of `usage_annotation` of its account; None where none fits.

    An entry is of the change when both go the same way, most of what moved lies in the slice of the entry, and either it
    holds half of the first four weeks or a third of all days, or it began with the change and was still on when somebody
    confirmed it: later days could not be on file then. What a slow change passes on its way is not its cause.
    """
    entries = _by_cause(rows, "confirmed", located)
    held = {entry: _held(found, located) for entry, found in entries.items() if _about(found, entry[1], located)}
    fits = [entry for entry, days in held.items() if _covers(days, located) or _began_with(entries[entry], entry[1], located)]
    if not fits:
        return None
    best = max(fits, key=lambda entry: len(held[entry]))
    first = min(entries[best], key=lambda row: abs((day_of(row["day"]) - located.onset).days))
    confirmed_on = day_of(first["confirmed_at"]) if first.get("confirmed_at") else None
    return Confirmed(*best, str(first["annotation_id"]), first.get("confirmed_by"), confirmed_on)


def ruled_out(rows: Iterable[Row], located: Located) -> set[str]:
    """Causes that the ledger rejects for days of a change and its slice."""
    rejected = _by_cause(rows, "rejected", located)
    return {cause for (cause, lasts), found in rejected.items() if _held(found, located) and _about(found, lasts, located)}


def _by_cause(rows: Iterable[Row], status: str, located: Located) -> dict[tuple[str, str], list[Row]]:
    """Rows near the days of the change, by cause and durability."""
    out: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        near = located.onset - _LONG_BEFORE <= day_of(row["day"]) <= located.end
        if near and row.get("status") == status and row.get("cause"):
            out.setdefault((str(row["cause"]), str(row.get("durability") or "unknown")), []).append(row)
    return out


def _held(rows: Iterable[Row], located: Located) -> set[date]:
    """The days of the change that are on file."""
    return {day for day in (day_of(row["day"]) for row in rows) if located.onset <= day <= located.end}


def _covers(days: set[date], located: Located) -> bool:
    onset, end = located.onset, located.end
    first = min(end + timedelta(days=1), onset + _FIRST)
    return 2 * sum(day < first for day in days) >= (first - onset).days or 3 * len(days) >= (end - onset).days + 1


def _began_with(rows: Iterable[Row], durability: str, located: Located) -> bool:
    """Whether a confirmation was of something that began with the change and was still on."""
    confirmed: dict[date, list[date]] = {}
    for row in rows:
        if row.get("confirmed_at"):
            confirmed.setdefault(day_of(row["confirmed_at"]), []).append(day_of(row["day"]))
    earliest = located.onset - (_LONG_BEFORE if durability == "durable" else _BEFORE)
    # A confirmation with a day at the edge of what was looked at began before it, and is of an earlier change.
    edge = located.onset - _LONG_BEFORE
    return any(
        edge < min(days) and earliest <= min(days) < located.onset + _FIRST and on - max(days) <= _STILL_ON
        for on, days in confirmed.items()
    )


def _about(rows: Sequence[Row], durability: str, located: Located) -> bool:
    """Whether entries go the way of a change, and hold most of what it moved."""
    inside = _leaves_of(located)
    moved = _moved(rows, durability, located)
    whole = float(moved[inside].sum())
    if whole * sum(float(row.get("excess_usd") or 0.0) for row in rows) < 0:
        return False
    slices = {str(row.get("slice") or "") for row in rows}
    named = np.logical_or.reduce([_leaves_named(text, located.frame) for text in slices])
    if not named.any():  # a slice in words of their own: it is of this account, and no more is known
        return located.part is None and located.beside is None
    return not whole or float(moved[inside & named].sum()) / whole >= _MOST


def _moved(rows: Iterable[Row], durability: str, located: Located) -> Array:
    """What each leaf moved: of what lasts in the days on file, for later days hold other things; else in all days of the change."""
    frame, onset = located.frame, located.change.onset
    days = np.array(sorted(frame.index(day) for day in _held(rows, located)), dtype=np.intp)
    if durability != "durable" or not days.size:
        return located.deltas
    return np.asarray((frame.measures["usd"][:, days] - located.expected[:, days - onset]).sum(axis=1))


def _leaves_of(located: Located) -> Mask:
    if located.part is not None:
        return located.part.mask
    return np.ones(len(located.frame.leaves), dtype=bool) if located.beside is None else ~located.beside


def _leaves_named(text: str, frame: Frame) -> Mask:
    """The leaves that the slice of an entry names by ids or names: all of them for no slice, none for words that name nothing.

    A slice is JSON of attribute to value or values, all of which hold, or plain text.
    """
    if not text:
        return np.ones(len(frame.leaves), dtype=bool)
    try:
        told = json.loads(text)
    except ValueError:
        told = text
    masks = [_named(str(value), frame) for value in (told.values() if isinstance(told, dict) else [told])]
    known = [mask for mask in masks if mask.any()]
    return np.asarray(np.logical_and.reduce(known)) if known else np.zeros(len(frame.leaves), dtype=bool)


def _named(text: str, frame: Frame) -> Mask:
    """The leaves with a value whose id or name stands in a text."""
    values = {value for leaf in frame.leaves for value in leaf.values() if value}
    found = {value for value in values if _stands(value, text) or _stands(frame.name(value), text)}
    return np.array([any(value in found for value in leaf.values()) for leaf in frame.leaves], dtype=bool)


def _stands(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text, re.IGNORECASE) is not None
