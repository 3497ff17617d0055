"""Loading: what is taken, what is left out and why, and that nothing happens twice or by halves."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, func, select

from meterline_tools.errors import UserError
from meterline_tools.warehouse.asof import resolve_as_of
from meterline_tools.warehouse.coverage import coverage
from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.loading.report import FileReport
from meterline_tools.warehouse.schema import TABLES, account, usage_daily
from meterline_tools.warehouse.store import BUSY, Store
from tests.tools.warehouse.tiny import ACCOUNTS, REPS, usage, write, write_three_tables

Loader = Callable[..., LoadReport]
DAY = date(2026, 1, 1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_three_tables(tmp_path / "files", days=5)


def rows(home: Path, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """All rows of a table, sorted."""
    warehouse = open_warehouse(home)
    found = warehouse.run(select(*(table.c[name] for name in columns))).rows
    warehouse.close()
    return sorted(found, key=repr)


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def of(report: LoadReport, name: str) -> FileReport:
    return next(file for file in report.files if file.file == name)


def failed(report: LoadReport) -> list[str]:
    return [check.name for check in report.failures]


def warned(report: LoadReport) -> list[str]:
    return [check.name for check in report.warnings]


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


def test_a_usage_row_given_twice_is_taken_once(home: Path, folder: Path) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 1.0), usage(1, "A1", DAY, 1.0)])
    report = load(home, [folder])
    assert of(report, "usage_daily.csv").notes == ["1 rows stand in the file twice and were taken once"]
    assert rows(home, usage_daily, "usage_id", "effective_cost") == [("U1", 1.0)]


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


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("effective_cost", "12,5", '"12,5" is not a finite number like 1234.5'),
        ("effective_cost", "nan", '"nan" is not a finite number like 1234.5'),
        ("effective_cost", "inf", '"inf" is not a finite number like 1234.5'),
        ("usage_date", "01/02/2026", '"01/02/2026" is not a date like 2026-07-31'),
        ("usage_date", "2026-02-30", '"2026-02-30" is not a date like 2026-07-31'),
        ("ingested_at", "yesterday", '"yesterday" is not a timestamp like 2026-07-31T12:00:00Z'),
        ("ingested_at", "", "is empty, but every row needs one"),
        ("account_id", "  ", "is empty, but every row needs one"),
        ("active_users", "3.5", '"3.5" is not a whole number'),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_and_named(home: Path, folder: Path, column: str, value: str, reason: str) -> None:
    given = [usage(n, "A1", DAY + timedelta(days=n), 1.0, active_users=3) for n in range(4)]
    given[2][column] = value
    write(folder, "usage_daily.csv", given)
    report = load(home, [folder])
    file = of(report, "usage_daily.csv")
    assert (report.status, file.status, file.inserted, file.rejected) == ("loaded", "rejected_rows", 3, 1)
    assert [(reject.line, reject.column, reject.reason) for reject in file.rejects] == [(4, column, reason)]
    kept = read(Path(str(file.rejects_file)))
    assert [(row["_line"], row["_column"], row["_reason"], row["usage_id"], row[column]) for row in kept] == [
        ("4", column, reason, "U2", value)
    ]


def test_lines_are_counted_as_an_editor_counts_them(home: Path, folder: Path) -> None:
    text = 'account_id,account_name,created_at\nA1,"Arbor\nFoods",\n\nA2,Bluff,2026-13-01\nA3,"Cobalt"\nA4,"Delta"x,\nA5,Echo,oops\n'
    (folder / "account.csv").write_text(text)
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 1.0)])
    report = load(home, [folder])
    rejects = of(report, "account.csv").rejects
    assert [(reject.line, reject.column, reject.reason) for reject in rejects] == [
        (5, "created_at", '"2026-13-01" is not a timestamp like 2026-07-31T12:00:00Z'),
        (6, "", "too few cells in this row"),
        (7, "", "a quote is opened and not closed, or text follows a closing quote"),
        (8, "created_at", '"oops" is not a timestamp like 2026-07-31T12:00:00Z'),
    ]
    assert rows(home, account, "account_name") == [("Arbor\nFoods",)]


def test_a_key_that_comes_twice_with_other_content_is_rejected_the_second_time(home: Path, folder: Path) -> None:
    write(folder, "rep.csv", [*REPS, REPS[0], {**REPS[0], "full_name": "Somebody Else"}])
    report = load(home, [folder])
    file = of(report, "rep.csv")
    assert [(r.line, r.column, r.reason) for r in file.rejects] == [
        (8, "rep_id", 'the key "V1" stands in an earlier row with other content')
    ]
    assert file.notes[-1] == "1 rows stand in the file twice and were taken once"


def refusals() -> dict[str, tuple[str, bytes, str]]:
    big = b"account_id,account_name\n" + b"A1,x\n" * 100
    return {
        "empty": ("account.csv", b"", "the file is empty"),
        "header only": ("account.csv", b"account_id,account_name\n", "has a header but no rows"),
        "missing column": ("account.csv", b"id,account_name\nA1,x\n", "missing account_id; the file has id, account_name"),
        "twice a column": ("account.csv", b"account_id,account_name,Account_ID\nA1,x,A2\n", "the header names account_id twice"),
        "unnamed column": ("account.csv", b"account_id,,account_name\nA1,x,A2\n", "no name for column 2"),
        "cut gzip": ("account.csv.gz", gzip.compress(big)[:-20], "it may be cut short"),
        "no gzip": ("account.csv.gz", big, "cannot be read"),
        "no parquet": ("account.parquet", b"PAR1 nothing", "cannot be read"),
        "no json": ("account.jsonl", b"account_id\nA1\n", "no line is a JSON object"),
        "no usage column": (
            "usage_daily.csv",
            b"usage_date,account_id,ingested_at\n2026-01-01,A1,2026-01-02\n",
            "needs effective_cost or consumed_quantity",
        ),
        "no ingested_at": (
            "usage_daily.csv",
            b"usage_date,account_id,effective_cost\n2026-01-01,A1,1\n",
            "constants: {ingested_at: usage_date+1}",
        ),
        "other name": (
            "customers.csv",
            b"account_id,account_name\nA1,x\n",
            "not named after a table: rename it, or add `files: {customers.csv: TABLE}`",
        ),
    }


@pytest.mark.parametrize("case", refusals())
def test_a_file_that_cannot_be_taken_is_refused_with_a_reason_and_the_rest_loads(
    home: Path, folder: Path, tmp_path: Path, case: str
) -> None:
    load(home, [folder])
    name, content, reason = refusals()[case]
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / name).write_bytes(content)
    write(broken, "rep.csv", [{**REPS[0], "full_name": "Vera Holm-Lund"}])
    report = load(home, [broken])
    assert report.status == "loaded"
    assert of(report, name).status == "refused"
    assert reason in str(of(report, name).reason)
    assert of(report, "rep.csv").updated == 1


CHECKS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "usage_unknown_account": {"usage_daily": [usage(1, "A9", DAY, 1.0)]},
    "null_date": {"usage_daily": [usage(1, "A1", DAY, 1.0) | {"usage_date": ""}]},
    "negative_without_correction": {"usage_daily": [usage(1, "A1", DAY, -1.0)]},
    "mixed_currency": {"usage_daily": [usage(1, "A1", DAY, 1.0, BillingCurrency="USD"), usage(2, "A1", DAY, 1.0, BillingCurrency="EUR")]},
    "primary_credit_not_one": {
        "account_assignment": [
            {
                "account_id": "A1",
                "rep_id": "R1",
                "assignment_role": "primary",
                "valid_from": DAY,
                "valid_to": "2026-02-01",
                "credit_pct": 1,
            },
            {"account_id": "A1", "rep_id": "R2", "assignment_role": "primary", "valid_from": "2026-01-31", "valid_to": "", "credit_pct": 1},
        ]
    },
}


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_fails_refuses_the_whole_load(home: Path, folder: Path, name: str) -> None:
    for table, given in CHECKS[name].items():
        write(folder, f"{table}.csv", given)
    report = load(home, [folder])
    assert (report.status, failed(report)) == ("refused", [name])
    assert report.failures[0].examples
    assert report.failures[0].message in str(report.reason) or report.reason == "1 check failed; nothing was changed"
    assert Store(home).current() is None


def test_what_the_checks_allow(home: Path, folder: Path) -> None:
    write(
        folder,
        "usage_daily.csv",
        [
            usage(1, "A1", DAY, -1.0, charge_class="Correction", charge_category=""),
            usage(2, "A1", DAY, -5.0, charge_class="", charge_category="Credit"),
        ],
    )
    span = {"account_id": "A1", "assignment_role": "primary"}
    write(
        folder,
        "account_assignment.csv",
        [
            span | {"rep_id": "R1", "valid_from": "2025-01-01", "valid_to": "2025-06-01", "credit_pct": 1},  # then a gap: uncredited
            span | {"rep_id": "R1", "valid_from": "2025-07-01", "valid_to": "2026-01-01", "credit_pct": 0.6},
            span | {"rep_id": "R2", "valid_from": "2025-07-01", "valid_to": "", "credit_pct": 0.4},
            span | {"rep_id": "R3", "valid_from": "2026-01-01", "valid_to": "", "credit_pct": 0.6},
            span | {"rep_id": "R3", "valid_from": "2026-01-01", "valid_to": "", "credit_pct": 0.5, "assignment_role": "se"},
        ],
    )
    assert load(home, [folder]).status == "loaded"


def test_warnings_name_what_to_look_at(home: Path, folder: Path) -> None:
    write(folder, "account.csv", [*ACCOUNTS, {"account_id": "A4", "account_name": "arbor", "owner_rep_id": "R7"}])
    given = [
        usage(n, "A1", DAY + timedelta(days=n), 3.0, list_cost=1.0, workload_id="W" if n else "")
        for n in range(40)
        if n not in (20, 21, 22)
    ]
    write(folder, "usage_daily.csv", [*given, usage(90, "A2", DAY, 1.0)])
    commit = {"account_id": "A1", "contract_type": "commit"}
    write(
        folder,
        "contract.csv",
        [
            commit | {"contract_id": "K1", "start_date": "2026-01-01", "end_date": "2027-01-01"},
            commit | {"contract_id": "K2", "start_date": "2026-12-31", "end_date": "2027-12-31"},
        ],
    )
    write(folder, "use_case.csv", [{"use_case_id": "C1", "account_id": "A1", "use_case_name": "Menus", "stage": "live"}])
    write(folder, "activity.csv", [{"account_id": "", "rep_id": "R1", "activity_type": "call", "occurred_at": "2026-01-03"}])
    write(folder, "note.csv", [{"note_id": "N1", "account_id": "A77", "note_type": "email", "occurred_at": "2026-01-03", "body": "x"}])
    report = load(home, [folder])
    assert report.status == "loaded"
    assert {check.name: check.examples[0] for check in report.warnings if check.name != "activity_without_account"} == {
        "cost_without_quantity": "A1 (37 rows)",
        "rows_without_workload": "5.3% of rows",
        "cost_above_list": "A1 (37 rows)",
        "account_without_owner": "A3 Cobalt Apps",
        "unknown_rep": "R7",
        "day_gaps": "A1: 3 days after 2026-01-20",
        "live_use_case_without_workload": "C1 Menus",
        "contract_overlap": "K1 and K2",
        "note_without_account": "N1",
        "shared_alias": "Arbor (A1, A4)",
    }
    assert "activity_without_account" in warned(report)
    assert [warning["name"] for warning in open_warehouse(home).meta.warnings] == warned(report)


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
