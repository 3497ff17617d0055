"""What is true about each event, by generating its account with and without it. Never loaded into the product."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.effects import Add, Event
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.words import Words

NEAR_DAYS = 90
"""A note, ticket or use-case event up to this long before the onset may be evidence."""
CONFIDENCE = {"E1": "high", "E2": "medium", "E3": "medium", "E4": "medium", "E5": "unknown", "E6": "high"}


def truth_records(world: World, words: Words, tickets: list[Record], events: list[Record], use_cases: list[Record]) -> list[Record]:
    """One record per event, in the order of event ids."""
    return [_record(world, words, tickets, events, use_cases, sim, event) for sim in world.company for event in sim.events]


def _record(
    world: World, words: Words, tickets: list[Record], uc_events: list[Record], use_cases: list[Record], sim: Simulated, event: Event
) -> Record:
    story, cause, axis = event.story, spec.causes()[event.story.cause], world.axis
    delta, list_delta, last = difference(sim, event, axis)
    begin = axis.index(story.onset)
    days = max(1, last - begin + 1)
    excess = float(delta[begin : last + 1].sum())
    without_net = sim.net_by_day - delta
    unit = without_net[begin : last + 1].sum() / max(1e-9, (sim.priced.list_usd.sum(axis=0) - list_delta)[begin : last + 1].sum())
    price_part = excess - float(list_delta[begin : last + 1].sum()) * unit
    evidence = _evidence(world, words, tickets, uc_events, use_cases, sim, event)
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
        "slice": _slice(sim, event),
        "delta_usd_day": round(excess / days, 4),
        "excess_usd_total": round(excess, 4),
        "measured_to": axis.day(last).isoformat(),
        "price_effect_share": round(price_part / excess, 4) if abs(excess) > 1 else 0.0,
        "affected_accounts": _affected(world, event),
        "regime": story.regime,
        "evidence": evidence,
        "counter": _counter(words, sim, event),
        "known_in_advance": any(e["side"] != "system" and e["date"] < story.onset.isoformat() for e in evidence),
        "forecast_treatment": cause.treatment,
        "max_confidence": CONFIDENCE[story.regime],
        "earliest_determinable": (story.earliest or story.end or story.onset).isoformat(),
        "confirmed_by": story.confirmed_by,
    }


def difference(sim: Simulated, event: Event, axis: Axis) -> tuple[Floats, Floats, int]:
    """Net and list dollars a day with the event less without it, and the last day that counts (its end, or the last settled day)."""
    book, priced = sim.without(event)
    delta = sim.net_by_day - priced.net.sum(axis=0)
    list_delta = sim.priced.list_usd.sum(axis=0) - priced.list_usd.sum(axis=0)
    settled = axis.n - 1 - spec.frame().settle_lag_days
    last = min(axis.index(event.story.end) - 1, settled) if event.story.end else settled
    return np.asarray(delta), np.asarray(list_delta), max(last, axis.index(event.story.onset))


def _slice(sim: Simulated, event: Event) -> dict[str, Any]:
    """The story's slice with workload keys turned into ids."""
    ids = {t.workload.key: t.workload.id for t in sim.full.tracks}
    out = {k: v for k, v in event.story.slice.items() if k != "workload"}
    key = event.story.slice.get("workload")
    if key in ids:
        out["workload_id"] = ids[key]
    added = [w.id for e in event.effects if isinstance(e, Add) for w in e.workloads]
    return out | ({"workload_ids": added} if len(added) > 1 else {})


def _affected(world: World, event: Event) -> list[str]:
    if event.story.cause != spec.company_events().upstream_api.cause:
        return [event.account_id]
    return [s.account.id for s in world.company if any(e.story.cause == event.story.cause for e in s.events)]


