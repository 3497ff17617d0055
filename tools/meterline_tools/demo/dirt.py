"""What the telemetry pipeline does to clean rows: late arrival, lost rows, outages, gaps, corrections."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis
from meterline_tools.demo.effects import Exhaust
from meterline_tools.demo.simulate import Simulated
from meterline_tools.demo.streams import Streams
from meterline_tools.demo.usage import Bools, Dimensions, Rows

GOLDEN = 0.6180339887498949
HOUR = 3600
SETTLED_DAYS = 10
"""Rows younger than this are late, never lost: what is missing is still on its way."""
OVERMETERED = 1.35


def make_dirty(rows: Rows, dims: Dimensions, company: list[Simulated], axis: Axis, streams: Streams) -> Rows:
    """The rows that had reached us at as-of, each with the time it did, corrections included."""
    account_of = np.array(dims.account_ids)[rows.workload]
    rows.ingested = _arrival(rows, axis, streams)
    _delay_accounts(rows, account_of, company, axis, streams)
    rows = rows.take(~_lost(rows, dims, account_of, company, axis, streams))
    account_of = np.array(dims.account_ids)[rows.workload]
    rows = _corrected(rows, account_of, company, axis, streams)
    rows = rows.take(rows.ingested <= np.datetime64(axis.as_of, "s"))
    return rows.take(np.lexsort((rows.correction, rows.status, rows.workload, rows.day)))


def _arrival(rows: Rows, axis: Axis, streams: Streams) -> npt.NDArray[np.datetime64]:
    """Arrival by noon of day 0, 1, 2 or 3. Dealt out along the dollars, so that rows and dollars arrive in like shares."""
    rng = streams.of("dirt", "arrival")
    shares = np.cumsum(spec.company_events().dirt.received)
    order = np.lexsort((-np.nan_to_num(rows.numbers["list_cost"]), rows.day))
    day = rows.day[order]
    first = np.searchsorted(day, day)
    rank = np.arange(len(day)) - first
    offset = rng.random(axis.n)[day]
    position = (offset + rank * GOLDEN) % 1.0
    wait = np.minimum(np.searchsorted(shares, position, side="right"), 3)
    jitter = rng.integers(0, 4 * HOUR, len(day))
    seconds = np.empty(len(day), dtype=np.int64)
    seconds[order] = wait * 24 * HOUR + 8 * HOUR + np.where(wait == 3, jitter // 4, jitter)
    return np.asarray(axis.days[rows.day].astype("datetime64[s]") + seconds, dtype="datetime64[s]")


def _delay_accounts(rows: Rows, account_of: npt.NDArray[np.str_], company: list[Simulated], axis: Axis, streams: Streams) -> None:
    """Slow accounts, two accounts with a gap that was filled late, and a late week of the corrected account."""
    dirt, rng = spec.company_events().dirt, streams.of("dirt", "delays")
    small = sorted(
        (s for s in company if s.account.segment == "self_serve" and not s.account.named), key=lambda s: (len(s.full.tracks), s.account.id)
    )
    slow = np.isin(account_of, [s.account.id for s in small[: dirt.slow_accounts]])
    rows.ingested[slow] = rows.ingested[slow] + np.timedelta64(dirt.slow_days, "D")
    settled = [s for s in company if not s.account.named and s.account.starts is None and s.account.segment == "mid_market"]
    for sim in settled[: dirt.gap_accounts]:
        start = int(rng.integers(axis.n // 2, max(axis.n // 2 + 1, axis.n - 60)))
        gap = (account_of == sim.account.id) & (rows.day >= start) & (rows.day < start + dirt.gap_days)
        back = axis.days[min(start + dirt.gap_days, axis.n - 1)] + np.timedelta64(dirt.gap_delay_days, "D")
        rows.ingested[gap] = back.astype("datetime64[s]") + np.timedelta64(9 * HOUR, "s")
    corrected = next((s.account.id for s in company if s.account.name == dirt.corrected_account), "")
    week = axis.index(dirt.corrected_month) + 8
    late = (account_of == corrected) & (rows.day >= week) & (rows.day < week + 5)
    rows.ingested[late] = rows.ingested[late] + np.timedelta64(6, "D")


def _lost(rows: Rows, dims: Dimensions, account_of: npt.NDArray[np.str_], company: list[Simulated], axis: Axis, streams: Streams) -> Bools:
    dirt, rng = spec.company_events().dirt, streams.of("dirt", "lost")
    exact = [s.account.id for s in company if any(isinstance(e, Exhaust) for ev in s.events for e in ev.effects)]
    fragile = ~np.isin(account_of, exact) & (rows.day < axis.n - SETTLED_DAYS) & ~rows.purchase
    lost = (rng.random(len(rows)) < dirt.missing_rows) & fragile
    region_of = np.array(dims.regions)[rows.workload]
    for outage in spec.company_events().outages:
        if axis.holds(outage.day):
            lost |= (rows.day == axis.index(outage.day)) & (region_of == outage.region) & ~rows.purchase
    return np.asarray(lost)


def _corrected(rows: Rows, account_of: npt.NDArray[np.str_], company: list[Simulated], axis: Axis, streams: Streams) -> Rows:
    """Some rows were over-metered at first; weeks later each is reversed and stated again. The three sum to the truth."""
    dirt, rng = spec.company_events().dirt, streams.of("dirt", "corrections")
    target = next((s.account.id for s in company if s.account.name == dirt.corrected_account), "")
    month = axis.index(dirt.corrected_month)
    near = np.flatnonzero((account_of == target) & (rows.day >= month) & (rows.day < month + 30))
    exact = [s.account.id for s in company if any(isinstance(e, Exhaust) for ev in s.events for e in ev.effects)]
    settled = (rows.day < axis.n - 30) & (rows.day > axis.n - 240) & (rows.numbers["effective_cost"] > 0) & ~rows.purchase
    rest = np.flatnonzero(settled & (account_of != target) & ~np.isin(account_of, exact))
    few = min(dirt.corrections // 2, len(near))
    chosen = np.sort(np.concatenate([rng.permutation(near)[:few], rng.permutation(rest)[: dirt.corrections - few]]))
    restated = rows.take(chosen)
    wrong = {k: v.copy() for k, v in rows.numbers.items()}
    for name in ("consumed_quantity", "list_cost", "contracted_cost", "effective_cost", "billed_cost"):
        wrong[name][chosen] *= OVERMETERED
    rows = replace(rows, numbers=wrong)
    reversal = rows.take(chosen)
    reversal.numbers = {k: _reversed(k, v) for k, v in reversal.numbers.items()}
    restated.numbers = {k: v if k in _MONEY_AND_QUANTITY else np.full(len(v), np.nan) for k, v in restated.numbers.items()}
    for part in (reversal, restated):
        part.correction = np.ones(len(chosen), dtype=bool)
        part.ingested = part.ingested + np.timedelta64(dirt.correction_delay_days, "D")
    return Rows.concat([rows, reversal, restated])


_MONEY_AND_QUANTITY = ("consumed_quantity", "list_cost", "contracted_cost", "effective_cost", "billed_cost")


def _reversed(name: str, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return -values if name in _MONEY_AND_QUANTITY else np.full(len(values), np.nan)
