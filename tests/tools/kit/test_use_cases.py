"""use_cases on the hand-made company: dates, slips, and realised against estimated."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.use_cases import days_slipped, use_cases
from tests.ember import HOSTILE


def rows(bench: Workbench, **arguments: Any) -> dict[str, dict[str, Any]]:
    return {row["use_case_id"]: row for row in use_cases(bench, **arguments)["rows"]}


def value(bench: Workbench, row: dict[str, Any], name: str) -> Any:
    return bench.book.figures[row["figures"][name]].value


def test_a_live_use_case_is_held_against_its_estimate(ember: Workbench) -> None:
    boards = rows(ember, account="L1")["U1"]
    assert value(ember, boards, "realized") == pytest.approx(200 * 30.4)
    assert value(ember, boards, "realised_share") == pytest.approx(6080 / 8000)
    assert value(ember, boards, "days_slipped") == 10


def test_a_use_case_that_is_live_without_usage_is_flagged(ember: Workbench) -> None:
    found = rows(ember, account="L1")
    assert found["U2"]["live_without_usage"]
    assert not found["U1"]["live_without_usage"]


def test_a_use_case_without_a_workload_is_not_measurable_rather_than_zero(ember: Workbench) -> None:
    portal = rows(ember, account="L1")["U3"]
    assert not portal["measurable"]
    assert "realized" not in portal["figures"]


def test_an_overdue_use_case_slips_until_today_and_keeps_its_recorded_reason(ember: Workbench) -> None:
    portal = rows(ember, account="L1")["U3"]
    assert portal["overdue"]
    assert value(ember, portal, "days_slipped") == 31  # planned for 31 May, not live on 1 July
    assert value(ember, portal, "reason") == HOSTILE


def test_live_use_cases_come_first_and_lost_ones_last(ember: Workbench) -> None:
    assert list(rows(ember, account="L1")) == ["U1", "U2", "U3", "U4"]


def test_use_cases_of_a_rep_are_those_that_the_rep_owns(ember: Workbench) -> None:
    assert list(rows(ember, rep="ada@ember.example")) == ["U1", "U2", "U3", "U4"]
    assert rows(ember, rep="Tom Reyes") == {}


def test_scores_and_notes_on_qualification_are_never_in_the_reply(ember: Workbench) -> None:
    reply = use_cases(ember, account="L1")
    assert "md_" not in str(reply)
    assert all("md_" not in column for receipt in ember.book.receipts.values() for column in receipt.columns)


def test_without_use_cases_the_reply_says_why(minimum: Workbench) -> None:
    assert use_cases(minimum, account="L1")["not_available"] == [{"what": "use cases", "reason": "no use cases loaded"}]


def test_an_account_or_a_rep_must_be_given(ember: Workbench) -> None:
    with pytest.raises(ModelMustRetry, match="needs an account, a rep or a list"):
        use_cases(ember)


TODAY = date(2026, 7, 1)


@pytest.mark.parametrize(
    ("stage", "original", "planned", "actual", "slipped"),
    [
        ("live", date(2026, 1, 10), date(2026, 1, 20), date(2026, 1, 25), 15),
        ("live", date(2026, 1, 10), date(2026, 1, 10), date(2026, 1, 5), -5),
        ("approved", date(2026, 8, 1), date(2026, 9, 1), None, 31),
        ("approved", None, date(2026, 9, 1), None, 0),
        ("approved", None, date(2026, 6, 30), None, 1),
        ("lost", date(2026, 1, 1), date(2026, 2, 1), None, None),
        ("identified", None, None, None, None),
    ],
)
def test_days_slipped(stage: str, original: date | None, planned: date | None, actual: date | None, slipped: int | None) -> None:
    row = {"stage": stage, "original_planned_live_date": original, "planned_live_date": planned, "actual_live_date": actual}
    assert days_slipped(row, TODAY) == slipped
