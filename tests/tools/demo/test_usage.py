"""The fact table: money to the cent, dirt as planned, the last complete day where it should be."""

from __future__ import annotations

import pytest

from tests.tools.demo.conftest import Files

PLAIN = "('CMP_INT', 'CMP_JOB', 'CMP_SQL', 'STO_STD', 'ING_STREAM')"


def test_effective_cost_is_list_less_the_discount_where_no_tier_or_promo_applies(small: Files) -> None:
    worst = small.value(
        f"""SELECT max(abs(u.effective_cost - u.list_cost * (1 - c.discount_pct))) FROM net u JOIN contract c USING (contract_id)
            WHERE u.sku_id IN {PLAIN} AND u.commit_status = 'drawdown' AND c.contract_type = 'commit'"""
    )
    assert worst < 0.005


def test_list_cost_is_the_public_price_times_quantity(small: Files) -> None:
    worst = small.value(
        """SELECT max(abs(u.list_cost - u.consumed_quantity * p.unit_price)) FROM net u JOIN price p USING (sku_id)
           WHERE p.contract_id IS NULL AND p.tier_from = 0"""
    )
    assert worst < 0.005


def test_volume_tiers_only_make_units_cheaper(small: Files) -> None:
    low, high = small.rows(
        """SELECT min(x), max(x) FROM (SELECT u.contracted_cost / u.list_cost / (1 - c.discount_pct) AS x FROM net u
           JOIN contract c USING (contract_id) WHERE u.sku_id = 'ING_CONN' AND u.commit_status = 'drawdown' AND u.list_cost > 1)"""
    )[0]
    assert 0.6 < low < 1
    assert high == pytest.approx(1, abs=0.001)


def test_drawdown_adds_up_to_the_commit_on_the_day_it_runs_out_and_overage_is_at_list(small: Files) -> None:
    rows = small.rows(
        """SELECT commit_amount, sum(effective_cost) FILTER (commit_status = 'drawdown'),
                  min(usage_date) FILTER (commit_status = 'overage'),
                  max(abs(effective_cost - list_cost)) FILTER (commit_status = 'overage')
           FROM net JOIN contract USING (contract_id) WHERE net.account_id = 'A014' AND status = 'exhausted' GROUP BY 1"""
    )
    [(commit, drawn, first_overage, off_list)] = rows
    assert drawn == pytest.approx(commit, abs=0.01)
    assert str(first_overage) == "2026-07-20"
    assert off_list < 0.001


def test_prepaid_drawdown_is_billed_at_zero_and_support_is_a_purchase(small: Files) -> None:
    unbilled = small.value(
        "SELECT count(*) FROM net JOIN contract USING (contract_id) WHERE payment_terms = 'prepaid_annual'"
        " AND commit_status = 'drawdown' AND billed_cost <> 0"
    )
    assert unbilled == 0
    assert small.rows("SELECT DISTINCT charge_category FROM usage_daily WHERE sku_id = 'SUPPORT_PLUS'") == [("Purchase",)]


def test_corrections_reverse_the_first_figure_and_state_the_right_one(small: Files) -> None:
    groups = small.rows(
        """SELECT min(list_cost) FILTER (charge_class IS NULL), min(list_cost) FILTER (charge_class = 'Correction'),
                  max(list_cost) FILTER (charge_class = 'Correction'), sum(list_cost)
           FROM usage_daily GROUP BY usage_date, workload_id HAVING count(*) FILTER (charge_class = 'Correction') = 2"""
    )
    assert len(groups) == 40
    for first, reversal, restated, total in groups:
        assert reversal == pytest.approx(-first, abs=1e-6)
        assert total == pytest.approx(restated, abs=1e-6)
        assert first == pytest.approx(1.35 * restated, rel=0.001)


def test_negative_quantities_are_corrections_and_no_row_came_after_as_of(small: Files) -> None:
    assert small.value("SELECT count(*) FROM usage_daily WHERE consumed_quantity < 0 AND charge_class IS NULL") == 0
    assert str(small.value("SELECT max(ingested_at) FROM usage_daily")) <= "2026-08-18 12:00:00"
    assert small.value("SELECT count(*) FROM usage_daily WHERE ingested_at < usage_date") == 0


@pytest.mark.parametrize(("day", "low", "high"), [("2026-08-18", 0.38, 0.52), ("2026-08-17", 0.77, 0.92), ("2026-08-16", 0.90, 1.0)])
def test_the_last_three_days_are_partly_received(small: Files, day: str, low: float, high: float) -> None:
    received = small.value(
        f"""WITH d AS (SELECT usage_date, count(*) AS n FROM usage_daily GROUP BY 1)
            SELECT (SELECT n FROM d WHERE usage_date = DATE '{day}') / median(n) FROM d
            WHERE date_diff('day', usage_date, DATE '{day}') IN (7, 14, 21, 28)"""
    )
    assert low <= received <= high


def test_an_outage_day_has_no_row_of_its_region(small: Files) -> None:
    count = "SELECT count(*) FROM usage_daily JOIN account USING (account_id) WHERE account_name = 'Moorhen Logistics' AND usage_date = "
    assert small.value(f"{count} DATE '2026-08-11'") == 0
    assert small.value(f"{count} DATE '2026-08-12'") > 0


def test_unmeasured_telemetry_is_null_not_zero(small: Files) -> None:
    tallgrass = "FROM net JOIN account USING (account_id) WHERE account_name = 'Tallgrass University'"
    assert small.value(f"SELECT count(retry_quantity) + count(idle_quantity) + count(refresh_quantity) {tallgrass}") == 0
    assert small.value(f"SELECT count(active_users) {tallgrass}") > 0


def test_primary_credits_add_up_to_one_on_each_covered_day_and_some_days_are_uncredited(small: Files) -> None:
    wrong, uncovered = small.rows(
        """WITH d AS (SELECT DISTINCT account_id, usage_date FROM net),
           c AS (SELECT d.account_id, d.usage_date, sum(s.credit_pct) AS credit FROM d LEFT JOIN account_assignment s
                 ON s.account_id = d.account_id AND s.assignment_role = 'primary' AND s.valid_from <= d.usage_date
                 AND (s.valid_to IS NULL OR d.usage_date < CAST(s.valid_to AS DATE)) GROUP BY 1, 2)
           SELECT count(*) FILTER (abs(credit - 1) > 1e-9), count(*) FILTER (credit IS NULL) FROM c"""
    )[0]
    assert wrong == 0
    assert uncovered > 0
