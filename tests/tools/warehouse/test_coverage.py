"""What a company brought, and what is off without the rest."""

from __future__ import annotations

from datetime import date

import pytest

from meterline_tools.errors import UserError
from meterline_tools.warehouse.coverage import COLUMNS_IF_ABSENT, IF_ABSENT, columns_of, coverage
from meterline_tools.warehouse.schema import REQUIRED_TABLES, TABLES
from tests.tools.warehouse.tiny import in_memory, usage


def test_every_optional_table_says_what_is_off_without_it() -> None:
    assert set(IF_ABSENT) == set(TABLES) - set(REQUIRED_TABLES)
    assert all(column in TABLES[table].c for table, column in COLUMNS_IF_ABSENT)


def test_shares_of_filled_rows_and_what_is_off() -> None:
    rows = [usage(n, "A", date(2026, 1, 1), 1.0, workload_id="W" if n else None) for n in range(4)]
    page = coverage(in_memory({"usage_daily": rows, "account": [{"account_id": "A", "account_name": "A"}]}))
    assert {line["table"]: line["rows"] for line in page["tables"] if line["rows"]} == {"usage_daily": 4, "account": 1}
    shares = {(line["table"], line["column"]): line["filled"] for line in page["columns"]}
    assert shares["usage_daily", "workload_id"] == 0.75
    assert shares["usage_daily", "consumed_quantity"] == 0.0
    assert ("workload", "use_case_id") not in shares
    assert "account.industry: no questions by industry" in page["off"]
    assert "workload: drivers by SKU and region only; no realisation of use cases; fewer savings tips" in page["off"]


def test_the_columns_of_a_table_are_told_before_anything_is_loaded() -> None:
    told = {column["column"]: (column["kind"], column["needed"]) for column in columns_of("usage_daily")}
    assert told["usage_date"] == ("day", True)
    assert told["ingested_at"] == ("moment", True)
    assert told["effective_cost"] == ("number", False)
    assert told["usage_id"] == ("text", False), "made of other columns where there is none"
    contract = {column["column"]: column for column in columns_of("contract")}
    assert (contract["contract_id"]["needed"], contract["is_cancellable"]["kind"]) == (True, "yes or no")
    assert contract["contract_type"]["words"] == ["commit", "payg", "enterprise_license", "trial"]
    assert not next(column["needed"] for column in columns_of("rep") if column["column"] == "role"), "core is assumed"


@pytest.mark.parametrize("table", TABLES)
def test_every_column_says_what_it_holds(table: str) -> None:
    assert all(column["kind"] for column in columns_of(table))


def test_a_table_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(UserError, match=r"There is no table 'contracts'\. Tables: rep, account, usage_daily,"):
        columns_of("contracts")
