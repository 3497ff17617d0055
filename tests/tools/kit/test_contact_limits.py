"""Who was asked too often: both views count the same questions, from the limit's first day until today and no further."""

from __future__ import annotations

import pytest

from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.contact import account_contact, over_limits
from meterline_tools.receipts import Entity
from tests.tools.catalog.snapshot import load_company
from tests.tools.kit.crm_company import D1, KNOWN_AT, bench_on, shown

KILN = Entity(type="account", id="A1", name="Kiln & Loom")
# Today is 18 August 2026. The first day that counts is 30 days back, 19 July.
ASKED = """activity_id,account_id,activity_type,occurred_at,ask_type,logged_at
a0,A1,email,2026-07-18 23:59:00,survey,2026-07-19 00:10:00
a1,A1,email,2026-07-19 00:00:00,survey,2026-07-19 00:10:00
a9,A1,email,2026-08-05 09:00:00,reference,2026-08-05 10:00:00
a2,A1,call,2026-08-18 09:00:00,usage_why,2026-08-18 10:00:00
a3,A1,in_product,2026-08-10 09:00:00,survey,2026-08-10 10:00:00
a4,A1,internal,2026-08-10 09:00:00,usage_why,2026-08-10 10:00:00
a5,A1,call,2026-08-10 09:00:00,,2026-08-10 10:00:00
a6,A1,meeting,2026-08-19 09:00:00,forecast,2026-08-12 10:00:00
a7,A1,meeting,2026-10-01 09:00:00,forecast,2026-08-12 10:00:00
a8,A2,call,2026-08-01 09:00:00,survey,2026-08-01 10:00:00"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    tables = {
        "rep": "rep_id,full_name,role\nR1,Ada,core",
        "account": "account_id,account_name,owner_rep_id\nA1,Kiln & Loom,R1\nA2,Harbor Foods,R1",
        "usage_daily": "usage_date,account_id,effective_cost,ingested_at\n2026-08-15,A1,10,2026-08-16 01:00:00",
        "activity": ASKED,
    }
    return bench_on(load_company(tmp_path_factory.mktemp("contact"), tables, {}, D1, KNOWN_AT))


def test_the_limits_are_those_the_days_above_are_written_for() -> None:
    rules = load_thresholds().contact
    assert (rules.max_asks, rules.max_asks_days, rules.in_product_weight) == (3, 30, 0.5)


def test_meetings_that_are_planned_and_questions_of_long_ago_are_not_counted(bench: Workbench) -> None:
    """a1, a2 and a9 count once, a3 half; a6 and a7 are to come."""
    reply = account_contact(bench, KILN)
    assert shown(bench, reply["figures"]["asks"]) == 3.5


def test_the_list_of_those_asked_too_often_counts_the_same_questions(bench: Workbench) -> None:
    reply = over_limits(bench, [], 10)
    (row,) = reply["rows"]
    assert row["account"]["id"] == "A1"
    assert shown(bench, row["figures"]["asks"]) == 3.5
    assert str(shown(bench, row["figures"]["last"])).startswith("2026-08-18")
    assert (reply["rest"], shown(bench, reply["total"]["figures"]["count"])) == (0, 1)
