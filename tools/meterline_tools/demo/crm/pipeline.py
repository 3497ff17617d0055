"""Use cases and their history: the stories' own, and the ordinary pipeline with its slips and wishful dates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.crm.people import Credit, owner
from meterline_tools.demo.crm.proofs import use_case_plans
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.simulate import Simulated

STAGES = ("identified", "qualified", "evaluating", "approved", "implementing", "live")
MD_FIELDS = (
    "metrics",
    "economic_buyer",
    "decision_criteria",
    "decision_process",
    "paper_process",
    "identify_pain",
    "champion",
    "competition",
)
PER_ACCOUNT = {"strategic": (5, 8), "enterprise": (2, 5), "mid_market": (1, 3), "self_serve": (0, 1)}


@dataclass
class Pipeline:
    use_cases: list[Record] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)
    use_case_of: dict[str, str] = field(default_factory=dict)
    """workload id → use case id"""

    def event(self, use_case_id: str, at: datetime, kind: str, **more: Any) -> None:
        self.events.append(
            {"event_id": f"UE-{len(self.events) + 1:05d}", "use_case_id": use_case_id, "event_at": at, "event_type": kind, **more}
        )


def make_pipeline(world: World, held: dict[str, list[Credit]]) -> Pipeline:
    out = Pipeline()
    for raw in [*spec.read("records")["use_cases"], *use_case_plans(world)]:
        _planted(world, held, out, raw)
    for sim in world.company:
        _ordinary(world, held, out, sim)
    _tidy(world, out)
    return out


def _tidy(world: World, out: Pipeline) -> None:
    """Events in order of time, none after as-of."""
    out.events = sorted(
        (e for e in out.events if e["event_at"] <= world.axis.as_of), key=lambda e: (e["event_at"], e["use_case_id"], e["event_type"])
    )
    for i, event in enumerate(out.events):
        event["event_id"] = f"UE-{i + 1:05d}"


def _row(world: World, out: Pipeline, sim: Simulated, held: list[Credit], rng: np.random.Generator, **more: Any) -> Record:
    rep = owner(held, world.axis.today)
    row: Record = {
        "use_case_id": f"UC-{len(out.use_cases) + 1:04d}",
        "account_id": sim.account.id,
        "owner_rep_id": world.rep_ids.get(rep or ""),
    }
    engineers = ("castellano", "kowalski") if sim.account.region != "EMEA" else ("holm", "adeyemi")
    row["se_rep_id"] = world.rep_ids[engineers[int(rng.integers(2))]] if sim.account.segment in ("strategic", "enterprise") else None
    row["source"] = str(rng.choice(["ae", "se", "customer", "partner", "xdr"]))
    row["partner_name"] = str(rng.choice(spec.read("crm")["partners"])) if row["source"] == "partner" else None
    row |= {f"md_{name}": int(rng.integers(0, 4)) for name in MD_FIELDS}
    row |= more
    out.use_cases.append(row)
    return row


def _planted(world: World, held: dict[str, list[Credit]], out: Pipeline, raw: Record) -> None:
    """A use case from records.yaml, as far as it had happened within the axis and by as-of."""
    sim = world.by_name.get(raw["account"])
    if sim is None or not world.past(raw["created"]):
        return
    rng = world.streams.of("use-case", raw["account"], raw["name"])
    row = _row(
        world,
        out,
        sim,
        held[sim.account.id],
        rng,
        use_case_name=raw["name"],
        business_outcome=raw["outcome"],
        stage=raw["stage"],
        est_monthly_usd=float(raw["est"]),
        created_at=world.at(raw["created"], rng),
        original_planned_live_date=raw["planned"],
        planned_live_date=raw["slips"][-1]["to"] if raw.get("slips") else raw["planned"],
        actual_live_date=raw.get("live"),
        primary_sku_family=raw["family"],
        competitor=raw.get("competitor"),
    )
    uc, actor = row["use_case_id"], row["owner_rep_id"]
    out.event(uc, row["created_at"], "created", to_value="identified", actor_rep_id=actor)
    until = raw.get("live") or world.axis.today
    path = STAGES if raw["stage"] in ("live", "paused") else STAGES[: STAGES.index(raw["stage"]) + 1]
    gap = (until - raw["created"]).days / max(1, len(path) - 1)
    for i in range(1, len(path)):
        day = raw["live"] if path[i] == "live" else raw["created"] + timedelta(days=int(gap * i * (1 if raw.get("live") else 0.7)))
        more = {"from_value": path[i - 1], "to_value": path[i], "actor_rep_id": actor}
        proof = raw.get("supports") if path[i] == "live" and "paused" not in raw else None
        out.event(uc, world.at(day, rng), "stage_change", field_name="stage", supports=proof, event=raw.get("event"), **more)
    planned = raw["planned"]
    for slip in raw.get("slips", []):
        _slip(out, uc, world.at(slip["on"], rng), planned, slip["to"], actor, slip["reason"])
        planned = slip["to"]
    if raw.get("paused"):
        at = world.at(raw["paused"]["on"], rng)
        more = {"from_value": "live", "to_value": "paused", "actor_rep_id": actor, "reason": raw["paused"]["reason"]}
        out.event(uc, at, "stage_change", field_name="stage", supports=raw.get("supports"), event=raw.get("event"), **more)
    keys = {t.workload.key: t.workload.id for t in sim.full.tracks}
    out.use_case_of.update({keys[k]: uc for k in raw.get("workloads", []) if k in keys})


def _slip(out: Pipeline, uc: str, at: datetime, old: date, new: date, actor: str | None, reason: str | None) -> None:
    more = {"from_value": old.isoformat(), "to_value": new.isoformat(), "actor_rep_id": actor, "reason": reason}
    out.event(uc, at, "date_change", field_name="planned_live_date", **more)


def _ordinary(world: World, held: dict[str, list[Credit]], out: Pipeline, sim: Simulated) -> None:
    """The account's usual use cases: live ones linked to about two thirds of its workloads, and open ones."""
    a, rng, spans = sim.account, world.streams.of("pipeline", sim.account.id), held[sim.account.id]
    low, high = PER_ACCOUNT[a.segment]
    bank = spec.read("crm")
    ideas = [*bank["ideas"][a.industry], *bank["general_ideas"]]
    rng.shuffle(ideas)
    free = [t.workload for t in sim.full.tracks if t.workload.id not in out.use_case_of and t.workload.starts is None]
    linked = [w.id for w in free if rng.random() < 0.8]
    count = min(len(ideas), int(rng.integers(low, high + 1)))
    quiet = a.id in world.silent
    for i in range(count):
        name, outcome = ideas[i]
        live = rng.random() < 0.5 or quiet or (i == 0 and bool(linked))
        mine = [linked.pop() for _ in range(min(len(linked), 1 + len(linked) // max(1, count - i)))] if live else []
        if live:
            _live(world, spans, out, sim, rng, name, outcome, mine)
        else:
            _open(world, spans, out, sim, rng, name, outcome)


def _live(
    world: World, spans: list[Credit], out: Pipeline, sim: Simulated, rng: np.random.Generator, name: str, outcome: str, mine: list[str]
) -> None:
    recent = not mine and rng.random() < 0.35 and sim.account.id not in world.silent
    live = world.axis.today - timedelta(days=int(rng.integers(1, 60) if recent else rng.integers(150, 800)))
    live = max(live, world.born(sim) + timedelta(days=60))
    if live > world.axis.today or world.unexplained(sim.account.id, live):
        return
    created = live - timedelta(days=int(rng.integers(60, 240)))
    used = sum(float(sim.priced.net[i, -120:-60].mean()) * 30.4 for i, t in enumerate(sim.full.tracks) if t.workload.id in mine)
    usual = world.rate(sim.account.id, world.axis.today, 90) * 30.4 * 0.3
    rep = owner(spans, world.axis.today) or ""
    est = (used or max(usual, 150.0)) * float(rng.uniform(0.7, 1.5)) * spec.read("crm")["estimate_bias"].get(rep, 1.0)
    planned = live - timedelta(days=int(rng.choice([0, 0, 14, 30, 60])))
    row = _row(
        world,
        out,
        sim,
        spans,
        rng,
        use_case_name=name,
        business_outcome=outcome,
        stage="live",
        est_monthly_usd=float(round(est, -1)),
        created_at=world.at(created, rng),
        original_planned_live_date=planned,
        planned_live_date=live,
        actual_live_date=live,
        primary_sku_family=str(rng.choice(["Compute", "SQL", "Ingestion", "AI"])),
    )
    out.use_case_of.update(dict.fromkeys(mine, str(row["use_case_id"])))
    _history(world, out, row, created, live, STAGES, rng)
    if planned != live:
        day = planned - timedelta(days=int(rng.integers(1, 20)))
        _slip(
            out,
            row["use_case_id"],
            world.at(day, rng),
            planned,
            live,
            row["owner_rep_id"],
            str(rng.choice(spec.read("crm")["slip_reasons"])),
        )


def _open(world: World, spans: list[Credit], out: Pipeline, sim: Simulated, rng: np.random.Generator, name: str, outcome: str) -> None:
    created = world.axis.today - timedelta(days=int(rng.exponential(75)) + 1)
    created = max(created, world.born(sim))
    lost = rng.random() < 0.12
    depth = int(rng.integers(0, 5))
    planned = created + timedelta(days=int(rng.integers(70, 260)))
    rep = owner(spans, world.axis.today) or ""
    est = max(world.rate(sim.account.id, world.axis.today, 90) * 30.4 * float(rng.uniform(0.06, 0.35)), 120.0)
    row = _row(
        world,
        out,
        sim,
        spans,
        rng,
        use_case_name=name,
        business_outcome=outcome if rng.random() < 0.8 else None,
        stage="lost" if lost else STAGES[depth],
        est_monthly_usd=float(round(est * spec.read("crm")["estimate_bias"].get(rep, 1.0), -1)),
        created_at=world.at(created, rng),
        original_planned_live_date=planned,
        planned_live_date=planned,
        primary_sku_family=str(rng.choice(["Compute", "SQL", "Ingestion", "AI"])),
        competitor=spec.read("crm")["rival"] if rng.random() < 0.1 else None,
        lost_reason=spec.read("crm")["lost_reason"] if lost else None,
    )
    _history(world, out, row, created, world.axis.today, STAGES[: depth + 1], rng)
    if lost:
        out.event(
            row["use_case_id"],
            world.at(world.axis.today - timedelta(days=int(rng.integers(1, 20))), rng),
            "lost",
            reason=row["lost_reason"],
        )
    for _ in range(int(rng.choice([0, 0, 0, 0, 0, 1, 2, 3])) if depth >= 1 and not lost else 0):
        day = created + timedelta(days=int(rng.integers(5, max(6, (world.axis.today - created).days + 1))))
        later = row["planned_live_date"] + timedelta(days=int(rng.choice([14, 30, 45, 60])))
        if day <= world.axis.today:
            _slip(
                out,
                row["use_case_id"],
                world.at(day, rng),
                row["planned_live_date"],
                later,
                row["owner_rep_id"],
                str(rng.choice(spec.read("crm")["slip_reasons"])),
            )
            row["planned_live_date"] = later


def _history(world: World, out: Pipeline, row: Record, created: date, until: date, path: tuple[str, ...], rng: np.random.Generator) -> None:
    """created, then one stage change after another, the last one on `until` when the use case is live."""
    uc, actor = row["use_case_id"], row["owner_rep_id"]
    out.event(uc, row["created_at"], "created", to_value="identified", actor_rep_id=actor)
    span = (until - created).days
    steps = np.sort(rng.uniform(0.1, 0.9, len(path) - 1))
    for i in range(1, len(path)):
        day = until if path[i] == "live" else created + timedelta(days=int(span * steps[i - 1]))
        out.event(uc, world.at(day, rng), "stage_change", field_name="stage", from_value=path[i - 1], to_value=path[i], actor_rep_id=actor)
