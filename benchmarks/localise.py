"""Localising on public and made-up tables: ours beside a simple method, the same filter for both.

    python -m benchmarks.localise PACK [--made N]

PACK is a folder with data/<family>.parquet (instance_id, attributes, real, predict) and truth.json {instance_id:
{root_causes, family, attributes}}. Prints, for each family, the exact-element F1 (a slice counts when it has the very same
attributes and values), the number of tables, and CPU seconds a table. Family R is told apart: its labels are doubtful. Then the
same for N tables of each kind that `benchmarks.tables` makes up.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.tables import KINDS
from meterline_tools.insight.changes import Leaves, localise

DOUBTFUL = "R"
FILTERED = {"U": 0.003}
"""Least contribution that counts, as a share of the table: business tables have a floor, the published ones have none."""
COVERED, MOST_VALUES = 0.67, 5
"""A simple method names up to so many values of one attribute, until they carry so much of what moved."""
REFERENCE: dict[str, tuple[dict[str, float], str]] = {
    "RiskLoc *": ({"S": 0.75, "L": 0.74, "B0": 0.93, "B9": 0.71, "U": 0.80}, "0.6 to 6.2"),
    "AutoRoot *": ({"S": 0.44, "L": 0.54, "B0": 0.91, "B9": 0.85, "U": 0.78}, "0.3 to 1.4"),
    "Squeeze *": ({"B0": 0.97}, "4.5"),
}
"""F1 by family and CPU seconds a table of published methods, measured on sibling tables of the same generators."""

Where = frozenset[tuple[str, str]]
Localiser = Callable[[Leaves, float], list[Where]]


@dataclass(frozen=True)
class Instance:
    family: str
    leaves: Leaves
    truth: frozenset[Where]


@dataclass
class Tally:
    """Slices named right, named wrong and not named, and the CPU seconds of each table."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    seconds: list[float] = field(default_factory=list)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)


def read_pack(folder: Path) -> list[Instance]:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    found = []
    for path in sorted((folder / "data").glob("*.parquet")):
        table = pq.read_table(path)
        ids = np.asarray(table.column("instance_id"))
        for name in dict.fromkeys(ids.tolist()):
            rows, said = table.filter(ids == name), truth[name]
            columns = {attribute: rows.column(attribute).to_pylist() for attribute in said["attributes"]}
            actual, expected = (rows.column(column).to_pylist() for column in ("real", "predict"))
            causes = frozenset(_where(cause) for cause in said["root_causes"])
            found.append(Instance(said["family"].rstrip("_"), Leaves.from_columns(columns, actual, expected), causes))
    return found


def _where(values: Mapping[str, Any]) -> Where:
    return frozenset((attribute, str(value)) for attribute, value in values.items())


def ours(leaves: Leaves, min_share: float) -> list[Where]:
    return [_where(each.where) for each in localise(leaves, min_share=min_share).slices]


def one_attribute(leaves: Leaves, min_share: float) -> list[Where]:
    """The attribute whose values' shares of the total differ most from what was expected, and its values that moved most.

    After Adtributor (Bhagwan et al. 2014): surprise is the Jensen-Shannon divergence of expected and actual shares,
    explanatory power the share of the change. It sees one attribute at a time.
    """
    change = leaves.actual - leaves.expected
    whole = max(float(leaves.actual.sum()), float(leaves.expected.sum()))
    best: tuple[float, list[Where]] = (0.0, [])
    for name, labels, codes in zip(leaves.names, leaves.labels, leaves.codes, strict=True):
        moved, came, due = (np.bincount(codes, column, len(labels)) for column in (change, leaves.actual, leaves.expected))
        power = moved / (change.sum() or 1.0)
        p, q = due / (due.sum() or 1.0), came / (came.sum() or 1.0)
        middle = np.where(p + q > 0, (p + q) / 2, 1.0)
        apart = [np.where(s > 0, s * np.log(np.where(s > 0, s, 1.0) / middle), 0.0) for s in (p, q)]
        surprise = 0.5 * (apart[0] + apart[1])
        named, carried = [], 0.0
        for at in np.argsort(-surprise, kind="stable")[:MOST_VALUES]:
            if power[at] > 0.1 and abs(moved[at]) >= min_share * whole:
                named.append(int(at))
                carried += float(power[at])
            if carried >= COVERED:
                break
        total = float(surprise[named].sum())
        if carried >= COVERED and total > best[0]:
            best = total, [_where({name: labels[at]}) for at in named]
    return best[1]


METHODS: dict[str, Localiser] = {"Meterline": ours, "One attribute (Adtributor)": one_attribute}


def measure(instances: list[Instance], method: Localiser) -> dict[str, Tally]:
    tallies: dict[str, Tally] = {}
    for each in instances:
        tally = tallies.setdefault(each.family, Tally())
        started = time.process_time()
        named = set(method(each.leaves, FILTERED.get(each.family, 0.0)))
        tally.seconds.append(time.process_time() - started)
        tally.right += len(named & each.truth)
        tally.wrong += len(named - each.truth)
        tally.missed += len(each.truth - named)
    return tallies


def made(count: int) -> list[Instance]:
    return [Instance(kind, *make(seed)) for kind, make in KINDS.items() for seed in range(1, count + 1)]


def print_table(title: str, instances: list[Instance], families: list[str]) -> None:
    counts = {family: sum(each.family == family for each in instances) for family in families}
    wide = 8 if max(map(len, families)) < 3 else 16
    print(f"{title:<27}" + "".join(f"{f'{family} n={counts[family]}':>{wide}}" for family in families))
    for name, method in METHODS.items():
        tallies = measure(instances, method)
        print(f"{name:<27}" + "".join(f"{tallies[family].f1:>{wide}.3f}" for family in families))
        print(f"{'  CPU s a table':<27}" + "".join(f"{np.mean(tallies[family].seconds):>{wide}.3f}" for family in families))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--made", type=int, default=100, metavar="N", help="tables of each kind that are made up (default 100)")
    asked = parser.parse_args()
    instances = read_pack(asked.pack)
    families = sorted({each.family for each in instances}, key=lambda family: (family == DOUBTFUL, family))
    localise(instances[0].leaves)  # imports are not any method's work
    print_table("Slices named exactly, F1", instances, families)
    for name, (known, took) in REFERENCE.items():
        print(f"{name:<27}" + "".join(f"{known[family]:>8.2f}" if family in known else f"{'-':>8}" for family in families))
        print(f"  CPU s a table: {took}")
    print(f"* measured on sibling tables of the same generators. {DOUBTFUL}: doubtful labels.")
    print(f"U: what is under {FILTERED['U']:.1%} of the table does not count, for any method.")
    if asked.made > 0:
        print()
        print_table("Made up here, F1", made(asked.made), list(KINDS))


if __name__ == "__main__":
    main()
