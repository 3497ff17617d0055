"""review_rep on a company made by hand: ladders, handovers, teams, and who may be reviewed by whom."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.errors import Refused
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.review import review_rep
from meterline_tools.principal import Principal, Scope
from meterline_tools.warehouse.load import load
from tests.tallow import DUE, load_tallow, write_tallow

Opened = Callable[..., Workbench]
WINDOW = "2026-05-30..2026-06-28"
ANN = Principal("RA", "rep", Scope(rep_ids=frozenset({"RA"})), rep_id="RA", full_name="Ann Reyes")
MAX = Principal("M1", "manager", Scope(rep_ids=frozenset({"M1", "RA", "RB", "RN"})), rep_id="M1", full_name="Max Orban")


def value(bench: Workbench, figure: str | None) -> Any:
    return bench.book.figures[figure].value if figure else None


def step(bench: Workbench, reply: dict[str, Any], name: str) -> tuple[str, Any, Any]:
    found = next(each for each in reply["ladder"] if each["step"] == name)
    return found["result"], value(bench, found["value"]), value(bench, found["threshold"])


def test_each_step_down_to_the_last_as_worked_out_by_hand(tallow: Opened) -> None:
    bench = tallow()
    reply = review_rep(bench, rep="Bo Lind", window=WINDOW)
    # 120 x 179 + 200 x 172 + 320 x 7 + 50 x 149 until 29 May, less 400 x 179 of baseline
    earned = 21_480 + 34_400 + 2_240 + 7_450 - 71_600
    assert value(bench, reply["scorecard"]["M13"]) == pytest.approx(earned)
    assert step(bench, reply, "consumption") == ("not met", pytest.approx(earned / DUE), 1.0)
    assert step(bench, reply, "pipeline")[0] == "not met"
    assert step(bench, reply, "activity") == ("not met", 0, 6)  # three quarters of the median of 8 and 8; Nia is new and no peer
    assert step(bench, reply, "enablement") == ("not met", 0, 0.8)
    assert (reply["stop"]["step"], reply["label"]["id"]) == ("enablement", "enablement_gap")
    assert "no certificate on record" in reply["label"]["evidence"]
    assert len(reply["questions"]) == 3


def test_few_peers_are_said_to_be_few(tallow: Opened) -> None:
    reply = review_rep(tallow(), rep="RB", window=WINDOW)
    activity = next(each for each in reply["ladder"] if each["step"] == "activity")
    assert activity["why"].endswith("which is few: take it as a rough guide")


def test_somebody_at_pace_is_not_looked_at_further(tallow: Opened) -> None:
    bench = tallow()
    reply = review_rep(bench, rep="Ann Reyes", window=WINDOW)
    # 250 x 179 + 100 x 172 + 160 x 7 + 50 x 30, less 100 x 179 of baseline
    assert step(bench, reply, "consumption") == ("met", pytest.approx((44_750 + 18_320 + 1_500 - 17_900) / DUE), 1.0)
    assert [each["result"] for each in reply["ladder"][1:]] == ["not looked at"] * 3
    assert reply["label"] is None


def test_without_a_quota_the_check_ends_at_once_and_says_why(tallow: Opened) -> None:
    bench = tallow()
    reply = review_rep(bench, rep="Cy Adu")
    assert step(bench, reply, "consumption")[:2] == ("no data", None)
    assert reply["stop"]["says"] == "no quota loaded for Cy Adu, so the check cannot go on"
    assert len(reply["questions"]) == 3


def test_without_use_cases_the_check_ends_at_the_pipeline(tallow: Opened, tmp_path: Path) -> None:
    bench = tallow(home=load_tallow(tmp_path, without=("use_case", "use_case_event")))
    reply = review_rep(bench, rep="Bo Lind", window=WINDOW)
    assert reply["stop"] == {
        "step": "pipeline",
        "name": "Pipeline",
        "result": "no data",
        "says": "no pipeline data, so the check cannot go on",
    }


def test_an_account_that_went_to_a_colleague_is_no_customer_who_left(tallow: Opened) -> None:
    bench = tallow()
    reply = review_rep(bench, rep="Bo Lind", window=WINDOW)
    [moved] = reply["handovers"]
    assert (moved["account"]["name"], moved["way"], value(bench, moved["on"])) == ("Cedar Foods", "out", "2026-05-30")
    cedar = next(mover for mover in reply["movers"] if mover["account"]["name"] == "Cedar Foods")
    assert value(bench, cedar["figures"]["M08"]) == -1.0
    assert cedar["handover"] == moved
    # held throughout: 120 x 30 + 200 x 23 + 320 x 7 after 320 x 30
    assert value(bench, reply["held_throughout"]["M08"]) == pytest.approx((3_600 + 4_600 + 2_240) / 9_600 - 1)
    assert not any("Cedar" in question for question in reply["questions"])


def test_a_team_is_a_ratio_of_sums_and_its_people_stand_in_the_order_of_names(tallow: Opened) -> None:
    bench = tallow(MAX)
    reply = review_rep(bench, rep="Max Orban", window=WINDOW)
    assert value(bench, reply["scorecard"]["M14.pace"]) == pytest.approx((46_670 - 6_030) / (2 * DUE))
    assert [(row["rep"]["name"], row["stop"]["step"], row["new"]) for row in reply["team"]] == [
        ("Ann Reyes", "consumption", False),
        ("Bo Lind", "enablement", False),
        ("Nia Okeke", "consumption", True),
    ]
    assert reply["handovers"] == []  # it stayed within the team


def test_a_rep_sees_no_peers_and_is_held_against_a_fixed_number(tallow: Opened) -> None:
    bench = tallow(Principal("RB", "rep", Scope(rep_ids=frozenset({"RB"})), rep_id="RB"))
    reply = review_rep(bench, rep="RB", window=WINDOW)
    assert step(bench, reply, "activity") == ("not met", 0, 4)


@pytest.mark.parametrize("who", ["Bo Lind", "RB", "Cy Adu", "Somebody Else"])
def test_people_out_of_sight_are_refused_in_the_words_for_people_who_do_not_exist(tallow: Opened, who: str) -> None:
    with pytest.raises(Refused) as refused:
        review_rep(tallow(ANN), rep=who)
    assert str(refused.value) == f"Rep '{who}': not found or not visible to you."


def test_only_handovers_are_told_when_only_they_are_asked_for(tallow: Opened) -> None:
    reply = review_rep(tallow(), rep="RA", window=WINDOW, part="handovers")
    assert [each["way"] for each in reply["handovers"]] == ["in"]
    assert "ladder" not in reply


def test_activities_that_nobody_scored_are_no_lack_of_substance_and_no_measure_for_others(tallow: Opened, tmp_path: Path) -> None:
    """Bo's are not scored: his step cannot be told. Cy's neither: of two peers one is left, too few to be a measure."""
    files = write_tallow(tmp_path / "files")
    rows = list(csv.DictReader((files / "activity.csv").read_text(encoding="utf-8").splitlines()))
    with (files / "activity.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | ({"substance": ""} if row["rep_id"] in ("RB", "RC") else {}) for row in rows)
    assert load(tmp_path / "home", [files]).status == "loaded"
    bench = tallow(home=tmp_path / "home")
    reply = review_rep(bench, rep="Bo Lind", window=WINDOW)
    assert (reply["stop"]["step"], reply["stop"]["result"]) == ("activity", "no data")
    assert "scored" in reply["stop"]["says"] and not any("carried a need" in question for question in reply["questions"])
    assert value(bench, next(each for each in reply["ladder"] if each["step"] == "activity")["threshold"]) == 4
