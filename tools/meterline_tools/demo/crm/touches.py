"""What people did: activities, quarterly reviews, promised actions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.crm.people import Credit, owner
from meterline_tools.demo.crm.proofs import savings_actions
from meterline_tools.demo.crm.world import Record, World, workday

HISTORY_DAYS = 420
MIX = {"meeting": 0.30, "call": 0.22, "email": 0.26, "workshop": 0.05, "informal": 0.08, "internal": 0.09}
PURPOSES = ["discovery", "technical", "commercial", "review", "optimization", "relationship", "admin"]
HALLWAY_REP, SILENT_LOGGER = "achebe", "brandt"
"""One rep logs many chance meetings; another logs nothing but has rich transcripts."""
TIRED_ACCOUNTS = 15


def activity_rows(world: World, held: dict[str, list[Credit]]) -> list[Record]:
    rows: list[Record] = []
    for person in spec.cast():
        if person.role in ("core", "hunter", "se") and person.key != SILENT_LOGGER:
            rows += _rep_year(world, held, person)
    rows += _planted_asks(world)
    rows += _tired(world, held)
    rows.sort(key=lambda r: (r["occurred_at"], r["account_id"], r["activity_type"], r["rep_id"]))
    for i, row in enumerate(rows):
        row["activity_id"] = f"ACT-{i + 1:05d}"
    return rows


def _activity(world: World, account_id: str, rep: str, kind: str, at: datetime, rng: np.random.Generator) -> Record:
    scored = rng.random() >= 0.3
    attendees = 0 if kind == "internal" else int(rng.integers(1, 5))
    low = kind in ("informal", "email")
    return {
        "activity_id": "",
        "account_id": account_id,
        "rep_id": world.rep_ids[rep],
        "activity_type": kind,
        "purpose": "relationship" if kind == "informal" else str(rng.choice(PURPOSES)),
        "occurred_at": at,
        "duration_min": {"email": 5, "informal": 10, "workshop": 120}.get(kind, int(rng.choice([25, 30, 45, 60]))),
        "contact_ids": [f"P-{account_id}-1"] if attendees else None,
        "customer_attendees": attendees,
        "substance": int(rng.choice([0, 1, 2], p=[0.5, 0.35, 0.15] if low else [0.12, 0.38, 0.5])) if scored else None,
        "substance_source": str(rng.choice(["rep", "model"])) if scored else None,
        "logged_at": min(at + timedelta(hours=int(rng.integers(1, 70))), world.axis.as_of),
    }


def _rep_year(world: World, held: dict[str, list[Credit]], person: spec.Person) -> list[Record]:
    """A rep's touches: about one a working day, more to larger accounts."""
    rng = world.streams.of("activity", person.key)
    days = min(HISTORY_DAYS, world.axis.n - 1)
    first = max(world.axis.today - timedelta(days=days), person.start)
    span = (world.axis.today - first).days
    rows = []
    books: dict[date, list[str]] = {}
    for offset in np.sort(rng.integers(0, span + 1, int(span * 0.75))).tolist():
        day = workday(first + timedelta(days=offset))
        month = max(day.replace(day=1), person.start)
        if month not in books:
            books[month] = _book(world, held, person, month)
        book = books[month]
        if not book:
            continue
        weights = np.sqrt(np.array([world.by_id[a].account.daily for a in book]))
        account_id = book[int(rng.choice(len(book), p=weights / weights.sum()))]
        mix = dict(MIX) if person.key != HALLWAY_REP else {**MIX, "informal": 0.6}
        kind = list(mix)[int(rng.choice(len(mix), p=np.array(list(mix.values())) / sum(mix.values())))]
        rows.append(_activity(world, account_id, person.key, kind, world.at(day, rng), rng))
    return rows


def _book(world: World, held: dict[str, list[Credit]], person: spec.Person, day: date) -> list[str]:
    if person.role == "se":
        mine = ("AMER", "APJ") if person.region == "AMER" else ("EMEA",)
        return [s.account.id for s in world.company if s.account.region in mine and s.account.segment in ("strategic", "enterprise")]
    return [a for a, spans in held.items() if owner(spans, day) == person.key and world.born(world.by_id[a]) <= day]


