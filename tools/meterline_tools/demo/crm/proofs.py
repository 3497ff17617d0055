"""Records that stand for an event without any note: use cases, dated events, people who left, promised actions, amended paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.crm.world import Record, World, workday
from meterline_tools.demo.effects import Add, EndPromo, Renegotiate, TermTier
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.stories import Event
from meterline_tools.demo.talk.phrases import workload_name
from meterline_tools.demo.taxonomy import taxonomy

CHANCE = {"E1": 0.3, "E2": 1.0, "E4": 0.3}
"""How often an event of a regime has its record, beside what is said about it."""


def proven(world: World, kind: str) -> Iterator[tuple[Simulated, Event, np.random.Generator]]:
    """Generated events that have a record of this kind."""
    for sim in world.company:
        for event in sim.events:
            if event.story.generated and taxonomy().causes[event.story.cause].proof == kind:
                rng = world.streams.of("proof", event.id)
                if rng.random() < CHANCE.get(event.story.regime, 0.0):
                    yield sim, event, rng


def paper_is_filed(sim: Simulated) -> bool:
    """Whether the price side of an account's event has reached the price book: not when nothing may tell, or only late."""
    kinds = (TermTier, EndPromo, Renegotiate)
    return not any(e.story.regime in ("E5", "E6") for e in sim.events for x in e.effects if isinstance(x, kinds))


def use_case_plans(world: World) -> list[Record]:
    """Use cases behind events, in the form of records.yaml."""
    out = []
    ideas, general = spec.read("crm")["ideas"], spec.read("crm")["general_ideas"]
    for sim, event, rng in proven(world, "use_case"):
        story, a = event.story, sim.account
        bank = [*ideas[a.industry], *general]
        name, outcome = bank[int(rng.integers(len(bank)))]
        added = [w for e in event.effects if isinstance(e, Add) for w in e.workloads]
        size = added[0].share if added else 0.2
        est = max(100.0, round(world.rate(a.id, story.onset) * 30.4 * size, -1))
        plan: Record = {"account": a.name, "name": name, "outcome": outcome, "est": est, "supports": story.cause, "event": event.id}
        plan |= {"family": "AI" if "sku_family" in story.slice else "SQL"}
        if added:
            planned = story.onset - timedelta(days=int(rng.choice([0, 0, 14, 30])))
            created = max(world.axis.first, story.onset - timedelta(days=int(rng.integers(60, 150))))
            slips = [{"on": planned - timedelta(days=6), "to": story.onset, "reason": "Security review not finished"}]
            plan |= {"stage": "live", "created": created, "planned": planned, "live": story.onset, "workloads": [w.key for w in added]}
            out.append(plan | ({"slips": slips} if planned < story.onset else {}))
        else:
            created = max(world.axis.first - timedelta(days=300), story.onset - timedelta(days=int(rng.integers(250, 500))))
            live = created + timedelta(days=int(rng.integers(60, 120)))
            paused = {"on": workday(story.onset + timedelta(days=int(rng.integers(2, 14)))), "reason": "Team works on something else now"}
            plan |= {"stage": "paused", "created": created, "planned": live, "live": live, "paused": paused}
            out.append(plan | {"workloads": [story.slice["workload"]] if "workload" in story.slice else []})
    return out


def change_plans(world: World) -> list[Record]:
    """Dated events of single accounts, in the form of records.yaml."""
    out = []
    for sim, event, rng in proven(world, "change"):
        story, name = event.story, sim.account.name
        heads = spec.read("names")["heads"]
        heir = next((s.account for s in world.company if s.account.follows == sim.account.id), None)
        kinds = {
            "ma_consolidation": ("macro", f"{name} completed the purchase of {heads[int(rng.integers(len(heads)))]} Partners", "increase"),
            "promo_expiry": ("price_change", f"{name}: launch price of the first term ends", "increase"),
            "account_reid": ("macro", f"{name}: work continues under {heir.name if heir else 'a new company'}", "decrease"),
        }
        kind, title, effect = kinds[story.cause]
        known = datetime.combine(story.onset - timedelta(days=int(rng.integers(3, 15))), datetime.min.time()) + timedelta(hours=9)
        plan: Record = {"type": kind, "title": title, "scope": ["account", name], "starts": story.onset, "effect": effect}
        out.append(plan | {"visibility": "internal", "known_at": known, "supports": story.cause, "event": event.id})
    return out


def leavers(world: World) -> dict[str, tuple[date, str, str]]:
    """account id → the day on which its champion left, the cause and the event that this supports."""
    return {
        sim.account.id: (workday(event.story.onset - timedelta(days=int(rng.integers(1, 9)))), event.story.cause, event.id)
        for sim, event, rng in proven(world, "contact")
    }


def savings_actions(world: World) -> list[Record]:
    """Promised and done: the actions behind savings."""
    out = []
    for sim, event, rng in proven(world, "action"):
        story = event.story
        work = next(t.workload for t in sim.full.tracks if t.workload.key == story.slice["workload"])
        text = f"Set automatic stop on {workload_name(work).removeprefix('the ')} to ten minutes"
        on = workday(story.onset - timedelta(days=int(rng.integers(12, 40))))
        plan = {"account_id": sim.account.id, "text": text, "side": "customer", "on": on, "due": story.onset + timedelta(days=7)}
        out.append(plan | {"closed": story.onset, "supports": story.cause, "event": event.id})
    return out


def amendments(world: World) -> dict[str, tuple[date, float, str]]:
    """account id → since when its whole contract is cheaper, by how much, and the event: where the paper followed the talk."""
    out = {}
    for sim in world.company:
        for event in sim.events:
            for effect in event.effects:
                if isinstance(effect, Renegotiate) and event.story.regime in ("E1", "E2", "E3"):
                    out[sim.account.id] = (effect.onset, effect.cut, event.id)
    return out
