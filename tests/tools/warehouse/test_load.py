"""Loading: what is taken, and that nothing happens twice or by halves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from meterline_tools.errors import UserError
from meterline_tools.warehouse.asof import resolve_as_of
from meterline_tools.warehouse.coverage import coverage
from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.schema import TABLES, account, usage_daily
from meterline_tools.warehouse.store import BUSY, Store
from tests.tools.warehouse.tiny import ACCOUNTS, failed, of, read, rows, usage, write

Loader = Callable[..., LoadReport]
DAY = date(2026, 1, 1)


def test_three_tables_make_a_company(home: Path, folder: Path) -> None:
    report = load(home, [folder])
    assert report.status == "loaded"
    assert {file.file: (file.status, file.rows) for file in report.files} == {
        "account.csv": ("loaded", 3),
        "rep.csv": ("loaded", 5),
        "usage_daily.csv": ("loaded", 15),
    }
    assert report.assumptions == [
        "money is assumed to be in USD: no currency configured",
        "the fiscal year is assumed to start in January: none configured",
    ]
    assert rows(home, account, "account_id", "owner_rep_id", "aliases") == [
        ("A1", "R1", '["Arbor","The Arborists"]'),
        ("A2", "R2", None),
        ("A3", None, None),
    ]
    off = coverage(open_warehouse(home))["off"]
    assert any(line.startswith("quota: no attainment") for line in off)
    assert any(line.startswith("usage_daily.consumed_quantity: no units") for line in off)
    assert not any(line.startswith("account:") for line in off)


@pytest.mark.parametrize("missing", ["rep", "account", "usage_daily"])
def test_without_a_required_table_nothing_is_loaded(home: Path, folder: Path, missing: str) -> None:
    (folder / f"{missing}.csv").unlink()
    report = load(home, [folder])
    assert report.status == "refused"
    assert missing in str(report.reason)
    assert Store(home).current() is None


def test_loading_the_same_files_again_changes_nothing(home: Path, folder: Path) -> None:
    first = load(home, [folder])
    pointer = Store(home).pointer.stat()
    again = load(home, [folder])
    assert again.status == "unchanged"
    assert {file.status for file in again.files} == {"unchanged"}
    assert again.snapshot_id == first.snapshot_id
    assert Store(home).pointer.stat() == pointer


def test_the_same_rows_in_another_file_change_nothing_either(home: Path, folder: Path, tmp_path: Path) -> None:
    load(home, [folder])
    shuffled = list(reversed(read(folder / "usage_daily.csv")))
    write(tmp_path / "other", "usage_daily.csv", shuffled)
    report = load(home, [tmp_path / "other"])
    assert (report.status, of(report, "usage_daily.csv").status) == ("unchanged", "unchanged")


def test_the_same_data_has_the_same_snapshot_id_in_any_workspace(tmp_path: Path, folder: Path) -> None:
    at_once = load(tmp_path / "one", [folder])
    load(tmp_path / "two", [folder / "account.csv", folder / "rep.csv", folder / "usage_daily.csv"])
    assert Store(tmp_path / "two").current() == at_once.snapshot_id


def test_a_later_file_adds_usage_and_replaces_changed_accounts(home: Path, folder: Path, tmp_path: Path) -> None:
    load(home, [folder])
    later = tmp_path / "later"
    write(later, "usage_daily.csv", [usage(900, "A1", date(2026, 1, 6), 11.0)])
    write(later, "account.csv", [{**ACCOUNTS[0], "account_name": "Arbor Foods plc"}, {"account_id": "A4", "account_name": "Delta"}])
    report = load(home, [later])
    assert (of(report, "account.csv").inserted, of(report, "account.csv").updated) == (1, 1)
    assert rows(home, account, "account_id", "account_name") == [
        ("A1", "Arbor Foods plc"),
        ("A2", "Bluff Rail"),
        ("A3", "Cobalt Apps"),
        ("A4", "Delta"),
    ]
    assert len(rows(home, usage_daily, "usage_id")) == 16


def test_going_back_to_an_earlier_file_is_a_change_again(home: Path, folder: Path, tmp_path: Path) -> None:
    load(home, [folder])
    changed = write(tmp_path / "b", "account.csv", [{**ACCOUNTS[0], "account_name": "Renamed"}])
    load(home, [changed])
    assert load(home, [folder / "account.csv"]).status == "loaded"
    assert ("A1", "Arbor Foods") in rows(home, account, "account_id", "account_name")


def test_usage_is_append_only(home: Path, folder: Path, tmp_path: Path) -> None:
    first = load(home, [folder])
    edited = write(tmp_path / "edited", "usage_daily.csv", [usage(0, "A1", DAY, 12.0)])
    report = load(home, [edited])
    assert (report.status, failed(report)) == ("refused", ["duplicate_usage_id"])
    assert report.failures[0].examples == ["U0"]
    assert "send a Correction row" in report.failures[0].message
    assert Store(home).current() == first.snapshot_id
    correction = usage(901, "A1", DAY, 2.0, charge_class="Correction")
    assert load(home, [write(tmp_path / "right", "usage_daily.csv", [correction])]).status == "loaded"


def test_one_usage_id_with_two_contents_in_a_file_fails_the_load(home: Path, folder: Path) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 1.0), usage(1, "A1", DAY, 2.0)])
    assert failed(load(home, [folder])) == ["duplicate_usage_id"]


def test_an_account_file_given_again_after_a_newer_one_is_taken_again(home: Path, folder: Path) -> None:
    """The newer file replaced its rows, so the old one is inside no more, though it was loaded once, byte for byte."""
    load(home, [folder])
    old = (folder / "account.csv").read_bytes()
    (folder / "account.csv").write_bytes(old.replace(b"Bluff Rail", b"Bluff Railways"))
    assert load(home, [folder]).status == "loaded"
    (folder / "account.csv").write_bytes(old)
    assert load(home, [folder]).status == "loaded"
    assert "Bluff Rail" in {name for (name,) in rows(home, account, "account_name")}


def test_a_usage_row_given_twice_is_taken_once(home: Path, folder: Path) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 1.0), usage(1, "A1", DAY, 1.0)])
    report = load(home, [folder])
    assert of(report, "usage_daily.csv").notes == ["1 rows stand in the file twice and were taken once"]
    assert rows(home, usage_daily, "usage_id", "effective_cost") == [("U1", 1.0)]


EQUAL = [
    ("2026-01-01", "A1", 1.0),
    ("2026-01-01", "A1", 1.0),
    ("2026-01-01", "A1", 1.5),
    ("2026-01-02", "A1", 1.0),
    ("2026-01-02", "A2", 1.0),
]


def write_without_ids(folder: Path, given: list[tuple[str, str, float]]) -> None:
    """Usage rows that differ in nothing but day, account and cost."""
    columns = ("usage_date", "account_id", "effective_cost")
    write(folder, "usage_daily.csv", [dict(zip(columns, row, strict=True)) | {"ingested_at": "2026-02-01"} for row in given])


def test_equal_rows_without_an_id_are_counted_and_said_to_be_since_nobody_knows_if_they_are_two_charges(home: Path, folder: Path) -> None:
    write_without_ids(folder, EQUAL)
    report = load(home, [folder])
    assert sum(cost for (cost,) in rows(home, usage_daily, "effective_cost")) == 5.5
    (warned,) = [check for check in report.warnings if check.name == "equal_rows"]
    assert (warned.count, warned.examples) == (1, ["2026-01-01 (1 rows)"])
    assert "say `repeated: once`" in warned.message


def test_rows_that_repeat_an_earlier_one_are_left_out_where_the_mapping_says_so(home: Path, folder: Path, tmp_path: Path) -> None:
    """And the rows that stay have the ids they would have had without the repeated ones, so that a clean export adds nothing."""
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("tables: {usage_daily: {repeated: once}}", encoding="utf-8")
    write_without_ids(folder, EQUAL)
    report = load(home, [folder], mapping=mapping)
    assert sum(cost for (cost,) in rows(home, usage_daily, "effective_cost")) == 4.5
    assert of(report, "usage_daily.csv").notes[-1] == "1 rows stand in the file twice and were taken once"
    assert [check for check in report.warnings if check.name == "equal_rows"] == []
    write_without_ids(folder, EQUAL[1:])
    assert of(load(home, [folder], mapping=mapping), "usage_daily.csv").inserted == 0


def test_usage_without_ids_gets_ids_that_do_not_depend_on_the_order_of_rows(tmp_path: Path, folder: Path) -> None:
    def without_id(row: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if name != "usage_id"}

    given = [without_id(usage(n, account_id, DAY + timedelta(days=n % 3), 1.0 + n)) for n in range(6) for account_id in ("A1", "A2")]
    write(folder, "usage_daily.csv", given)
    report = load(tmp_path / "one", [folder])
    assert "ids were derived from usage_date, account_id" in of(report, "usage_daily.csv").notes[0]
    write(folder, "usage_daily.csv", list(reversed(given)))
    load(tmp_path / "two", [folder])
    ids = rows(tmp_path / "one", usage_daily, "usage_id", "effective_cost")
    assert len({usage_id for usage_id, _ in ids}) == 12
    assert ids == rows(tmp_path / "two", usage_daily, "usage_id", "effective_cost")
    assert load(tmp_path / "one", [folder]).status == "unchanged"


def test_a_currency_in_the_usage_file_is_the_companys(home: Path, folder: Path) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 1.0, BillingCurrency="eur")])
    report = load(home, [folder])
    assert report.assumptions == ["the fiscal year is assumed to start in January: none configured"]
    assert open_warehouse(home).company.currency == "EUR"


def test_settings_come_from_the_folder_the_mapping_and_the_options_in_that_order(home: Path, folder: Path, tmp_path: Path) -> None:
    (folder / "company.yaml").write_text("name: Tessel\ncurrency: gbp\nfiscal_year_start_month: 2\nsettle_lag_days: 2\n")
    mapping = tmp_path / "names.yaml"
    mapping.write_text("company: {fiscal_year_start_month: 4, settle_lag_days: 1}\n")
    load(home, [folder], mapping=mapping, company={"settle_lag_days": 0, "name": None})
    company = open_warehouse(home).company
    assert (company.name, company.currency, company.fiscal_year_start_month, company.settle_lag_days) == ("Tessel", "GBP", 4, 0)
    assert load(home, [folder / "rep.csv"]).status == "unchanged"
    assert load(home, [folder / "rep.csv"], company={"settle_lag_days": 5}).status == "loaded"
    assert open_warehouse(home).company.fiscal_year_start_month == 4


def test_a_wrong_setting_is_named(home: Path, folder: Path) -> None:
    (folder / "company.yaml").write_text("fiscal_year_start: 4\n")
    with pytest.raises(UserError, match=r"fiscal_year_start: Extra inputs.*Known settings: name, currency, fiscal_year_start_month"):
        load(home, [folder])


def test_a_dry_run_tells_everything_and_changes_nothing(home: Path, folder: Path) -> None:
    given = [usage(1, "A1", DAY, 1.0), usage(2, "A1", DAY, None)]
    write(folder, "usage_daily.csv", given)
    report = load(home, [folder], dry_run=True)
    assert (report.status, of(report, "usage_daily.csv").inserted, of(report, "usage_daily.csv").rejected) == ("dry_run", 1, 1)
    assert of(report, "usage_daily.csv").rejects_file is None
    assert Store(home).current() is None
    assert not (home / "rejects").exists()
    assert json.loads(json.dumps(report.to_json()))["status"] == "dry_run"


def test_two_loads_at_the_same_time_are_refused_politely(home: Path, folder: Path) -> None:
    with Store(home).lock(), pytest.raises(UserError, match="Another load is running") as caught:
        load(home, [folder])
    assert str(caught.value) == BUSY


def test_readers_keep_their_snapshot_while_new_ones_come(home: Path, folder: Path, tmp_path: Path) -> None:
    load(home, [folder])
    reader = open_warehouse(home)
    for number in range(3):
        load(home, [write(tmp_path / f"n{number}", "usage_daily.csv", [usage(500 + number, "A1", DAY, 1.0)])])
        assert reader.run(select(func.count()).select_from(usage_daily)).rows == [(15,)]
    reader.close()
    kept = {path.stem for path in (home / "warehouse").glob("*.duckdb")}
    assert len(kept) == 2 and Store(home).current() in kept
    assert len(rows(home, usage_daily, "usage_id")) == 18


def test_rollups_are_used_and_reconcile(home: Path, folder: Path) -> None:
    load(home, [folder])
    assert open_warehouse(home).meta.rolled_up
    assert resolve_as_of(open_warehouse(home)).known_at == datetime(2026, 1, 6, 3)


def test_progress_grows_to_the_end(home: Path, folder: Path) -> None:
    heard: list[tuple[int, int, str]] = []
    load(home, [folder], progress=lambda done, total, what: heard.append((done, total, what)))
    shares = [done / total for done, total, _ in heard]
    assert shares == sorted(shares) and shares[-1] == 1.0
    assert [what for _, _, what in heard][:3] == ["account.csv", "rep.csv", "usage_daily.csv"]


def test_unknown_paths_and_empty_folders_say_what_is_wanted(home: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere does not exist. Give files or folders"):
        load(home, [tmp_path / "nowhere"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"Files are named after tables \(rep\.csv, account\.csv, usage_daily\.csv"):
        load(home, [tmp_path / "empty"])


def test_truth_and_other_foreign_files_are_left_aside(home: Path, folder: Path) -> None:
    for name in ("truth.json", "truth_events.csv", "README.md", "logo.png"):
        (folder / name).write_text("{}")
    report = load(home, [folder])
    assert {file.file: file.status for file in report.files if file.table is None} == dict.fromkeys(
        ("README.md", "logo.png", "truth.json", "truth_events.csv"), "ignored"
    )
    assert "never loaded" in str(of(report, "truth.json").reason)


def test_all_tables_exist_in_a_snapshot_even_when_empty(home: Path, folder: Path) -> None:
    load(home, [folder])
    warehouse = open_warehouse(home)
    assert [warehouse.run(select(table)).rows for name, table in TABLES.items() if name not in warehouse.tables] == [[]] * (len(TABLES) - 3)
