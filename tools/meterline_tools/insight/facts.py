"""Named measurements of one change, which the causes' conditions read.

All are fractions unless said otherwise: a share of the change, or new over old minus 1. None is "not measured".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from meterline_tools.insight.detect import Change
from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.price import PriceSplit
from meterline_tools.insight.slices import Slice, new_leaves
from meterline_tools.insight.thresholds import Thresholds


@dataclass(frozen=True)
class Paper:
    """What contracts, price sheets and the account record say about the days around the onset."""

    boundaries: Sequence[date] = ()
    """Days on which a contract or a price of this account begins or ends."""
    contract_starts: Sequence[date] = ()
    drawdown: float | None = None
    """Share of the commitment used by the onset; None without a commitment."""
    tiers_crossed: int | None = None
    has_commit_status: bool = False
    self_serve: bool | None = None
    event_domain: bool = False
    related_rise: float | None = None
    in_group: bool = False
    """Whether it belongs to another account."""


@dataclass(frozen=True)
class Surroundings:
    """What the rest of the world did: other accounts on the same slice, and the calendar."""

    others_share: float | None = None
    others_n: int = 0
    others_rising: int = 0
    others_slice: tuple[str, str] | None = None
    season_share: float | None = None
    season_source: str = ""
    peers_n: int = 0
    paper: Paper = field(default_factory=Paper)


def measure(
    frame: Frame,
    change: Change,
    expected: Array,
    part: Slice | None,
    price: PriceSplit,
    around: Surroundings,
    rules: Thresholds,
    *,
    days: int | None = None,
    apart: bool = False,
) -> dict[str, float | None]:
    """All facts of a change. `expected` is leaves x days from onset on; `change` may be the first part of one of `days` days.

    A change that stands `apart` is of its slice only: whatever else moved in these days is no part of it.
    """
    everything = np.ones(len(frame.leaves), dtype=bool)
    mask = part.mask if part is not None else everything
    facts: dict[str, float | None] = {"direction": 1.0 if _sign(frame, change, expected, mask if apart else everything) > 0 else -1.0}
    facts |= _price_facts(frame, change, price, around)
    facts |= _new_facts(frame, change, expected, rules, mask if apart else everything)
    facts |= _course_facts(frame, change, expected, mask)
    facts["on_days"] = float(days or change.days)
    facts |= _work_facts(frame, change, mask)
    facts |= _breadth_facts(frame, change, expected, mask)
    facts["others_share"] = around.others_share
    facts["others_n"] = float(around.others_n) if around.others_share is not None else None
    facts["season_share"] = around.season_share
    paper = around.paper
    facts["self_serve"] = None if paper.self_serve is None else float(paper.self_serve)
    facts["event_domain"] = float(paper.event_domain)
    facts["related_rise"] = paper.related_rise
    facts["in_group"] = float(paper.in_group)
    return facts


def _sign(frame: Frame, change: Change, expected: Array, mask: Mask) -> float:
    return float(frame.measures["usd"][mask, change.onset : change.end + 1].sum() - expected[mask, : change.days].sum())


def _price_facts(frame: Frame, change: Change, price: PriceSplit, around: Surroundings) -> dict[str, float | None]:
    onset, paper = frame.day(change.onset), around.paper
    overage, usd = frame.total("overage_usd"), frame.total()
    before, after = slice(max(0, change.onset - 28), change.onset), slice(change.onset, change.end + 1)
    flip = _ratio(overage[after], usd[after]) - _ratio(overage[before], usd[before]) if paper.has_commit_status else None
    unit = [v for v in (price.list_change, price.contracted_change, price.effective_change) if v is not None]
    near = timedelta(days=3)
    return {
        "price_share": price.price_share if price.measurable else None,
        "volume_or_mix": 1 - price.price_share if price.measurable else None,
        "unit_price_change": float(np.prod([1 + v for v in unit])) - 1 if unit else None,
        "list_change": price.list_change,
        "overage_flip": flip,
        "drawdown": paper.drawdown,
        "tier_crossed": None if paper.tiers_crossed is None else float(paper.tiers_crossed),
        "contract_boundary": float(any(abs(day - onset) <= near for day in paper.contract_starts)),
        # A promotion may have ended without a record: that none is found denies nothing.
        "paper_boundary": 1.0 if any(abs(day - onset) <= near for day in paper.boundaries) else None,
    }


def _ratio(top: Array, bottom: Array) -> float:
    total = float(np.nansum(bottom))
    return float(np.nansum(top)) / total if total > 0 else 0.0


def _new_facts(frame: Frame, change: Change, expected: Array, rules: Thresholds, mask: Mask) -> dict[str, float | None]:
    actual = frame.measures["usd"][:, change.onset : change.end + 1].sum(axis=1)
    deltas = np.where(mask, actual - expected[:, : change.days].sum(axis=1), 0.0)
    rising = float(deltas[deltas > 0].sum())
    out: dict[str, float | None] = {}
    for name, attribute in (("workload", "workload"), ("region", "region"), ("workspace", "workspace"), ("family", "sku_family")):
        if not frame.has(attribute):
            out[f"new_{name}_share"] = None
            continue
        fresh = new_leaves(frame, change.onset, rules, attribute)
        out[f"new_{name}_share"] = float(deltas[fresh].clip(min=0).sum()) / rising if rising > 0 else 0.0
        if name == "workspace":
            out["new_workspaces"] = float(len({leaf.get(attribute) for leaf, new in zip(frame.leaves, fresh, strict=True) if new}))
    out.setdefault("new_workspaces", None)
    return out


def _course_facts(frame: Frame, change: Change, expected: Array, mask: Mask) -> dict[str, float | None]:
    usd = frame.measures["usd"]
    recent = slice(max(change.onset, change.end - 13), change.end + 1)
    rest = ~mask
    later = _when_settled(frame, change)
    moved = usd[:, later].sum(axis=1) - expected[:, later.start - change.onset : later.stop - change.onset].sum(axis=1)
    before = usd[:, max(0, change.onset - 28) : change.onset].sum(axis=1) > 0
    inside = float(moved[mask].sum())
    beside = rest & (before if inside > 0 else _alike(frame, mask))
    other = float(moved[beside].sum()) if beside.any() else 0.0
    clear = abs(other) >= CLEARLY * _straying(usd[beside], change.onset) * (later.stop - later.start)
    opposite = max(0.0, -other / inside) if inside and clear else 0.0
    daily = usd[mask][:, change.onset :].sum(axis=0)
    wanted = np.maximum(expected[mask][:, : daily.size].sum(axis=0), 1e-9)
    return {
        "ended": 0.0 if change.ongoing else 1.0,
        "abrupt": float(change.shape in ("step", "pulse")),
        "gradual": float(change.shape in ("ramp", "decay")),
        "fall_elsewhere": opposite if inside > 0 else 0.0,
        "rise_elsewhere": opposite if inside < 0 else 0.0,
        "rest_change": _change(usd[rest], expected[rest], change, recent) if rest.any() else 0.0,
        "slice_residual": _level(usd[mask], expected[mask], change, recent),
        "account_residual": _level(usd, expected, change, recent),
        "low_days": float((daily < 0.1 * wanted).sum()),
    }


CLEARLY = 1.5
"""Standard deviations of a week by which the rest has to move before it counts as moving the other way."""


def _straying(usd: Array, onset: int) -> float:
    """How far the weeks before the onset lie from their median, in money a day."""
    weeks = min(8, onset // 7)
    if weeks < 2 or not usd.size:
        return 0.0
    means = usd[:, onset - 7 * weeks : onset].sum(axis=0).reshape(weeks, 7).mean(axis=1)
    return float(1.48 * np.median(np.abs(means - np.median(means))))


def _when_settled(frame: Frame, change: Change) -> slice:
    """The second and third month of a change, when what moves in its wake has moved; its first days while there are no others."""
    stop = min(frame.days, change.onset + 75)
    return slice(change.onset + 30 if stop - change.onset >= 45 else change.onset, stop)


def _alike(frame: Frame, mask: Mask) -> Mask:
    """Leaves that do the same kind of work as those of the slice, by the product they use: they could take its place."""
    kinds = {leaf.get("sku_family") or leaf.get("sku") for leaf, inside in zip(frame.leaves, mask, strict=True) if inside}
    return np.array([(leaf.get("sku_family") or leaf.get("sku")) in kinds for leaf in frame.leaves], dtype=bool)


def _level(usd: Array, expected: Array, change: Change, days: slice) -> float | None:
    """Actual over expected in these days."""
    wanted = float(expected[:, days.start - change.onset : days.stop - change.onset].sum())
    return float(usd[:, days].sum()) / wanted if wanted > 0 else None


def _change(usd: Array, expected: Array, change: Change, days: slice) -> float | None:
    level = _level(usd, expected, change, days)
    return None if level is None else level - 1.0


def _work_facts(frame: Frame, change: Change, mask: Mask) -> dict[str, float | None]:
    before, after = slice(max(0, change.onset - 28), change.onset), whole_weeks_of(change)

    def mean(measure: str, days: slice) -> float | None:
        values = frame.measures[measure][mask][:, days]
        return float(np.nansum(values)) / (days.stop - days.start) if values.size and not np.isnan(values).all() else None

    def pair(measure: str) -> tuple[float | None, float | None]:
        return mean(measure, before), mean(measure, after)

    def growth(measure: str) -> float | None:
        old, new = pair(measure)
        return new / old - 1.0 if old is not None and new is not None and old > 0 else None

    quantity = pair("qty")

    def share(measure: str) -> tuple[float | None, float | None]:
        old, new = (v / q if v is not None and q else None for v, q in zip(pair(measure), quantity, strict=True))
        return (0.0 if old is None and new is not None else old), new

    refresh, idle, retry, failed = share("refresh"), share("idle"), share("retry"), _failed(pair("jobs_ok"), pair("jobs_failed"))
    ratios = [new / max(old or 0.0, 0.01) for old, new in (retry, failed) if new is not None]
    wasted = [new for _, new in (retry, failed) if new is not None]
    return {
        "users_change": growth("users") if growth("users") is not None else _users_of_account(frame, before, after),
        "cost_per_output_change": _per_output(_output(growth("jobs_ok"), growth("rows_changed")), growth("usd")),
        "output_change": _output(growth("jobs_ok"), growth("rows_changed")),
        "rows_changed_change": growth("rows_changed"),
        "refresh_share_change": None if refresh[1] is None else refresh[1] - (refresh[0] or 0.0),
        "idle_share_change": None if idle[1] is None or idle[0] is None else idle[1] - idle[0],
        "retry_or_failed_ratio": max(ratios) if ratios else None,
        "waste_share": max(wasted) if wasted else None,
        "coverage": _coverage(frame, mask, after),
    }


def whole_weeks_of(change: Change) -> slice:
    """The last whole weeks of the change, so that weekends weigh as before; all days when it is shorter than a week."""
    weeks = change.days // 7
    return slice(change.end + 1 - 7 * weeks if weeks else change.onset, change.end + 1)


def _users_of_account(frame: Frame, before: slice, after: slice) -> float | None:
    """Change of active users of the whole account, for slices that count none (pipelines); those of what is new count elsewhere."""
    early = slice(before.start, min(before.start + 7, before.stop))
    known = frame.measures["users"][~np.isnan(frame.measures["users"][:, early]).all(axis=1)]
    users = np.where(np.isnan(known).all(axis=0), np.nan, np.nansum(known, axis=0))
    old, new = users[before], users[after]
    if np.isnan(old).all() or np.isnan(new).all() or np.nanmean(old) <= 0:
        return None
    return float(np.nanmean(new) / np.nanmean(old)) - 1.0


def _per_output(output: float | None, cost: float | None) -> float | None:
    return None if output is None or cost is None or output <= -1 else (1 + cost) / (1 + output) - 1.0


def _failed(ok: tuple[float | None, float | None], failed: tuple[float | None, float | None]) -> tuple[float | None, float | None]:
    def part(good: float | None, bad: float | None) -> float | None:
        return None if bad is None or good is None or good + bad <= 0 else bad / (good + bad)

    return part(ok[0], failed[0]), part(ok[1], failed[1])


def _output(jobs: float | None, rows: float | None) -> float | None:
    """Useful output: rows that really changed when measured, else jobs that succeeded."""
    return rows if rows is not None else jobs


def _coverage(frame: Frame, mask: Mask, days: slice) -> float:
    """Share of the slice's money on rows where waste telemetry (retry, idle or refresh) is measured."""
    usd = frame.measures["usd"][mask][:, days]
    seen = np.zeros(usd.shape, dtype=bool)
    for measure in ("retry", "idle", "refresh"):
        seen |= ~np.isnan(frame.measures[measure][mask][:, days])
    total = float(usd.sum())
    return float(usd[seen].sum()) / total if total > 0 else 0.0


