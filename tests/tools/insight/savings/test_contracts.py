"""What a running commitment says about usage beyond it; all amounts are worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from meterline_tools.insight.savings.contracts import contract_facts, overage_ratio

Share = float | None
D1 = date(2026, 6, 28)
CONTRACT: dict[str, Any] = {
    "contract_id": "K1",
    "commit_amount": 10_000.0,
    "rollover_in_amount": 500.0,
    "start_date": date(2026, 5, 1),
    "end_date": date(2026, 9, 1),
    "discount_pct": 0.2,
    "overage_rule": "on_demand_list",
}


def used(usd: float, days: int, status: str = "drawdown", until: date = D1) -> list[dict[str, Any]]:
    return [{"usage_date": until - timedelta(days=n), "commit_status": status, "usd": usd, "list_usd": usd * 1.25} for n in range(days)]


def test_facts_of_a_commitment_that_is_drawn_steadily() -> None:
    facts = contract_facts(CONTRACT, used(100.0, 50), D1)
    assert facts["remaining_usd"] == 5_500  # 10,000 and 500 brought in, less 50 days of 100
    assert facts["days_left"] == 64  # 29 June to 31 August
    assert facts["overage_ratio"] == pytest.approx(1.25)
    assert [facts["usd_day"], facts["usd_day_low"]] == pytest.approx([100, 100])


def test_the_low_rate_lies_one_deviation_of_the_weeks_below() -> None:
    weeks = used(140.0, 7) + used(100.0, 21, until=D1 - timedelta(days=7))
    facts = contract_facts(CONTRACT, weeks, D1)
    assert [facts["usd_day"], facts["usd_day_low"]] == pytest.approx([110, 90])  # weeks 140, 100, 100, 100: deviation 20


def test_overage_is_counted_at_contracted_prices() -> None:
    facts = contract_facts(CONTRACT, used(125.0, 14, "overage") + used(100.0, 14, until=D1 - timedelta(days=14)), D1)
    assert facts["usd_day"] == pytest.approx(100)


def test_excess_that_will_not_last_is_left_out_of_the_rate() -> None:
    assert contract_facts(CONTRACT, used(100.0, 28), D1, passing_usd_day=30.0)["usd_day"] == pytest.approx(70)


def test_without_drawdown_on_the_contract_nothing_is_known() -> None:
    facts = contract_facts(CONTRACT, [], D1)
    assert (facts["remaining_usd"], facts["usd_day"]) == (None, None)


@pytest.mark.parametrize(
    ("rule", "multiplier", "discount", "ratio"),
    [
        ("contracted_rate", None, 0.2, 1.0),
        ("auto_true_up", None, 0.2, 1.0),
        ("hard_stop", None, 0.2, 1.0),
        ("on_demand_list", None, 0.2, 1.25),
        ("on_demand_list", None, None, 1.25),  # measured: $100 net of $125 list
        ("premium", 1.1, 0.2, 1.375),
        ("premium", None, 0.2, None),
        (None, None, 0.2, None),
    ],
)
def test_what_usage_beyond_the_commitment_costs(rule: str | None, multiplier: Share, discount: Share, ratio: Share) -> None:
    contract = {"overage_rule": rule, "overage_multiplier": multiplier, "discount_pct": discount}
    assert overage_ratio(contract, used(100.0, 3)) == (pytest.approx(ratio) if ratio else None)
