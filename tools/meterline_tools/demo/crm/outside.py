"""Tickets, dated events of the wider world, and forecasts."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.crm.people import Credit, owner
from meterline_tools.demo.crm.proofs import change_plans
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.talk.sayings import Talk

TICKETS = 350
QUIET_DAYS = 150
"""Accounts whose change must stay unexplained have no ticket younger than this."""


def ticket_rows(world: World, talk: Talk) -> list[Record]:
    rows = _planted_tickets(world) + _upstream_tickets(world) + _event_tickets(world, talk)
    rng, bank = world.streams.of("tickets"), spec.read("crm")
    accounts = [s for s in world.company if s.account.segment != "self_serve" or rng.random() < 0.2]
    weights = np.array([s.account.daily for s in accounts]) ** 0.35
    for i in range(max(0, TICKETS - len(rows))):
        sim = accounts[int(rng.choice(len(accounts), p=weights / weights.sum()))]
        category, title, summary = bank["tickets"][int(rng.integers(len(bank["tickets"])))]
        opened = world.axis.today - timedelta(days=int(rng.integers(1, world.axis.n - 5)))
        if opened < world.born(sim) or (sim.account.id in world.silent and (world.axis.today - opened).days < QUIET_DAYS):
            opened = world.axis.today - timedelta(days=int(rng.integers(QUIET_DAYS, QUIET_DAYS + 60)))
        if i < len(bank["sql_fragments"]):
            summary = f"{summary} {bank['sql_fragments'][i]}"
        closed = opened + timedelta(days=int(rng.integers(1, 12)))
        at = world.at(opened, rng)
        own = [
            t.workload
            for t in sim.full.tracks
            if t.workload.type == {"connectors": "ingestion", "dashboards": "sql_bi", "jobs": "scheduled"}.get(category)
        ]
        rows.append(
            {
                "account_id": sim.account.id,
                "workload_id": own[0].id if own else None,
                "connector_type": own[0].connector if own else None,
                "severity": str(rng.choice(["sev2", "sev3", "sev4"], p=[0.1, 0.4, 0.5])),
                "category": category,
                "status": "closed" if closed <= world.axis.today else "open",
                "title": title,
                "summary": summary,
                "opened_at": at,
                "closed_at": world.at(closed, rng) if closed <= world.axis.today else None,
            }
        )
    rows.sort(key=lambda r: (r["opened_at"], r["account_id"], r["title"]))
    return [{"ticket_id": f"T-{i + 1:04d}", **r} for i, r in enumerate(rows)]


def _planted_tickets(world: World) -> list[Record]:
    rows = []
    for raw in spec.read("records")["tickets"]:
        sim = world.by_name.get(raw["account"])
        if sim is None or not world.axis.holds(raw["opened"].date()):
            continue
        ids = {t.workload.key: t.workload.id for t in sim.full.tracks}
        rows.append(
            {
                "account_id": sim.account.id,
                "workload_id": ids.get(raw.get("workload", "")),
                "connector_type": raw.get("connector"),
                "severity": raw["severity"],
                "category": raw["category"],
                "status": "closed",
                "title": raw["title"],
                "summary": raw["summary"],
                "change_id": raw.get("change"),
                "supports": raw.get("supports"),
                "opened_at": raw["opened"],
                "closed_at": raw["closed"],
            }
        )
    return rows


def _event_tickets(world: World, talk: Talk) -> list[Record]:
    """What customers wrote to support about events."""
    rows = []
    for saying in (s for s in talk.sayings if s.carrier == "ticket"):
        sim = world.by_id[saying.account_id]
        rng = world.streams.of("event-ticket", saying.key, saying.account_id)
        track = next((t for t in sim.full.tracks if t.workload.key == saying.workload), None)
        kind = track.workload.type if track else ""
        closed = saying.day + timedelta(days=int(rng.integers(1, 12)))
        done = closed <= world.axis.today
        rows.append(
            {
                "account_id": saying.account_id,
                "workload_id": track.workload.id if track else None,
                "connector_type": track.workload.connector if track else None,
                "severity": "sev3",
                "category": {"ingestion": "connectors", "sql_bi": "dashboards", "scheduled": "jobs"}.get(kind, "account"),
                "status": "closed" if done else "open",
                "title": saying.title,
                "summary": saying.text,
                "supports": saying.supports,
                "event": saying.event,
                "opened_at": world.at(saying.day, rng),
                "closed_at": world.at(closed, rng) if done else None,
            }
        )
    return rows


def _upstream_tickets(world: World) -> list[Record]:
    """About half of the accounts on the connector noticed and wrote in; support linked most of their tickets to the event."""
    event = spec.company_events().upstream_api
    change = next(e for e in spec.read("records")["events"] if e.get("supports") == event.cause)
    rows = []
    for sim in world.company:
        hit = next((e for e in sim.events if e.story.cause == event.cause), None)
        rng = world.streams.of("upstream-ticket", sim.account.id)
        if hit is None or sim.account.named or rng.random() < 0.5:
            continue
        workload = next(w for w in sim.account.workloads if w.connector == event.connector)
        opened = hit.story.onset + timedelta(days=int(rng.integers(1, 6)))
        rows.append(
            {
                "account_id": sim.account.id,
                "workload_id": workload.id,
                "connector_type": event.connector,
                "severity": "sev3",
                "category": "connectors",
                "status": "closed",
                "title": str(rng.choice(["CRM sync far larger than usual", "Every contact read on each run", "CRM rows jumped this week"])),
                "summary": "Nothing changed on our side. The number of contacts in the CRM is the same as last month.",
                "change_id": change["id"] if rng.random() < 0.6 else None,
                "supports": event.cause,
                "opened_at": world.at(opened, rng),
                "closed_at": world.at(opened + timedelta(days=int(rng.integers(3, 12))), rng),
            }
        )
    return rows


def change_rows(world: World) -> list[Record]:
    """Releases, incidents, price changes and the like, as far as they were known at as-of."""
    rows = []
    plans = [*spec.read("records")["events"], *change_plans(world)]
    last = max(int(r["id"][4:]) for r in plans if "id" in r)
    for i, raw in enumerate(sorted(plans[last:], key=lambda r: r["known_at"])):
        raw["id"] = f"CHG-{last + 1 + i:03d}"
    for raw in plans:
        known = raw.get("known_at") or datetime.combine(raw["starts"], datetime.min.time()) - timedelta(days=14) + timedelta(hours=9)
        if raw["type"] == "incident" and "known_at" not in raw:
            known = datetime.combine(raw["starts"], datetime.min.time()) + timedelta(hours=32)
        scope, value = raw["scope"]
        if scope == "account":
            value = world.named(value)
        if known > world.axis.as_of:
            continue
        rows.append(
            {
                "change_id": raw["id"],
                "change_type": raw["type"],
                "title": raw["title"],
                "description": raw.get("description"),
                "scope_type": scope,
                "scope_value": value,
                "starts_on": raw["starts"],
                "ends_on": raw.get("ends"),
                "status": raw.get("status", "live"),
                "expected_effect": raw["effect"],
                "visibility": raw["visibility"],
                "known_at": known,
                "supports": raw.get("supports"),
                "event": raw.get("event"),
            }
        )
    return rows


def _months(first: date, count: int) -> list[date]:
    out = [first.replace(day=1)]
    while len(out) < count:
        out.append((out[-1] + timedelta(days=32)).replace(day=1))
    return out


def forecast_rows(world: World, held: dict[str, list[Credit]], use_cases: list[Record]) -> list[Record]:
    """A model curve, re-run on the first of each of the last eight months for six months ahead, and people's overlays on it."""
    rows: list[Record] = []
    versions = _months((world.axis.today.replace(day=1) - timedelta(days=220)), 8)
    for sim in world.company:
        a, rng = sim.account, world.streams.of("forecast", sim.account.id)
        for version in versions:
            rate = world.rate(a.id, version)
            if rate * 28 < 50:
                continue
            for k, month in enumerate(_months(version, 6)):
                days = (_months(month, 2)[1] - month).days
                amount = rate * days * (1.008**k) * float(np.exp(rng.normal(0, 0.02)))
                spread = 0.06 + 0.02 * k
                common = {"account_id": a.id, "period_month": month, "source": "model", "version_date": version}
                rows.append({**common, "amount_usd": amount, "low_usd": amount * (1 - spread), "high_usd": amount * (1 + spread)})
    rows += _overlays(world, held, use_cases)
    return [{"forecast_id": f"FC-{i + 1:05d}", **r} for i, r in enumerate(rows)]