def _breadth_facts(frame: Frame, change: Change, expected: Array, mask: Mask) -> dict[str, float | None]:
    usd = frame.measures["usd"]
    recent = slice(max(change.onset, change.end - 13), change.end + 1)
    ahead = slice(recent.start - change.onset, recent.stop - change.onset)
    by_workload: dict[str, tuple[float, float]] = {}
    kinds: dict[str, tuple[float, float]] = {}
    for row, leaf in enumerate(frame.leaves):
        now, then = float(usd[row, recent].sum()), float(expected[row, ahead].sum())
        for table, key in ((by_workload, leaf.get("workload") or leaf.get("sku") or ""), (kinds, _kind(leaf.get("workload_type")))):
            old = table.get(key, (0.0, 0.0))
            table[key] = (old[0] + now, old[1] + then)
    total = sum(then for _, then in by_workload.values())
    falling = [then for now, then in by_workload.values() if then > 0 and now <= 0.7 * then]
    large = [now / then for now, then in by_workload.values() if total and then >= 0.2 * total]
    existing = [v for v in by_workload.values() if v[1] > 0]

    def kind_change(kind: str) -> float | None:
        now, then = kinds.get(kind, (0.0, 0.0))
        return now / then - 1.0 if then > 0 else None

    return {
        "falling_share": sum(falling) / total if total > 0 else 0.0,
        "falling_workloads": float(len(falling)),
        "all_workloads_fall": float(bool(existing) and len(falling) == len(existing)),
        "large_rising": float(any(level > 1.1 for level in large)),
        **_moved_along(frame, change, expected),
        "query_change": kind_change("query"),
        "ingestion_change": kind_change("ingestion"),
    }


