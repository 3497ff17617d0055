"""Contracts, the price book, SKUs, workloads and quota lines as rows."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.crm.people import Credit, owner
from meterline_tools.demo.crm.proofs import amendments, paper_is_filed
from meterline_tools.demo.crm.world import Record, World
from meterline_tools.demo.pricing import PREMIUM, Term
from meterline_tools.demo.simulate import Simulated

PRICES_SINCE = date(2023, 2, 1)


def sku_rows() -> list[Record]:
    return [
        {
            "sku_id": key,
            "sku_name": s.name,
            "sku_family": s.family,
            "consumed_unit": s.unit,
            "is_consumption": s.consumption,
            "launched_on": s.launched or PRICES_SINCE,
            "priority_fiscal_years": s.priority_years or None,
        }
        for key, s in spec.products().skus.items()
    ]


def contract_rows(world: World) -> list[Record]:
    rows: list[Record] = []
    changed = amendments(world)
    for sim in world.company:
        for i, term in enumerate(sim.paper.terms):
            rows.append(_contract(world, sim, term, sim.paper.terms[i - 1] if i else None))
        if not sim.paper.terms and sim.account.segment != "self_serve":
            rows += _amended(_payg(world, sim), sim, changed.get(sim.account.id))
    return rows


def _contract(world: World, sim: Simulated, term: Term, prior: Term | None) -> Record:
    rng = world.streams.of("contract-row", term.contract_id)
    net, axis = sim.priced.contracted.sum(axis=0), world.axis
    used = net[max(0, axis.index(term.start)) : max(0, min(axis.n, axis.index(term.end)))].sum()
    running = term.end > axis.today
    status = "active" if running else "renewed"
    if term.kind == "commit" and used >= term.amount and running:
        status = "exhausted"
    return {
        "contract_id": term.contract_id,
        "account_id": sim.account.id,
        "contract_type": term.kind,
        "commit_amount": term.amount if np.isfinite(term.amount) else None,
        "currency": "USD",
        "start_date": term.start,
        "end_date": term.end,
        "signed_date": term.start - timedelta(days=int(rng.integers(3, 40))),
        "status": status,
        "discount_pct": term.discount,
        "overage_rule": term.rule,
        "overage_multiplier": PREMIUM if term.rule == "premium" else None,
        "rollover_rule": term.rollover,
        "rollover_cap_pct": 0.1 if term.rollover == "pct_cap" else None,
        "rollover_in_amount": 0.0,
        "prior_contract_id": prior.contract_id if prior else None,
        "payment_terms": "prepaid_annual" if term.prepaid else "arrears_monthly",
        "is_cancellable": False,
    }


def _payg(world: World, sim: Simulated) -> Record:
    start = world.born(sim)
    return {
        "contract_id": f"C-{sim.account.id}-P",
        "account_id": sim.account.id,
        "contract_type": "payg",
        "currency": "USD",
        "start_date": start,
        "end_date": date(2099, 1, 1),
        "signed_date": start,
        "status": "active",
        "discount_pct": sim.account.discount,
        "payment_terms": "arrears_monthly",
        "is_cancellable": True,
    }


def _amended(row: Record, sim: Simulated, change: tuple[date, float, str] | None) -> list[Record]:
    """The contract, or the one before and the one after a better rate was agreed."""
    if change is None:
        return [row]
    since, cut, event = change
    everything = all(c.sku is None for c in sim.paper.cuts)
    after = {"contract_id": f"{row['contract_id']}2", "start_date": since, "signed_date": since, "prior_contract_id": row["contract_id"]}
    rate = round(1 - (1 - sim.account.discount) * (1 - cut), 4) if everything else sim.account.discount
    return [
        {**row, "end_date": since, "status": "renewed"},
        {**row, **after, "discount_pct": rate, "supports": "negotiated_discount", "event": event},
    ]


def price_rows(world: World) -> list[Record]:
    """The public list with its tiers, then contract prices where an account's differ from list less discount."""
    rows: list[Record] = []

    def add(**row: object) -> None:
        rows.append({"price_id": f"PR-{len(rows) + 1:04d}", "tier_period": "month", "currency": "USD", "valid_from": PRICES_SINCE, **row})

    for key, s in spec.products().skus.items():
        bounds = [(0.0, s.price), *s.tiers]
        for i, (start, unit) in enumerate(bounds):
            end = bounds[i + 1][0] if i + 1 < len(bounds) else None
            add(sku_id=key, tier_from=float(start), tier_to=end, unit_price=unit, valid_from=s.launched or PRICES_SINCE)
    for sim in world.company:
        contract = _current_contract(world, sim)
        if not paper_is_filed(sim):
            continue
        for tier in sim.paper.tiers:
            unit = spec.products().skus[tier.sku].price * (1 - sim.account.discount)
            common = {"sku_id": tier.sku, "contract_id": contract, "tier_period": "contract_term", "valid_from": tier.since}
            add(**common, tier_from=0.0, tier_to=tier.threshold, unit_price=round(unit, 6))
            add(**common, tier_from=tier.threshold, unit_price=round(unit * (1 - tier.cut), 6))
        if sim.paper.promo:
            promo = sim.paper.promo
            for key in promo.skus:
                unit = spec.products().skus[key].price * (1 - sim.account.discount)
                common = {"sku_id": key, "contract_id": contract, "tier_from": 0.0}
                add(**common, unit_price=round(unit * promo.factor, 6), valid_to=promo.until)
                if promo.until:
                    add(**common, unit_price=round(unit, 6), valid_from=promo.until)
    return rows


