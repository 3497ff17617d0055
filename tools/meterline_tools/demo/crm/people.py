"""Reps, who is credited for which account when, accounts as CRM rows, and contacts at customers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Floats
from meterline_tools.demo.crm.proofs import leavers
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.simulate import Simulated

HANDOVER_MONTH, HANDOVER_DAY = 2, 1
HANDOVERS_2026 = 18
BOOKS_BEGIN = date(2024, 2, 1)


@dataclass(frozen=True)
class Credit:
    """A rep is credited with a share of an account over [start, end)."""

    rep: str
    start: date
    end: date | None
    share: float


def rep_rows(world: World) -> list[Record]:
    return [
        {
            "rep_id": world.rep_ids[p.key],
            "full_name": p.name,
            "preferred_name": p.preferred,
            "aliases": p.aliases or None,
            "email": f"{p.name.split()[0]}.{p.name.split()[-1]}@brineway.example".lower(),
            "role": p.role,
            "manager_rep_id": world.rep_ids.get(p.reports_to or ""),
            "territory": p.territory,
            "region": p.region,
            "segment": p.segment,
            "timezone": p.timezone,
            "start_date": p.start,
        }
        for p in spec.cast()
    ]


def credits(world: World) -> dict[str, list[Credit]]:
    """Primary credits per account. Some self-serve accounts have none; their days are uncredited."""
    out = {s.account.id: _credit(world, s) for s in world.company}
    _fill_handovers(world, out)
    _swaps_and_split(world, out)
    return out


def _credit(world: World, sim: Simulated) -> list[Credit]:
    a = sim.account
    if a.named and a.rep:
        start = a.starts or BOOKS_BEGIN
        if a.segment == "self_serve":
            start = max([date(2026, 6, 22), *[e.story.onset for e in sim.events]]) if sim.events else world.axis.today
        return [Credit(a.rep, start, None, 1.0)]
    if a.segment == "self_serve":
        owned = not a.free and world.streams.of("owner", a.id).random() < 0.5
        return (
            [Credit(hunter(a.region, date(2026, 1, 1), a.id), max(a.starts or BOOKS_BEGIN, date(2025, 2, 1)), None, 1.0)] if owned else []
        )
    core = _core(world, sim)
    if a.starts is None:
        return [Credit(core, BOOKS_BEGIN, None, 1.0)]
    first = hunter(a.region, a.starts, a.id)
    handover = date(a.starts.year, HANDOVER_MONTH, HANDOVER_DAY)
    if (handover - a.starts).days < 90:
        handover = date(a.starts.year + 1, HANDOVER_MONTH, HANDOVER_DAY)
    if (handover - a.starts).days < 90:
        handover = date(a.starts.year + 2, HANDOVER_MONTH, HANDOVER_DAY)
    if handover > world.axis.today:
        return [Credit(first, a.starts, None, 1.0)]
    return [Credit(first, a.starts, handover, 1.0), Credit(core, handover, None, 1.0)]


def _core(world: World, sim: Simulated) -> str:
    """The core rep whose region and industries fit, drawn among those who do."""
    a = sim.account
    cores = [p for p in spec.cast() if p.role == "core" and a.region in p.covers["regions"]]
    fit = [p for p in cores if a.country in p.covers.get("countries", [])] + [p for p in cores if a.industry in p.covers["industries"]]
    pool = fit or cores
    return pool[int(world.streams.of("owner", a.id).integers(len(pool)))].key


def hunter(region: str, day: date, account_id: str) -> str:
    pool = [p.key for p in spec.cast() if p.role == "hunter" and region in p.covers["regions"] and p.start <= day]
    return pool[int(account_id[1:]) % len(pool)]


def _fill_handovers(world: World, out: dict[str, list[Credit]]) -> None:
    """The annual handover from hunters to core: enough older accounts join so that it is a round of eighteen."""
    day = date(2026, HANDOVER_MONTH, HANDOVER_DAY)
    have = sum(len(c) == 2 and c[0].end == day for c in out.values())
    for sim in world.company:
        account, held = sim.account, out[sim.account.id]
        if have >= HANDOVERS_2026 or not world.past(day):
            return
        if not account.named and account.segment == "mid_market" and account.starts is None and len(held) == 1:
            out[account.id] = [
                Credit(hunter(account.region, BOOKS_BEGIN, account.id), BOOKS_BEGIN, day, 1.0),
                Credit(held[0].rep, day, None, 1.0),
            ]
            have += 1


def _swaps_and_split(world: World, out: dict[str, list[Credit]]) -> None:
    """Two accounts change hands in mid-year; one is shared 60/40."""
    swaps = [("EMEA", "novak", date(2026, 5, 1)), ("AMER", "osei", date(2025, 9, 1))]
    used: set[str] = set()
    for region, to, day in swaps:
        for sim in world.company:
            held = out[sim.account.id]
            fits = not sim.account.named and sim.account.region == region and sim.account.segment in ("enterprise", "mid_market")
            if fits and len(held) == 1 and held[0].start < day and held[0].rep != to and sim.account.id not in used:
                out[sim.account.id] = [Credit(held[0].rep, held[0].start, day, 1.0), Credit(to, day, None, 1.0)]
                used.add(sim.account.id)
                break
    day = date(2025, 3, 1)
    for sim in world.company:
        held = out[sim.account.id]
        if not sim.account.named and sim.account.segment == "enterprise" and sim.account.region == "AMER" and len(held) == 1:
            other = "achebe" if held[0].rep != "achebe" else "delgado"
            start = max(held[0].start, day)
            before = [Credit(held[0].rep, held[0].start, start, 1.0)] if held[0].start < start else []
            out[sim.account.id] = [*before, Credit(held[0].rep, start, None, 0.6), Credit(other, start, None, 0.4)]
            return


def assignment_rows(world: World, held: dict[str, list[Credit]]) -> list[Record]:
    rows: list[Record] = []

    def add(account_id: str, rep: str, role: str, start: date, end: date | None, share: float) -> None:
        rows.append(
            {
                "assignment_id": f"AS-{len(rows) + 1:04d}",
                "account_id": account_id,
                "rep_id": world.rep_ids[rep],
                "assignment_role": role,
                "valid_from": start,
                "valid_to": end,
                "credit_pct": share,
            }
        )

    engineers = {"AMER": ("castellano", "kowalski"), "APJ": ("kowalski", "castellano"), "EMEA": ("holm", "adeyemi")}
    for sim in world.company:
        a = sim.account
        for credit in held[a.id]:
            add(a.id, credit.rep, "primary", credit.start, credit.end, credit.share)
        if a.segment in ("strategic", "enterprise"):
            add(a.id, engineers[a.region][int(a.id[1:]) % 2], "se", a.starts or BOOKS_BEGIN, None, 0.0)
        if a.segment == "strategic":
            add(a.id, "raman", "exec_sponsor", a.starts or BOOKS_BEGIN, None, 0.0)
    return rows


def owner(held: list[Credit], day: date) -> str | None:
    """The rep with the largest credit on a day."""
    valid = [c for c in held if c.start <= day and (c.end is None or day < c.end)]
    return max(valid, key=lambda c: c.share).rep if valid else None


def rep_days(world: World, held: dict[str, list[Credit]]) -> dict[str, Floats]:
    """Credited net dollars a day per rep key."""
    out = {p.key: np.zeros(world.axis.n) for p in spec.cast()}
    for account_id, spans in held.items():
        net = world.net(account_id)
        for credit in spans:
            begin = max(0, world.axis.index(credit.start))
            end = world.axis.n if credit.end is None else max(0, world.axis.index(credit.end))
            out[credit.rep][begin:end] += net[begin:end] * credit.share
    return out


def account_rows(world: World, held: dict[str, list[Credit]]) -> list[Record]:
    frame, rows = spec.frame(), []
    for sim in world.company:
        a, rng = sim.account, world.streams.of("account-row", sim.account.id)
        rep = owner(held[a.id], world.axis.today)
        role = next((p.role for p in spec.cast() if p.key == rep), None)
        paid = np.flatnonzero(sim.net_by_day > 0)
        born = world.born(sim)
        parent = world.named(a.parent.name) if a.parent else None
        rows.append(
            {
                "account_id": a.id,
                "account_name": a.name,
                "aliases": list(a.aliases) or None,
                "domain": a.domain,
                "parent_account_id": parent,
                "owner_rep_id": world.rep_ids.get(rep or ""),
                "industry": a.industry,
                "country": a.country,
                "region": a.region,
                "segment": a.segment,
                "motion": "hunter" if role == "hunter" and a.segment != "self_serve" else a.motion,
                "plan": "enterprise" if any(t.kind == "enterprise_license" for t in sim.paper.terms) else a.plan,
                "acquisition_source": "self_serve"
                if a.segment == "self_serve"
                else str(rng.choice(["ae_outbound", "xdr", "marketing", "partner", "referral"])),
                "signup_date": born,
                "first_consumption_date": world.axis.day(int(paid[0])) if paid.size and paid[0] > 0 else None,
                "timezone": frame.timezones[a.country],
                "billing_currency": {"US": "USD", "CA": "CAD", "GB": "GBP", "SE": "SEK", "JP": "JPY", "IN": "INR"}.get(a.country, "EUR"),
                "created_at": world.at(born, rng),
            }
        )
    return rows


def contact_rows(world: World) -> list[Record]:
    """Three to seven people per company customer, one for self-serve; some have left, a few must not be contacted for a while."""
    left = {(c["account"], c["persona"]): c for c in spec.read("records")["contacts_left"] if world.past(c["on"])}
    gone_since = leavers(world)
    rows = []
    for sim in world.company:
        a, rng = sim.account, world.streams.of("contacts", sim.account.id)
        for i, (persona, name, title) in enumerate(_customer_people(a.segment, rng)):
            planted = left.get((a.name, persona))
            if a.id in gone_since and persona == "champion":
                day, supports, event = gone_since[a.id]
                planted = {"on": day, "supports": supports, "event": event}
            gone = not a.named and rng.random() < 0.05
            protected = not a.named and rng.random() < 0.02
            since = world.axis.today - timedelta(days=int(rng.integers(20, 300)))
            rows.append(
                {
                    "contact_id": f"P-{a.id}-{i + 1}",
                    "account_id": a.id,
                    "full_name": name,
                    "title": title,
                    "email": f"{name.replace(' ', '.')}@{a.domain}".lower(),
                    "persona": persona,
                    "status": planted.get("status", "left") if planted else "left" if gone else "active",
                    "status_since": planted["on"] if planted else since if gone else world.born(sim),
                    "supports": planted.get("supports") if planted else None,
                    "event": planted.get("event") if planted else None,
                    "no_contact_until": world.axis.today + timedelta(days=int(rng.integers(10, 60))) if protected else None,
                }
            )
    return rows


def _customer_people(segment: str, rng: np.random.Generator) -> list[tuple[str, str, str]]:
    """(persona, name, title) of each contact."""
    names = spec.read("names")
    count = {"strategic": 7, "enterprise": 5, "mid_market": 3, "self_serve": 1}[segment]
    personas = names["personas"][:count] if count > 1 else names["personas"][1:2]
    given = rng.permutation(names["people"]["given"])[:count]
    family = rng.permutation(names["people"]["family"])[:count]
    return [(p, f"{g} {f}", titles[int(rng.integers(len(titles)))]) for (p, titles), g, f in zip(personas, given, family, strict=True)]
