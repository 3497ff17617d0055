"""The part of an answer that speaks of the event asked about: an answer may explain several changes of the same weeks.

A part and an event are held together by money: which leaves (workload, SKU, region) they have in common, weighed by what was
spent on them around those days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from meterline_evals.company import CompanyFiles

Event = Mapping[str, Any]
Leaf = tuple[str | None, str | None, str | None]
Spent = Mapping[Leaf, float]
COLUMNS = {
    "workload": "u.workload_id",
    "sku": "u.sku_id",
    "region": "u.region_id",
    "sku_family": "u.sku_family",
    "workspace": "w.workspace_id",
    "connector": "w.connector_type",
    "team": "w.owner_team",
    "environment": "w.environment",
    "workload_type": "w.workload_type",
}
CALLED = {"retail_peak": "seasonal_peak"}
"""What the demo company calls otherwise than the analyst."""
AROUND = timedelta(days=28)
"""An onset is found within so many days of the true one, or another change is spoken of."""


@dataclass(frozen=True)
class Part:
    """What an answer says of one change. `slice` is (attribute, values), or None for the whole account."""

    cause: str | None
    onset: date | None = None
    end: date | None = None
    """None while it goes on."""
    direction: str = ""
    slice: tuple[str, tuple[str, ...]] | None = None
    durability: str = "unknown"
    confidence: str = "unknown"
    excess: float | None = None
    known_in_advance: bool | None = None
    cited: frozenset[str] = frozenset()
    """Documents cited for the cause."""
    against: frozenset[str] = frozenset()
    """Documents whose words are printed as speaking against it, as denied, or as what it does not rest on."""


@dataclass(frozen=True)
class Match:
    """The part of the event asked about, how much of the money they share (0 to 1), and causes said wrongly beside it."""

    part: Part
    overlap: float
    strays: tuple[str, ...] = ()


Leaves = Callable[[Part | Event], set[Leaf]]
"""Finds the leaves of a part or of an event."""


def called(event: Event) -> str:
    cause: str = event["cause"]
    return CALLED.get(cause, cause)


def matched(parts: Sequence[Part], event: Event, events: Iterable[Event], spent: Spent, leaves: Leaves) -> Match:
    """The part that shares most with the event, of those that move the same way in the same weeks; the first, if none does.

    `events` are all that is true about the account: what another part says of one of them is no stray.
    """
    way = _way(event)

    def nearness(part: Part) -> tuple[bool, float, int]:
        share = shared(leaves(part), leaves(event), spent)
        off = abs((part.onset - _day(event["onset"])).days) if part.onset else 10_000
        return share > 0 and part.direction == way, share, -off

    here = [part for part in parts if together(part, event)]
    best = max(here, key=nearness, default=None)
    if best is None or not shared(leaves(best), leaves(event), spent):
        best = parts[0]
    strays = [
        part.cause
        for part in parts
        if part is not best and part.cause and not any(called(e) == part.cause and together(part, e) for e in events)
    ]
    return Match(best, shared(leaves(best), leaves(event), spent), tuple(strays))


def speaks_of(found: Match, event: Event) -> bool:
    """Whether the part is of the event at all: the same way, in the same weeks, on some of the same leaves."""
    return found.overlap > 0 and found.part.direction == _way(event) and together(found.part, event)


def _way(event: Event) -> str:
    return "up" if float(event["delta_usd_day"]) >= 0 else "down"


def together(part: Part, event: Event) -> bool:
    """Whether a part's days and the event's meet, and begin in the same weeks."""
    if part.onset is None:
        return False
    onset, end = _day(event["onset"]), _day(event["end"]) if event["end"] else date.max
    meet = part.onset <= end and (part.end or date.max) >= onset
    return meet and abs(part.onset - onset) <= AROUND


def shared(one: set[Leaf], other: set[Leaf], spent: Spent) -> float:
    """Money on common leaves over money on the leaves of either."""
    either = sum(spent.get(leaf, 0.0) for leaf in one | other)
    return sum(spent.get(leaf, 0.0) for leaf in one & other) / either if either else 0.0


def spent_around(files: CompanyFiles, account: str, onset: date) -> tuple[dict[Leaf, float], dict[Leaf, Mapping[str, str]]]:
    """What an account spent on each leaf in the weeks around a day, and the leaf's attributes."""
    files.derive()
    names = ", ".join(f"any_value({column})" for column in COLUMNS.values())
    rows = files.connection.execute(
        f"""SELECT u.workload_id, u.sku_id, u.region_id, sum(abs(u.effective_cost)), {names}
            FROM counted_usage u LEFT JOIN workload w ON w.workload_id = u.workload_id
            WHERE u.account_id = $account AND u.usage_date BETWEEN $first AND $last GROUP BY ALL""",
        {"account": account, "first": onset - AROUND, "last": onset + 2 * AROUND},
    ).fetchall()
    spent = {(row[0], row[1], row[2]): float(row[3] or 0.0) for row in rows}
    return spent, {(row[0], row[1], row[2]): dict(zip(COLUMNS, row[4:], strict=True)) for row in rows}


def leaves_in(attributes: Mapping[Leaf, Mapping[str, str]]) -> Leaves:
    """The leaves of a part or of an event."""

    def of(thing: Part | Event) -> set[Leaf]:
        where = thing.slice if isinstance(thing, Part) else slice_of(thing)
        return set(attributes) if where is None else {leaf for leaf, held in attributes.items() if held.get(where[0]) in where[1]}

    return of


def slice_of(event: Event) -> tuple[str, tuple[str, ...]] | None:
    """Where the truth has an event: by workloads where it names them."""
    where = event["slice"]
    for attribute, key in (("workload", "workload_ids"), ("workload", "workload_id"), ("sku", "sku"), ("sku_family", "sku_family")):
        if key in where:
            values = where[key]
            return attribute, tuple(values) if isinstance(values, list) else (values,)
    return None


def _day(text: str) -> date:
    return date.fromisoformat(text)
