"""Courses and certificates of our own people, vouchers of customers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.simulate import Simulated

PROGRAMS = (("Platform Fundamentals", None, 0.85), ("AI Serve Specialist", "AI", 0.55))
"""Program, SKU family, share of people who pass."""
CERTIFICATES_SINCE = date(2025, 1, 10)
VOUCHER_DAYS = 180


def enablement_rows(world: World) -> list[Record]:
    """All events up to as-of, in order of time."""
    rng = world.streams.of("enablement")
    rows: list[Record] = []
    for person in spec.cast():
        if person.role in ("core", "hunter", "se"):
            rows += _certificates(world, person, rng)
    for sim in world.company:
        if sim.account.segment in ("strategic", "enterprise") and rng.random() < 0.7:
            rows += _vouchers(world, sim, rng)
    rows = [r for r in rows if r["occurred_at"] <= world.axis.as_of]
    rows.sort(key=lambda r: (r["occurred_at"], r["subject_id"], r["event_type"]))
    return [{"event_id": f"EN-{i + 1:04d}", **row} for i, row in enumerate(rows)]


def _certificates(world: World, person: spec.Person, rng: np.random.Generator) -> list[Record]:
    rows: list[Record] = []
    for program, family, pass_rate in PROGRAMS:
        day = max(person.start, CERTIFICATES_SINCE) + timedelta(days=int(rng.integers(20, 480)))
        exam = day + timedelta(days=int(rng.integers(5, 40)))
        passed = rng.random() < pass_rate
        common = {"subject_type": "rep", "subject_id": world.rep_ids[person.key], "program": program, "sku_family": family}
        rows.append({**common, "event_type": "course_completed", "occurred_at": _at(day, rng)})
        result: Record = {"event_type": "cert_passed" if passed else "cert_failed", "occurred_at": _at(exam, rng)}
        result["score"] = float(rng.integers(72, 99) if passed else rng.integers(45, 69))
        result["expires_on"] = exam + timedelta(days=365) if passed else None
        rows.append(common | result)
    return rows


def _vouchers(world: World, sim: Simulated, rng: np.random.Generator) -> list[Record]:
    """A batch is issued; some of it is redeemed, the rest expires."""
    issued = world.axis.today - timedelta(days=int(rng.integers(10, 420)))
    expires = issued + timedelta(days=VOUCHER_DAYS)
    count = int(rng.integers(2, 12))
    used = int(rng.integers(0, count + 1))
    redeemed = issued + timedelta(days=int(rng.integers(10, 150)))
    a = sim.account.id
    common = {"subject_type": "account", "subject_id": a, "account_id": a, "program": "Data Engineer Voucher"}
    common["sku_family"] = str(rng.choice(["SQL", "Compute", "AI"]))
    steps = [("voucher_issued", issued, count), ("voucher_redeemed", redeemed, used), ("voucher_expired", expires, count - used)]
    return [
        {**common, "event_type": kind, "occurred_at": _at(day, rng), "quantity": quantity, "expires_on": expires}
        for kind, day, quantity in steps
        if quantity
    ]


def _at(day: date, rng: np.random.Generator) -> datetime:
    return datetime.combine(day, time(int(rng.integers(8, 11))))
