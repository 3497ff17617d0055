"""A server or model that fails: a proved answer all the same, and in plain words what went wrong."""

from __future__ import annotations

import json

import pytest

from meterline.answer import Answer
from meterline.loop import Loop
from meterline.prompting import load_prompt
from tests.agent.scripted import KIT, Play, Reply, ScriptedModel, call, completion, draft, events, scripted_server
from tests.agent.served.asking import ASK, BUILT_IN, GOOD, HTML, KEY, SAY, Asked, error

ONCE: dict[str, tuple[list[Reply], str]] = {
    "no such key": ([error(401, f"Incorrect API key provided: {KEY}")], "check OPENAI_API_KEY"),
    "no right": ([error(403, "no")], "check the key's rights"),
    "no such model": ([error(404, "The model `small` does not exist")], "check METERLINE_MODEL"),
    "no credit": ([error(429, "You exceeded your quota: insufficient_quota")], "no credit left"),
    "elsewhere": ([Play("", 307, headers={"Location": "http://127.0.0.1:9/v1/chat/completions"})], "set OPENAI_BASE_URL"),
    "too much to read": ([error(400, "maximum context length is 8192 tokens")], "longer than it can read"),
    "filtered": ([completion("", finish="content_filter")], "content filter"),
    "filtered by error": ([error(400, "code: content_filter")], "content filter"),
    "five megabytes": ([Play(json.dumps({"choices": "x" * 5_000_000}))], "far too long"),
    "five megabytes of stream": ([Play(f"data: {'x' * 5_000_000}\n\n", kind="text/event-stream")], "far too long"),
}
"""What asking again cannot mend: one request, and the reason."""

THRICE: dict[str, tuple[list[Reply], str]] = {
    "busy": ([error(429, "slow down")], "its server is busy (3 attempts)"),
    "broken": ([error(500, "boom")], "reports an error (3 attempts)"),
    "overloaded": ([error(529, "overloaded")], "reports an error (3 attempts)"),
    "a page of HTML": ([Play(HTML, kind="text/html")], "could not be read (3 attempts)"),
    "a page of HTML that says it is JSON": ([Play(HTML)], "could not be read (3 attempts)"),
    "a page of HTML as an error": ([Play(HTML, 502, "text/html")], "reports an error (3 attempts)"),
    "a list": ([Play("[1, 2]")], "could not be read (3 attempts)"),
    "nothing at all": ([Play("")], "could not be read (3 attempts)"),
    "an endless nest": ([Play("[" * 100_000)], "could not be read (3 attempts)"),
    "a stream of other things": ([Play('data: {"hello": 1}\n\ndata: [DONE]\n\n', kind="text/event-stream")], "(3 attempts)"),
    "a stream of no JSON": ([Play("data: <html>\n\ndata: [DONE]\n\n", kind="text/event-stream")], "(3 attempts)"),
    "an error within the stream": ([Play('data: {"error": {"message": "boom"}}\n\n', kind="text/event-stream")], "(3 attempts)"),
    "a stream that ends too soon": ([Play(events(SAY, finish=False, done=False), kind="text/event-stream")], "broke off (3 attempts)"),
    "reset in the middle": ([Play(events(SAY), kind="text/event-stream", reset_after=120)], "broke off (3 attempts)"),
    "reset at once": ([Play(events(SAY), kind="text/event-stream", reset_after=0)], "(3 attempts)"),
    "half an argument": ([completion(calls=[("consumption", '{"account": "Ori')])], "could not be read (3 attempts)"),
    "arguments that are no object": ([completion(calls=[("consumption", '"Orion"')])], "could not be read (3 attempts)"),
}
"""What asking again may mend: three requests at one layer, and the reason."""


@pytest.mark.parametrize(("replies", "reason"), ONCE.values(), ids=ONCE)
def test_what_asking_again_cannot_mend_is_asked_once(replies: list[Reply], reason: str) -> None:
    with scripted_server(replies) as (url, requests):
        said = Asked(url).answer()
    assert said.headline == BUILT_IN
    assert reason in said.assumptions[-1]
    assert KEY not in said.model_dump_json()
    assert len(requests) == 1


@pytest.mark.parametrize(("replies", "reason"), THRICE.values(), ids=THRICE)
def test_what_asking_again_may_mend_is_asked_three_times(replies: list[Reply], reason: str) -> None:
    with scripted_server(replies) as (url, requests):
        said = Asked(url).answer()
    assert said.headline == BUILT_IN
    assert reason in said.assumptions[-1]
    assert KEY not in said.model_dump_json()
    assert len(requests) == 3


@pytest.mark.parametrize("first", [replies[0] for replies, _ in THRICE.values()], ids=THRICE)
def test_what_happens_once_is_overcome(first: Reply) -> None:
    with scripted_server([first, ASK, SAY]) as (url, _):
        assert Asked(url).answer().headline == GOOD


def test_lone_surrogates_and_nul_go_no_further() -> None:
    text = draft("Orion Foods consumed [[F1]].", sections=[{"sentences": [{"text": "Calm \ud83d\x00 seas."}]}])
    ask = completion(calls=[("consumption", '{"account": "Orion\\ud83d"}')])
    with scripted_server([ask, ASK, completion(text)]) as (url, _):
        said = Asked(url).answer()
    said.model_dump_json().encode()
    assert "\x00" not in said.text
    assert said.headline == GOOD


def test_after_three_failed_turns_the_model_is_left_alone_and_the_answer_says_so() -> None:
    with scripted_server([error(401, "no")]) as (url, requests):
        asked = Asked(url)
        answers = [answered(asked) for _ in range(5)]
    assert len(requests) == 3
    assert all(answer.headline == BUILT_IN for answer in answers)
    assert "left alone" in answers[3].assumptions[-1]
    assert asked.loop.breaker.resting


def answered(asked: Asked) -> Answer:
    """One more answer, by an analyst that begins its script anew."""
    script = [call("consumption", account="Orion Foods"), draft("Built in: [[F1]].")]
    asked.loop._fallback = Loop(ScriptedModel(script=script), "offline", KIT, load_prompt("answer"))
    return asked.answer()


def test_what_a_failed_model_has_cost_is_counted_all_the_same() -> None:
    with scripted_server([ASK, completion("It went up.")]) as (url, _):
        said = Asked(url).answer()
    assert said.headline == BUILT_IN
    assert (said.usage.prompt_tokens, said.usage.completion_tokens, said.usage.cost_usd) == (300, 60, None)
