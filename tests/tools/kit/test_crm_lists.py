"""Lists of use cases, activities and certificates, told from a company that fits on a page."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN
from tests.tools.catalog.snapshot import Company, load_company, person
from tests.tools.kit.crm_company import D1, KNOWN_AT, TABLES, bench_on, open_crm, shown


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    return load_company(tmp_path_factory.mktemp("crm"), TABLES, {}, D1, KNOWN_AT)


@pytest.fixture
def bench(company: Company) -> Workbench:
    return bench_on(company)


def ask(bench: Workbench, tool: str, **arguments: Any) -> dict[str, Any]:
    return TOOLS[tool](bench, **arguments)


def listed(bench: Workbench, which: str, **arguments: Any) -> list[str]:
    return [row["use_case_id"] for row in ask(bench, "use_cases", which=which, **arguments)["rows"]]


def total(bench: Workbench, reply: dict[str, Any], name: str) -> object:
    return shown(bench, reply["total"]["figures"][name])


def test_use_cases_that_slipped_are_those_the_metric_counts_with_the_events_behind_them(bench: Workbench) -> None:
    reply = ask(bench, "use_cases", which="slipped")
    assert [row["use_case_id"] for row in reply["rows"]] == ["U2", "U1"]  # dearest first
    assert total(bench, reply, "M38.count") == 2
    assert shown(bench, reply["rows"][0]["figures"]["M38.days"]) == 41  # 20 August to 30 September
    assert [bench.book.citations[c].source_id for c in reply["rows"][0]["citations"]] == ["e3"]


def test_slipping_more_than_twice_counts_changes_of_the_date_on_record(bench: Workbench) -> None:
    reply = ask(bench, "use_cases", which="often", more_than=2)
    assert [row["use_case_id"] for row in reply["rows"]] == ["U2", "U4"]
    assert (total(bench, reply, "count"), total(bench, reply, "open"), total(bench, reply, "usd")) == (2, 1, 450)
    assert listed(bench, "often", more_than=3) == []


def test_what_goes_live_next_month_is_open_and_planned_for_it(bench: Workbench) -> None:
    reply = ask(bench, "use_cases", which="planned", window="next month")
    assert [row["use_case_id"] for row in reply["rows"]] == ["U1", "U2"]  # 20 and 30 September; the lost one does not count
    assert total(bench, reply, "usd") == 500


def test_live_without_usage_needs_a_linked_workload(bench: Workbench) -> None:
    assert listed(bench, "idle") == ["U6"]


def test_less_than_half_of_the_estimate(bench: Workbench) -> None:
    reply = ask(bench, "use_cases", which="low")  # U5: 50 * 30.4 / 28 = 54.29 of 200
    assert [row["use_case_id"] for row in reply["rows"]] == ["U6", "U5"]
    assert total(bench, reply, "count") == 2


def test_gaps_name_the_fields_and_quote_what_the_notes_say(bench: Workbench) -> None:
    rows = {row["use_case_id"]: row for row in ask(bench, "use_cases", which="gaps")["rows"]}
    assert "champion" in rows["U1"]["gaps"] and "metrics" not in rows["U1"]["gaps"]
    assert "champion" not in rows["U1"]["unscored"] and "economic buyer" in rows["U1"]["unscored"]
    [said] = rows["U1"]["evidence"]
    citation = bench.book.citations[said["citation"]]
    assert (said["field"], citation.source_id, citation.quote) == ("champion", "N7", "Ines wants it before the audit")


def test_a_list_is_cut_and_says_how_many_are_left(bench: Workbench) -> None:
    reply = ask(bench, "use_cases", which="slipped", limit=1)
    assert len(reply["rows"]) == 1
    assert (total(bench, reply, "listed"), total(bench, reply, "rest")) == (2, 1)


def test_a_rep_sees_only_use_cases_of_accounts_in_sight(company: Company) -> None:
    assert listed(bench_on(company, person("R2")), "often") == ["U4"]


def test_open_use_cases_come_dearest_first_and_by_stage(bench: Workbench) -> None:
    assert listed(bench, "open") == ["U3", "U2", "U1"]
    assert listed(bench, "open", filters={"stage": ["approved", "qualified"]}) == ["U2", "U1"]


def test_stalled_is_what_was_there_before_and_has_no_event_since(bench: Workbench) -> None:
    assert listed(bench, "stalled", window="last 60 days") == ["U3"]  # U2 was moved on 5 August, U1 is younger
    assert listed(bench, "stalled", window="last 5 days") == ["U3", "U2"]  # U1 is of 10 August


def test_late_is_what_is_not_live_on_its_day(tmp_path: Path) -> None:
    october = load_company(tmp_path, TABLES, {}, date(2026, 9, 22), datetime(2026, 9, 25, 12))
    assert listed(bench_on(october, LOCAL_ADMIN), "late") == ["U1"]  # 20 September; the others are planned for later


def test_a_list_that_does_not_exist_names_those_that_do(bench: Workbench) -> None:
    with pytest.raises(ModelMustRetry, match="It is one of: created, live, slipped"):
        ask(bench, "use_cases", which="best")


def test_silent_accounts_come_with_their_last_touch_and_the_end_of_their_contract(bench: Workbench) -> None:
    reply = ask(bench, "activities", view="silent", window="last 60 days")
    names = {row["account"]["id"]: row["figures"] for row in reply["rows"]}
    assert list(names) == ["A3", "A2"]  # dearest first; an internal talk and a prompt in the product are no touch
    assert "last_touch" not in names["A3"] and "renewal" not in names["A3"]  # never; pay as you go has nothing to renew
    assert str(shown(bench, names["A2"]["last_touch"]))[:10] == "2026-06-10"
    assert shown(bench, names["A2"]["renewal"]) == "2026-12-31"
    assert (total(bench, reply, "count"), total(bench, reply, "usd")) == (2, 100)


def test_the_last_touch_and_the_last_conversation_are_two_things(bench: Workbench) -> None:
    last = ask(bench, "activities", account="Kiln & Loom")["last"]
    assert (last["touch"]["activity_id"], last["conversation"]["activity_id"]) == ("a1", "a2")
    assert bench.book.citations[last["touch"]["citations"][0]].source == "activity"


def test_asks_of_an_account_come_by_topic_with_their_outcome(bench: Workbench) -> None:
    reply = ask(bench, "activities", view="asks", account="A1")
    assert [(row["ask"], row["topic"], row["outcome"]) for row in reply["rows"]] == [("usage_why", "the new boards", "no_reply")]


def test_what_came_before_the_first_touch_is_told_of_accounts_younger_than_the_log(bench: Workbench) -> None:
    reply = ask(bench, "activities", view="first_touch")
    sums = {row["account"]["id"]: shown(bench, row["figures"]["before_usd"]) for row in reply["rows"]}
    assert sums == {"A3": 70, "A2": 40}  # the log starts on 15 May, before A1 used anything; A1 was spoken with first
    assert {row["source"]: shown(bench, row["usd"]) for row in reply["sources"]} == {"self_serve": 110}


def test_certificates_run_out_and_a_failure_is_no_certificate(bench: Workbench) -> None:
    rows = ask(bench, "enablement", program="Mind Reader")["rows"]
    assert {row["person"]["id"]: row["state"] for row in rows} == {"R1": "certified", "R2": "expired", "R3": "failed"}


def test_a_program_is_found_by_the_product_it_is_about(bench: Workbench) -> None:
    assert ask(bench, "enablement", program="Minds")["programs"] == ["Mind Reader Expert"]
    with pytest.raises(ModelMustRetry, match="Mind Reader Expert"):
        ask(bench, "enablement", program="Old Engine")


def test_vouchers_that_can_still_be_used_soonest_first(bench: Workbench) -> None:
    [row] = ask(bench, "enablement", view="vouchers")["rows"]  # those of A3 are past their date
    assert (row["account"]["id"], row["soon"]) == ("A2", True)
    assert shown(bench, row["figures"]["left"]) == 5


def test_certified_and_other_sellers_side_by_side(bench: Workbench) -> None:
    reply = ask(bench, "enablement", view="pipeline", program="Minds")
    groups = {row["group"]: {name: shown(bench, figure) for name, figure in row["figures"].items()} for row in reply["rows"]}
    assert groups == {
        "certified": {"people": 1, "usd": 400, "mean": 400, "median": 400},
        "others": {"people": 1, "usd": 900, "mean": 900, "median": 900},
    }
    assert total(bench, reply, "sellers") == 2


@pytest.mark.parametrize(
    ("table", "tool", "reason"),
    [
        ("use_case", "use_cases", "no use cases loaded"),
        ("activity", "activities", "no activities loaded"),
        ("enablement_event", "enablement", "no enablement events loaded"),
    ],
)
def test_a_company_without_the_table_is_told_so(tmp_path: Path, table: str, tool: str, reason: str) -> None:
    bench = open_crm(tmp_path, without=[table, "use_case_event"])
    arguments = {"which": "slipped"} if tool == "use_cases" else {}
    assert [entry["reason"] for entry in ask(bench, tool, **arguments)["not_available"]] == [reason]


@pytest.mark.parametrize(("person_asked", "said"), [("Ben Ortiz", ["Ben Ortiz left on 31 May 2026"]), ("Ada Quist", []), ("Eve Stone", [])])
def test_who_has_left_is_said_to_have_left(tmp_path: Path, person_asked: str, said: list[str]) -> None:
    """A book that is empty since its holder is gone is no drop; somebody who leaves next month is still here."""
    people = """
        rep_id,full_name,role,end_date
        R1,Ada Quist,core,
        R2,Ben Ortiz,core,2026-05-31
        R3,Eve Stone,core,2026-09-30
    """
    bench = bench_on(load_company(tmp_path, TABLES | {"rep": people}, {}, D1, KNOWN_AT))
    reply = ask(bench, "query_metrics", metrics=["M01"], filters={"rep": [person_asked]})
    assert [note for note in reply["assumptions"] if "left" in note] == said


def test_new_products_are_those_launched_within_a_year(bench: Workbench) -> None:
    reply = ask(bench, "query_metrics", metrics=["M01"], filters={"sku": ["new"]})
    assert shown(bench, reply["total"]["figures"]["M01"]) == 100
    assert "new is what was launched within a year: Mind Reader (1 Mar 2026)" in reply["assumptions"]


def test_a_product_stands_for_its_family_where_metrics_know_families_only(bench: Workbench) -> None:
    reply = ask(bench, "query_metrics", metrics=["M39"], filters={"sku": ["Mind Reader"]})
    assert shown(bench, reply["total"]["figures"]["M39.usd"]) == 1300
    assert "Mind Reader is counted with its family, Minds" in reply["assumptions"]
