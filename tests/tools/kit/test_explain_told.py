"""A step that does not stand out by itself is explained where a note tells of it, from files to the answer."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from meterline_tools.kit.explain import explain_change
from meterline_tools.kit.notes import note_store
from meterline_tools.warehouse.load import load
from tests.ember import open_bench

FIRST, LAST, STEP = date(2025, 3, 1), date(2026, 6, 30), date(2026, 4, 14)
NAMES = {"w1": "pallet scans", "w2": "route boards", "w3": "dock sensors"}
TOLD = "They put the route boards on smaller machines on 14 April, the same boards come out for less money."

Loaded = Callable[..., dict[str, Any]]


def written(folder: Path, note: str, by: float) -> None:
    """An account whose boards stray by a fortnight's ups and downs and run at `by` of their level from the step on."""
    folder.mkdir()
    random = np.random.default_rng(11)
    rows: list[dict[str, Any]] = []
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        boards = 100 * (1.18 if n // 14 % 2 else 0.85) * (by if day >= STEP else 1.0) * (1.35 if n < 200 and n // 50 % 2 else 1.0)
        for workload, level in (("w1", 200.0), ("w2", boards), ("w3", 100.0)):
            spent = round(level * float(np.exp(random.normal(0, 0.03))), 2)
            rows.append(
                {
                    "usage_id": f"{workload}{day}",
                    "usage_date": day,
                    "account_id": "A1",
                    "workload_id": workload,
                    "effective_cost": spent,
                    "ingested_at": f"{day + timedelta(days=1)} 05:00:00",
                }
            )
    tables: dict[str, list[dict[str, Any]]] = {
        "rep": [{"rep_id": "R1", "full_name": "Edda Kroll", "role": "core", "email": "edda@hawthorn.test"}],
        "account": [{"account_id": "A1", "account_name": "Hawthorn Cargo", "owner_rep_id": "R1"}],
        "workload": [{"workload_id": key, "account_id": "A1", "workload_name": name} for key, name in NAMES.items()],
        "usage_daily": rows,
        "note": [
            {
                "note_id": "N1",
                "account_id": "A1",
                "note_type": "call_note",
                "occurred_at": "2026-04-20 10:00:00",
                "created_at": "2026-04-20 11:00:00",
                "body": note,
            }
        ],
    }
    for name, given in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(given[0]))
            writer.writeheader()
            writer.writerows(given)


@pytest.fixture
def asked(tmp_path: Path) -> Loaded:
    def ask(note: str, by: float) -> dict[str, Any]:
        written(tmp_path / "files", note, by)
        report = load(tmp_path / "home", [tmp_path / "files"])
        assert report.status == "loaded", report.model_dump_json(indent=1)
        bench = open_bench(tmp_path / "home")
        with closing(bench.warehouse):
            bench.notes = note_store(tmp_path / "home", bench.warehouse)
            return explain_change(bench, account="A1", window="2026-04")

    return ask


def test_what_a_note_tells_of_is_found_dated_and_explained(asked: Loaded) -> None:
    reply = asked(TOLD, 0.66)
    assert (reply["verdict"], reply["direction"]) == ("EXPLAINED", "down")
    assert reply["slice"]["workload"] == ["w2"]
    assert abs((date.fromisoformat(reply["onset"]) - STEP).days) <= 3
    assert reply["cause"]["id"] == "optimization_drop"
    assert [each["supports"] for each in reply["evidence"]] == ["optimization_drop"]


@pytest.mark.parametrize(
    ("note", "by"),
    [
        ("We spoke of the summer party and of the new car park on 14 April.", 0.66),  # a step, and nobody tells of it
        (TOLD, 1.0),  # a word, and nothing happened
    ],
)
def test_neither_the_word_nor_the_weak_step_is_enough(asked: Loaded, note: str, by: float) -> None:
    reply = asked(note, by)
    assert reply["verdict"] == "NOISE" and reply["cause"] is None
