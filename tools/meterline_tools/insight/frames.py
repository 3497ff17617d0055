"""The input of the explanation: one account's usage as a cube of leaves by days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Days = NDArray[np.intp]
"""Indices of days."""

ATTRIBUTES = ("workload", "region", "workspace", "connector", "sku", "sku_family", "team", "environment", "workload_type")
"""Slice attributes, in the order in which equal slices are named."""
MONEY = ("usd", "list_usd", "contracted_usd", "overage_usd", "correction_usd")
VOLUMES = ("qty", "refresh", "retry", "idle", "users", "jobs_ok", "jobs_failed", "rows_processed", "rows_changed", "egress")
"""`qty` is in the SKU's unit; refresh, retry and idle are parts of it; users are an upper bound when added over leaves."""


@dataclass(frozen=True)
class Frame:
    """Leaves (workload x SKU x region) by consecutive UTC days.

    `measures` holds leaves x days arrays. Money is 0 on a day without rows; other measures are NaN
    where they were not measured (NULL is not 0). `rows` counts usage rows.
    """

    start: date
    leaves: tuple[Mapping[str, str | None], ...]
    measures: Mapping[str, Array]
    rows: Array
    names: Mapping[str, str] = field(default_factory=dict)
    """Attribute value -> what people call it ("W-12" -> "orders sync")."""

    @property
    def days(self) -> int:
        return int(self.rows.shape[1])

    def day(self, index: int) -> date:
        return self.start + timedelta(days=index)

    def index(self, day: date) -> int:
        return (day - self.start).days

    def until(self, days: int) -> Frame:
        """The first `days` days of it."""
        if days >= self.days:
            return self
        return Frame(self.start, self.leaves, {n: v[:, :days] for n, v in self.measures.items()}, self.rows[:, :days], self.names)

    def total(self, measure: str = "usd") -> Array:
        """The account's daily sum; for volumes, NaN on days when nothing was measured."""
        values = self.measures[measure]
        if measure in MONEY:
            return np.asarray(values.sum(axis=0))
        seen = ~np.isnan(values).all(axis=0)
        return np.where(seen, np.nansum(values, axis=0), np.nan)

    def by_workload(self, measure: str, instead: str = "", keep: Mask | None = None) -> Array:
        """A measure of the leaves to keep, workloads × days; `instead`, where it lacks on a day on which that other one is there."""
        owners = [str(leaf.get("workload")) for leaf in self.leaves]
        inside = np.ones(len(owners), dtype=bool) if keep is None else keep
        places = {owner: at for at, owner in enumerate(dict.fromkeys(o for o, here in zip(owners, inside, strict=True) if here))}
        values = self.measures[measure]
        if instead and not bool(np.all(self.total(measure)[self.total(instead) > 0] > 0)):
            values = self.measures[instead]
        out = np.zeros((max(len(places), 1), self.days))
        for owner, row, here in zip(owners, values, inside, strict=True):
            if here:
                out[places[owner]] += row
        return out

    def has(self, attribute: str) -> bool:
        return any(leaf.get(attribute) for leaf in self.leaves)

    def mask(self, attribute: str, values: Iterable[str]) -> Mask:
        wanted = set(values)
        return np.array([leaf.get(attribute) in wanted for leaf in self.leaves], dtype=bool)

    def name(self, value: str) -> str:
        return self.names.get(value) or value


def build_frame(
    rows: Iterable[Mapping[str, Any]],
    attributes: Mapping[str, Mapping[str, str | None]],
    start: date,
    end: date,
    names: Mapping[str, str] | None = None,
) -> Frame:
    """A frame over start..end from rows {usage_date, workload_id, sku_id, region_id, usd, list_usd, …, n}.

    `attributes` maps a workload id to its own attributes (workspace, connector, team …). Rows outside
    the dates are left out; several rows of one leaf and day are added up.
    """
    days = (end - start).days + 1
    kept = [r for r in rows if start <= r["usage_date"] <= end]
    keys: dict[tuple[str | None, str | None, str | None], int] = {}
    for row in kept:
        keys.setdefault((row.get("workload_id"), row.get("sku_id"), row.get("region_id")), len(keys))
    measures = {m: np.zeros((len(keys), days)) for m in MONEY} | {m: np.full((len(keys), days), np.nan) for m in VOLUMES}
    counts = np.zeros((len(keys), days))
    families: dict[str, str | None] = {}
    units: dict[str, str | None] = {}
    leaf = np.array([keys[(row.get("workload_id"), row.get("sku_id"), row.get("region_id"))] for row in kept], dtype=np.intp)
    day = np.array([(row["usage_date"] - start).days for row in kept], dtype=np.intp)
    for row in kept:
        families[str(row.get("sku_id"))] = row.get("sku_family")
        units[str(row.get("sku_id"))] = row.get("consumed_unit")
    np.add.at(counts, (leaf, day), [row.get("n") or 1 for row in kept])
    for measure, values in measures.items():
        column = np.array([row.get(measure) for row in kept], dtype=np.float64)  # None becomes NaN
        seen = ~np.isnan(column)
        at = leaf[seen], day[seen]
        values[at] = np.nan_to_num(values[at])
        np.add.at(values, at, column[seen])
    leaves = tuple({**_leaf(key, attributes, families), "unit": units.get(str(key[1]))} for key in keys)
    return Frame(start, leaves, measures, counts, names or {})


def _leaf(
    key: tuple[str | None, str | None, str | None],
    attributes: Mapping[str, Mapping[str, str | None]],
    families: Mapping[str, str | None],
) -> dict[str, str | None]:
    workload, sku, region = key
    own = dict(attributes.get(workload or "", {}))
    own.pop("region", None)
    return {**own, "workload": workload, "sku": sku, "region": region, "sku_family": families.get(str(sku))}


def dense(days: Sequence[date], values: Sequence[float | None], start: date, end: date) -> Array:
    """A daily series over start..end from sparse points; 0 where there is none."""
    out = np.zeros((end - start).days + 1)
    for day, value in zip(days, values, strict=True):
        if start <= day <= end:
            out[(day - start).days] += float(value or 0.0)
    return out