def _evidence(
    world: World, words: Words, tickets: list[Record], uc_events: list[Record], use_cases: list[Record], sim: Simulated, event: Event
) -> list[Record]:
    story, cause = event.story, event.story.cause
    found: list[Record] = []
    for i, span in enumerate(words.spans):
        if span.account == sim.account.name and span.supports == cause and span.claims is None and _near(span.day, story):
            doc = {"doc": words.ids[span.note_key], "turn": span.turn, "span": f"S-{i + 1:04d}", "start": span.start, "text": span.text}
            found.append({**doc, "side": span.side, "supports": cause, "date": span.day.isoformat()})
    planted = [w for w in _slice(sim, event).values() if isinstance(w, str)]
    for ticket in tickets:
        day = ticket["opened_at"].date()
        named = ticket.get("change_id") is not None or (
            ticket.get("workload_id") in planted and story.cause in ("runaway_retry", "tier_crossing")
        )
        if (
            ticket["account_id"] == sim.account.id
            and named
            and _near(day, story)
            and cause in ("upstream_api_change", "runaway_retry", "tier_crossing")
        ):
            found.append({"doc": ticket["ticket_id"], "side": "customer", "supports": cause, "date": day.isoformat()})
    mine = {u["use_case_id"] for u in use_cases if u["account_id"] == sim.account.id and u.get("actual_live_date") == story.onset}
    for uc in uc_events:
        if (
            uc["use_case_id"] in mine
            and uc.get("to_value") == "live"
            and cause in ("new_use_case", "market_expansion", "new_product_adoption")
        ):
            found.append({"doc": uc["event_id"], "side": "vendor", "supports": cause, "date": uc["event_at"].date().isoformat()})
    for change in spec.read("records")["events"]:
        if _names(change, sim, cause) and (story.key != "upstream" or change["type"] == "upstream_api"):
            day = (change.get("known_at") or change["starts"]).isoformat()[:10]
            found.append({"doc": change["id"], "side": "system", "supports": cause, "date": day})
    return found


def _near(day: date, story: spec.Story) -> bool:
    until = (story.end or story.onset + timedelta(days=NEAR_DAYS)) + timedelta(days=20)
    return story.onset - timedelta(days=NEAR_DAYS) <= day <= until


def _names(change: Record, sim: Simulated, cause: str) -> bool:
    """Whether a dated event names this cause for this account."""
    scope, value = change["scope"]
    if change["type"] == "upstream_api":
        return cause == "upstream_api_change"
    kinds = {"ma_consolidation": "macro", "promo_expiry": "price_change"}
    return scope == "account" and value == sim.account.name and kinds.get(cause) == change["type"]


def _counter(words: Words, sim: Simulated, event: Event) -> list[Record]:
    return [
        {
            "doc": words.ids[s.note_key],
            "turn": s.turn,
            "span": f"S-{i + 1:04d}",
            "side": s.side,
            "claims": s.claims,
            "date": s.day.isoformat(),
        }
        for i, s in enumerate(words.spans)
        if s.account == sim.account.name and s.claims and _near(s.day, event.story)
    ]


def annotation_rows(world: World, truth: list[Record]) -> list[Record]:
    """The cause ledger as it stands: what people have confirmed. One row per account, day and slice."""
    by_id = {t["event_id"]: t for t in truth}
    rows: list[Record] = []
    for sim in world.company:
        for event in sim.events:
            person, confirmed_on = event.story.confirmed_by, event.story.confirmed_on
            if person is None or confirmed_on is None:
                continue
            record = by_id[event.id]
            delta, _, last = difference(sim, event, world.axis)
            until = min(last, world.axis.index(confirmed_on))
            for day in range(world.axis.index(event.story.onset), until + 1):
                rows.append(
                    {
                        "annotation_id": f"AN-{len(rows) + 1:05d}",
                        "account_id": sim.account.id,
                        "day": world.axis.day(day),
                        "slice": json.dumps(record["slice"], sort_keys=True) if record["slice"] else None,
                        "cause": event.story.cause,
                        "durability": record["durability"],
                        "excess_usd": round(float(delta[day]), 4),
                        "status": "confirmed",
                        "source": "note" if record["evidence"] else "rep",
                        "evidence_ids": [e["doc"] for e in record["evidence"]] or None,
                        "confirmed_by": world.rep_ids[person],
                        "confirmed_at": world.at(confirmed_on, world.streams.of("confirmed", event.id)),
                    }
                )
    return rows
