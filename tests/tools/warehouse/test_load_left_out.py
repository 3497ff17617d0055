"""Loading: which rows are left out, which files and loads are refused, and what is only warned of; always with the reason."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.schema import account
from meterline_tools.warehouse.store import Store
from tests.tools.warehouse.tiny import ACCOUNTS, REPS, failed, of, read, rows, usage, warned, write

Loader = Callable[..., LoadReport]
DAY = date(2026, 1, 1)


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