def _overlays(world: World, held: dict[str, list[Credit]], use_cases: list[Record]) -> list[Record]:
    """Reps add open use cases to the curve; some of them with a reason that nothing backs."""
    rng, rows = world.streams.of("overlays"), []
    unbacked = spec.read("crm")["unbacked_overlays"]
    for uc in use_cases:
        open_deep = uc["stage"] in ("approved", "implementing", "evaluating")
        if not open_deep or rng.random() < 0.4 or not uc["owner_rep_id"]:
            continue
        version = world.axis.today.replace(day=1) + timedelta(days=int(rng.integers(0, 12)))
        backed = rng.random() < 0.75
        month = max(uc["planned_live_date"], world.axis.today).replace(day=1)
        for period in _months(month, 3)[1:]:
            rows.append(
                {
                    "account_id": uc["account_id"],
                    "period_month": period,
                    "source": "rep_overlay",
                    "version_date": version,
                    "amount_usd": float(uc["est_monthly_usd"]) * float(rng.uniform(0.5, 1.0)),
                    "overlay_reason": f"Go-live of {uc['use_case_name']}" if backed else unbacked[int(rng.integers(3))],
                    "use_case_id": uc["use_case_id"] if backed else None,
                    "submitted_by": world.rep_ids.get(owner(held[uc["account_id"]], world.axis.today) or ""),
                    "durability": "durable",
                }
            )
    return rows
