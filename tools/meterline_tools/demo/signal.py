"""The base signal of a workload: what it would use if nothing ever happened to it.

x = level × ramp × trend × weekday × holiday × exp(AR(1) + random walk) × lumps × month end, in units of its SKU a day.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis, Floats
from meterline_tools.demo.population import Account, Workload
from meterline_tools.demo.streams import Streams


def base_quantity(account: Account, workload: Workload, axis: Axis, streams: Streams) -> Floats:
    """Quantity a day over the axis; zero before the workload exists and after it ends."""
    settings, kind = spec.products().signal, spec.products().types[workload.type]
    rng = streams.of("signal", workload.id)
    level = account.daily * workload.share / (1 - account.discount) / spec.products().skus[workload.sku].price
    log = _noise(rng, axis.n, kind.noise, settings) + np.cumsum(rng.normal(0, kind.walk * account.calm, axis.n))
    trend = rng.normal(settings.trend_mean, settings.trend_sd)
    log += (account.trend if account.trend is not None else trend) / 365 * np.arange(axis.n)
    factors = _weekday(axis, kind.weekend) * _lumps(rng, axis, account, settings)
    if kind.holiday:
        factors = factors * np.where(holidays(axis, account.country), settings.holiday_factor, 1.0)
    if kind.month_end and account.industry in settings.month_end_industries:
        factors = factors * np.where(_month_end(axis), settings.month_end_factor, 1.0)
    return np.asarray(level * _life(account, workload, axis, settings) * np.exp(log) * factors)


def _noise(rng: np.random.Generator, n: int, sd: float, settings: spec.SignalSettings) -> Floats:
    """AR(1) with Student-t innovations and the given marginal standard deviation."""
    df, phi = settings.student_df, settings.ar
    shocks = rng.standard_t(df, n) * sd * np.sqrt((df - 2) / df) * np.sqrt(1 - phi**2)
    out = np.empty(n)
    state = 0.0
    for i, shock in enumerate(shocks.tolist()):
        state = phi * state + shock
        out[i] = state
    return out


def _weekday(axis: Axis, weekend: float) -> Floats:
    return np.where(axis.weekdays() >= 5, weekend, 1.0)


def _lumps(rng: np.random.Generator, axis: Axis, account: Account, settings: spec.SignalSettings) -> Floats:
    """Unlabelled bumps and dents that nobody will ever explain."""
    out = np.ones(axis.n)
    rate = settings.lumps_per_year if account.lumps is None else account.lumps
    for _ in range(int(rng.poisson(rate * axis.n / 365))):
        start, length = int(rng.integers(axis.n)), int(rng.integers(settings.lump_days[0], settings.lump_days[1] + 1))
        size = 1 + rng.uniform(*settings.lump_size)
        out[start : start + length] *= 1 / size if rng.random() < settings.lump_negative else size
    return out


def _life(account: Account, workload: Workload, axis: Axis, settings: spec.SignalSettings) -> Floats:
    """Ramp-up after the start and the end of life, as a factor."""
    start = workload.starts or account.starts
    factor = np.ones(axis.n)
    if start is not None:
        age = axis.since(start)
        if workload.ramp_days is None:
            factor = 1 / (1 + np.exp(-(age - settings.ramp_midpoint) / settings.ramp_scale))
        else:
            factor = np.clip((age + 1) / max(workload.ramp_days, 1.0), 0.0, 1.0)
        factor = np.where(age < 0, 0.0, factor)
    if workload.until is not None:
        factor = np.where(axis.since(workload.until) >= 0, 0.0, factor)
    return factor


def holidays(axis: Axis, country: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """True on the public holidays of a country."""
    out = np.zeros(axis.n, dtype=bool)
    for entry in spec.frame().holidays[country]:
        for year in range(axis.first.year, axis.today.year + 1):
            day = entry if isinstance(entry, date) else date.fromisoformat(f"{year}-{entry}")
            if axis.holds(day):
                out[axis.index(day)] = True
    return out


def _month_end(axis: Axis) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    month_day = (axis.days - axis.days.astype("datetime64[M]")).astype(int) + 1
    return np.asarray((month_day >= 28) | (month_day <= 2))
