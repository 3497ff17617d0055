"""commitments: contracts measured by the catalogue, and their rules in plain words."""

from __future__ import annotations

from typing import Any

import pytest

from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.commitments import commitments


def value(bench: Workbench, contract: dict[str, Any], name: str) -> Any:
    return bench.book.figures[contract["figures"][name]].value


def test_a_commitment_is_measured_as_worked_out_by_hand(ember: Workbench) -> None:
    [contract] = commitments(ember, account="Lumen Ovens")["contracts"]
    assert contract["running"]
    # from 1 January: 179 days x $200, 120 days x $100, 59 days x $150
    assert value(ember, contract, "M27") == pytest.approx(56_650 / 100_000)
    assert value(ember, contract, "M28") == pytest.approx(0.5665 / (179 / 365))
    # $43,350 left at $350 a day: 123.9 days after 28 June
    assert value(ember, contract, "M29") == "2026-10-30"
    assert value(ember, contract, "end") == "2026-12-31"


def test_the_rules_stand_in_plain_words(ember: Workbench) -> None:
    [contract] = commitments(ember, account="L1")["contracts"]
    assert contract["text_rules"] == [
        "Usage beyond the commitment is billed at list price, without the contract's discount.",
        "What is unused at the end of the term lapses.",
        "It is paid in advance, year by year.",
    ]


def test_an_account_without_a_commitment_pays_as_it_goes(ember: Workbench) -> None:
    reply = commitments(ember, account="Bare Bricks")
    assert reply["pay_as_you_go"] is True
    assert reply["contracts"] == []


def test_without_contracts_nothing_is_claimed_about_paper(minimum: Workbench) -> None:
    reply = commitments(minimum, account="L1")
    assert reply["pay_as_you_go"] is None
    assert reply["not_available"] == [{"what": "commitments", "reason": "no contracts loaded"}]


def test_without_an_account_all_contracts_are_listed_with_their_account(ember: Workbench) -> None:
    contracts = commitments(ember)["contracts"]
    assert "Lumen Ovens" in [contract["account"] for contract in contracts]
    ends = [value(ember, contract, "end") for contract in contracts]
    assert ends == sorted(ends)
