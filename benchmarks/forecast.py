"""Short-horizon forecasts on public series: ours beside the methods it is made of, and the naive ones.

    python -m benchmarks.forecast PACK

PACK is a folder with train.parquet (series_id, y), meta.json {series_id: {m, h}}, truth.json {series_id: [h values]} and
the scorer score_fc.py, whose definitions of OWA and coverage are used. Prints the mean OWA of the groups (lower is better;
seasonally adjusted naive is 1), the share of outcomes inside the 80% interval, and CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.packs import scorer
from meterline_tools.insight.forecast.series import LEVEL, project
from meterline_tools.insight.frames import Array

Forecaster = Callable[[Array, int, int], tuple[Array, Array, Array]]
"""Values, season and horizon to mean, low and high."""


@dataclass(frozen=True)
class Pack:
    folder: Path
    series: Mapping[str, Array]
    seasons: Mapping[str, int]
    horizons: Mapping[str, int]


@dataclass(frozen=True)
class Score:
    owa: float
    covered: float
    groups: Mapping[str, float]
    seconds: float


def read_pack(folder: Path) -> Pack:
    rows = pq.read_table(folder / "train.parquet").to_pydict()
    values: dict[str, list[float]] = {}
    for name, value in zip(rows["series_id"], rows["y"], strict=True):
        values.setdefault(name, []).append(value)
    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return Pack(
        folder=folder,
        series={name: np.asarray(y, dtype=float) for name, y in values.items()},
        seasons={name: meta[name]["m"] for name in values},
        horizons={name: meta[name]["h"] for name in values},
    )


def methods() -> dict[str, Forecaster]:
    """The rows of the table."""
    from statsforecast.models import MSTL, AutoETS, AutoTheta, Naive, SeasonalNaive

    def single(make: Callable[[int], Any]) -> Forecaster:
        def run(values: Array, season: int, horizon: int) -> tuple[Array, Array, Array]:
            found = make(season).forecast(y=values, h=horizon, level=[LEVEL])
            return found["mean"], found[f"lo-{LEVEL}"], found[f"hi-{LEVEL}"]

        return run

    def ours(values: Array, season: int, horizon: int) -> tuple[Array, Array, Array]:
        outlook = project(values, horizon, season)
        return outlook.mean, outlook.low, outlook.high

    return {
        "Meterline (median of 4 below)": ours,
        "MSTL": single(lambda m: MSTL(season_length=m, trend_forecaster=AutoETS(model="ZZN")) if m > 1 else AutoETS(season_length=1)),
        "AutoETS": single(lambda m: AutoETS(season_length=m)),
        "AutoTheta": single(lambda m: AutoTheta(season_length=m)),
        "Seasonal naive": single(lambda m: SeasonalNaive(season_length=m) if m > 1 else Naive()),
        "Naive": single(lambda m: Naive()),
    }


def score(pack: Pack, forecaster: Forecaster, rules: ModuleType) -> Score:
    started = time.process_time()
    made = {}
    for name, values in pack.series.items():
        mean, low, high = (np.asarray(part).tolist() for part in forecaster(values, pack.seasons[name], pack.horizons[name]))
        made[name] = {"mean": mean, "lo80": low, "hi80": high}
    took = time.process_time() - started
    found: dict[str, Any] = rules.evaluate(made, str(pack.folder))
    groups = {name: group for name, group in found.items() if name != "mean_OWA"}
    return Score(
        owa=float(found["mean_OWA"]),
        covered=float(np.mean([group["cov80"] for group in groups.values()])),
        groups={name: float(group["OWA"]) for name, group in groups.items()},
        seconds=took,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    pack = read_pack(parser.parse_args().pack)
    rules, made = scorer(pack.folder / "score_fc.py"), methods()
    project([1.0, 2.0] * 10, 1, 1)  # imports are not any method's work
    print(f"{f'Forecasts of {len(pack.series)} series':<29}    OWA  by group                    in 80% CPU s")
    for name, forecaster in made.items():
        found = score(pack, forecaster, rules)
        groups = " ".join(f"{key} {value:.2f}" for key, value in found.groups.items())
        print(f"{name:<29}  {found.owa:.3f}  {groups:<26} {found.covered:5.0%} {found.seconds:6.1f}")


if __name__ == "__main__":
    main()