def _planted_asks(world: World) -> list[Record]:
    rows = []
    for ask in spec.read("records")["asks"]:
        account_id = world.named(ask["account"])
        if account_id and world.past(ask["on"]):
            rng = world.streams.of("ask", account_id, ask["on"])
            row = _activity(world, account_id, ask["by"], "email", world.at(ask["on"], rng), rng)
            contact = f"P-{account_id}-2" if ask["persona"] == "champion" else f"P-{account_id}-1"
            substance = 2 if ask["outcome"] == "answered" else 0
            row |= {"purpose": "review", "contact_ids": [contact], "substance": substance, "substance_source": "rep"}
            rows.append(row | {"ask_type": "usage_why", "ask_topic": ask["topic"], "ask_outcome": ask["outcome"]})
    return rows


def _tired(world: World, held: dict[str, list[Credit]]) -> list[Record]:
    """Accounts that have been asked too much lately."""
    today = world.axis.today
    companies = [s.account.id for s in world.company if not s.account.named and s.account.segment != "self_serve"]
    able = [a for a in companies if owner(held[a], today) not in (None, SILENT_LOGGER)]
    rng = world.streams.of("activity", "tired")
    rows = []
    for account_id in sorted(rng.permutation(able)[:TIRED_ACCOUNTS].tolist()):
        rep = owner(held[account_id], world.axis.today)
        assert rep is not None
        for topic, kind in spec.read("crm")["asks"]:
            day = workday(world.axis.today - timedelta(days=int(rng.integers(2, 27))))
            row = _activity(world, account_id, rep, "email", world.at(day, rng), rng)
            outcome = str(rng.choice(["answered", "no_reply", "deferred"]))
            rows.append(row | {"ask_type": kind, "ask_topic": topic, "ask_outcome": outcome})
    return rows


def qbr_rows(world: World, held: dict[str, list[Credit]]) -> list[Record]:
    """A review each quarter for the accounts that are large enough; the planted ones replace the generated one of their quarter."""
    planted = {(r["account"], r["held"]): r for r in spec.read("records")["qbrs"]}
    rows: list[Record] = []
    for sim in world.company:
        a, rng = sim.account, world.streams.of("qbr", sim.account.id)
        mine = sorted(day for name, day in planted if name == a.name and world.past(day))
        if a.segment in ("strategic", "enterprise"):
            anchor = mine[-1] if mine else world.axis.today - timedelta(days=int(rng.integers(5, 95)))
            for k in range(6):
                day = workday(anchor - timedelta(days=91 * k))
                if day > world.born(sim) + timedelta(days=60) and day > world.axis.first:
                    rows.append(_qbr(world, held, a.id, day, planted.get((a.name, anchor)) if k == 0 and mine else None, rng))
            rows.append(_next_qbr(world, held, a.id, anchor + timedelta(days=91), rng))
    rows.sort(key=lambda r: (r["due_date"], r["account_id"]))
    for i, row in enumerate(rows):
        row["qbr_id"] = f"QBR-{i + 1:04d}"
    return rows


def link_notes(qbrs: list[Record], note_ids: dict[str, str]) -> None:
    """Turns the keys of review notes into their ids."""
    for row in qbrs:
        row["notes_note_id"] = note_ids.get(row.get("notes_note_id") or "")


def _qbr(world: World, held: dict[str, list[Credit]], account_id: str, day: date, plan: Record | None, rng: np.random.Generator) -> Record:
    rate = world.rate(account_id, day, 91)
    offered = float(plan["offered"]) if plan else float(round(rate * 30 * rng.uniform(0.02, 0.08), -1))
    accepted = float(plan["accepted"]) if plan else float(round(offered * rng.choice([0, 0.3, 0.6, 1.0]), -1))
    kept = plan is not None or rng.random() < 0.86
    executive = plan["exec"] if plan else rng.random() < 0.6
    return {
        "qbr_id": "",
        "account_id": account_id,
        "owner_rep_id": world.rep_ids.get(owner(held[account_id], day) or ""),
        "period_start": day - timedelta(days=91),
        "period_end": day,
        "due_date": day,
        "scheduled_at": world.at(day - timedelta(days=10), rng),
        "held_at": world.at(day, rng) if kept else None,
        "status": "held" if kept else "skipped",
        "customer_exec_contact_id": f"P-{account_id}-5" if kept and executive else None,
        "offered_savings_usd_month": offered if kept else None,
        "accepted_savings_usd_month": accepted if kept else None,
        "budget_usd": float(round(rate * 91 * rng.uniform(0.92, 1.15), -2)) if rng.random() < 0.7 else None,
        "notes_note_id": plan.get("note") if plan else None,
    }


