"""Any OpenAI-compatible endpoint through the same loop, over real HTTP on loopback."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest

from meterline.compose import compose
from meterline.loop import Loop
from meterline.models import make_model
from meterline.prompting import load_prompt
from meterline_tools.errors import UserError
from tests.agent.scripted import KIT, Reply, ScriptedModel, call, completion, draft, make_bench, scripted_server

ASK = completion(calls=[("consumption", '{"account": "Orion Foods"}')])
SAY = completion(draft("Orion Foods consumed [[F1]]."))


def make_loop(base_url: str) -> Loop:
    offline = ScriptedModel(script=[call("consumption", account="Orion Foods"), draft("Built in: [[F1]].")])
    prompt = load_prompt("answer")
    fallback = Loop(offline, "offline", KIT, prompt)
    model = make_model("openai:small", base_url=base_url, api_key="sk-test")
    return Loop(model, "openai:small", KIT, prompt, fallback=fallback)


def answer(base_url: str) -> Any:
    turn = make_loop(base_url).run("What did Orion Foods burn?", make_bench(), {"d1": "2026-08-15"})
    return compose(turn, thread_id="t", elapsed_ms=1.0)


def test_a_served_model_answers_through_the_same_loop() -> None:
    with scripted_server([ASK, SAY]) as (url, requests):
        said = answer(url)
    assert said.headline == "Orion Foods consumed $1.19M."
    assert (said.usage.llm_calls, said.usage.prompt_tokens, said.usage.cost_usd) == (2, 200, None)
    tool = requests[0]["tools"][0]["function"]
    assert tool["name"] == "consumption"
    assert list(tool["parameters"]["properties"]) == ["account"]
    assert "bench" not in str(requests[0]["tools"])


def test_a_typed_number_never_reaches_the_reader() -> None:
    lie = completion(draft("Orion Foods consumed $4.2M."))
    with scripted_server([ASK, lie, lie]) as (url, _):
        said = answer(url)
    assert "4.2" not in said.text
    assert said.withheld


@pytest.mark.parametrize(
    "replies",
    [
        [(200, "<html>busy</html>")],
        [(500, '{"error": {"message": "boom"}}')],
        [completion("")],
        [completion(calls=[("consumption", '{"account": "Ori')])],
        [completion('{"headline": {"text": "cut', finish="length")],
        [completion(calls=[("no_such_tool", "{}")])],
    ],
    ids=["not json", "server error", "empty", "malformed arguments", "truncated", "unknown tool"],
)
def test_a_misbehaving_server_ends_in_the_built_in_analyst(replies: list[Reply], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    with scripted_server(replies) as (url, _):
        said = answer(url)
    assert said.headline == "Built in: $1.19M."
    assert "could not be used" in said.assumptions[-1]


def test_an_unreachable_server_is_given_up_soon(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    started = time.monotonic()
    assert answer("http://127.0.0.1:9/v1").headline == "Built in: $1.19M."
    assert time.monotonic() - started < 60  # the wall clock of a turn


def test_a_model_without_key_or_server_says_what_to_set() -> None:
    with pytest.raises(UserError, match="OPENAI_API_KEY"):
        make_model("openai:small")
    with pytest.raises(UserError, match="offline"):
        make_model("gpt")
