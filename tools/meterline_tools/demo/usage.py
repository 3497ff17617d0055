"""The fact table: one row per workload and day (two on the day a commit runs out), as numpy columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.pricing import STATUSES
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.streams import Streams
from meterline_tools.demo.telemetry import MEASURES, measures

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
MONEY = ("list_cost", "contracted_cost", "effective_cost", "billed_cost")
NEGLIGIBLE = 0.002
"""A workload below this share of its median writes no row."""


@dataclass
class Rows:
    """Columns of equal length. `workload` indexes `workloads`; `day` is a position on the axis; -1 codes stand for NULL."""

    numbers: dict[str, Floats]
    day: Ints
    workload: Ints
    contract: Ints
    status: Ints
    correction: Bools
    purchase: Bools
    ingested: npt.NDArray[np.datetime64]

    def __len__(self) -> int:
        return len(self.day)

    def take(self, index: npt.NDArray[np.int64] | Bools) -> Rows:
        return Rows(
            {k: v[index] for k, v in self.numbers.items()},
            self.day[index],
            self.workload[index],
            self.contract[index],
            self.status[index],
            self.correction[index],
            self.purchase[index],
            self.ingested[index],
        )

    @staticmethod
    def concat(parts: list[Rows]) -> Rows:
        first = parts[0]
        return Rows(
            {k: np.concatenate([p.numbers[k] for p in parts]) for k in first.numbers},
            *(
                np.concatenate([getattr(p, name) for p in parts])
                for name in ("day", "workload", "contract", "status", "correction", "purchase", "ingested")
            ),
        )


@dataclass(frozen=True)
class Dimensions:
    """What the codes in `Rows` mean: per workload its id, account, SKU and region; contract ids."""

    workload_ids: list[str | None]
    account_ids: list[str]
    skus: list[str]
    regions: list[str]
    contract_ids: list[str]


def usage_rows(company: list[Simulated], axis: Axis, streams: Streams) -> tuple[Rows, Dimensions]:
    """All rows as they would be if telemetry were perfect and arrived the next morning."""
    dims = Dimensions([], [], [], [], [])
    parts = []
    for sim in company:
        first_contract = len(dims.contract_ids)
        dims.contract_ids.extend(t.contract_id for t in sim.paper.terms)
        for i, track in enumerate(sim.full.tracks):
            w = track.workload
            dims.workload_ids.append(w.id)
            dims.account_ids.append(w.account_id)
            dims.skus.append(w.sku)
            dims.regions.append(w.region)
            rows = _workload_rows(sim, i, len(dims.workload_ids) - 1, first_contract, axis, streams)
            if len(rows):
                parts.append(rows)
        support = _support_rows(sim, dims, axis)
        if support is not None:
            parts.append(support)
    return Rows.concat(parts), dims


def _workload_rows(sim: Simulated, i: int, code: int, first_contract: int, axis: Axis, streams: Streams) -> Rows:
    track, priced = sim.full.tracks[i], sim.priced
    positive = track.quantity[track.quantity > 0]
    floor = NEGLIGIBLE * float(np.median(positive)) if positive.size else np.inf
    days = np.flatnonzero(track.quantity > floor)
    over = priced.over[days]
    numbers = {k: v[days] for k, v in measures(track, axis, streams, sim.account.country, sim.account.waste, sim.account.users).items()}
    numbers["consumed_quantity"] = track.quantity[days]
    numbers["list_cost"] = priced.list_usd[i, days]
    inside = _split(sim, numbers, i, days, code, first_contract, over, beyond=False)
    beyond = _split(sim, numbers, i, days, code, first_contract, over, beyond=True)
    return Rows.concat([inside, beyond])


def _split(
    sim: Simulated, numbers: dict[str, Floats], i: int, days: Ints, code: int, first_contract: int, over: Floats, beyond: bool
) -> Rows:
    """The rows inside the commit (or without one), or those beyond it. Additive measures are shared out by the day's share."""
    priced, terms = sim.priced, sim.paper.terms
    share = over if beyond else 1 - over
    keep = share > 0
    at, part = days[keep], share[keep]
    whole = {"avg_utilization", "active_users", "gb_stored"}
    columns = {k: v[keep] if k in whole else v[keep] * part for k, v in numbers.items()}
    unit = priced.overage_usd[i, at] if beyond else priced.contracted[i, at]
    columns["contracted_cost"] = unit * part
    columns["effective_cost"] = np.zeros(len(at)) if priced.free else unit * part
    term = priced.term_of_day[at]
    kinds = np.array([t.kind for t in terms] + ["none"])[term]
    prepaid = np.array([t.prepaid for t in terms] + [False])[term]
    status = np.where(kinds == "none", STATUSES.index("on_demand"), STATUSES.index("overage" if beyond else "drawdown"))
    if priced.free:
        status = np.full(len(at), STATUSES.index("free"))
    columns["billed_cost"] = np.where(prepaid & (status == STATUSES.index("drawdown")), 0.0, columns["effective_cost"])
    if priced.free:
        columns["contracted_cost"] = np.zeros(len(at))
    return Rows(
        columns,
        at,
        np.full(len(at), code),
        np.where(term >= 0, term + first_contract, -1),
        status,
        np.zeros(len(at), dtype=bool),
        np.zeros(len(at), dtype=bool),
        sim.full.axis.days[at].astype("datetime64[s]"),
    )


def _support_rows(sim: Simulated, dims: Dimensions, axis: Axis) -> Rows | None:
    """Support Plus: bought on the first of each month by committed strategic and enterprise accounts. Not consumption."""
    if sim.account.commit is None or sim.account.segment not in ("strategic", "enterprise"):
        return None
    month_start = axis.days == axis.days.astype("datetime64[M]").astype("datetime64[D]")
    net = sim.net_by_day
    days = np.flatnonzero(month_start & (net > 0))
    if not days.size:
        return None
    dims.workload_ids.append(None)
    dims.account_ids.append(sim.account.id)
    dims.skus.append("SUPPORT_PLUS")
    dims.regions.append(sim.account.cloud_regions[0])
    fee = np.full(len(days), float(np.round(net[net > 0].mean() * 30 * 0.08, 0)))
    nothing = np.full(len(days), np.nan)
    numbers = dict.fromkeys(MEASURES, nothing) | {"consumed_quantity": fee} | dict.fromkeys(MONEY, fee)
    n = len(days)
    return Rows(
        numbers,
        days,
        np.full(n, len(dims.workload_ids) - 1),
        np.full(n, -1),
        np.full(n, -1),
        np.zeros(n, dtype=bool),
        np.ones(n, dtype=bool),
        np.asarray(axis.days[days].astype("datetime64[h]") + 6, dtype="datetime64[s]"),
    )
