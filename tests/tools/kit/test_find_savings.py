"""find_savings on the hand-made company; every amount is worked out in the comments."""

from __future__ import annotations

from typing import Any

import pytest

from meterline_tools.errors import ModelMustRetry, Refused
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.savings import find_savings
from meterline_tools.principal import Principal, Scope
from tests.ember import open_bench

A_MONTH = 30.4 / 28


def value(bench: Workbench, figure: str) -> Any:
    return bench.book.figures[figure].value


def tip(reply: dict[str, Any], rule: str) -> dict[str, Any]:
    return next(tip for tip in reply["tips"] if tip["rule"] == rule)


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [
        # kitchen boards: 28 days x 30 of 100 units idle; (840 - 5% of 2,800) x $2 = $1,400
        ("R01", 1400 * 0.5 * A_MONTH, 1400 * 0.9 * A_MONTH),
        # recipe sync: 28 days x 25 units refreshed x $2 = $1,400
        ("R05", 1400 * 0.5 * A_MONTH, 1400 * 0.85 * A_MONTH),
        # $56,650 of $100,000 drawn by 28 June; 186 days left x $350 - $43,350 = $21,750, at a quarter more beyond it
        ("R19", 21750 * 0.25 * 30.4 / 186, 21750 * 0.25 * 30.4 / 186),
    ],
)
def test_a_tip_has_the_range_worked_out_by_hand(ember: Workbench, rule: str, low: float, high: float) -> None:
    found = tip(find_savings(ember, account="Lumen Ovens"), rule)
    assert [value(ember, found["low"]), value(ember, found["high"])] == pytest.approx([low, high])


def test_all_savings_together_count_each_dollar_once(ember: Workbench) -> None:
    reply = find_savings(ember, account="L1")
    account = 350 * 30.4
    low = (700 + 700) * A_MONTH
    high = (1260 + 1190) * A_MONTH
    renewal = 21750 * 0.25 * 30.4 / 186
    assert value(ember, reply["total"]["low"]) == pytest.approx(low + renewal / account * (account - low))
    assert value(ember, reply["total"]["high"]) == pytest.approx(high + renewal / account * (account - high))
    assert value(ember, reply["total"]["range"]) == "$2.28k to $3.33k a month"


def test_a_tip_is_text_with_marks_for_its_evidence_and_a_caveat(ember: Workbench) -> None:
    found = tip(find_savings(ember, account="L1"), "R01")
    share, cost = found["evidence"]
    assert found["text"] == f"Compute stayed on while nothing ran for [[{share}]] of what was paid for from [[{share}.window]]: [[{cost}]]."
    assert value(ember, share) == pytest.approx(0.3)
    assert found["caveat"] == "Warm pools may be intended for response time."
    assert value(ember, found["slice"]["name"]) == "kitchen boards"


def test_every_figure_stands_in_a_cell_of_its_receipt(ember: Workbench) -> None:
    reply = find_savings(ember, account="L1")
    for ident in reply["figures"]:
        figure = ember.book.figures[ident]
        receipt = ember.book.receipts[figure.receipt]
        assert figure.cell is not None
        row, column = figure.cell
        assert receipt.rows[row][receipt.columns.index(column)] == figure.value
        assert receipt.sql


def test_what_cannot_be_checked_is_told_with_the_reason(ember: Workbench, minimum: Workbench) -> None:
    [retries] = find_savings(ember, account="L1")["rules_not_checkable"]
    assert (retries["rule"], retries["reason"]) == ("R03", "retry_quantity, jobs_failed, jobs_succeeded not measured")
    bare = {item["rule"]: item["reason"] for item in find_savings(minimum, account="L2")["rules_not_checkable"]}
    assert bare["R01"] == "workload_type is not known"
    assert bare["R19"] == "there is no contract to check"


def test_an_account_with_nothing_to_save_gets_no_tip(ember: Workbench) -> None:
    reply = find_savings(ember, account="Bare Bricks")
    assert reply["tips"] == []
    assert reply["total"] is None


def test_an_account_out_of_scope_reads_like_one_that_does_not_exist(ember: Workbench, ember_home: Any) -> None:
    tom = Principal(user_id="tom", role="rep", scope=Scope(rep_ids=frozenset({"P2"})), rep_id="P2")
    bench = open_bench(ember_home, tom)
    with pytest.raises(Refused, match="Account 'Lumen Ovens' not found or not visible to you"):
        find_savings(bench, account="Lumen Ovens")
    with pytest.raises(Refused, match="Account 'Atlantis' not found or not visible to you"):
        find_savings(ember, account="Atlantis")
    bench.warehouse.close()


def test_a_name_with_a_typo_is_understood(ember: Workbench) -> None:
    assert find_savings(ember, account="lumen ovnes")["account"]["id"] == "L1"


def test_a_name_that_means_two_accounts_goes_back_with_both(ember: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    from meterline_tools.catalog.names import Candidate, NameIndex

    both = [Candidate("account", "L1", "Lumen Ovens", 0.9, "manufacturing"), Candidate("account", "L2", "Bare Bricks", 0.85, "")]
    monkeypatch.setattr(NameIndex, "find", lambda *_: both)
    with pytest.raises(ModelMustRetry, match=r"Lumen Ovens \(L1, manufacturing\); Bare Bricks \(L2\). Give the id"):
        find_savings(ember, account="the bakery")
