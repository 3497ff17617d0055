"""The examiner of explanations: which part of an answer is graded, what counts against it, and what the report says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from meterline_evals.explanation_grading import Grade, Silence, grade_words, is_right
from meterline_evals.explanation_parts import Leaf, Match, Part, leaves_in, matched, shared, slice_of, speaks_of, together
from meterline_evals.explanation_replies import causal
from meterline_evals.explanation_report import explanation_report
from meterline_evals.explanations import chosen

ORDERS: Leaf = ("w-orders", "connector", "eu")
BOARDS: Leaf = ("w-boards", "compute", "eu")
SPENT = {ORDERS: 300.0, BOARDS: 100.0}
LEAVES = leaves_in(
    {
        ORDERS: {"workload": "w-orders", "connector": "shopware", "sku": "connector"},
        BOARDS: {"workload": "w-boards", "connector": "", "sku": "compute"},
    }
)


def event(**changed: Any) -> dict[str, Any]:
    """A reload of the orders from 10 to 30 June, told by the customer."""
    told = {
        "event_id": "EV-1",
        "account_id": "A",
        "cause": "backfill",
        "twin_of": "frequency_change",
        "durability": "one_time",
        "onset": "2026-06-10",
        "end": "2026-06-30",
        "slice": {"workload_id": "w-orders"},
        "delta_usd_day": 50.0,
        "excess_usd_total": 1000.0,
        "regime": "E1",
        "evidence": [{"doc": "N-1", "side": "customer", "date": "2026-06-12", "supports": "backfill"}],
        "counter": [],
        "known_in_advance": False,
        "affected_accounts": ["A"],
    }
    return told | changed


def part(cause: str | None = "backfill", onset: str = "2026-06-11", workload: str = "w-orders", **more: Any) -> Part:
    told: dict[str, Any] = {"end": date(2026, 6, 29), "direction": "up", "slice": ("workload", (workload,))}
    return Part(cause, date.fromisoformat(onset), **(told | more))


def match(*parts: Part, asked: dict[str, Any] | None = None, others: tuple[dict[str, Any], ...] = ()) -> Match:
    asked = asked or event()
    return matched(parts, asked, [asked, *others], SPENT, LEAVES)


def test_the_right_cause_of_the_right_slice_is_right() -> None:
    found = match(part())
    assert found.overlap == 1.0 and is_right(event(), found)


def test_a_slice_is_compared_by_money() -> None:
    # Orders are 300 of the 400 that either touches.
    assert shared(LEAVES(part()), LEAVES(part(slice=None)), SPENT) == 0.75
    assert shared(LEAVES(part()), LEAVES(part(workload="w-boards")), SPENT) == 0.0
    assert LEAVES(part(slice=("connector", ("shopware",)))) == {ORDERS}


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({"workload_id": "w1"}, ("workload", ("w1",))),
        ({"region": "eu", "workload_ids": ["w1", "w2"]}, ("workload", ("w1", "w2"))),
        ({"sku_family": "AI"}, ("sku_family", ("AI",))),
        ({}, None),
    ],
)
def test_the_truth_names_its_slice_by_workloads_where_it_can(where: dict[str, Any], found: object) -> None:
    assert slice_of(event(slice=where)) == found


def test_of_two_changes_the_one_asked_about_is_graded() -> None:
    boards = event(event_id="EV-2", cause="new_use_case", slice={"workload_id": "w-boards"})
    first, second = part("new_use_case", workload="w-boards"), part("backfill")
    found = match(first, second, others=(boards,))
    assert found.part is second and not found.strays and is_right(event(), found)


def test_a_cause_stated_of_something_that_never_happened_counts_against_the_answer() -> None:
    found = match(part("new_use_case", workload="w-boards"), part("backfill"))
    assert found.strays == ("new_use_case",) and not is_right(event(), found)


def test_a_wrong_cause_of_the_event_is_not_saved_by_a_right_one_elsewhere() -> None:
    found = match(part("frequency_change"), part("backfill", workload="w-boards"))
    assert found.part.cause == "frequency_change" and not is_right(event(), found)


def test_a_change_of_the_other_direction_is_not_the_one_asked_about() -> None:
    down, up = part("use_case_churn", direction="down"), part("backfill", slice=None)
    assert match(down, up, others=(event(event_id="EV-3", cause="use_case_churn", delta_usd_day=-5.0),)).part is up


def test_an_answer_about_other_weeks_is_taken_as_it_is() -> None:
    late = part("backfill", onset="2026-08-20", end=None)
    assert not together(late, event())
    assert match(late).part is late


@pytest.mark.parametrize(
    ("told", "speaks"),
    [
        (part(None), True),
        (part(None, slice=None), True),
        (part(None, workload="w-boards"), False),
        (part(None, direction="down"), False),
        (part(None, onset="2026-08-20", end=None), False),
    ],
)
def test_a_question_is_about_what_the_ledger_knows_only_where_its_part_is_of_the_event(told: Part, speaks: bool) -> None:
    assert speaks_of(match(told), event()) is speaks


def test_where_nobody_can_know_silence_is_right_and_a_true_guess_is_not() -> None:
    unknowable = event(regime="E5")
    assert is_right(unknowable, match(part(None), asked=unknowable))
    assert not is_right(unknowable, match(part("backfill"), asked=unknowable))
    nothing = event(regime="E5", cause="unknown")
    assert is_right(nothing, match(part(None), asked=nothing))


def test_the_demo_calls_a_season_otherwise() -> None:
    season = event(cause="retail_peak", slice={})
    assert is_right(season, match(part("seasonal_peak", slice=None), asked=season))


def test_words_alone_are_graded_by_the_cause_and_nothing_else() -> None:
    grade = grade_words(7, event(), match(part("backfill")))
    assert (grade.sense, grade.right, grade.exact, grade.contradiction) == ("notes", True, None, None)


def test_causes_that_many_accounts_share_are_asked_about_a_few_times() -> None:
    many = [event(event_id=f"EV-{n}", cause="retail_peak") for n in range(20)]
    several = [event(event_id=f"EV-{n}") for n in range(20, 30)]
    assert len(list(chosen([*many, *several]))) == 16


def reply(text: str, *, kind: str = "inferred", citations: tuple[str, ...] = ()) -> dict[str, Any]:
    sentences = [{"text": text, "kind": kind, "citations": list(citations)}]
    cause = {"id": "backfill", "label": "a one-time re-load", "confidence": "low"}
    return {
        "headline": {"text": "A ran high.", "kind": "measured", "citations": []},
        "sections": [{"sentences": sentences}],
        "cause": cause,
    }


def test_a_sentence_that_says_why_is_causal_with_its_citations() -> None:
    assert causal(reply("Most likely a one-time re-load.", citations=("C1",))) == [("backfill", frozenset({"C1"}), False)]
    assert causal(reply("Most likely a one-time re-load, proven by the prices paid.")) == [("backfill", frozenset(), True)]
    assert causal(reply("Nothing is known.")) == []
    assert causal(reply("They call it a one-time re-load.", kind="stated")) == []


GRADE = Grade(1, "EV-1", "backfill", "E1", "both", "backfill", True, confidence="high")


def lines(*grades: Grade, silences: tuple[Silence, ...] = ()) -> dict[str, str]:
    text = explanation_report(grades, silences)
    return {line[:38].strip(): " ".join(line[38:].split()) for line in text.splitlines() if line.strip()}


def test_the_report_gives_n_the_interval_and_whether_the_target_is_met() -> None:
    # Wilson's interval of 9 of 10 is 0.596 to 0.982.
    grades = [replace(GRADE, right=n < 9, said="backfill" if n < 9 else None) for n in range(10)]
    assert lines(*grades)["cause, E1 and E2"] == "9 10 90.0% 60% to 98% at least 85%: met"


def test_the_report_counts_how_far_both_lie_ahead_of_either_alone() -> None:
    alone = [replace(GRADE, sense=sense, right=n < 5) for sense in ("telemetry", "notes") for n in range(10)]
    told = lines(*(GRADE for _ in range(10)), *alone)
    assert told["points ahead of telemetry alone"].startswith("10 +50.0")
    assert told["points ahead of notes alone"].endswith("met")


def test_the_report_keeps_noise_the_ledger_and_later_answers_apart() -> None:
    grades = [GRADE, replace(GRADE, regime="ledger", right=False), replace(GRADE, regime="E6 before", right=False)]
    silences = (Silence(1, "A", "2026-01-01..2026-01-28", "NOISE", None), Silence(1, "B", "", "EXPLAINED", "backfill"))
    told = lines(*grades, silences=silences)
    assert told["cause, E1 and E2"].startswith("1 1 100.0%")
    assert told["false cause on noise"].startswith("0 1 0.0%")
    assert told["false cause on quiet accounts"].endswith("MISSED")
    assert told["nobody asked what the ledger knows"].endswith("MISSED")


def test_the_report_tells_how_often_each_level_of_confidence_is_right() -> None:
    grades = [replace(GRADE, confidence="low", right=n == 0) for n in range(4)]
    assert lines(*grades)["right when confidence is low"].startswith("1 4 25.0%")


def test_sentences_are_counted_one_by_one_and_hard_fails_by_answer() -> None:
    told = lines(replace(GRADE, causal=3, unsupported=1, fails=("no evidence",)), replace(GRADE, causal=1))
    assert told["unsupported causal sentences"].startswith("1 4 25.0%")
    assert told["hard fail: no evidence"].startswith("1 2 50.0%")
