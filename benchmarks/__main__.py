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

from benchmarks.packs import NAMES, table_of

COLD_QUESTION = "How is Lars Lindqvist doing over the last 30 days?"
COLD_RUNS = 5


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


def warm(files: Path, home: Path) -> tuple[list[Measure], Table]:
    """p50 and p95 over the whole sample of questions, asked a second time in one process, and the same by intent."""
    sample = home / "sample.json"
    child("sample", str(files), str(sample))
    asked = child("warm", str(home), str(sample))
    first, again = ([each["ms"] for each in rnd] for rnd in asked["rounds"])
    middle, high = spread(again)
    measures = [
        Measure(f"Warm answer, p50 of {len(again)} questions", f"{middle:.0f} ms", "under 100 ms"),
        Measure("Warm answer, p95", f"{high:.0f} ms", "under 400 ms"),
        Measure("Asked for the first time, p50 and p95", "{:.0f} and {:.0f} ms".format(*spread(first))),
        Measure("Peak memory while answering", f"{asked['peak_mb']:,.0f} MB", "under 400 MB"),
    ]
    return measures, by_intent(asked["rounds"][-1])


def spread(values: list[float]) -> tuple[float, float]:
    """p50 and p95."""
    return statistics.median(values), (statistics.quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0])


def by_intent(asked: list[dict[str, Any]]) -> Table:
    """Wall clock and CPU by intent, with the slowest question of each."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", title="Warm answers, ms", title_justify="left")
    for heading in ("Intent", "n", "p50", "p95", "CPU p50", "CPU p95"):
        drawn.add_column(heading, justify="left" if heading == "Intent" else "right", no_wrap=True)
    drawn.add_column("Slowest", overflow="ellipsis", no_wrap=True)
    for intent in sorted({each["intent"] for each in asked}):
        of_it = [each for each in asked if each["intent"] == intent]
        numbers = [*spread([e["ms"] for e in of_it]), *spread([e["cpu_ms"] for e in of_it])]
        slowest = max(of_it, key=lambda each: float(each["cpu_ms"]))["question"]
        drawn.add_row(intent, str(len(of_it)), *(f"{number:.0f}" for number in numbers), slowest)
    return drawn


def table(measures: list[Measure]) -> Table:
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    drawn.add_column("Measure")
    drawn.add_column("Here", justify="right", no_wrap=True)
    drawn.add_column("Aim", no_wrap=True)
    for measure in measures:
        drawn.add_row(measure.what, measure.value, measure.aim)
    return drawn


def main() -> None:
    console = Console(highlight=False, width=100)
    with tempfile.TemporaryDirectory(prefix="meterline-bench-") as folder:
        files, home = Path(folder) / "files", Path(folder) / "home"
        measures = [build(files, home), *loading(files, Path(folder) / "second"), cold(home)]
        warmed, intents = warm(files, home)
        served = run("benchmarks.tokens", str(home), str(files)).rstrip()
        alarms = run("benchmarks.watch", str(files)).rstrip()
    console.print(table([*measures, *warmed]))
    console.print()
    console.print(intents)
    console.print(f"\n{served}", markup=False)
    console.print(f"\n{alarms}", markup=False)
    console.print(f"\n{run('benchmarks.notes').rstrip()}", markup=False)
    console.print(f"\n{run('benchmarks.languages').rstrip()}", markup=False)
    for name in NAMES:
        console.print(f"\n{table_of(name)}", markup=False)


if __name__ == "__main__":
    main()
