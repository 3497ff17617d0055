"""Builds the demo company in a temporary folder, measures, prints a table. Nothing of yours is touched."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

COLD_QUESTION = "How is Lars Lindqvist doing over the last 30 days?"
COLD_RUNS = 5
PACKS = Path(__file__).resolve().parents[2] / "shared" / "bench"
"""Public test collections, when they lie beside the tree."""


@dataclass(frozen=True)
class Measure:
    what: str
    value: str
    aim: str = ""


def run(*arguments: str) -> str:
    """Output of a Python module in a process of its own; its own words if it fails."""
    done = subprocess.run([sys.executable, "-m", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)} failed:\n{done.stderr}")
    return done.stdout


def child(*arguments: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(run("benchmarks.child", *arguments))
    return result


def build(files: Path, home: Path) -> Measure:
    started = time.perf_counter()
    run("meterline.faces.cli", "demo", "--out", str(files), "--home", str(home))
    return Measure("Demo company: generate, load, index notes", f"{time.perf_counter() - started:.1f} s", "under 60 s")


def loading(files: Path, home: Path) -> list[Measure]:
    loaded = child("load", str(files), str(home))
    return [
        Measure(f"Load of {loaded['rows']:,} rows", f"{loaded['rows'] / loaded['seconds']:,.0f} rows/s"),
        Measure("Peak memory while loading", f"{loaded['peak_mb']:,.0f} MB"),
    ]


def cold(home: Path) -> Measure:
    """From process start to the printed answer, median."""
    took = []
    for _ in range(COLD_RUNS):
        started = time.perf_counter()
        run("meterline.faces.cli", "ask", COLD_QUESTION, "--home", str(home))
        took.append(time.perf_counter() - started)
    return Measure(f"Cold `meterline ask`, median of {COLD_RUNS}", f"{statistics.median(took):.2f} s", "under 2.5 s")


def warm(home: Path) -> tuple[list[Measure], list[tuple[str, float]]]:
    """p50 and p95 over all sample questions, and the slowest of them."""
    asked = child("warm", str(home))
    times = [took for per_question in asked["milliseconds"].values() for took in per_question]
    cuts = statistics.quantiles(times, n=20)
    measures = [
        Measure(f"Warm answer, p50 of {len(asked['milliseconds'])} questions", f"{statistics.median(times):.0f} ms", "under 100 ms"),
        Measure("Warm answer, p95", f"{cuts[18]:.0f} ms"),
        Measure("Peak memory while answering", f"{asked['peak_mb']:,.0f} MB"),
    ]
    slowest = sorted(((q, statistics.median(t)) for q, t in asked["milliseconds"].items()), key=lambda pair: -pair[1])[:3]
    return measures, slowest


def table(measures: list[Measure], slowest: list[tuple[str, float]]) -> Table:
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    drawn.add_column("Measure")
    drawn.add_column("Here", justify="right", no_wrap=True)
    drawn.add_column("Aim", no_wrap=True)
    for measure in measures:
        drawn.add_row(measure.what, measure.value, measure.aim)
    for question, took in slowest:
        drawn.add_row(f"  slowest: {question}", f"{took:.0f} ms")
    return drawn


def main() -> None:
    console = Console(highlight=False, width=80)
    with tempfile.TemporaryDirectory(prefix="meterline-bench-") as folder:
        files, home = Path(folder) / "files", Path(folder) / "home"
        measures = [build(files, home), *loading(files, Path(folder) / "second"), cold(home)]
        warmed, slowest = warm(home)
    console.print(table([*measures, *warmed], slowest))
    for name in ("retrieval", "forecast"):
        console.print()
        if (PACKS / name).is_dir():
            console.print(run(f"benchmarks.{name}", str(PACKS / name)).rstrip(), markup=False)
        else:
            console.print(f"No {name} pack beside the tree: its table is left out.")


if __name__ == "__main__":
    main()
