"""Surges on public series with known events: the core of the watch beside two usual detectors.

    python -m benchmarks.detect PACK

PACK is a folder with series.parquet (series_id, timestamp, value), truth.json {series_id: {windows}} and the scorer
score_nab.py, whose event F1 is used. Ours is causal: a reading is judged by those before it; the stretches are as long as in
the watch, and the limit is the series' own record and a fifth more. The first F1 is at one setting for all series: ours as it
is shipped, the others at their best in hindsight. The one held out judges each series at the limit that is best for all the
other series, for ours too. F1 of every second series and of the rest tells how much is luck.
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

from benchmarks.packs import scorer
from meterline_tools.insight.departures import MAD_TO_SD, Ordinary, Stream, learned_period, middles, surprises, usual_of
from meterline_tools.insight.frames import Array
from meterline_tools.insight.watch_rules import watch_rules

DAY_S = 86_400.0
BEYOND_THE_RECORD = 1.2
LEVEL_SHARE, LEAST_LEVEL = 20, 50
"""A level is taken over a twentieth of the series, at least so many readings."""
LIMITS = (4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0)
"""Robust standard deviations that the usual detectors are tried at."""
RECORDS = tuple(margin / BEYOND_THE_RECORD for margin in (1.0, 1.1, BEYOND_THE_RECORD, 1.35, 1.5, 2.0))
"""What ours is tried at when a series is held out: margins beyond the record, as shares of the one it is shipped with."""
PUBLISHED = {"HTM, ARTime": 0.61, "CAD OSE": 0.58, "HalfSpaceTrees": 0.47, "STL, robust z": 0.41, "seasonal z": 0.35}
"""Event F1 of others on the sibling half of the same benchmark."""


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


@dataclass(frozen=True)
class Method:
    """A row of the table: what it is tried at, and at what when a series is held out."""

    detector: Detector
    limits: tuple[float, ...]
    held_out: tuple[float, ...]


def methods() -> dict[str, Method]:
    found = {"Meterline": Method(ours, (1.0,), RECORDS), "Seasonal z": Method(seasonal_z, LIMITS, LIMITS)}
    if importlib.util.find_spec("statsmodels"):
        found["STL, robust z"] = Method(stl_z, LIMITS, LIMITS)
    return found


def read_pack(folder: Path, rules: ModuleType) -> dict[str, Series]:
    rows = pq.read_table(folder / "series.parquet").to_pydict()
    places: dict[str, list[int]] = {}
    for place, name in enumerate(rows["series_id"]):
        places.setdefault(name, []).append(place)
    values, times = np.asarray(rows["value"], dtype=float), np.asarray(rows["timestamp"], dtype="datetime64[ns]")
    return {name: Series(values[at], times[at], rules.prob_len(len(at))) for name, at in places.items()}


def score(pack: Mapping[str, Series], truth: Mapping[str, Any], method: Method, rules: ModuleType) -> dict[str, Any]:
    """The scorer's figures over all series at the best limit, F1 with each series held out, that of both halves, CPU seconds."""
    started = time.process_time()
    sizes = {name: method.detector(series) for name, series in pack.items()}
    took = time.process_time() - started
    times, names = {name: series.times for name, series in pack.items()}, list(truth)

    def figures(limits: Mapping[str, float], of: Sequence[str]) -> dict[str, Any]:
        made = {name: {"alerts": [str(moment) for moment in times[name][sizes[name] >= limits[name]]]} for name in of}
        found: dict[str, Any] = rules.evaluate(made, times, truth, of)[0]
        return found

    def alike(limit: float, of: Sequence[str]) -> dict[str, Any]:
        same: dict[str, float] = dict.fromkeys(of, limit)
        return figures(same, of)

    def best(limits: Sequence[float], of: Sequence[str]) -> float:
        return max(limits, key=lambda limit: float(alike(limit, of)["F1"]))

    together = best(method.limits, names)
    apart = {name: best(method.held_out, [other for other in names if other != name]) for name in names}
    halves = [alike(together, half)["F1"] for half in (names[::2], names[1::2])]
    return {**alike(together, names), "held_out": figures(apart, names)["F1"], "halves": halves, "seconds": took}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    folder = parser.parse_args().pack
    rules = scorer(folder / "score_nab.py")
    pack, truth = read_pack(folder, rules), json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    events = sum(len(each["windows"]) for each in truth.values())
    print(f"{f'{events} events in {len(pack)} series':<23} F1  held out  precision  recall  of halves  false  CPU s")
    for name, method in methods().items():
        found = score(pack, truth, method, rules)
        halves = " ".join(f"{f1:.2f}" for f1 in found["halves"])
        print(
            f"{name:<20}  {found['F1']:.2f}  {found['held_out']:8.2f}  {found['P']:9.2f}  {found['R']:6.2f}  {halves:>9}"
            f"  {found['FP']:5d} {found['seconds']:6.1f}"
        )
    for name, f1 in PUBLISHED.items():
        print(f"{name:<20}  {f1:.2f}  (published, on a sibling half)")


if __name__ == "__main__":
    main()
