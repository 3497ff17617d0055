"""commitments: contracts measured by the catalogue, and their rules in plain words."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from meterline.render import Renderer
from meterline_tools.catalog.outlook import Outlook
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.burndown import points_of
from meterline_tools.kit.commitments import commitments
from meterline_tools.kit.contract_rules import plain_words, rules
from meterline_tools.kit.records import derived_records
from meterline_tools.principal import Principal, Scope
from meterline_tools.warehouse.views import Views
from tests.ember import open_bench


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


# Rules -----------------------------------------------------------------------------------------------------------

RULES = [
    ("overage_rule", "contracted_rate", "Usage beyond the commitment is billed at the contracted rate, as before."),
    ("overage_rule", "on_demand_list", "Usage beyond the commitment is billed at list price, without the contract's discount."),
    ("overage_rule", "premium", "Usage beyond the commitment is billed at 1.15× list price."),
    ("overage_rule", "auto_true_up", "Usage beyond the commitment raises the commitment by itself (an automatic true-up)."),
    ("overage_rule", "hard_stop", "Usage stops when the commitment is used up: a larger one must be signed before that day."),
    ("overage_rule", "none", "There is no overage; nothing is agreed for usage beyond the commitment."),
    ("overage_rule", "by handshake", "The overage rule on record is “by handshake”."),
    ("overage_rule", None, "No overage rule is on record."),
    ("rollover_rule", "none", "What is unused at the end of the term lapses."),
    (
        "rollover_rule",
        "on_equal_or_larger_renewal",
        "Unused commitment rolls over if the renewal is as large or larger; otherwise it lapses.",
    ),
    ("rollover_rule", "pct_cap", "Up to 20.0% of what is unused rolls over; the rest lapses."),
    ("rollover_rule", "auto", "Unused commitment rolls over by itself."),
    ("rollover_rule", None, "No rollover rule is on record."),
    ("payment_terms", "prepaid_annual", "It is paid in advance, year by year."),
    ("payment_terms", "prepaid_quarterly", "It is paid in advance, quarter by quarter."),
    ("payment_terms", "arrears_monthly", "It is paid in arrears, month by month."),
    ("payment_terms", "by handshake", "The payment terms on record are “by handshake”."),
    ("payment_terms", None, "No payment terms are on record."),
    ("is_cancellable", True, "The customer may cancel it, so it is not in RPO."),
    ("drawdown_scope", '["compute"]', 'Only these products draw it down: ["compute"].'),
    ("currency", "EUR", "It is written in EUR; amounts here are in the company's currency."),
]


def told(bench: Workbench, **fields: Any) -> list[str]:
    """The rules of a commitment with these fields, as a reader sees them."""
    blank = dict.fromkeys(("overage_rule", "rollover_rule", "payment_terms", "is_cancellable", "drawdown_scope", "currency"))
    row = {"contract_type": "commit", **blank, "overage_multiplier": 1.15, "rollover_cap_pct": 0.2, **fields}
    listed = derived_records(bench, "sql", "commitments", {}, [row])
    return [Renderer(bench.book).plain(text) for text in rules(listed, 0)]


@pytest.mark.parametrize(("field", "value", "words"), RULES)
def test_each_rule_reads_as_plain_words(ember: Workbench, field: str, value: Any, words: str) -> None:
    assert words in told(ember, **{field: value})


def test_every_rule_that_has_words_is_in_the_table() -> None:
    assert {(field, value) for field, values in plain_words().items() for value in values} <= {(f, v) for f, v, _ in RULES}


@pytest.mark.parametrize(
    ("field", "value", "number"), [("overage_rule", "premium", "overage_multiplier"), ("rollover_rule", "pct_cap", "rollover_cap_pct")]
)
def test_a_rule_whose_number_is_missing_is_shown_as_it_stands(ember: Workbench, field: str, value: str, number: str) -> None:
    assert f"The {field.replace('_', ' ')} on record is “{value}”." in told(ember, **{field: value, number: None})


# Burn-down -------------------------------------------------------------------------------------------------------

START = date(2026, 8, 1)


def outlook(day: date, last_day: date, used: float, **more: Any) -> Outlook:
    return Outlook(day=day, last_day=last_day, committed=4_000.0, used=used, rate=100.0, spread=25.0, **more)


def test_a_burn_down_goes_in_weeks_that_end_on_the_last_complete_day() -> None:
    """From 1 to 16 August, 100 a day; the term is 40 days, its line 100 a day. Two whole weeks and two days before them."""
    daily = [{"usage_date": START + timedelta(days=n), "usd": 100.0} for n in range(16)]
    points = points_of(daily, START, outlook(date(2026, 8, 16), date(2026, 9, 9), 1_600.0))
    shown = [
        (p["day"].isoformat(), p["drawn_so_far"], p["projected"], p["projected_low"], p["projected_high"], p["straight_line"])
        for p in points
    ]
    assert shown == [
        ("2026-08-02", 200.0, None, None, None, 200.0),
        ("2026-08-09", 900.0, None, None, None, 900.0),
        ("2026-08-16", 1600.0, 1600.0, 1600.0, 1600.0, 1600.0),
        ("2026-08-23", None, 2300.0, 2125.0, 2475.0, 2300.0),
        ("2026-08-30", None, 3000.0, 2650.0, 3350.0, 3000.0),
        ("2026-09-06", None, 3700.0, 3175.0, 4225.0, 3700.0),
        ("2026-09-09", None, 4000.0, 3400.0, 4600.0, 4000.0),
    ]


def test_long_terms_burn_down_in_steps_of_four_weeks() -> None:
    day = START + timedelta(days=400)
    points = points_of([], START, outlook(day, START + timedelta(days=729), 0.0))
    assert {(b["day"] - a["day"]).days for a, b in pairwise(points[:-1])} == {28}


def test_what_is_drawn_agrees_with_the_metric(ember: Workbench) -> None:
    [contract] = commitments(ember, account="L1")["contracts"]
    drawn = ember.book.figures[contract["burn_down"]["figures"]["drawn_so_far"]].value
    assert drawn == pytest.approx(56_650)
    assert value(ember, contract, "left") == pytest.approx(100_000 - 56_650)


def test_a_contract_is_cited_by_its_fields(ember: Workbench) -> None:
    [contract] = commitments(ember, account="L1")["contracts"]
    citation = ember.book.citations[contract["citation"]]
    assert (citation.source, citation.source_id, citation.side, citation.account_id) == ("contract", "C-7", "system", "L1")
    assert "overage_rule = on_demand_list; rollover_rule = none" in citation.quote


def test_a_stranger_sees_no_contract(ember_home: Path) -> None:
    bench = open_bench(ember_home)
    bench.views = Views(
        bench.warehouse, bench.asof, Principal(user_id="x", role="rep", scope=Scope(rep_ids=frozenset({"nobody"})), rep_id="nobody")
    )
    assert commitments(bench)["contracts"] == []
    bench.warehouse.close()