def _current_contract(world: World, sim: Simulated) -> str:
    running = [t.contract_id for t in sim.paper.terms if t.start <= world.axis.today < t.end]
    return running[0] if running else f"C-{sim.account.id}-P"


def workload_rows(world: World, use_case_of: dict[str, str]) -> list[Record]:
    rows = []
    sizes = ["XS", "S", "M", "L", "XL"]
    for sim in world.company:
        for track in sim.full.tracks:
            w, rng = track.workload, world.streams.of("workload-row", track.workload.id)
            compute = w.type in ("interactive", "sql_bi", "scheduled")
            first = w.starts or sim.account.starts or world.axis.first - timedelta(days=int(rng.integers(10, 500)))
            crons = {"ingestion": "*/60 * * * *", "scheduled": "15 * * * *"}
            rows.append(
                {
                    "workload_id": w.id,
                    "account_id": w.account_id,
                    "workload_name": w.name,
                    "workload_type": "scheduled" if w.type == "egress" else w.type,
                    "environment": "prod" if sim.account.named or rng.random() < 0.85 else str(rng.choice(["staging", "dev"])),
                    "connector_type": w.connector,
                    "workspace_id": w.workspace,
                    "use_case_id": use_case_of.get(w.id),
                    "owner_team": w.team,
                    "region_id": w.region,
                    "schedule_cron": track.settings.get("cron", w.cron or crons.get(w.type)),
                    "auto_stop_minutes": w.auto_stop
                    or (int(rng.choice([10, 15, 30, 60])) if w.type in ("interactive", "sql_bi") else None),
                    "compute_size": sizes[int(rng.integers(0, 5))] if compute else None,
                    "created_on": first,
                    "retired_on": w.until,
                }
            )
    return rows


def quota_rows(world: World, held: dict[str, list[Credit]]) -> list[Record]:
    """Lines snapped at each fiscal-year start from the 91 days before: a seasonal book is snapped on its peak."""
    rows: list[Record] = []
    for year in (2025, 2026):
        snapped = date(year, spec.frame().fiscal_year_start_month, 1)
        if not world.axis.holds(snapped):
            continue
        for person in spec.cast():
            if person.role in ("core", "hunter") and person.start <= snapped:
                _lines(rows, world, held, person, snapped)
    if any(r["fiscal_year"] == 2027 for r in rows):
        first = next(r for r in rows if r["rep_id"] == world.rep_ids["moreau"] and r["fiscal_year"] == 2027)
        rows.append({**first, "quota_id": first["quota_id"] + "-V2", "version": 2, "snapped_on": date(2026, 5, 15)})
        rows[-1]["incremental_quota_usd"] = round(first["incremental_quota_usd"] * 0.92, -3)
    return rows


def _lines(rows: list[Record], world: World, held: dict[str, list[Credit]], person: spec.Person, snapped: date) -> None:
    fiscal_year = snapped.year + 1
    rng = world.streams.of("quota", person.key, fiscal_year)
    book = [s for s in world.company if owner(held[s.account.id], snapped) == person.key]
    baseline = sum(_share(held[s.account.id], person.key, snapped) * _t91(world.axis, s.net_by_day, snapped) for s in book) * 365
    hunter = person.role == "hunter"
    target = 240_000.0 if hunter else max(60_000.0, baseline * float(rng.uniform(0.09, 0.16)))
    common = {"fiscal_year": fiscal_year, "rep_id": world.rep_ids[person.key], "snapped_on": snapped, "version": 1}
    weights = [0.22, 0.24, 0.26, 0.28] if hunter else [0.25, 0.25, 0.25, 0.25]
    stem = f"Q-{fiscal_year}-{world.rep_ids[person.key][4:]}"
    rows.append(
        {
            **common,
            "quota_id": f"{stem}-I",
            "quota_type": "incremental_consumption",
            "baseline_annual_usd": round(baseline, 2),
            "incremental_quota_usd": round(target, -3),
            "baseline_method": "t90_annualised",
            "quarter_weights": weights,
        }
    )
    if hunter:
        rows.append({**common, "quota_id": f"{stem}-L", "quota_type": "new_logo", "quota_count": int(rng.integers(6, 11))})
    elif fiscal_year >= 2027:
        ai = {"quota_type": "product_target", "sku_family": "AI", "incremental_quota_usd": float(rng.integers(3, 9) * 10_000)}
        rows.append({**common, "quota_id": f"{stem}-A", **ai})


def _share(spans: list[Credit], rep: str, day: date) -> float:
    return sum(c.share for c in spans if c.rep == rep and c.start <= day and (c.end is None or day < c.end))


def _t91(axis: Axis, net: Floats, day: date) -> float:
    i = axis.index(day)
    return float(net[max(0, i - 91) : i].mean())
