"""Rows of notes as the index reads them: all at first, then a few by their ids."""

from __future__ import annotations

import csv
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from meterline_tools.kit.texts import Names, texts
from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.store import Store
from tests.tools.warehouse.tiny import read, write_three_tables


def write_notes(files: Path, bodies: dict[str, str]) -> None:
    with (files / "note.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["note_id", "account_id", "author_rep_id", "note_type", "occurred_at", "body"])
        lines.writerows(
            [note, "A1" if note != "N0" else "", "R1" if note != "N1" else "", "email", "2026-06-03", said] for note, said in bodies.items()
        )


@pytest.fixture
def files(tmp_path: Path) -> Path:
    files = write_three_tables(tmp_path / "files", days=3)
    write_notes(files, {f"N{number}": f"Menus, part {number}." for number in range(300)})
    load(tmp_path / "home", [files])
    return files


def test_a_note_has_beside_it_who_wrote_it_and_about_whom(files: Path, tmp_path: Path) -> None:
    with closing(open_warehouse(tmp_path / "home")) as warehouse:
        found = {row["note_id"]: row for row in texts(Names(warehouse), ids=["N0", "N1", "N2"])}
        rep = next(row for row in read(files / "rep.csv") if row["rep_id"] == "R1")
        account = next(row for row in read(files / "account.csv") if row["account_id"] == "A1")

    assert [found["N2"][name] for name in ("author_name", "account_name", "body")] == [
        rep["full_name"],
        account["account_name"],
        "Menus, part 2.",
    ]
    assert [found["N1"][name] for name in ("author_name", "author_called", "account_name")] == [None, None, account["account_name"]]
    assert [found["N0"][name] for name in ("author_name", "account_name", "account_domain")] == [rep["full_name"], None, None]


def test_a_few_notes_are_found_by_their_ids_without_a_look_at_the_others(files: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(Store(tmp_path / "home").current_path()), read_only=True) as engine:
        plan = engine.execute("EXPLAIN ANALYZE SELECT body FROM note WHERE note_id IN ('N7', 'N70')").fetchall()[0][1]

    assert "Index Scan" in plan


def test_what_a_later_load_changed_and_added_is_found_by_id(files: Path, tmp_path: Path) -> None:
    write_notes(files, {"N7": "No menus any more.", "N300": "Soup."})
    assert load(tmp_path / "home", [files]).status == "loaded"
    with closing(open_warehouse(tmp_path / "home")) as warehouse:
        found = {row["note_id"]: row["body"] for row in texts(Names(warehouse), ids=["N6", "N7", "N300", "N999"])}

    assert found == {"N6": "Menus, part 6.", "N7": "No menus any more.", "N300": "Soup."}