def _next_qbr(world: World, held: dict[str, list[Credit]], account_id: str, due: date, rng: np.random.Generator) -> Record:
    booked = rng.random() < 0.5 and due > world.axis.today
    return {
        "qbr_id": "",
        "account_id": account_id,
        "owner_rep_id": world.rep_ids.get(owner(held[account_id], world.axis.today) or ""),
        "period_start": due - timedelta(days=91),
        "period_end": due,
        "due_date": due,
        "scheduled_at": datetime.combine(workday(due), datetime.min.time()) + timedelta(hours=10) if booked else None,
        "status": "scheduled" if booked else "due",
    }


def action_rows(world: World, held: dict[str, list[Credit]], qbrs: list[Record]) -> list[Record]:
    rows: list[Record] = []
    for raw in spec.read("records")["actions"]:
        account_id = world.named(raw["account"])
        if account_id and world.past(raw["on"]):
            origin = next((q["qbr_id"] for q in qbrs if q["account_id"] == account_id and q["due_date"] == raw["on"]), None)
            rng = world.streams.of("action", account_id, raw["text"])
            rows.append(_action(world, held, account_id, raw["text"], raw["side"], raw["on"], raw["due"], raw["status"], origin, rng))
            rows[-1]["est_impact_usd_month"] = float(raw["impact"]) if "impact" in raw else None
            rows[-1]["closed_at"] = world.at(raw["closed"], rng) if "closed" in raw else None
    for plan in savings_actions(world):
        rng = world.streams.of("action", plan["event"])
        status = "done" if world.past(plan["closed"]) else "open"
        rows.append(_action(world, held, plan["account_id"], plan["text"], plan["side"], plan["on"], plan["due"], status, None, rng))
        rows[-1] |= {"closed_at": world.at(plan["closed"], rng), "supports": plan["supports"], "event": plan["event"]}
    texts = spec.read("crm")["actions"]
    for qbr in qbrs:
        rng = world.streams.of("action", qbr["qbr_id"])
        if qbr["status"] == "held" and not world.by_id[qbr["account_id"]].account.named:
            for _ in range(int(rng.integers(1, 3))):
                side, text = texts[int(rng.integers(len(texts)))]
                due = qbr["due_date"] + timedelta(days=int(rng.integers(14, 60)))
                done = rng.random() < 0.7 and due < world.axis.today
                rows.append(
                    _action(
                        world, held, qbr["account_id"], text, side, qbr["due_date"], due, "done" if done else "open", qbr["qbr_id"], rng
                    )
                )
                rows[-1]["closed_at"] = world.at(due, rng) if done else None
    for i, row in enumerate(rows):
        row["action_id"] = f"AI-{i + 1:04d}"
    return rows


def _action(
    world: World,
    held: dict[str, list[Credit]],
    account_id: str,
    text: str,
    side: str,
    on: date,
    due: date,
    status: str,
    origin: str | None,
    rng: np.random.Generator,
) -> Record:
    rep = world.rep_ids.get(owner(held[account_id], on) or "")
    return {
        "action_id": "",
        "account_id": account_id,
        "origin_type": "qbr" if origin else "manual",
        "origin_id": origin,
        "description": text,
        "owner_side": side,
        "owner_id": rep if side == "vendor" else f"P-{account_id}-{2 if rng.random() < 0.7 else 1}",
        "created_at": world.at(on, rng),
        "due_date": due,
        "status": status,
    }
