"""Files with words, test tenants and currencies of their own: translated, left out, converted, and what is not understood is said."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from meterline_tools.errors import UserError
from meterline_tools.warehouse.load import LoadReport, load
from meterline_tools.warehouse.loading.checks import vocabularies
from meterline_tools.warehouse.schema import TABLES, contract, note, price, usage_daily, use_case
from tests.tools.warehouse.tiny import failed, of, rows, usage, write

DAY = date(2026, 1, 1)
CONTRACT = {"contract_id": "K1", "account_id": "A1", "start_date": "2026-01-01", "end_date": "2027-01-01"}


def given(home: Path, folder: Path, mapping: str) -> LoadReport:
    (folder.parent / "names.yaml").write_text(mapping, encoding="utf-8")
    return load(home, [folder], mapping=folder.parent / "names.yaml")


def warned(report: LoadReport, column: str) -> list[str]:
    return [check.message for check in report.warnings if check.name == "unknown_word" and check.message.startswith(column)]


def test_words_of_the_file_become_ours_in_any_case_and_numbers_are_words_too(home: Path, folder: Path) -> None:
    cases = [("C1", "Closed Won"), ("C2", " closed won "), ("C3", "5"), ("C4", "live"), ("C5", "Stalled")]
    write(folder, "use_case.csv", [{"use_case_id": i, "account_id": "A1", "use_case_name": i, "stage": stage} for i, stage in cases])
    report = given(home, folder, "tables: {use_case: {values: {stage: {CLOSED WON: live, 5: approved}}}}")
    assert rows(home, use_case, "use_case_id", "stage") == [
        ("C1", "live"),
        ("C2", "live"),
        ("C3", "approved"),
        ("C4", "live"),
        ("C5", "Stalled"),
    ]
    assert len(warned(report, "use_case.stage says “Stalled”: such use cases are neither live nor lost")) == 1


def test_a_word_that_stands_for_nothing_leaves_the_cell_empty_and_then_no_number_is_missed(home: Path, folder: Path) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 2.5, consumed_quantity="N/A", charge_class="-")])
    report = given(home, folder, 'tables: {usage_daily: {values: {consumed_quantity: {n/a: ""}, charge_class: {"-": null}}}}')
    assert rows(home, usage_daily, "effective_cost", "consumed_quantity", "charge_class") == [(2.5, None, None)]
    assert of(report, "usage_daily.csv").status == "loaded"


def test_rows_of_a_test_tenant_are_left_out_and_counted(home: Path, folder: Path) -> None:
    tenants = ["A1", "T-0001", "t-0001 ", "A2"]
    write(folder, "usage_daily.csv", [usage(number, tenant, DAY, 4.0) for number, tenant in enumerate(tenants)])
    report = given(home, folder, "tables: {usage_daily: {leave_out: {account_id: [T-0001]}}}")
    assert rows(home, usage_daily, "account_id") == [("A1",), ("A2",)]
    assert "2 rows were left out, as the mapping says (`leave_out`)" in of(report, "usage_daily.csv").notes


def test_a_bad_row_that_is_left_out_is_no_reject(home: Path, folder: Path) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 4.0), usage(2, "T-1", DAY, None)])
    report = given(home, folder, "tables: {usage_daily: {leave_out: {account_id: [T-1]}}}")
    assert (of(report, "usage_daily.csv").status, of(report, "usage_daily.csv").rejected) == ("loaded", 0)


def test_money_with_a_rate_is_brought_to_the_reporting_currency_once(home: Path, folder: Path) -> None:
    write(
        folder,
        "contract.csv",
        [CONTRACT | {"contract_type": "commit", "commit_amount": "1000", "rollover_in_amount": "50", "currency": "gbp"}],
    )
    one = {"sku_id": "S", "tier_from": "0", "tier_period": "month", "valid_from": "2026-01-01"}
    write(
        folder, "price.csv", [one | {"price_id": "P1", "unit_price": "2", "currency": "GBP"}, one | {"price_id": "P2", "unit_price": "2"}]
    )
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 8.0, list_cost="10", billing_currency="GBP"), usage(2, "A1", DAY, 8.0)])
    settings = "company: {currency: EUR, rates: {gbp: 1.25}}"
    report = given(home, folder, settings)
    assert rows(home, contract, "commit_amount", "rollover_in_amount", "currency") == [(1250.0, 62.5, "gbp")]
    assert rows(home, price, "price_id", "unit_price", "currency") == [("P1", 2.5, "GBP"), ("P2", 2.0, None)]
    assert rows(home, usage_daily, "effective_cost", "list_cost") == [(10.0, 12.5), (8.0, None)]
    assert of(report, "contract.csv").notes == ["1 rows in GBP were converted at 1.25 EUR, the rate that is configured"]
    assert given(home, folder, settings).status == "unchanged"


def test_a_contract_in_another_currency_does_not_make_the_usage_foreign(home: Path, folder: Path) -> None:
    write(folder, "contract.csv", [CONTRACT | {"contract_type": "commit", "commit_amount": "1000", "currency": "GBP"}])
    report = given(home, folder, "company: {currency: EUR}")
    assert failed(report) == ["mixed_currency"]
    assert report.failures[0].message.startswith(
        "contract has money in GBP, but the company reports in EUR: give the rate (company: rates: {GBP: …}"
    )


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ("{rates: {GBP: 1.2}}", "rates need `currency`"),
        ("{currency: EUR, rates: {GBP: 0}}", "a rate is a number above 0"),
        ("{currency: EUR, rates: {pounds: 1.2}}", "a currency of three letters"),
        ("{currency: EUR, rates: {eur: 1.2}}", "EUR is the reporting currency and needs no rate"),
    ],
)
def test_a_rate_that_leads_nowhere_is_refused(home: Path, folder: Path, settings: str, wrong: str) -> None:
    with pytest.raises(UserError, match=wrong):
        given(home, folder, f"company: {settings}")


def test_words_that_steer_figures_and_are_not_known_are_named_with_what_comes_of_them(home: Path, folder: Path) -> None:
    write(folder, "contract.csv", [CONTRACT | {"contract_type": "Annual commit", "commit_amount": "1000"}])
    report = given(home, folder, "{}")
    assert report.status == "loaded"
    (message,) = warned(report, "contract.contract_type")
    assert message == (
        "contract.contract_type says “Annual commit”: such contracts are no commitments, nothing is drawn from them; translate it in a"
        " mapping (tables: contract: values: {contract_type: {…: …}}) into one of commit, payg, enterprise_license, trial"
    )


def test_every_vocabulary_is_of_a_column_that_there_is() -> None:
    for vocabulary in vocabularies():
        table, _, column = vocabulary.column.partition(".")
        assert column in TABLES[table].c


def test_the_mapping_of_a_note_table_is_not_that_of_note_files(home: Path, folder: Path) -> None:
    """The columns of a CRM's export have nothing to do with transcripts that lie beside it."""
    write(folder, "crm_notes.csv", [{"id": "N1", "ts": "2026-01-02", "cust": "A2", "txt": "They like it."}])
    (folder / "notes" / "A1").mkdir(parents=True)
    (folder / "notes" / "A1" / "2026-01-03-call.md").write_text("They do not like it.\n", encoding="utf-8")
    columns = "columns: {note_id: id, occurred_at: ts, account_id: cust, body: txt}, constants: {note_type: email}"
    report = given(home, folder, f"files: {{crm_notes.csv: note}}\ntables: {{note: {{{columns}}}}}")
    assert report.status == "loaded"
    found = rows(home, note, "account_id", "note_type", "body")
    assert found == [("A1", "call_note", "They do not like it."), ("A2", "email", "They like it.")]


