"""Hand-made usage with a known truth: a base drawn once, and the very same base with an effect on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from meterline_tools.insight.frames import Array, Frame
from meterline_tools.insight.history import History
from meterline_tools.insight.slices import Slice

START = date(2025, 1, 6)
DAYS = 420
WEEKDAYS = np.array([1.0, 1.02, 1.01, 1.0, 0.98, 0.6, 0.55])
LEAVES = (
    {"workload": "w-orders", "sku": "connector", "region": "eu", "connector": "shopware", "workload_type": "ingestion"},
    {"workload": "w-marts", "sku": "compute", "region": "eu", "connector": None, "workload_type": "scheduled"},
    {"workload": "w-boards", "sku": "compute", "region": "us", "connector": None, "workload_type": "sql_bi"},
)
NAMES = {"w-orders": "orders sync", "w-marts": "finance marts", "w-boards": "sales boards"}
LEVELS = (300.0, 200.0, 100.0)


@dataclass
class Made:
    """A company's usage: money by leaf and day, and the money the effect put in (the truth)."""

    usd: Array
    truth: Array
    unit_price: Array = field(default_factory=lambda: np.full((len(LEAVES), DAYS), 2.0))
    extras: dict[str, Array] = field(default_factory=dict)

    def frame(self, before: int = 200) -> Frame:
        first = DAYS - before
        usd, price = self.usd[:, first:], self.unit_price[:, first:]
        nothing = np.full(usd.shape, np.nan)
        qty = usd / price
        measures = {
            "usd": usd,
            "list_usd": qty * 2.0,
            "contracted_usd": qty * 2.0,
            "overage_usd": np.zeros(usd.shape),
            "correction_usd": np.zeros(usd.shape),
            "qty": qty,
        }
        for name in ("refresh", "retry", "idle", "users", "jobs_ok", "jobs_failed", "rows_processed", "rows_changed", "egress"):
            measures[name] = self.extras[name][:, first:] if name in self.extras else nothing
        return Frame(START + timedelta(days=first), LEAVES, measures, (usd > 0).astype(float), NAMES)

    def history(self) -> History:
        total = self.usd.sum(axis=0)
        listed = (self.usd / self.unit_price * 2.0).sum(axis=0)
        return History(START, total, listed, (total > 0).astype(float))

    @property
    def last(self) -> date:
        return START + timedelta(days=DAYS - 1)


def base(seed: int = 1, noise: float = 0.05) -> Array:
    """Weekday pattern x level x noise, leaves x days."""
    random = np.random.default_rng(seed)
    pattern = np.resize(WEEKDAYS, DAYS)
    return np.array([level * pattern * np.exp(random.normal(0, noise, DAYS)) for level in LEVELS])


def with_effect(factor: Array, seed: int = 1, leaves: tuple[int, ...] = (0,)) -> Made:
    """The base with some leaves multiplied by a factor a day; truth is with minus without."""
    without = base(seed)
    changed = without.copy()
    for leaf in leaves:
        changed[leaf] = changed[leaf] * factor
    return Made(changed, changed - without)


def pulse(onset: int, end: int, by: float) -> Array:
    days = np.arange(DAYS)
    return np.where((days >= onset) & (days <= end), by, 1.0)


def step(onset: int, by: float) -> Array:
    return pulse(onset, DAYS, by)


def ramp(onset: int, length: int, by: float) -> Array:
    return 1 + (by - 1) * np.clip((np.arange(DAYS) - onset + 1) / length, 0, 1)


def day(index: int) -> date:
    return START + timedelta(days=index)


def slice_of(frame: Frame, workload: str) -> Slice:
    return Slice("workload", (workload,), frame.mask("workload", [workload]), 0.0, 1.0, 1.0, 0.5)


def of_all_days(usd: Array) -> tuple[Frame, History]:
    """A frame and a history of any number of days, at one price."""
    blank = np.zeros((len(LEVELS), DAYS))
    shown = Made(blank, blank).frame(DAYS)
    money = dict.fromkeys(("usd", "list_usd", "contracted_usd"), usd) | {"qty": usd / 2.0}
    money |= {"overage_usd": np.zeros(usd.shape), "correction_usd": np.zeros(usd.shape)}
    measures = {name: money.get(name, np.full(usd.shape, np.nan)) for name in shown.measures}
    total, ones = usd.sum(axis=0), np.ones(usd.shape)
    return Frame(shown.start, shown.leaves, measures, ones, shown.names), History(START, total, total, ones[0])
