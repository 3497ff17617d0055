"""The cause ledger as people have filled it so far: one row per account, day and slice of a confirmed event."""

from __future__ import annotations

import json

from meterline_tools.demo import spec
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.evidence import Exhibit
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.stories import Event
from meterline_tools.demo.truth import difference, last_day, slice_of


def annotation_rows(world: World, shown: list[Exhibit]) -> list[Record]:
    rows: list[Record] = []
    for sim in world.company:
        for event in sim.events:
            if event.story.confirmed_by and event.story.confirmed_on:
                rows += _rows(world, shown, sim, event)
    return [{"annotation_id": f"AN-{i + 1:05d}", **row} for i, row in enumerate(rows)]


def _rows(world: World, shown: list[Exhibit], sim: Simulated, event: Event) -> list[Record]:
    """The event's days up to the day on which somebody confirmed it."""
    story, axis = event.story, world.axis
    assert story.confirmed_by and story.confirmed_on
    excess, _ = difference(sim, event)
    evidence = [x for x in shown if x.supports == story.cause and x.about(event)]
    known = [x for x in evidence if x.day <= story.confirmed_on]
    source = "change_event" if any(x.side == "system" for x in known) else "note" if known else "rep"
    where = slice_of(sim, event)
    common = {
        "account_id": sim.account.id,
        "slice": json.dumps(where, sort_keys=True) if where else None,
        "cause": story.cause,
        "durability": spec.causes()[story.cause].durability,
        "status": "confirmed",
        "source": source,
        "evidence_ids": [x.doc for x in known] or None,
        "confirmed_by": world.rep_ids[story.confirmed_by],
        "confirmed_at": world.at(story.confirmed_on, world.streams.of("confirmed", event.id)),
    }
    until = min(last_day(event, axis), axis.index(story.confirmed_on))
    days = range(axis.index(story.onset), until + 1)
    return [{**common, "day": axis.day(day), "excess_usd": round(float(excess[day]), 4)} for day in days]
