"""Surges of whole companies: is there a new one, where, since when, why, one account or many, how much, will it last.

    python -m benchmarks.surges PACK

PACK is a folder with telemetry.parquet (case_id, date, account, workload, sku, region, connector, usage, price), truth.json
and the scorer score_surge.py. A case goes into the survey of changes as it is, and what it finds is put into the scorer's words;
nothing is decided here. Prints the composite and its parts, cases with their own truth, and CPU seconds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from meterline_tools.insight.frames import Frame
from meterline_tools.insight.survey import Episode, Survey, survey
from meterline_tools.insight.thresholds import load_thresholds

ATTRIBUTES = ("account", "workload", "sku", "region", "connector")
DAYS = 60
"""The question is about a change that began in the last 60 days."""
COMPOSITE, WIDTH = "composite", 80
REFERENCE = {"A quick prototype": 0.79, "A naive dashboard": 0.55}
"""Composites of other explainers on a sibling pack."""


def read_cases(path: Path) -> Iterator[tuple[str, Frame]]:
    """Each case as a frame of leaves by days; money is usage times price."""
    rows = pq.read_table(path).to_pydict()
    of_case: dict[str, list[int]] = {}
    for number, case in enumerate(rows["case_id"]):
        of_case.setdefault(case, []).append(number)
    for case, numbers in of_case.items():
        yield case, _frame({name: [values[n] for n in numbers] for name, values in rows.items()})


def _frame(rows: dict[str, list[Any]]) -> Frame:
    days = [day.date() for day in rows["date"]]
    start = min(days)
    keys: dict[tuple[str, ...], int] = {}
    leaf = [keys.setdefault(key, len(keys)) for key in zip(*(rows[name] for name in ATTRIBUTES), strict=True)]
    at = leaf, [(day - start).days for day in days]
    shape = len(keys), (max(days) - start).days + 1
    qty, usd, count = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    np.add.at(qty, at, rows["usage"])
    np.add.at(usd, at, np.multiply(rows["usage"], rows["price"]))
    np.add.at(count, at, 1.0)
    leaves = tuple({**dict(zip(ATTRIBUTES, key, strict=True)), "unit": "unit"} for key in keys)
    return Frame(start, leaves, {"usd": usd, "list_usd": usd, "contracted_usd": usd, "qty": qty}, count)


def explain(frame: Frame) -> Survey:
    last = frame.day(frame.days - 1)
    return survey(frame, last - timedelta(days=DAYS - 1), last, load_thresholds(), ATTRIBUTES)


def told(frame: Frame, found: Survey) -> dict[str, Any]:
    """What was found, in the scorer's words."""
    if found.surge is None:
        lasting = "seasonal" if found.seasonal is not None else "none"
        return {"surge": False, "durability": lasting, "driver": "none", "scope": "none"}
    return {"surge": True, **_told(frame, found.surge)}


def _told(frame: Frame, episode: Episode) -> dict[str, Any]:
    return {
        "onset": frame.day(episode.dated.onset).isoformat(),
        "slice": dict(episode.where),
        "durability": episode.lasting,
        "driver": episode.price.driver,
        "scope": "cross_account" if episode.common else "single_account",
        "delta_spend": episode.delta,
    }


def score(pack: Path, predictions: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="meterline-surges-") as folder:
        made = Path(folder) / "predictions.json"
        made.write_text(json.dumps(predictions), encoding="utf-8")
        command = [sys.executable, str(pack / "score_surge.py"), str(made), "--pack", str(pack)]
        result: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    pack = parser.parse_args().pack
    cases = list(read_cases(pack / "telemetry.parquet"))
    started = time.process_time()
    predictions = {case: told(frame, explain(frame)) for case, frame in cases}
    took = time.process_time() - started
    found = score(pack, predictions)
    kinds = found.pop("by_kind")
    truth = json.loads((pack / "truth.json").read_text(encoding="utf-8"))
    quiet = [case for case, true in truth.items() if not true["novel_surge"]]
    wolf = sum(bool(predictions[case]["surge"]) for case in quiet)
    parts = "  ".join(f"{name.removesuffix('_acc')} {value:.2f}" for name, value in found.items() if name != COMPOSITE)
    print(f"{f'Surges explained, {len(cases)} cases':<28}  composite  CPU s a case")
    print(f"{'Meterline':<28}  {found[COMPOSITE]:9.2f}  {took / len(cases):12.2f}")
    for name, value in REFERENCE.items():
        print(f"{name:<28}  {value:9.2f}  (on a sibling pack)")
    print(fill(f"Its parts: {parts}.", WIDTH))
    print(fill("By kind: " + ", ".join(f"{name} {value:.2f}" for name, value in kinds.items()) + ".", WIDTH))
    print(f"Cries of wolf on {len(quiet)} cases without a new surge: {wolf}.")


if __name__ == "__main__":
    main()
