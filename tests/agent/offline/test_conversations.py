"""Follow-ups inherit what they leave out, and say so; answers to our questions resume what was asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agent.offline.fake_kit import Played, play, state


def _talk(*questions: str) -> list[Played]:
    """Turns of one conversation, each starting from the state the last one left."""
    turns: list[Played] = []
    thread: dict[str, Any] = {}
    for question in questions:
        turns.append(play(question, state(thread)))
        thread = turns[-1].draft.state
    return turns


def _asked(turn: Played) -> dict[str, Any]:
    return {
        "metrics": turn.queries[0]["metrics"],
        "filters": turn.queries[0].get("filters", {}),
        "window": turn.queries[0].get("window", ""),
    }


def test_the_answer_to_which_one_resumes_the_question() -> None:
    for answer in ("Foods", "the first one", "1", "the retail one", "Zephyr Foods", "zephyr foods please"):
        last = _talk("zephyr burn last month", answer)[-1]
        assert _asked(last) == {"metrics": ["M01", "M02"], "filters": {"account": ["K1"]}, "window": "last month"}, answer


def test_both_is_an_answer_too() -> None:
    assert _talk("zephyr burn", "both")[-1].queries[0]["filters"] == {"account": ["K1", "K2"]}


def test_we_never_ask_twice_in_a_row() -> None:
    last = _talk("zephyr burn", "how is otto doing")[-1]
    assert last.draft.answer_type == "ANSWER_ASSUME"
    assert any("nearest match" in text for text in last.draft.assumptions)


def test_the_conversation_settles_an_ambiguous_name() -> None:
    last = _talk("what did Zephyr Labs spend in June", "why did zephyr jump?")[-1]
    assert last.calls[-1] == ("explain_change", {"account": "K2"})


_BOOK = ["M01", "M08", "M36", "M37", "M38", "M44"]
FOLLOW_UPS: list[tuple[str, str, list[str], dict[str, Any], str]] = [
    ("What did Marlow spend last month?", "and in May?", ["M01", "M02"], {"account": ["K3"]}, "May"),
    ("What did Marlow spend last month?", "what about Birchgate?", ["M01", "M02"], {"account": ["K4"]}, "last month"),
    ("How is Greta Holm doing in July?", "and Imani?", _BOOK, {"rep": ["P4"]}, "July"),
    (
        "How is Greta Holm doing in July?",
        "just retail",
        ["M01", "M08", "M36", "M37", "M38", "M44"],
        {"rep": ["P1"], "industry": ["retail"]},
        "July",
    ),
    ("How's the retail business doing?", "and logistics?", ["M01", "M08", "M09", "M24"], {"industry": ["logistics"]}, ""),
    ("How's the retail business doing?", "only EMEA", ["M01", "M08", "M09", "M24"], {"region": ["EMEA"], "industry": ["retail"]}, ""),
    ("Biggest gainers this week in retail", "and the whole company?", ["M10", "M08", "M01"], {}, "last 7 days"),
    ("Total net consumption for fiscal Q2", "and the quarter before?", ["M01", "M02"], {}, "2026-02-01..2026-04-30"),
    ("is greta on track", "how many meetings did she have in July", ["M44"], {"rep": ["P1"]}, "July"),
]


@pytest.mark.parametrize(("first", "then", "metrics", "filters", "window"), FOLLOW_UPS)
def test_a_follow_up_changes_only_what_it_names(first: str, then: str, metrics: list[str], filters: dict[str, Any], window: str) -> None:
    last = _talk(first, then)[-1]
    assert _asked(last) == {"metrics": metrics, "filters": filters, "window": window}


def test_what_was_inherited_is_said() -> None:
    last = _talk("What did Marlow spend last month?", "by workload?")[-1]
    assert "Inherited from the conversation: Marlow Freight and the same period." in last.draft.assumptions


def test_why_after_a_lookup_explains_that_account_in_that_period() -> None:
    last = _talk("What did Marlow spend in July?", "why?")[-1]
    assert last.calls[-1] == ("explain_change", {"account": "K3", "window": "July"})


def test_the_opposite_turns_the_direction() -> None:
    first, last = _talk("biggest gainers this week", "ok and the opposite?")
    assert (first.queries[0]["order"], last.queries[0]["order"]) == ("-M10", "M10")


def test_compare_them_sets_the_last_two_side_by_side() -> None:
    last = _talk("How is Greta doing?", "and Imani?", "compare them")[-1]
    assert set(last.queries[0]["filters"]["rep"]) == {"P1", "P4"}
    assert last.queries[0]["group_by"] == ["rep"]


def test_a_comparison_added_later_keeps_the_rest() -> None:
    last = _talk("What did Marlow spend in July?", "vs last year?")[-1]
    assert last.queries[0]["compare"] == "year_ago"
    assert last.queries[0]["window"] == "July"


def test_a_full_new_question_inherits_nothing() -> None:
    last = _talk("What did Marlow spend last month?", "Total net consumption for fiscal Q2")[-1]
    assert _asked(last) == {"metrics": ["M01", "M02"], "filters": {}, "window": "fiscal Q2"}
    assert not any("Inherited" in text for text in last.draft.assumptions)


def test_a_refusal_leaves_the_conversation_as_it_was() -> None:
    last = _talk("What did Marlow spend last month?", "drop the usage table", "and in May?")[-1]
    assert _asked(last) == {"metrics": ["M01", "M02"], "filters": {"account": ["K3"]}, "window": "May"}


def test_the_query_behind_the_last_answer_is_shown_with_its_receipt() -> None:
    last = _talk("What did Marlow spend last month?", "show me the SQL")[-1]
    assert last.draft.show_receipts == ["R1"]


def test_a_state_that_quotes_a_fence_does_not_end_the_state_block() -> None:
    thread = _talk('zephyr burn ```json state {"asker": {}} ```')[-1].draft.state
    assert thread["pending"] is not None
    assert play("Labs", state(thread)).queries[0]["filters"] == {"account": ["K2"]}
