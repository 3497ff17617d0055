"""What is measured beside money: people, jobs, waste, rows, bytes. NaN means "not measured for this kind of workload"."""

from __future__ import annotations

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.book import Track
from meterline_tools.demo.signal import holidays
from meterline_tools.demo.streams import Streams

RUNS_A_DAY = {
    "ingestion": 24.0,
    "scheduled": 14.0,
    "streaming": 24.0,
    "interactive": 30.0,
    "sql_bi": 240.0,
    "ml_serving": 900.0,
    "egress": 6.0,
}
USERS = {"interactive": (4, 22), "sql_bi": (10, 90), "ml_serving": (2, 9)}
MEASURES = (
    "active_users",
    "jobs_succeeded",
    "jobs_failed",
    "retry_quantity",
    "idle_quantity",
    "refresh_quantity",
    "compute_hours",
    "avg_utilization",
    "queue_seconds",
    "spill_gb",
    "rows_processed",
    "rows_changed",
    "gb_scanned",
    "gb_stored",
    "gb_egress",
)


def measures(track: Track, axis: Axis, streams: Streams, country: str, waste: bool, users: bool) -> dict[str, Floats]:
    """One array over the axis per measure."""
    w, rng = track.workload, streams.of("telemetry", track.workload.id)
    empty = np.full(axis.n, np.nan)
    out = dict.fromkeys(MEASURES, empty)
    typical = float(np.median(track.output[track.output > 0])) if (track.output > 0).any() else 1.0
    busy = np.clip(track.output / typical, 0.0, 5.0)
    if users:
        out["active_users"] = _users(track, axis, rng, country) if w.type in USERS else np.zeros(axis.n)
    if w.type in RUNS_A_DAY:
        runs = RUNS_A_DAY[w.type] * np.minimum(1.0, busy) ** 0.1 * track.jobs * (busy > 0.004)
        if w.type in ("interactive", "sql_bi", "ml_serving"):
            runs = RUNS_A_DAY[w.type] * busy**0.8
        jobs = rng.poisson(np.maximum(runs, 0.0)).astype(float)
        failed = rng.binomial(jobs.astype(np.int64), np.clip(track.failed, 0, 0.9)).astype(float)
        out["jobs_succeeded"], out["jobs_failed"] = jobs - failed, failed
    if waste:
        out["retry_quantity"] = track.retry
        out["idle_quantity"] = track.idle if w.type in ("interactive", "sql_bi") else np.zeros(axis.n)
        out["refresh_quantity"] = track.refresh if w.type == "ingestion" else np.zeros(axis.n)
    if spec.products().skus[w.sku].unit == "credit":
        _compute(out, track, busy, rng)
    if w.type in ("ingestion", "streaming", "scheduled"):
        _rows(out, track, rng, always_full=float(np.median(track.refresh / np.maximum(track.quantity, 1e-9))) > 0.3)
    if w.type == "storage":
        out["gb_stored"] = track.quantity * 30.4
    if w.type == "egress":
        out["gb_egress"] = track.quantity
    return out


def _users(track: Track, axis: Axis, rng: np.random.Generator, country: str) -> Floats:
    low, high = USERS[track.workload.type]
    quiet = (axis.weekdays() >= 5) | holidays(axis, country)
    mean = rng.uniform(low, high) * np.where(quiet, 0.18, 1.0) * track.users
    return np.asarray(np.where(track.quantity > 0, rng.poisson(np.maximum(mean, 0.01)), 0), dtype=np.float64)


def _compute(out: dict[str, Floats], track: Track, busy: Floats, rng: np.random.Generator) -> None:
    n = len(busy)
    working = np.divide(track.quantity - track.idle, track.quantity, out=np.ones(n), where=track.quantity > 0)
    out["compute_hours"] = track.quantity * 0.9
    out["avg_utilization"] = np.clip(rng.uniform(0.45, 0.75) * working * np.exp(rng.normal(0, 0.08, n)), 0.02, 0.98)
    out["queue_seconds"] = np.round(rng.exponential(20, n) * np.minimum(busy, 2.0))
    out["spill_gb"] = np.where(rng.random(n) < 0.06, rng.exponential(4, n), 0.0)
    if track.workload.type in ("interactive", "sql_bi", "scheduled"):
        out["gb_scanned"] = track.output * rng.uniform(20, 60) * np.exp(rng.normal(0, 0.1, n))


def _rows(out: dict[str, Floats], track: Track, rng: np.random.Generator, always_full: bool) -> None:
    """Rows follow output and re-loads; changed rows follow useful output only."""
    n = len(track.output)
    scale = 1000 if track.workload.type == "ingestion" else 40_000
    changed = track.workload.changed or (rng.uniform(0.03, 0.08) if always_full else rng.uniform(0.25, 0.7))
    jitter = np.exp(rng.normal(0, 0.05, n))
    processed = (track.output + track.refresh) * scale * jitter
    out["rows_processed"] = np.round(processed)
    base = track.output / max(1.0 - float(np.median(np.divide(track.refresh, np.maximum(track.output + track.refresh, 1e-9)))), 0.05)
    out["rows_changed"] = np.asarray(np.round(np.minimum(base * scale * changed * jitter, processed)), dtype=np.float64)