@pytest.mark.parametrize("written", ["02.01.2026", "02.01.2026 05:00", "02.01.2026 05:00:00", "2026-01-02T05:00:00Z"])
def test_where_only_days_are_said_to_be_written_otherwise_a_time_may_stand_behind_them(home: Path, folder: Path, written: str) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 4.0) | {"usage_date": "01.01.2026", "ingested_at": written}])
    report = given(home, folder, 'tables: {usage_daily: {date_format: "%d.%m.%Y"}}')
    assert of(report, "usage_daily.csv").status == "loaded"
    ((reached,),) = rows(home, usage_daily, "ingested_at")
    assert (reached.date(), reached.hour) == (date(2026, 1, 2), 0 if written == "02.01.2026" else 5)


def test_a_moment_that_is_written_in_no_such_way_names_the_setting(home: Path, folder: Path) -> None:
    write(folder, "usage_daily.csv", [usage(1, "A1", DAY, 4.0) | {"usage_date": "01.01.2026", "ingested_at": "02.01.2026 5h"}])
    report = given(home, folder, 'tables: {usage_daily: {date_format: "%d.%m.%Y"}}')
    (reject,) = of(report, "usage_daily.csv").rejects
    assert (
        reject.reason == '"02.01.2026 5h" is not like %d.%m.%Y or %d.%m.%Y %H:%M or %d.%m.%Y %H:%M:%S; say `timestamp_format` in a mapping'
    )


def test_a_mapping_with_a_wrong_column_is_told_all_of_them_and_what_there_is(home: Path, folder: Path) -> None:
    with pytest.raises(UserError) as told:
        given(home, folder, "tables: {contract: {columns: {amount: a, begin: b}}}")
    assert "Unknown column of contract 'amount'. Nearest: commit_amount" in str(told.value)
    assert "Unknown column of contract 'begin'." in str(told.value)
    assert "Its columns: contract_id, account_id, contract_type, commit_amount, currency, start_date, end_date," in str(told.value)


def test_a_yes_or_no_that_yaml_takes_for_a_truth_value_is_to_be_quoted(home: Path, folder: Path) -> None:
    with pytest.raises(UserError, match="put the word in quotes"):
        given(home, folder, "tables: {usage_daily: {values: {charge_class: {Yes: Correction}}}}")
