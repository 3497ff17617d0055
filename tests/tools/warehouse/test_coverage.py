"""What a company brought, and what is off without the rest."""

from __future__ import annotations

from datetime import date

from meterline_tools.warehouse.coverage import COLUMNS_IF_ABSENT, IF_ABSENT, coverage
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
