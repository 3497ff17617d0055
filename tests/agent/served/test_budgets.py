"""So many calls of model and tools a question and no more; what nothing proves is not told."""

from __future__ import annotations

import json

import pytest

from meterline.manners import MODEL_CALLS, TOOL_CALLS
from tests.agent.scripted import Reply, completion, draft, make_bench, scripted_server
from tests.agent.served.asking import ASK, BUILT_IN, GOOD, SAY, Asked

ENDS: dict[str, list[Reply]] = {
    "loops": [completion(calls=[("consumption", json.dumps({"account": f"Orin {n}"}))]) for n in range(9)],
    "unknown tools": [completion(calls=[("delete_all", "{}")])],
    "prose": [completion("It went up a lot.")],
    "another shape": [completion('{"answer": 5}')],
    "nothing but an empty object": [completion("{}")],
}


@pytest.mark.parametrize("replies", ENDS.values(), ids=ENDS)
def test_a_model_that_comes_to_no_answer_gives_way_within_its_calls(replies: list[Reply]) -> None:
    with scripted_server(replies) as (url, requests):
        said = Asked(url).answer()
    assert said.headline == BUILT_IN
    assert len(requests) <= MODEL_CALLS


def test_draft_and_repair_share_one_budget_of_calls() -> None:
    lie = completion(draft("Orion Foods consumed $4.2M."))
    with scripted_server([ASK, completion(calls=[("consumption", '{"account": "Vega Mills"}')]), lie, lie, lie]) as (url, requests):
        said = Asked(url).answer()
    assert len(requests) == MODEL_CALLS
    assert "4.2" not in said.text
    assert said.withheld


def test_when_nothing_it_wrote_can_be_proved_the_built_in_analyst_answers_and_what_was_withheld_is_told() -> None:
    lie = completion(draft("Orion Foods consumed [[F1]], that is $4.2M."))
    with scripted_server([ASK, lie, lie]) as (url, _):
        asked = Asked(url)
        said = asked.answer()
    assert said.headline == BUILT_IN
    assert "nothing of what it wrote could be proved" in said.assumptions[-1]
    assert [w.text for w in said.withheld] == ["Orion Foods consumed $1.19M, that is $4.2M."]
    assert "4.2" not in said.text
    assert not asked.loop.breaker.resting


def test_the_last_call_is_told_to_be_the_last() -> None:
    with scripted_server([ASK, ASK, ASK, SAY]) as (url, requests):
        assert Asked(url).answer().headline == GOOD
    assert "Answer now" in requests[-1]["messages"][-1]["content"]
    assert "Answer now" not in str(requests[-2])


def test_tool_calls_beyond_the_budget_are_not_made() -> None:
    many = [("consumption", json.dumps({"account": "Orion Foods", "n": n})) for n in range(TOOL_CALLS + 4)]
    with scripted_server([completion(calls=many), SAY]) as (url, requests):
        Asked(url).answer()
    replies = [m["content"] for m in requests[1]["messages"] if m["role"] == "tool"]
    assert len(replies) == TOOL_CALLS + 4
    assert sum("not made" in text for text in replies) == 4


def test_a_wrong_tool_or_argument_can_be_mended() -> None:
    wrong = completion(calls=[("no_such_tool", "{}"), ("consumption", "{}"), ("consumption", '{"account": "Orin"}')])
    with scripted_server([wrong, ASK, SAY]) as (url, requests):
        assert Asked(url).answer().headline == GOOD
    told = [m["content"] for m in requests[1]["messages"] if m["role"] == "tool"]
    assert ["no_such_tool" in told[0], "account" in told[1], "Nearest: Orion Foods" in told[2]] == [True, True, True]


def test_thoughts_in_the_text_are_not_the_answer() -> None:
    with scripted_server([ASK, completion('<think>{"headline": ...} or so</think>' + draft("Orion Foods consumed [[F1]]."))]) as (url, _):
        assert Asked(url).answer().headline == GOOD


def test_a_reply_cut_at_the_limit_is_asked_for_with_more_room_once() -> None:
    cut = completion('{"headline": {"text": "cut', finish="length")
    with scripted_server([ASK, cut, SAY]) as (url, requests):
        assert Asked(url).answer().headline == GOOD
    assert [r["max_tokens"] for r in requests] == [2_000, 2_000, 8_000]
    with scripted_server([cut]) as (url, requests):
        assert "cut at the token limit" in Asked(url).answer().assumptions[-1]
    assert len(requests) == 2


def test_progress_is_told_in_words() -> None:
    told: list[str] = []
    with scripted_server([ASK, SAY]) as (url, _):
        Asked(url).loop.run("What did Orion Foods burn?", make_bench(), {}, progress=told.append)
    assert told == ["thinking", "consumption", "thinking", "checking"]


def test_a_tool_that_a_model_made_up_is_not_told_as_progress() -> None:
    told: list[str] = []
    with scripted_server([completion(calls=[("they_spent_$9M", "{}")]), ASK, SAY]) as (url, _):
        Asked(url).loop.run("What did Orion Foods burn?", make_bench(), {}, progress=told.append)
    assert told == ["thinking", "thinking", "consumption", "thinking", "checking"]
