"""What is true about each event, by generating its account with and without it. Never loaded into the product."""

from __future__ import annotations

from typing import Any

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.effects import Add
from meterline_tools.demo.evidence import Exhibit
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.stories import Event

CONFIDENCE = {"E1": "high", "E2": "medium", "E3": "medium", "E4": "medium", "E5": "unknown", "E6": "high"}
SHARED = spec.company_events().upstream_api.cause


def truth_records(world: World, shown: list[Exhibit]) -> list[Record]:
    """One record per event, in the order of event ids."""
    return [_record(world, shown, sim, event) for sim in world.company for event in sim.events]


def _record(world: World, shown: list[Exhibit], sim: Simulated, event: Event) -> Record:
    story, cause, axis = event.story, spec.causes()[event.story.cause], world.axis
    mine = [x for x in shown if x.about(event)]
    evidence = [x for x in mine if x.supports == story.cause]
    return {
        "event_id": event.id,
        "account_id": event.account_id,
        "account_name": sim.account.name,
        "key": story.key,
        "cause": story.cause,
        "twin_of": cause.twin,
        "durability": cause.durability,
        "onset": story.onset.isoformat(),
        "end": story.end.isoformat() if story.end else None,
        "shape": cause.shape,
        "slice": slice_of(sim, event),
        **_money(sim, event, axis),
        "affected_accounts": _affected(world, event),
        "regime": story.regime,
        "evidence": [x.as_record() for x in evidence],
        "counter": [x.as_record() for x in mine if x.claims],
        "known_in_advance": any(x.side != "system" and x.day < story.onset for x in evidence),
        "forecast_treatment": cause.treatment,
        "max_confidence": CONFIDENCE[story.regime],
        "earliest_determinable": (story.earliest or story.end or story.onset).isoformat(),
        "overlap": story.overlap,
        "confirmed_by": world.rep_ids.get(story.confirmed_by or ""),
    }


def difference(sim: Simulated, event: Event) -> tuple[Floats, Floats]:
    """Net and list dollars a day, with the event less without it."""
    other = sim.without(event)
    net = sim.net_by_day - other.net.sum(axis=0)
    listed = sim.priced.list_usd.sum(axis=0) - other.list_usd.sum(axis=0)
    return np.asarray(net), np.asarray(listed)


def last_day(event: Event, axis: Axis) -> int:
    """Position of the last day that counts: the event's last one, or the last settled day while it goes on."""
    settled = axis.n - 1 - spec.frame().settle_lag_days
    end = min(axis.index(event.story.end) - 1, settled) if event.story.end else settled
    return max(end, axis.index(event.story.onset))


def _money(sim: Simulated, event: Event, axis: Axis) -> Record:
    """Excess in dollars over the event's days, and how much of it is price: what list dollars at the old unit price leave over."""
    net, listed = difference(sim, event)
    first, last = axis.index(event.story.onset), last_day(event, axis)
    days = slice(first, last + 1)
    excess = float(net[days].sum())
    old_net = float((sim.net_by_day - net)[days].sum())
    old_list = float((sim.priced.list_usd.sum(axis=0) - listed)[days].sum())
    volume = float(listed[days].sum()) * (old_net / old_list if old_list else 0.0)
    return {
        "delta_usd_day": round(excess / (last + 1 - first), 4),
        "excess_usd_total": round(excess, 4),
        "measured_to": axis.day(last).isoformat(),
        "price_effect_share": round((excess - volume) / excess, 4) if abs(excess) > 1 else 0.0,
    }


def slice_of(sim: Simulated, event: Event) -> dict[str, Any]:
    """The story's slice with workload keys turned into ids."""
    ids = {t.workload.key: t.workload.id for t in sim.full.tracks}
    out = {k: v for k, v in event.story.slice.items() if k != "workload"}
    key = event.story.slice.get("workload")
    if key in ids:
        out["workload_id"] = ids[key]
    added = [w.id for e in event.effects if isinstance(e, Add) for w in e.workloads]
    return out | ({"workload_ids": added} if len(added) > 1 else {})


def _affected(world: World, event: Event) -> list[str]:
    if event.story.cause != SHARED:
        return [event.account_id]
    return [s.account.id for s in world.company if any(e.story.cause == SHARED for e in s.events)]
