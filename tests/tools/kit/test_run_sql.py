"""run_sql: free SQL whose figures say that no definition governs them."""

from __future__ import annotations

import json

import pytest

from meterline_tools.errors import ModelMustRetry, Refused
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.run_sql import SHOWN_BYTES, run_sql


def test_numbers_come_back_as_ungoverned_figures_of_a_receipt(ember: Workbench) -> None:
    """Lumen Ovens: two workloads at $200 and $100 a day, the second at $150 from 1 May 2026; June to the 28th is 28 days."""
    reply = run_sql(
        ember,
        sql="SELECT account_id, sum(effective_cost) AS june_usd, count(*) AS n FROM usage_daily "
        "WHERE account_id = 'L1' AND usage_date >= DATE '2026-06-01' GROUP BY 1",
    )
    (row,) = reply["rows"]
    figure = ember.book.figures[row["june_usd"]]
    assert (row["account_id"], figure.unit, figure.governed) == ("L1", "USD", False)
    assert figure.value == pytest.approx(28 * 350)
    assert ember.book.figures[row["n"]].unit == "number"
    receipt = ember.book.receipts[reply["receipt"]]
    assert (receipt.kind, receipt.rows[0][1]) == ("sql", figure.value)
    assert "v_usage" in str(receipt.sql)


def test_a_large_result_is_cut_for_the_model_and_kept_for_the_receipt(ember: Workbench) -> None:
    reply = run_sql(ember, sql="SELECT usage_date, usd, list_usd FROM account_day ORDER BY 1")
    assert reply["truncated"]
    assert reply["rows_shown"] < reply["rows_found"]
    assert len(json.dumps(reply)) < SHOWN_BYTES + 500
    assert ember.book.receipts[reply["receipt"]].row_count == reply["rows_found"] <= 1000


def test_what_may_not_run_says_why(ember: Workbench) -> None:
    with pytest.raises(Refused, match="Only one SELECT"):
        run_sql(ember, sql="DELETE FROM account")
    with pytest.raises(ModelMustRetry, match="Nearest"):
        run_sql(ember, sql="SELECT sume(usd) FROM account_day")
    assert not ember.book.receipts


def test_one_wide_cell_does_not_break_the_budget(ember: Workbench) -> None:
    reply = run_sql(
        ember, sql="SELECT concat(account_name, '" + "x" * 290 + "') AS a, usd FROM account_day JOIN account USING (account_id)"
    )
    assert len(json.dumps(reply)) < SHOWN_BYTES + 500