MOVED = 0.15
"""From here on a workload moved, or from half as far as all of them together, where they moved less."""


def _moved_along(frame: Frame, change: Change, expected: Array) -> dict[str, float | None]:
    """How many workloads moved the way of the change, and their share of the usual money. What it leaves to others does not count."""
    by_workload: dict[str, tuple[float, float]] = {}
    actual = frame.measures["usd"][:, change.onset : change.end + 1].sum(axis=1)
    for leaf, now, then in zip(frame.leaves, actual, expected[:, : change.days].sum(axis=1), strict=True):
        if now != then:
            old = by_workload.get(leaf.get("workload") or leaf.get("sku") or "", (0.0, 0.0))
            by_workload[leaf.get("workload") or leaf.get("sku") or ""] = (old[0] + float(now), old[1] + float(then))
    existing = [each for each in by_workload.values() if each[1] > 0]
    usual = sum(then for _, then in existing)
    if not usual:
        return {"workloads_moved": 0.0, "moved_share": 0.0}
    lift = sum(now for now, _ in existing) / usual - 1.0
    bar = min(MOVED, abs(lift) / 2)
    moved = [then for now, then in existing if np.sign(lift) * (now / then - 1.0) >= bar]
    return {"workloads_moved": float(len(moved)), "moved_share": sum(moved) / usual}


def _kind(workload_type: str | None) -> str:
    """Types people query with, and types that bring data in."""
    kind = (workload_type or "").lower()
    if any(word in kind for word in ("interactive", "sql", "bi", "query", "adhoc", "notebook")):
        return "query"
    return "ingestion" if any(word in kind for word in ("ingest", "stream", "connector", "sync")) else "other"
