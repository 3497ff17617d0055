"""Where the change is: the smallest slice that carries it, and drivers that add up with a rest (7.2 step 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from meterline_tools.insight.frames import ATTRIBUTES, Array, Frame, Mask
from meterline_tools.insight.price import cents
from meterline_tools.insight.thresholds import Thresholds

VALUE_PENALTY, BLUNT_PENALTY = 0.03, 0.05
"""What a further value, or an attribute that says little about what happened, costs against a smaller slice (share of money)."""
NEW_BONUS = 0.10
TELLING_WHEN_NEW = ("region", "workspace", "sku_family")
"""A first region, workspace or product family says more than the workloads in it."""
BLUNT = ("team", "environment", "workload_type")


@dataclass(frozen=True)
class Slice:
    """Values of one attribute whose leaves carry the change.

    `also` lists the other attributes that single out the very same leaves (a workload that is the only one on
    its connector): what people may call the slice.
    """

    attribute: str
    values: tuple[str, ...]
    mask: Mask
    contribution: float
    share: float
    purity: float
    size: float
    also: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Driver:
    """One line of the driver table; contributions are in cents over the days of the change."""

    attribute: str
    value: str
    contribution: float
    share: float


def leaf_deltas(frame: Frame, expected: Array, onset: int, end: int) -> Array:
    """Actual minus expected over onset..end, a leaf."""
    actual = frame.measures["usd"][:, onset : end + 1].sum(axis=1)
    return np.asarray(actual - expected[:, : end + 1 - onset].sum(axis=1))


def new_leaves(frame: Frame, onset: int, rules: Thresholds, attribute: str = "workload") -> Mask:
    """Leaves whose attribute value is first seen around the onset: never in the weeks before it."""
    first: dict[str, int] = {}
    for leaf, rows in zip(frame.leaves, frame.measures["usd"], strict=True):
        value = leaf.get(attribute)
        days = np.flatnonzero(rows > 0)
        if value and days.size:
            first[value] = min(first.get(value, frame.days), int(days[0]))
    low, high = onset - WEEK_SLACK, onset + rules.slices.new_after_days
    if low <= 0:
        return np.zeros(len(frame.leaves), dtype=bool)
    return np.array([low <= first.get(leaf.get(attribute) or "", -1) <= high for leaf in frame.leaves], dtype=bool)


WEEK_SLACK = 10
"""Days before the onset in which a new thing may already have been tried at small scale."""


def find_slice(
    frame: Frame, deltas: Array, sizes: Array, usual: Array, rules: Thresholds, fresh: Mapping[str, Mask] | None = None
) -> Slice | None:
    """The smallest slice with enough of the change and little movement against it; None when it is broad.

    `sizes` is the money of each leaf in the days of the change (the larger of actual and expected), `usual` what was
    expected: a slice is broad when it is nearly all of the account before it moved, for a large surge of a small part
    ends up as most of the account too. `fresh` marks, for an attribute, the leaves whose value is new. Coverage is of
    all movement in the direction of the change, so that moves that cancel out do not make any slice look complete.
    """
    whole = float(sizes.sum())
    if not float(deltas.sum()) or not whole:
        return None
    found: list[tuple[float, int, Slice]] = []
    for rank, attribute in enumerate(ATTRIBUTES):
        best = _grow(frame, attribute, deltas, sizes, rules)
        if best is not None:
            penalty = VALUE_PENALTY * (len(best.values) - 1) + (BLUNT_PENALTY if attribute in BLUNT else 0.0)
            penalty -= NEW_BONUS if attribute in TELLING_WHEN_NEW and _all_new(best, fresh) else 0.0
            found.append((round(best.size + penalty, 4), rank, best))
    if not found:
        return None
    best = min(found, key=lambda f: (f[0], f[1]))[2]
    broad = float(usual[best.mask].sum()) > rules.slices.broad_size * float(usual.sum())
    if broad and len(frame.leaves) > 1 and _parts(frame) > 2:
        return None
    return best


def as_slice(frame: Frame, attribute: str, values: tuple[str, ...], deltas: Array, sizes: Array) -> Slice:
    """These values of an attribute as a slice; its share is of all that moved its way."""
    mask = frame.mask(attribute, values)
    inside = deltas[mask]
    own = float(inside.sum())
    alike = float(np.maximum(np.sign(own) * deltas, 0.0).sum())
    purity = abs(own) / max(float(np.abs(inside).sum()), 1e-9)
    size = float(sizes[mask].sum()) / max(float(sizes.sum()), 1e-9)
    share = abs(own) / alike if alike else 0.0
    return Slice(attribute, values, mask, cents(own), share, purity, size, _aliases(frame, attribute, mask))


def _all_new(part: Slice, fresh: Mapping[str, Mask] | None) -> bool:
    mask = (fresh or {}).get(part.attribute)
    return mask is not None and bool(mask[part.mask].all())


def _parts(frame: Frame) -> int:
    return len({(leaf.get("workload"), leaf.get("sku")) for leaf in frame.leaves})


def _grow(frame: Frame, attribute: str, deltas: Array, sizes: Array, rules: Thresholds) -> Slice | None:
    """Values of one attribute, largest contribution first, until they carry enough."""
    net, whole = float(deltas.sum()), float(sizes.sum())
    sign = np.sign(net)
    total = float(sign * np.maximum(sign * deltas, 0.0).sum())
    by_value: dict[str, float] = {}
    for leaf, delta in zip(frame.leaves, deltas, strict=True):
        value = leaf.get(attribute)
        if value:
            by_value[value] = by_value.get(value, 0.0) + float(delta)
    chosen: list[str] = []
    for value, delta in sorted(by_value.items(), key=lambda item: -sign * item[1]):
        if sign * delta <= 0 or len(chosen) >= rules.slices.max_values:
            break
        chosen.append(value)
        mask = frame.mask(attribute, chosen)
        inside = deltas[mask]
        share = float(inside.sum()) / total
        purity = abs(float(inside.sum())) / max(float(np.abs(inside).sum()), 1e-9)
        if share >= rules.slices.coverage and purity >= rules.slices.purity:
            size = float(sizes[mask].sum()) / whole
            return Slice(attribute, tuple(chosen), mask, cents(float(inside.sum())), share, purity, size, _aliases(frame, attribute, mask))
    return None


def _aliases(frame: Frame, attribute: str, mask: Mask) -> tuple[tuple[str, str], ...]:
    """Other attribute values that hold exactly the same leaves."""
    out: list[tuple[str, str]] = []
    for other in ATTRIBUTES:
        values = {leaf.get(other) for leaf, inside in zip(frame.leaves, mask, strict=True) if inside}
        if other == attribute or len(values) != 1:
            continue
        value = next(iter(values))
        if value and np.array_equal(frame.mask(other, [value]), mask):
            out.append((other, value))
    return tuple(out)


def drivers(frame: Frame, deltas: Array, delta: float, rules: Thresholds, attribute: str | None = None) -> tuple[list[Driver], float]:
    """The largest contributions by one attribute and the rest, in cents: they add up to `delta` exactly."""
    attribute = attribute or next((a for a in ("workload", "sku", "region") if frame.has(a)), "workload")
    by_value: dict[str, float] = {}
    for leaf, part in zip(frame.leaves, deltas, strict=True):
        value = leaf.get(attribute)
        if value:
            by_value[value] = by_value.get(value, 0.0) + float(part)
    ranked = sorted(by_value.items(), key=lambda item: -abs(item[1]))[: rules.slices.drivers]
    lines = [Driver(attribute, value, cents(part), part / delta if delta else 0.0) for value, part in ranked if cents(part)]
    return lines, cents(delta - sum(line.contribution for line in lines))
