"""The four savings rules on their fixtures; all amounts are worked out by hand."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from meterline_tools.insight.savings import RuleError, check_rules, load_rules
from meterline_tools.insight.savings.library import RULES, fired, read_fixture

END = date(2026, 3, 29)
A_MONTH = 30.4 / 28


def rule(rule_id: str) -> Any:
    return next(r for r in load_rules() if r.id == rule_id)


def rows(fixture: str) -> list[dict[str, Any]]:
    return read_fixture(RULES / "fixtures" / fixture)


def test_the_library_holds_the_four_rules_of_this_version() -> None:
    assert [r.id for r in load_rules()] == ["R01", "R03", "R05", "R19"]


@pytest.mark.parametrize(
    ("rule_id", "low", "high", "evidence"),
    [
        # 760 of 2,800 units idle; (760 - 140) x $2 = $1,240
        ("R01", 1240 * 0.5 * A_MONTH, 1240 * 0.9 * A_MONTH, {"idle_share": 760 / 2800, "idle_cost": 1520}),
        # 18 days x 50 retried units x $2 = $1,800; 72 of 632 jobs failed
        ("R03", 1800 * 0.6 * A_MONTH, 1800 * 0.95 * A_MONTH, {"retry_share": 900 / 3700, "failed_share": 72 / 632, "retry_cost": 1800}),
        # 4 Sundays x 80 units x $2 = $640
        ("R05", 640 * 0.5 * A_MONTH, 640 * 0.85 * A_MONTH, {"refresh_days": 4, "changed_share": 0.05, "refresh_cost": 640}),
        # 100 days x $400 - $20,000 = $20,000 at a quarter more; low rate: $15,000; spread over 100 days
        ("R19", 15000 * 0.25 * 30.4 / 100, 20000 * 0.25 * 30.4 / 100, {"days_uncovered": 50, "overage": 25000, "overage_ratio": 1.25}),
    ],
)
def test_a_rule_fires_with_the_saving_worked_out_by_hand(rule_id: str, low: float, high: float, evidence: dict[str, float]) -> None:
    [finding] = fired(rule(rule_id), rows(f"{rule_id.lower()}_fires.csv"))
    assert [finding.low, finding.high] == pytest.approx([low, high])
    assert {name: finding.evidence[name] for name in evidence} == pytest.approx(evidence)


def test_the_first_day_of_a_retry_storm_is_told() -> None:
    [finding] = fired(rule("R03"), rows("r03_fires.csv"))
    assert finding.evidence["first_day"] == date(2026, 3, 12)


def test_unmeasured_telemetry_makes_a_rule_uncheckable_not_silent() -> None:
    usage = [{**row, "idle_quantity": None} for row in rows("r01_fires.csv")]
    report = check_rules([rule("R01")], usage, [], END)
    assert report.checked == []
    assert [u.reason for u in report.not_checkable] == ["idle_quantity not measured"]


@pytest.mark.parametrize(("unmeasured_days", "fires"), [(5, True), (6, False)])
def test_a_rule_needs_its_columns_on_four_fifths_of_the_cost(unmeasured_days: int, fires: bool) -> None:
    usage = rows("r01_fires.csv")  # 28 equal days: 23 of 28 is 82%, 22 of 28 is 79%
    for row in usage[:unmeasured_days]:
        row["idle_quantity"] = None
    assert bool(check_rules([rule("R01")], usage, [], END).findings) is fires


def test_a_company_without_workload_types_is_told_so() -> None:
    usage = [{**row, "workload_type": None} for row in rows("r01_fires.csv")]
    report = check_rules([rule("R01")], usage, [], END)
    assert [u.reason for u in report.not_checkable] == ["workload_type is not known"]


def test_a_company_without_contracts_cannot_have_its_overage_checked() -> None:
    report = check_rules(load_rules(), rows("r01_fires.csv"), [], END)
    assert {u.rule.id: u.reason for u in report.not_checkable}["R19"] == "there is no contract to check"


def test_a_tip_below_one_percent_of_the_account_is_not_given() -> None:
    usage = rows("r01_fires.csv")  # a high saving of $1,212 a month
    other = {"workload_id": "W9", "sku_id": "X", "workload_type": "storage"}
    days = [END - timedelta(days=i) for i in range(28)]
    for cost, tips in ((3_700, 1), (3_800, 0)):  # one percent of the account is $1,186 or $1,216 a month
        big = [{**other, "usage_date": day, "effective_cost": float(cost), "consumed_quantity": 1.0} for day in days]
        assert len(check_rules([rule("R01")], usage + big, [], END).findings) == tips


def test_usage_before_the_window_is_left_out() -> None:
    usage = rows("r01_fires.csv")
    before = [{**row, "usage_date": row["usage_date"] - timedelta(days=28), "idle_quantity": 100.0} for row in usage]
    [finding] = check_rules([rule("R01")], usage + before, [], END).findings
    assert finding.evidence["idle_share"] == pytest.approx(760 / 2800)


def test_savings_of_one_mechanism_on_one_workload_count_once() -> None:
    retries = rows("r03_fires.csv")
    both = [{**row, "refresh_quantity": row["retry_quantity"], "rows_processed": 1000.0, "rows_changed": 10.0} for row in retries]
    report = check_rules([rule("R03"), rule("R05")], both, [], END)
    assert [f.rule.id for f in report.findings] == ["R03", "R05"]
    assert [f.rule.id for f in report.total.overlapping] == ["R05"]
    assert [report.total.low, report.total.high] == pytest.approx([1800 * 0.6 * A_MONTH, 1800 * 0.95 * A_MONTH])


def test_mechanisms_act_one_after_another_on_what_is_left() -> None:
    # $5,600 of cost, $2 a unit: idle saves 1,240 x [.5, .9], retries 300 units = $600 x [.6, .95]
    usage = [{**row, "retry_quantity": 300 / 28, "jobs_failed": 1.0, "jobs_succeeded": 9.0} for row in rows("r01_fires.csv")]
    total = check_rules([rule("R01"), rule("R03")], usage, [], END).total
    assert total.low == pytest.approx((5600 - (5600 - 620) * (1 - 360 / 5600)) * A_MONTH)
    assert total.high == pytest.approx((5600 - (5600 - 1116) * (1 - 570 / 5600)) * A_MONTH)


def test_no_account_is_promised_more_than_sixty_percent() -> None:
    usage = [{**row, "idle_quantity": 95.0} for row in rows("r01_fires.csv")]  # .9 x .9 x cost = 81%
    total = check_rules([rule("R01")], usage, [], END).total
    assert total.high == pytest.approx(0.6 * 5600 * A_MONTH)


def test_a_rule_that_fails_its_fixture_is_refused(tmp_path: Path) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    path = tmp_path / "rules" / "r01_idle_compute.yaml"
    path.write_text(path.read_text().replace(">= 0.15", ">= 0.95"))
    with pytest.raises(RuleError, match=r"r01_idle_compute.yaml: does not fire on fixtures/r01_fires.csv"):
        load_rules(tmp_path / "rules")
    path.write_text(path.read_text().replace(">= 0.95", ">= 0.05"))
    with pytest.raises(RuleError, match=r"fires on fixtures/r01_silent.csv, where it should be silent"):
        load_rules(tmp_path / "rules")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"trigger": "sum(secret) > 1"}, "reads secret, which needs does not list"),
        ({"trigger": "eval(1)"}, "is not allowed"),
        ({"caveat": "Saves 40% always."}, "a digit in"),
        ({"text_customer": "You waste {much}."}, "names much, which evidence does not define"),
        ({"color": "red"}, "Extra inputs are not permitted"),
        ({"tests": {"fires": "fixtures/none.csv", "silent": "fixtures/none.csv"}}, "no fixture none.csv"),
    ],
)
def test_a_faulty_rule_file_is_refused_with_what_to_mend(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    shutil.copytree(RULES, tmp_path / "rules")
    path = tmp_path / "rules" / "r01_idle_compute.yaml"
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text()), **change}))
    with pytest.raises(RuleError, match=reason):
        load_rules(tmp_path / "rules")
