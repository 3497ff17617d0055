"""The exception ladder, step by step, with figures worked out by hand."""

from __future__ import annotations

import re
from typing import Any

import pytest

from meterline_tools.errors import UserError
from meterline_tools.insight.review import Facts, Ladder, load_rules, questions, thresholds_of, walk, words_of

RULES = thresholds_of({})
PEERS = {"peers": (8, 10, 12), "peer_activities": (20, 30, 40)}
"""Median 10 substantive activities, 30 in all: three quarters of them are 7.5 and 22.5."""
SHORT: dict[str, Any] = {"pace": 0.6, "coverage": 0.4, "activities": 12, "substantive": 3, "certified": 0.0, **PEERS}
"""Short at each step."""
_VERDICTS = re.compile(
    r"\b(fail\w*|poor\w*|weak\w*|bad|worst|best|lazy|underperform\w*|incompeten\w*|disappoint\w*|unacceptable|struggl\w*|fault|blame)\b",
    re.I,
)


def results(ladder: Ladder) -> list[str]:
    return [node.result for node in ladder.nodes]


def facts(**other: Any) -> Facts:
    return Facts(**(SHORT | other))


# Where each step is met ------------------------------------------------------------------------------------------


def test_somebody_at_pace_is_asked_nothing_further() -> None:
    ladder = walk(facts(pace=1.0), RULES)
    assert results(ladder) == ["met", "not looked at", "not looked at", "not looked at"]
    assert (ladder.stop, ladder.label) == ("consumption", None)


def test_a_pipeline_that_covers_what_is_left_ends_the_check() -> None:
    ladder = walk(facts(coverage=1.2), RULES)
    assert results(ladder) == ["not met", "met", "not looked at", "not looked at"]
    assert (ladder.stop, ladder.label) == ("pipeline", None)


def test_a_quota_that_is_covered_already_needs_no_pipeline() -> None:
    ladder = walk(facts(pace=0.98, coverage=None, covered=True), RULES)
    assert ladder.node("pipeline").result == "met"


def test_enough_substantive_activity_ends_the_check() -> None:
    ladder = walk(facts(substantive=8), RULES)  # 8 of the 7.5 asked for
    assert results(ladder) == ["not met", "not met", "met", "not looked at"]
    assert ladder.node("activity").threshold == 7.5
    assert ladder.label is None


def test_a_current_certificate_ends_the_check_at_enablement() -> None:
    ladder = walk(facts(certified=1.0, certificate_days=100), RULES)
    assert results(ladder) == ["not met", "not met", "not met", "met"]


# Where no step is met, or one cannot be looked at -------------------------------------------------------------------


def test_short_at_every_step_points_to_enablement() -> None:
    ladder = walk(facts(), RULES)
    assert results(ladder) == ["not met"] * 4
    assert (ladder.stop, ladder.label) == ("enablement", "enablement_gap")


def test_an_old_certificate_is_none() -> None:
    ladder = walk(facts(certified=1.0, certificate_days=366), RULES)
    assert (ladder.node("enablement").result, ladder.label) == ("not met", "enablement_gap")


@pytest.mark.parametrize(
    ("gone", "step"),
    [
        ({"pace": None}, "consumption"),
        ({"coverage": None}, "pipeline"),
        ({"substantive": None, "activities": None}, "activity"),
        ({"certified": None}, "enablement"),
    ],
)
def test_a_step_without_data_ends_the_check_and_says_so(gone: dict[str, Any], step: str) -> None:
    ladder = walk(facts(**gone, missing={step: f"no {step} data"}), RULES)
    assert ladder.stop == step
    assert ladder.node(step).result == "no data"
    assert ladder.label is None
    assert words_of(ladder)["says"] == f"no {step} data, so the check cannot go on"


# What the bottom points to --------------------------------------------------------------------------------------


def test_many_conversations_of_little_substance_point_to_content() -> None:
    ladder = walk(facts(activities=23, certified=1.0), RULES)  # 23 of the 22.5 that count as many
    assert (ladder.stop, ladder.label) == ("enablement", "content_gap")


def test_few_conversations_of_certified_people_point_to_nothing_on_record() -> None:
    assert walk(facts(activities=22, certified=1.0), RULES).label is None


def test_lost_use_cases_point_to_product_market_fit() -> None:
    assert walk(facts(certified=1.0, lost=2), RULES).label == "pmf_gap"
    assert walk(facts(substantive=8, lost=2), RULES).label == "pmf_gap"


def test_a_team_is_held_against_its_size() -> None:
    team = facts(peers=(), people=4, substantive=15, window_days=30, lost=7)
    ladder = walk(team, RULES)
    assert ladder.node("activity").threshold == 16  # one a week for each of four
    assert walk(facts(peers=(), people=4, substantive=16, lost=7), RULES).label is None  # two for each would be eight


def test_without_peers_one_a_week_is_the_measure() -> None:
    assert walk(facts(peers=(9,), window_days=60), RULES).node("activity").threshold == 8
    assert walk(facts(peers=(), window_days=30), RULES).node("activity").threshold == 4


# Thresholds -----------------------------------------------------------------------------------------------------


def test_a_company_sets_its_own_thresholds() -> None:
    assert walk(facts(pace=0.9), thresholds_of({"pace": 0.9})).stop == "consumption"


def test_a_threshold_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match=r"'paces' does not fit\. There are: pace, coverage"):
        thresholds_of({"paces": 1})


# Questions ------------------------------------------------------------------------------------------------------

SLOTS = {
    name: f"[[F{n}]]"
    for n, name in enumerate(
        [
            "gap",
            "required",
            "coverage",
            "pipeline",
            "slipped",
            "slipped_usd",
            "activities",
            "substantive",
            "consumed",
            "lost",
            "certificate",
        ]
    )
} | {"loser": "L", "loser_change": "l", "gainer": "G", "gainer_change": "g", "certificate_date": "d"}
ENDS = {
    "at pace": facts(pace=1.0),
    "covered": facts(coverage=2.0),
    "active": facts(substantive=9),
    "certified": facts(certified=1.0),
    "nothing met": facts(),
    "content": facts(activities=30, certified=1.0),
    "fit": facts(certified=1.0, lost=3),
    "no quota": facts(pace=None),
}


@pytest.mark.parametrize("end", ENDS, ids=str)
@pytest.mark.parametrize("known", [SLOTS, {}], ids=["all figures", "no figures"])
def test_there_are_exactly_three_questions_wherever_the_check_ends(end: str, known: dict[str, str]) -> None:
    asked = questions(walk(ENDS[end], RULES), known)
    assert len(asked) == len(set(asked)) == 3
    assert all(text.endswith("?") for text in asked)


def test_no_question_and_no_label_holds_a_judgement_on_a_person() -> None:
    rules = load_rules()
    said = [prompt.text for prompt in rules.questions]
    said += [text for label in rules.labels.values() for text in (label.name, label.says)]
    said += [text for step in rules.steps for text in (step.asks, step.met, step.not_met)]
    assert [text for text in said if _VERDICTS.search(text)] == []


def test_a_question_stands_on_figures_that_are_there() -> None:
    asked = questions(walk(facts(coverage=2.0), RULES), {"coverage": "[[F1]]", "gap": "[[F2.abs]]"})
    assert asked[0] == (
        "The pipeline covers [[F1]] of what is left, while consumption is [[F2.abs]] short of pace."
        " Which use case closes most of that, and when?"
    )
