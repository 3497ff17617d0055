"""Files as companies have them: other names, encodings, delimiters, zones, formats."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.errors import UserError
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.loading.files import table_of
from meterline_tools.warehouse.schema import account, account_assignment, contract, rep, sku, usage_daily
from tests.tools.warehouse.tiny import rows, usage, write, write_three_tables

DAY = date(2026, 1, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_three_tables(tmp_path / "files", days=3)


def load_mapped(home: Path, folder: Path, mapping: str) -> LoadReport:
    path = folder.parent / "mapping.yaml"
    path.write_text(mapping, encoding="utf-8")
    return load(home, [folder], mapping=path)


def parquet(path: Path, columns: dict[str, Iterable[Any]]) -> None:
    import pyarrow as pa
    from pyarrow import parquet as pq

    pq.write_table(pa.table({name: list(values) for name, values in columns.items()}), path)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("account.csv", "account"),
        ("Accounts.CSV", "account"),
        ("account_assignment.parquet", "account_assignment"),
        ("usage_daily_2026-07.csv.gz", "usage_daily"),
        ("usage-daily.part3.jsonl", "usage_daily"),
        ("usage_daily 2026-07-01_2026-07-31.csv", "usage_daily"),
        ("use_case_event.jsonl.gz", "use_case_event"),
        ("account_backup.csv", None),
        ("usage.csv", None),
        ("account.xlsx", None),
    ],
)
def test_files_are_named_after_tables(name: str, table: str | None) -> None:
    assert table_of(name) == table


def test_focus_names_are_understood_without_a_mapping(home: Path, folder: Path) -> None:
    focus = {
        "ChargePeriodStart": "2026-01-01T00:00:00Z",
        "BillingAccountId": "A1",
        "ResourceId": "W1",
        "SkuId": "S1",
        "RegionId": "eu",
        "ChargeCategory": "Usage",
        "ConsumedQuantity": 4,
        "ListCost": 3,
        "EffectiveCost": 2.5,
        "BillingCurrency": "USD",
        "x_ActiveUsers": 7,
        "InvoiceIssuerName": "us",
        "ingested_at": "2026-01-02",
    }
    write(folder, "usage_daily.csv", [focus])
    report = load(home, [folder])
    names = (
        "usage_date",
        "account_id",
        "workload_id",
        "sku_id",
        "region_id",
        "consumed_quantity",
        "list_cost",
        "effective_cost",
        "active_users",
    )
    assert rows(home, usage_daily, *names) == [(DAY, "A1", "W1", "S1", "eu", 4.0, 3.0, 2.5, 7)]
    notes = next(file for file in report.files if file.table == "usage_daily").notes
    assert notes[0] == "columns that are not in the model were left aside: InvoiceIssuerName"


def test_a_mapping_adapts_foreign_files(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "export"
    write(folder, "people.csv", [{"ID": "p1", "Name": "Zoë Quist"}], delimiter=";")
    write(folder, "acct_master.csv", [{"CUST_ID": "c1", "Customer Name": "Öresund AB", "AE": "p1"}], delimiter=";")
    metered = [
        {"cust_id": "c1", "dag": "31.12.2025", "kr": "1.234,50", "mängd": "2"},
        {"cust_id": "c1", "dag": "01.01.2026", "kr": "0,5", "mängd": ""},
    ]
    write(folder, "forbrukning.csv", metered, delimiter=";")
    write(folder, "scratch.csv", [{"a": 1}])
    report = load_mapped(
        home,
        folder,
        """
        company: {currency: SEK, fiscal_year_start_month: 5}
        files: {people.csv: rep, acct_master.csv: account, forbrukning.csv: usage_daily, scratch.csv: ignore}
        tables:
          rep:
            columns: {rep_id: ID, full_name: name}
            constants: {role: hunter, region: EMEA}
          account:
            columns: {account_id: CUST_ID, account_name: Customer Name, owner_rep_id: AE}
          usage_daily:
            columns: {account_id: CUST_ID, usage_date: dag, effective_cost: kr, consumed_quantity: mängd}
            constants: {ingested_at: usage_date+2}
            date_format: "%d.%m.%Y"
            decimal: ","
        """,
    )
    assert (report.status, report.assumptions) == ("loaded", [])
    assert rows(home, rep, "rep_id", "full_name", "role", "region") == [("p1", "Zoë Quist", "hunter", "EMEA")]
    assert rows(home, account, "account_id", "account_name", "owner_rep_id") == [("c1", "Öresund AB", "p1")]
    assert rows(home, usage_daily, "usage_date", "effective_cost", "consumed_quantity", "ingested_at") == [
        (date(2025, 12, 31), 1234.5, 2.0, datetime(2026, 1, 2)),
        (date(2026, 1, 1), 0.5, None, datetime(2026, 1, 3)),
    ]


def test_a_file_of_another_system_is_read_in_its_own_way_beside_the_others_of_its_table(home: Path, folder: Path) -> None:
    """A company that changed its billing: French exports with decimal commas first, JSON Lines with points after."""
    (folder / "usage_daily.csv").unlink()
    for month in (1, 2):
        row = {"Jour": f"31/0{month}/2026".replace("31/02", "28/02"), "Client": "A1", "Montant": "1.234,50", "Vu": f"01/0{month + 1}/2026"}
        write(folder, f"conso_{month}.csv", [row], delimiter=";")
    line = {"day": "2026-03-31", "customer": "A1", "net": 1234.5, "seen": "2026-04-01T00:00:00Z"}
    (folder / "metering.jsonl").write_text(json.dumps(line), encoding="utf-8")
    report = load_mapped(
        home,
        folder,
        """
        files:
          "conso_*.csv": usage_daily
          metering.jsonl:
            table: usage_daily
            columns: {usage_date: day, account_id: customer, effective_cost: net, ingested_at: seen}
            decimal: "."
        tables:
          usage_daily:
            columns: {usage_date: Jour, account_id: Client, effective_cost: Montant, ingested_at: Vu}
            decimal: ","
            date_format: "%d/%m/%Y"
            timestamp_format: "%d/%m/%Y"
        """,
    )
    assert report.status == "loaded"
    assert rows(home, usage_daily, "usage_date", "effective_cost", "ingested_at") == [
        (date(2026, 1, 31), 1234.5, datetime(2026, 2, 1)),
        (date(2026, 2, 28), 1234.5, datetime(2026, 3, 1)),
        (date(2026, 3, 31), 1234.5, datetime(2026, 4, 1)),
    ]


def test_days_written_in_the_mapping_s_form_and_in_iso_stand_in_one_column(home: Path, folder: Path) -> None:
    people = [{"rep_id": f"r{n}", "full_name": "P", "start_date": day} for n, day in enumerate(("05/03/2024", "2024-03-05", "5 March"))]
    write(folder, "rep.csv", people)
    report = load_mapped(home, folder, 'tables: {rep: {date_format: "%d/%m/%Y"}}')
    assert rows(home, rep, "rep_id", "start_date") == [("r0", date(2024, 3, 5)), ("r1", date(2024, 3, 5))]
    rejects = next(file for file in report.files if file.table == "rep").rejects
    assert [reject.reason for reject in rejects] == ['"5 March" is not like %d/%m/%Y']


def test_a_whole_number_too_large_for_its_column_costs_its_row_and_not_the_file(home: Path, folder: Path) -> None:
    users = (2_147_483_647, 2_147_483_648, -2_147_483_648, 2.5)
    write(folder, "usage_daily.csv", [usage(n, "A1", DAY, 1.0) | {"active_users": count} for n, count in enumerate(users)])
    report = load(home, [folder])
    assert rows(home, usage_daily, "usage_id", "active_users") == [("U0", 2_147_483_647)]
    rejects = next(file for file in report.files if file.table == "usage_daily").rejects
    assert [(reject.line, reject.reason) for reject in rejects] == [
        (3, '"2147483648" is not a whole number'),
        (4, '"-2147483648" is not a whole number'),
        (5, '"2.5" is not a whole number'),
    ]


def test_a_number_with_a_percent_sign_is_a_share(home: Path, folder: Path) -> None:
    paper = {"account_id": "A1", "contract_type": "commit", "start_date": "2026-01-01", "end_date": "2027-01-01"}
    shares = ("25%", "7.5 %", "0.1", "%", "a lot")
    write(folder, "contract.csv", [paper | {"contract_id": f"c{n}", "discount_pct": share} for n, share in enumerate(shares)])
    report = load(home, [folder])
    assert rows(home, contract, "contract_id", "discount_pct") == [("c0", 0.25), ("c1", 0.075), ("c2", 0.1)]
    rejects = next(file for file in report.files if file.table == "contract").rejects
    assert [(reject.line, reject.column) for reject in rejects] == [(5, "discount_pct"), (6, "discount_pct")]


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ("tables: {acount: {}}", "Unknown table 'acount'. Nearest: account"),
        ("tables: {account: {columns: {acount_name: X}}}", "Unknown column of account 'acount_name'. Nearest: account_name"),
        ("files: {x.csv: usages}", "Unknown table 'usages'"),
        ("files: {x.csv: {table: usages}}", "Unknown table 'usages'"),
        ("files: {x.csv: {table: account, columns: {acount_name: X}}}", "Unknown column of account 'acount_name'. Nearest: account_name"),
        ("tables: {account: {colums: {}}}", "tables.account.colums: Extra inputs are not permitted"),
        ("tables: {account: {encoding: klingon}}", "unknown encoding 'klingon'"),
        ("tables: {account: {columns: {account_id: No}}}", "tables.account.columns: put the name in quotes: YAML takes No, Yes, On"),
        ("- a\n- b", "must hold names and values"),
        ("a: [", "cannot be read"),
    ],
)
def test_a_wrong_mapping_is_explained(home: Path, folder: Path, mapping: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load_mapped(home, folder, mapping)
    assert message in str(caught.value)


def test_a_mapping_that_wants_a_column_which_is_not_there_refuses_that_file(home: Path, folder: Path) -> None:
    report = load_mapped(home, folder, "tables: {account: {columns: {industry: Branche}}}")
    refused = next(file for file in report.files if file.table == "account")
    assert (
        refused.reason == "the mapping wants column Branche for industry, but the file has account_id, account_name, owner_rep_id, aliases"
    )


def test_changing_the_mapping_reads_a_file_anew(home: Path, folder: Path) -> None:
    load(home, [folder])
    report = load_mapped(home, folder, "tables: {account: {constants: {segment: enterprise}}}")
    assert report.status == "loaded"
    assert {segment for (segment,) in rows(home, account, "segment")} == {"enterprise"}


@pytest.mark.parametrize(
    ("encoding", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", None),
        ("utf-16", None),
        ("cp1252", "not UTF-8 (line 3), read as Windows-1252; if names look wrong, set `encoding` in a mapping"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_line_ends_and_delimiters_are_found(
    home: Path, folder: Path, encoding: str, note: str | None, newline: str, delimiter: str
) -> None:
    lines = ["account_id,account_name,industry", "A1,Arbor,food", "A2,Café Zürich,retail", "A3,Cobalt,"]
    (folder / "account.csv").write_bytes(newline.join(line.replace(",", delimiter) for line in lines).encode(encoding))
    report = load(home, [folder])
    assert next(file for file in report.files if file.table == "account").notes == ([note] if note else [])
    assert rows(home, account, "account_name", "industry") == [("Arbor", "food"), ("Café Zürich", "retail"), ("Cobalt", None)]


def test_text_in_no_known_encoding_is_refused_by_line(home: Path, folder: Path) -> None:
    load(home, [folder])
    (folder / "account.csv").write_bytes(b"account_id,account_name\nA1,ok\nA2,\x81\x8d\n")
    report = load(home, [folder])
    refused = next(file for file in report.files if file.table == "account")
    assert refused.reason == "line 3 is not utf-8 text; save the file as UTF-8 or set `encoding` for this table in a mapping"


def test_moments_with_a_zone_are_brought_to_utc_before_they_become_days(home: Path, folder: Path) -> None:
    given = [
        {"usage_id": "a", "usage_date": "2026-01-02T00:30:00+02:00", "ingested_at": "2026-01-03T01:00:00+02:00"},
        {"usage_id": "b", "usage_date": "2026-01-02T00:30:00Z", "ingested_at": "2026-01-03 01:00:00"},
        {"usage_id": "c", "usage_date": "2026-01-02", "ingested_at": "2026-01-03"},
    ]
    write(folder, "usage_daily.csv", [row | {"account_id": "A1", "effective_cost": 1} for row in given])
    load(home, [folder])
    assert rows(home, usage_daily, "usage_id", "usage_date", "ingested_at") == [
        ("a", date(2026, 1, 1), datetime(2026, 1, 2, 23)),
        ("b", date(2026, 1, 2), datetime(2026, 1, 3, 1)),
        ("c", date(2026, 1, 2), datetime(2026, 1, 3)),
    ]


def test_json_lines_with_lists_nulls_and_keys_that_come_late(home: Path, folder: Path) -> None:
    (folder / "account.csv").unlink()
    lines = [
        json.dumps({"account_id": "A1", "account_name": "Arbor", "aliases": ["The Arborists", 'The "A"']}),
        json.dumps({"account_id": "A2", "account_name": "Bluff", "aliases": None, "Owner_Rep_Id": "R2"}),
        "",
        "{broken",
        json.dumps({"account_id": "A3", "account_name": None}),
        json.dumps({"account_id": "A3", "account_name": "Cobalt", "aliases": []}),
    ]
    (folder / "account.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    report = load(home, [folder])
    file = next(file for file in report.files if file.table == "account")
    assert [(r.line, r.column, r.reason) for r in file.rejects] == [
        (4, "", "not a JSON object"),
        (5, "account_name", "is empty, but every row needs one"),
    ]
    found = rows(home, account, "account_id", "aliases", "owner_rep_id")
    assert [json.loads(aliases) if aliases else None for _, aliases, _ in found] == [["The Arborists", 'The "A"'], None, []]
    assert [owner for _, _, owner in found] == [None, "R2", None]


def test_parquet_keeps_exact_numbers_lists_and_moments(home: Path, folder: Path) -> None:
    from datetime import UTC, timedelta, timezone

    (folder / "usage_daily.csv").unlink()
    west = timezone(timedelta(hours=-8))
    parquet(
        folder / "usage_daily.parquet",
        {
            "usage_id": ["a", "b", "c"],
            "usage_date": [date(2026, 1, 1)] * 3,
            "account_id": ["A1"] * 3,
            "effective_cost": [0.1 + 0.2, float("nan"), 1e-17],
            "active_users": [3.0, None, 4.0],
            "ingested_at": [datetime(2026, 1, 1, 20, tzinfo=west), datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)],
        },
    )
    report = load(home, [folder])
    file = next(file for file in report.files if file.table == "usage_daily")
    assert [(r.line, r.column) for r in file.rejects] == [(2, "effective_cost")]
    assert rows(home, usage_daily, "usage_id", "effective_cost", "active_users", "ingested_at") == [
        ("a", 0.1 + 0.2, 3, datetime(2026, 1, 2, 4)),
        ("c", 1e-17, 4, datetime(2026, 1, 2)),
    ]


def test_lists_may_be_written_plainly_and_booleans_in_words(home: Path, folder: Path) -> None:
    write(
        folder,
        "sku.csv",
        [{"sku_id": f"s{n}", "sku_name": "S", "is_consumption": word} for n, word in enumerate(("TRUE", "no", "1", "maybe"))],
    )
    report = load(home, [folder])
    assert rows(home, sku, "sku_id", "is_consumption", "sku_family", "consumed_unit") == [
        ("s0", True, "other", "unit"),
        ("s1", False, "other", "unit"),
        ("s2", True, "other", "unit"),
    ]
    file = next(file for file in report.files if file.table == "sku")
    assert file.rejects[0].reason == '"maybe" is not true or false'
    assert file.notes[:2] == [
        "no sku_family column: other is assumed for every row",
        "no consumed_unit column: unit is assumed for every row",
    ]


def test_a_handover_loaded_again_with_its_end_replaces_the_row_though_it_has_no_id(home: Path, folder: Path, tmp_path: Path) -> None:
    first = {"account_id": "A1", "rep_id": "R1", "valid_from": "2025-01-01", "valid_to": ""}
    write(folder, "account_assignment.csv", [first])
    load(home, [folder])
    ended = first | {"valid_to": "2026-02-01"}
    write(tmp_path / "later", "account_assignment.csv", [ended, first | {"rep_id": "R2", "valid_from": "2026-02-01"}])
    assert load(home, [tmp_path / "later"]).status == "loaded"
    assert rows(home, account_assignment, "rep_id", "assignment_role", "credit_pct", "valid_to") == [
        ("R1", "primary", 1.0, date(2026, 2, 1)),
        ("R2", "primary", 1.0, None),
    ]


def test_several_files_of_one_table_are_put_together(home: Path, folder: Path) -> None:
    (folder / "usage_daily.csv").unlink()
    for month in (1, 2, 3):
        write(folder, f"usage_daily_2026-0{month}.csv", [usage(month, "A1", date(2026, month, 1), 1.0)])
    load(home, [folder])
    assert len(rows(home, usage_daily, "usage_id")) == 3
    assert load(home, [folder]).status == "unchanged"
