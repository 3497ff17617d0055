"""What a change is shows in its first months, and is told of the days that were asked about."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from meterline_tools.insight.causes import load_causes
from meterline_tools.insight.facts import Surroundings, measure
from meterline_tools.insight.fingerprints import evaluate
from meterline_tools.insight.locate import Located, locate
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, Made, base, day

RULES = load_thresholds()
CAUSES = load_causes()


def asked(made: Made, first: int, last: int) -> Located:
    found = locate(made.history(), made.frame(DAYS), day(first), day(last), RULES)
    assert isinstance(found, Located)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_a_month_is_answered_with_what_began_in_it_whatever_grew_later(seed: int) -> None:
    without = base(seed)
    changed = without.copy()
    changed[0, 180:200] *= 2.5
    changed[1, 215:] *= 6.0
    found = asked(Made(changed, changed - without), 170, 200)
    assert found.part is not None and found.part.values == ("w-orders",)
    assert abs((found.onset - day(180)).days) <= 2 and not found.change.ongoing


def test_a_change_that_stays_is_judged_by_its_first_months_and_counted_to_its_last_day() -> None:
    without = base(5)
    changed = without.copy()
    changed[0, 180:] *= 2.0
    found = asked(Made(changed, changed - without), 170, 200)
    assert found.change.ongoing and found.end == day(DAYS - 1)
    assert found.watched.days == RULES.detect.watched_days < found.change.days


def test_a_change_that_was_over_after_its_first_months_is_not_called_lasting() -> None:
    without = base(6)
    changed = without.copy()
    changed[0, 160:360] *= 2.5
    found = asked(Made(changed, changed - without), 150, 170)
    assert not found.change.ongoing
    assert abs((found.end - day(359)).days) <= 14


@pytest.mark.parametrize("seed", range(3))
def test_a_slow_fall_of_long_ago_is_found_by_its_month_and_is_no_step(seed: int) -> None:
    without = base(seed)
    changed = without * np.clip(1.0 - 0.4 * (np.arange(DAYS) - 200) / 120.0, 0.6, 1.0)
    found = asked(Made(changed, changed - without), 190, 215)
    assert found.direction == "down" and found.part is None
    assert abs((found.onset - day(200)).days) <= 21
    facts = facts_of(found)
    assert (facts["gradual"], facts["abrupt"]) == (1.0, 0.0)


def facts_of(found: Located) -> dict[str, float | None]:
    apart = found.source == "slice" and found.part is not None
    return measure(
        found.frame,
        found.watched,
        found.expected,
        found.part,
        found.watched_price,
        Surroundings(),
        RULES,
        days=found.change.days,
        apart=apart,
    )


def test_a_slice_that_falls_beside_one_that_rises_is_a_fall() -> None:
    without = base(2)
    changed = without.copy()
    changed[1, 385:] *= 0.2
    changed[0, 390:] *= 2.2
    found = asked(Made(changed, changed - without), 370, DAYS - 1)
    each = {change.part.values[0]: facts_of(change)["direction"] for change in (found, *found.further) if change.part is not None}
    assert each == {"w-orders": 1.0, "w-marts": -1.0}


def test_the_same_money_under_a_related_account_is_a_move_and_no_loss() -> None:
    facts = {
        "direction": -1.0,
        "falling_share": 1.0,
        "falling_workloads": 4.0,
        "volume_or_mix": 1.0,
        "account_residual": 0.0,
        "on_days": 90.0,
    }
    moved, left = facts | {"related_rise": 0.95}, facts | {"related_rise": 0.0}
    assert evaluate(CAUSES["account_reid"], moved).telling and evaluate(CAUSES["customer_churn"], moved).state == "denied"
    assert evaluate(CAUSES["account_reid"], left).state == "denied" and evaluate(CAUSES["customer_churn"], left).telling


def test_an_acquired_account_falls_as_its_teams_move_to_its_owner_and_no_other_account_does() -> None:
    fall = {"direction": -1.0, "falling_share": 1.0, "volume_or_mix": 1.0, "new_workspaces": 0.0, "new_workspace_share": 0.0}
    consolidation = CAUSES["ma_consolidation"]
    assert evaluate(consolidation, fall | {"in_group": 1.0}).state == "confirmed"
    assert evaluate(consolidation, fall | {"in_group": 0.0}).state == "denied"
    assert evaluate(consolidation, fall | {"in_group": 1.0, "falling_share": 0.3}).state == "denied"
    assert evaluate(consolidation, fall | {"in_group": 1.0, "direction": 1.0}).state == "denied"  # a rise needs its workspaces


def test_a_customer_that_still_uses_more_than_a_third_after_ten_weeks_is_not_leaving() -> None:
    facts = {"direction": -1.0, "falling_share": 1.0, "falling_workloads": 4.0, "volume_or_mix": 1.0, "large_rising": 0.0}
    assert evaluate(CAUSES["customer_churn"], facts | {"account_residual": 0.6, "on_days": 120.0}).state == "denied"
    assert evaluate(CAUSES["customer_churn"], facts | {"account_residual": 0.6, "on_days": 30.0}).state != "denied"


def test_another_fall_of_another_size_does_not_deny_a_new_use_case() -> None:
    facts = {"direction": 1.0, "new_workload_share": 1.0, "ended": 0.0, "on_days": 90.0}
    assert evaluate(CAUSES["new_use_case"], facts | {"fall_elsewhere": 1.0}).state == "denied"
    assert evaluate(CAUSES["new_use_case"], facts | {"fall_elsewhere": 4.0}).state == "confirmed"


def test_a_pulse_whose_aftermath_stays_a_little_higher_is_over() -> None:
    without = base(1)
    changed = without.copy()
    changed[0, 300:330] *= 6.0
    changed[0, 330:] *= 1.15
    found = asked(Made(changed, changed - without), 290, 315)
    assert not found.change.ongoing and abs((found.end - day(329)).days) <= 3
    assert found.onset - day(300) <= timedelta(days=2)
