"""A comparison is prepared at companies whose workloads are of other kinds than ours, and idle talk is no theme."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.rivals import competitor_notes
from meterline_tools.kit.themes import note_themes
from meterline_tools.principal import LOCAL_ADMIN
from tests.companies import load_folder
from tests.ember import open_bench

JUNE = "2026-06-01..2026-06-28"
SAID = {
    "M1": "They put another vendor next to us for the mobile numbers.",
    "M2": "Asked whether we store data in Norway. Yes we do.",
    "M3": "They joked about the invoice and the weather. The coffee machine is broken.",
}
SERVED = ("Your portal is slow since May.", "Hiring is slow for juniors.", "There was cake, you missed it.")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Workbench]:
    folder = tmp_path / "files"
    folder.mkdir()
    days = [date(2026, 3, 1) + timedelta(days=n) for n in range(120)]
    tables: dict[str, list[list[Any]]] = {
        "rep": [["rep_id", "full_name", "email", "role"], ["R1", "Ada Holm", "ada@wire.example", "rep"]],
        "account": [["account_id", "account_name", "owner_rep_id"], *([f"A{n}", f"Client {n}", "R1"] for n in (1, 2, 3))],
        "workload": [["workload_id", "account_id", "workload_name", "workload_type"], ["W1", "A1", "codes", "texts"]],
        "usage_daily": [
            ["usage_date", "account_id", "workload_id", "effective_cost", "ingested_at"],
            *([d, f"A{n}", "W1" if n == 1 else "", 5, f"{d + timedelta(days=1)} 01:00:00"] for d in days for n in (1, 2, 3)),
        ],
    }
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
    notes = [
        {"note_id": i, "account_id": f"A{i[1]}", "author_rep_id": "R1", "note_type": "call_note", "title": "Call", "body": body}
        | {"occurred_at": "2026-06-10T09:00:00", "created_at": "2026-06-10T10:00:00", "language": "en", "sensitivity": "internal"}
        for i, body in SAID.items()
    ]
    turns = [{"n": n, "speaker": "Bo", "side": "customer", "text": text} for n, text in enumerate(SERVED, 1)]
    notes.append(notes[1] | {"note_id": "M4", "note_type": "call_transcript", "body": "", "turns": json.dumps(turns)})
    (folder / "note.jsonl").write_text("\n".join(json.dumps(note) for note in notes), encoding="utf-8")
    (folder / "company.yaml").write_text("name: Wire\ncurrency: USD\nas_of: 2026-06-29T12:00:00\n", encoding="utf-8")
    opened = open_bench(load_folder(folder, tmp_path / "home"), LOCAL_ADMIN)
    yield opened
    opened.warehouse.close()


def test_a_comparison_is_prepared_whatever_the_workloads_are_called(bench: Workbench) -> None:
    reply = competitor_notes(bench, account="A1", window=JUNE)
    assert [bench.book.citations[q["citation"]].quote for q in reply["vendor"]] == [SAID["M1"]]
    assert not reply["use"].get("interactive")


def test_only_what_customers_complain_of_in_our_service_can_be_pointed_at(bench: Workbench) -> None:
    reply = competitor_notes(bench, account="A2", window=JUNE)
    assert [bench.book.citations[q["citation"]].quote for q in reply["weak_points"]] == [SERVED[0]]


def test_any_competitor_is_not_called_by_the_word_for_it(bench: Workbench) -> None:
    assert competitor_notes(bench, competitor="competitor", window=JUNE)["competitor"] == ""


def test_where_data_lies_is_a_theme_and_idle_talk_is_none(bench: Workbench) -> None:
    found = {theme["label"]: theme for theme in note_themes(bench, window=JUNE)["themes"]}
    assert "Data residency and regions" in found
    assert not {"Invoice and billing", "Failures and incidents"} & found.keys()
