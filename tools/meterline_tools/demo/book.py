"""The daily series of one account while stories work on it: tracks of quantity, before any price."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.population import Account, Workload
from meterline_tools.demo.signal import base_quantity
from meterline_tools.demo.streams import Streams


@dataclass
class Track:
    """One workload's days, all arrays in units of its SKU unless said otherwise.

    `quantity` is what is metered; `output` is the part of it that did useful work; `idle`, `retry` and `refresh` are
    parts that did not add output. `failed` is the share of failed jobs; `users` and `jobs` are factors on the usual count.
    """

    workload: Workload
    quantity: Floats
    output: Floats
    idle: Floats
    retry: Floats
    refresh: Floats
    failed: Floats
    users: Floats
    jobs: Floats
    settings: dict[str, str] = field(default_factory=dict)

    def copy(self) -> Track:
        names = ("quantity", "output", "idle", "retry", "refresh", "failed", "users", "jobs")
        return replace(self, settings=dict(self.settings), **{name: getattr(self, name).copy() for name in names})

    def scale(self, factor: Floats) -> None:
        """More or less of everything: work and waste alike."""
        for name in ("quantity", "output", "idle", "retry", "refresh"):
            setattr(self, name, getattr(self, name) * factor)

    @property
    def list_usd(self) -> Floats:
        return self.quantity * spec.products().skus[self.workload.sku].price


@dataclass
class Book:
    """An account's tracks, and the streams that stories draw from."""

    account: Account
    axis: Axis
    streams: Streams
    tracks: list[Track]
    base_list_usd: Floats
    """List dollars a day before any story: what new workloads are sized against."""

    def copy(self) -> Book:
        return Book(self.account, self.axis, self.streams, [t.copy() for t in self.tracks], self.base_list_usd)

    def add(self, workload: Workload, level: float) -> None:
        """A new workload that uses about `level` list dollars a day once it has ramped up."""
        steady = replace(workload, share=1.0, starts=None, until=None)
        quantity = base_quantity(replace(self.account, starts=None, lumps=0), steady, self.axis, self.streams)
        start = self.axis.index(workload.starts) if workload.starts else 0
        price = spec.products().skus[workload.sku].price
        window = quantity[max(0, start) : max(0, start) + 28]
        if not window.size:
            return
        age = self.axis.since(workload.starts) if workload.starts else np.full(self.axis.n, np.inf)
        life = np.clip((age + 1) / max(workload.ramp_days or 1.0, 1.0), 0.0, 1.0)
        if workload.until is not None:
            life = np.where(self.axis.since(workload.until) >= 0, 0.0, life)
        self.tracks.append(make_track(workload, quantity * life * level / (window.mean() * price), self.streams))


def make_track(workload: Workload, quantity: Floats, streams: Streams) -> Track:
    """A track with the usual shares of idle, retried and re-loaded quantity for its type."""
    rng = streams.of("waste", workload.id)
    n = len(quantity)
    compute = workload.type in ("interactive", "sql_bi")
    wasteful = rng.random() < 0.12
    idle = workload.idle if workload.idle is not None else rng.uniform(0.17, 0.30) if wasteful else rng.uniform(0.03, 0.10)
    always_full = rng.random() < 0.07
    refresh = workload.refresh if workload.refresh is not None else rng.uniform(0.36, 0.6) if always_full else rng.uniform(0.01, 0.08)
    flaky = rng.random() < 0.03
    retry = rng.uniform(0.07, 0.14) if flaky else rng.uniform(0.002, 0.014)
    shares = {
        "idle": idle if compute else 0.0,
        "refresh": refresh if workload.type == "ingestion" else 0.0,
        "retry": retry if workload.type != "storage" else 0.0,
    }
    parts = {k: np.asarray(quantity * np.clip(v * np.exp(rng.normal(0, 0.12, n)), 0.0, 0.8)) for k, v in shares.items()}
    output = np.maximum(quantity - np.sum(list(parts.values()), axis=0), 0.0)
    failed = np.full(n, rng.uniform(0.04, 0.09) if flaky else rng.uniform(0.002, 0.012))
    idle_q, retry_q, refresh_q = parts["idle"], parts["retry"], parts["refresh"]
    return Track(workload, quantity, output, idle_q, retry_q, refresh_q, failed, users=np.ones(n), jobs=np.ones(n))


def base_book(account: Account, axis: Axis, streams: Streams) -> Book:
    """The account as it would be with no story at all."""
    tracks = [make_track(w, base_quantity(account, w, axis, streams), streams) for w in account.workloads]
    total = np.sum([t.list_usd for t in tracks], axis=0)
    return Book(account, axis, streams, tracks, np.asarray(total))
