"""One event of the taxonomy made into a story for one account, in the form that stories have in YAML."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis
from meterline_tools.demo.population import Account, Workload
from meterline_tools.demo.taxonomy import Recipe, drawn

NEW_NAMES = "new_workloads"
LUMPS = {"up": (2.0, 4.0), "down": (0.40, 0.60)}
"""Sizes of changes without any cause: as a schedule or a move elsewhere would look."""


def make_story(
    account: Account, recipe: Recipe, cause: str, regime: str, onset: date, number: int, axis: Axis, rng: np.random.Generator
) -> tuple[spec.Story, Account]:
    """The story, and the account with what the story needs of it: more idle time, a promotion, another overage rule."""
    target = _target(account, recipe, rng)
    end = onset + timedelta(days=int(rng.integers(recipe.days[0], recipe.days[1] + 1))) if recipe.days else None
    names: dict[str, Any] = {"end": end, "own": [w.key for w in account.workloads if w.type != "storage"]}
    if target:
        lump = rng.uniform(*LUMPS["up" if target.type == "ingestion" else "down"])
        names |= {"target": target.key, "lump": float(lump)}
    if recipe.paper == "tier" or any("sku" in e for e in recipe.effects):
        target = max((w for w in account.workloads if w.type != "storage"), key=lambda w: w.share)
        names["sku"] = target.sku
    account = _prepared(account, recipe, cause, regime, target, onset, axis, rng)
    slice_: dict[str, Any] = {"workload": target.key} if target and recipe.on else {}
    effects = []
    for raw in recipe.effects:
        if rng.random() >= raw.get("maybe", 1.0):
            continue
        effect = {k: v for k, v in drawn(raw, rng, names).items() if k != "maybe" and v is not None}
        if effect["kind"] == "add":
            effect, slice_ = _added(account, effect, cause, number, rng)
        effects.append(_dated(effect, onset))
    if cause == "unknown" and effects[0].get("shape") != "pulse" and "until" not in effects[0]:
        end = None
    if "sku" in names:
        slice_ = {"sku": effects[0]["sku"]} if "sku" in effects[0] else {}
    story = spec.Story(
        cause=cause,
        regime=regime,
        onset=onset,
        end=end,
        key=f"{cause}-{number}",
        slice=slice_,
        effects=effects,
        told_before=bool(rng.random() < recipe.before),
        generated=True,
    )
    return story, account


def suited(account: Account, recipe: Recipe) -> list[Workload]:
    """Workloads of the types that the recipe is about, without those that the upstream event needs."""
    hit = spec.company_events().upstream_api.connector
    return [w for w in account.workloads if w.type in recipe.on and w.connector != hit]


def _target(account: Account, recipe: Recipe, rng: np.random.Generator) -> Workload | None:
    """The largest workload of the types that the recipe is about, or sometimes the second largest if it is large, too."""
    able = sorted(suited(account, recipe), key=lambda w: -w.share)
    if not able:
        return None
    return able[1] if len(able) > 1 and able[1].share > 0.8 * able[0].share and rng.random() < 0.5 else able[0]


def _prepared(
    account: Account, recipe: Recipe, cause: str, regime: str, target: Workload | None, onset: date, axis: Axis, rng: np.random.Generator
) -> Account:
    """The account with what the event needs of it. A hint in its domain would settle what nothing may settle."""
    account = replace(account, calm=min(account.calm, 0.8), lumps=account.lumps if account.lumps is not None else 2.0)
    if recipe.idle and target:
        idle = float(rng.uniform(*recipe.idle))
        workloads = tuple(replace(w, idle=idle) if w.id == target.id else w for w in account.workloads)
        account = replace(account, workloads=workloads)
    if cause == "course_or_hackathon" and regime not in ("E5", "E6"):
        account = replace(account, domain=account.domain.replace(".example", ".edu.example"))
    if recipe.promo:
        skus = sorted({w.sku for w in account.workloads})
        off = float(rng.spawn(1)[0].choice(recipe.promo))  # drawn beside the others, which stay as they are
        account = replace(account, promo=spec.Promo(factor=1 - off, skus=skus))
    if recipe.paper == "commit":
        assert account.commit is not None
        renews = max(onset, axis.today) + timedelta(days=int(rng.integers(25, 120)))
        account = replace(account, commit=account.commit.model_copy(update={"rule": "on_demand_list", "renews": renews}))
    return account


def _dated(effect: dict[str, Any], onset: date) -> dict[str, Any]:
    """`later` and `span` as days of the calendar."""
    effect = dict(effect)
    if "later" in effect:
        effect["at"] = onset + timedelta(days=effect.pop("later"))
    if "span" in effect:
        effect["until"] = onset + timedelta(days=effect.pop("span") - effect.get("lead", 0))
    return effect


def _added(
    account: Account, effect: dict[str, Any], cause: str, number: int, rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, Any]]:
    """An effect that adds workloads, with rows for them, and the slice that they make."""
    count, types = effect.pop("new"), effect.pop("types")
    elsewhere, apart, step = effect.pop("elsewhere", False), effect.pop("apart", False), effect.pop("step", 0)
    share = effect.pop("share")
    region = _other_region(account, rng) if elsewhere else account.cloud_regions[0]
    stems = spec.read("names")[NEW_NAMES]
    prefix = str(rng.choice(spec.read("names")["prefixes"])) if apart else ""
    taken = {w.name for w in account.workloads}
    rows: list[list[Any]] = []
    for i in range(count):
        kind = types[i % len(types)] if count > 1 else str(rng.choice(types))
        options: dict[str, Any] = {"region": region, "team": str(rng.choice(spec.read("names")["teams"])), "after": i * step}
        options["workspace"] = f"{account.id.lower()}-{prefix or region if elsewhere else prefix or 'main'}{i + 1 if apart else ''}"
        if kind == "ingestion":
            options["connector"] = str(rng.choice(spec.products().connectors))
        name = _fresh_name(str(rng.choice(stems[kind])), taken, prefix)
        size = share if count > 1 or i == 0 else 0.0
        rows.append([f"n{number}{chr(97 + i)}", name, kind, size, options])
    out = {**effect, "workloads": rows}
    if elsewhere:
        return out, {"region": region}
    if apart:
        return out, {"workspaces": [r[4]["workspace"] for r in rows]}
    return out, {"sku_family": "AI"} if rows[0][2] == "ml_serving" else {"workload": rows[0][0]}


def _fresh_name(stem: str, taken: set[str], prefix: str) -> str:
    base = f"{prefix}_{stem}" if prefix else stem
    name, n = base, 2
    while name in taken:
        name, n = f"{base}-{n}", n + 1
    taken.add(name)
    return name


def _other_region(account: Account, rng: np.random.Generator) -> str:
    every = sorted({r for regions in spec.frame().cloud_regions.values() for r in regions})
    used = {w.region for w in account.workloads} | set(account.cloud_regions)
    return str(rng.choice([r for r in every if r not in used]))
