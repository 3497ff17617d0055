"""M53: savings over a book are exactly what find_savings finds, account by account."""

from __future__ import annotations

from typing import Any

import pytest

from meterline_tools.insight.savings import load_rules
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.savings import find_savings


def values(bench: Workbench, figures: dict[str, str]) -> dict[str, Any]:
    return {key: bench.book.figures[figure].value for key, figure in figures.items()}


def test_the_book_adds_up_what_is_found_account_by_account(ember: Workbench) -> None:
    book = query_metrics(ember, metrics=["M53"], group_by=["account"])
    by_account = {row["keys"]["account"]: values(ember, row["figures"]) for row in book["rows"]}
    expected = {}
    for account in ("L1", "L2", "L3"):
        total = find_savings(ember, account=account)["total"]
        if total:
            low, high = (ember.book.figures[total[end]].value for end in ("low", "high"))
            expected[account] = {"M53.low": pytest.approx(low), "M53.high": pytest.approx(high), "M53.n": 1}
    assert by_account == expected
    assert list(expected) == ["L1"]
    assert values(ember, book["total"]["figures"])["M53.low"] == expected["L1"]["M53.low"]


def test_by_rule_each_finding_that_counts_is_shown_with_its_own_range(ember: Workbench) -> None:
    # R01: $1,400 idle over four weeks, half to nine tenths of it, a month of 30.4 days
    reply = query_metrics(ember, metrics=["M53"], group_by=["rule"])
    rows = {row["keys"]["rule"]: values(ember, row["figures"]) for row in reply["rows"]}
    assert set(rows) == {"R01", "R05", "R19"}
    assert rows["R01"]["M53.low"] == pytest.approx(700 * 30.4 / 28)
    assert rows["R01"]["M53.high"] == pytest.approx(1260 * 30.4 / 28)


def test_a_person_has_the_savings_of_the_own_book(ember: Workbench) -> None:
    mine = query_metrics(ember, metrics=["M53"], filters={"rep": ["P1"]})["total"]["figures"]
    other = query_metrics(ember, metrics=["M53"], filters={"rep": ["P2"]})["total"]["figures"]
    assert values(ember, mine)["M53.n"] == 1
    assert values(ember, other) == {"M53.low": 0, "M53.high": 0, "M53.n": 0}


def test_the_receipt_says_that_rules_made_its_rows(ember: Workbench) -> None:
    reply = query_metrics(ember, metrics=["M53"], group_by=["account"])
    receipt = ember.book.receipts[reply["receipts"][0]]
    assert receipt.derived.startswith("the savings rules worked these rows out")
    assert receipt.sql is not None and "M53" in receipt.sql


@pytest.mark.parametrize("rule", [rule for rule in load_rules() if rule.screen], ids=lambda rule: rule.id)
def test_a_screen_is_about_what_the_rule_reads(rule: Any) -> None:
    assert rule.screen.part in rule.needs
    assert rule.screen.part in rule.saving.base
