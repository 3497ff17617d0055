"""Surges on public series with known events: the core of the watch beside two usual detectors.

    python -m benchmarks.detect PACK

PACK is a folder with series.parquet (series_id, timestamp, value), truth.json {series_id: {windows}} and the scorer
score_nab.py, whose event F1 is used. Every detector has one setting for all series; the usual ones are given the
best that there is in hindsight. Ours is causal: a reading is judged by
those before it; the stretches are as long as in the watch, and the limit is the series' own record and a fifth more. F1 of
every other series and of the rest is printed too, so that one can see how much of it is luck.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from meterline_tools.insight.departures import MAD_TO_SD, Ordinary, Stream, learned_period, middles, surprises, usual_of
from meterline_tools.insight.frames import Array
from meterline_tools.insight.watch_rules import watch_rules

DAY_S = 86_400.0
BEYOND_THE_RECORD = 1.2
LEVEL_SHARE, LEAST_LEVEL = 20, 50
"""A level is taken over a twentieth of the series, at least so many readings."""
LIMITS = (4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
"""Robust standard deviations of which the usual detectors are given the best, picked by the very events they are scored on."""


@dataclass(frozen=True)
class Series:
    values: Array
    times: NDArray[np.datetime64]
    probation: int
    """Readings at the start that are not judged."""

    @property
    def periods(self) -> tuple[int, ...]:
        """A day and a week, in readings."""
        step = float(np.median(np.diff(self.times) / np.timedelta64(1, "s")))
        return round(DAY_S / step), round(7 * DAY_S / step)

    @property
    def period(self) -> int:
        """What the probation shows; 0 for none."""
        return learned_period(self.values[: self.probation], self.periods)

    @property
    def stream(self) -> Stream:
        level = max(LEAST_LEVEL, self.values.size // LEVEL_SHARE)
        return Stream(tuple(watch_rules().lengths), Ordinary(z=0.0, tail=1.0, margin=BEYOND_THE_RECORD), level)


Detector = Callable[[Series], Array]
"""How unusual each reading is."""


def ours(series: Series) -> Array:
    return surprises(series.values, series.period, series.stream)


def seasonal_z(series: Series) -> Array:
    """Departure from the same moment of earlier periods, in robust standard deviations of the probation."""
    apart = series.values - usual_of(series.values, series.period, series.stream)
    return _deviations(apart, apart[: series.probation])


def stl_z(series: Series) -> Array:
    """Remainder of a seasonal decomposition of the whole series (it sees the future), in robust standard deviations of itself."""
    if not series.period:
        apart = series.values - usual_of(series.values, 0, series.stream)
        return _deviations(apart, apart)
    decompose = importlib.import_module("statsmodels.tsa.seasonal").STL
    rest = np.asarray(decompose(series.values, period=series.period).fit().resid, dtype=float)
    return _deviations(rest, rest)


def _deviations(apart: Array, reference: Array) -> Array:
    middle = float(middles(reference))
    spread = MAD_TO_SD * float(middles(np.abs(reference - middle))) or float(np.nanstd(reference)) or 1.0
    return np.asarray(np.abs(np.nan_to_num(apart) - middle) / spread)


def methods() -> dict[str, tuple[Detector, tuple[float, ...]]]:
    """The rows of the table, with the limits that each is tried at."""
    found: dict[str, tuple[Detector, tuple[float, ...]]] = {"Meterline": (ours, (1.0,)), "Seasonal z, best limit": (seasonal_z, LIMITS)}
    if importlib.util.find_spec("statsmodels"):
        found["STL with robust z, best limit"] = stl_z, LIMITS
    return found


def read_pack(folder: Path, scorer: ModuleType) -> dict[str, Series]:
    rows = pq.read_table(folder / "series.parquet").to_pydict()
    places: dict[str, list[int]] = {}
    for place, name in enumerate(rows["series_id"]):
        places.setdefault(name, []).append(place)
    values, times = np.asarray(rows["value"], dtype=float), np.asarray(rows["timestamp"], dtype="datetime64[ns]")
    return {name: Series(values[at], times[at], scorer.prob_len(len(at))) for name, at in places.items()}


def score(
    pack: Mapping[str, Series], truth: Mapping[str, Any], detector: Detector, limits: Sequence[float], scorer: ModuleType
) -> dict[str, Any]:
    """The scorer's figures over all series at the best limit, the F1 of both halves, and CPU seconds."""
    started = time.process_time()
    sizes = {name: detector(series) for name, series in pack.items()}
    took = time.process_time() - started
    times, names = {name: series.times for name, series in pack.items()}, list(truth)

    def at(limit: float) -> dict[str, Any]:
        made = {name: {"alerts": [str(moment) for moment in times[name][found >= limit]]} for name, found in sizes.items()}
        halves = [scorer.evaluate(made, times, truth, half)[0]["F1"] for half in (names[::2], names[1::2])]
        return {**scorer.evaluate(made, times, truth)[0], "halves": halves, "seconds": took}

    return max((at(limit) for limit in limits), key=lambda found: float(found["F1"]))


def _scorer(folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_nab", folder / "score_nab.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    folder = parser.parse_args().pack
    scorer = _scorer(folder)
    pack, truth = read_pack(folder, scorer), json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    events = sum(len(each["windows"]) for each in truth.values())
    print(f"{f'{events} events in {len(pack)} series':<30}    F1  precision  recall  of halves   false  CPU s")
    for name, (detector, limits) in methods().items():
        found = score(pack, truth, detector, limits, scorer)
        halves = " ".join(f"{f1:.2f}" for f1 in found["halves"])
        print(f"{name:<30}  {found['F1']:.3f}  {found['P']:9.2f}  {found['R']:6.2f}  {halves:>9}  {found['FP']:6d} {found['seconds']:6.1f}")


if __name__ == "__main__":
    main()
