"""Every way in which a served model or its server may misbehave, over real HTTP on loopback: a proved answer, and what went wrong."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from meterline.answer import Answer
from meterline.compose import compose
from meterline.loop import Loop
from meterline.manners import MODEL_CALLS, TOOL_CALLS
from meterline.models.openai import openai_model
from meterline.prompting import load_prompt
from meterline_tools.errors import Unavailable
from tests.agent.scripted import KIT, Play, Reply, Script, ScriptedModel, call, completion, draft, events, make_bench, scripted_server

KEY = "sk-open-sesame"
ASK = completion(calls=[("consumption", '{"account": "Orion Foods"}')])
SAY = completion(draft("Orion Foods consumed [[F1]]."))
GOOD = "Orion Foods consumed $1.19M."
BUILT_IN = "Built in: $1.19M."
HTML = "<html><body>Bad gateway sk-open-sesame</body></html>"


@dataclass
class Asked:
    """A loop at a server, with pauses that are noted down and not made."""

    url: str
    seconds: float = 60.0
    timeout: float = 20.0
    api: str = "auto"
    paused: list[float] = field(default_factory=list)
    loop: Loop = field(init=False)

    def __post_init__(self) -> None:
        prompt = load_prompt("answer")
        model = openai_model("small", base_url=self.url, api_key=KEY, api=self.api, timeout=self.timeout)
        model.sleep = self.paused.append
        script = [call("consumption", account="Orion Foods"), draft("Built in: [[F1]].")]
        analyst = Loop(ScriptedModel(script=script), "offline", KIT, prompt)
        self.loop = Loop(model, "openai:small", KIT, prompt, fallback=analyst, seconds=self.seconds)

    def answer(self) -> Answer:
        return compose(self.loop.run("What did Orion Foods burn?", make_bench(), {}), thread_id="t", elapsed_ms=1.0)


@pytest.fixture(autouse=True)
def _the_key_is_nowhere(caplog: pytest.LogCaptureFixture) -> Any:
    """Whatever happens in these tests, with every library's log at its loudest."""
    caplog.set_level(logging.DEBUG)
    yield
    assert KEY not in caplog.text


def error(status: int, text: str, **headers: str) -> Play:
    body = json.dumps({"error": {"message": text, "echo": KEY}})
    return Play(body, status, headers={name.replace("_", "-"): value for name, value in headers.items()})


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


SLOW: dict[str, Play] = {
    "never answers": Play(events(SAY), kind="text/event-stream", stall_after=0),
    "stops in the middle": Play(events(SAY), kind="text/event-stream", stall_after=150),
    "drips a byte a second": Play(events(SAY), kind="text/event-stream", drip_s=1.0),
    "drips quickly": Play(events(SAY), kind="text/event-stream", drip_s=0.05),
    "drips its head": Play(events(SAY), kind="text/event-stream", drip_head_s=0.5),
    "drips an error": Play("x" * 1000, 500, drip_s=0.2),
    "pings for ever": Play(": ping\n\n" * 5_000, kind="text/event-stream", drip_s=0.01),
}


@pytest.mark.parametrize("play", SLOW.values(), ids=SLOW)
def test_however_slowly_it_comes_the_turn_ends_in_time(play: Play) -> None:
    started = time.monotonic()
    with scripted_server([play]) as (url, _):
        said = Asked(url, seconds=2.0, timeout=1.5).answer()
    assert said.headline == BUILT_IN
    assert "could not be used" in said.assumptions[-1]
    assert time.monotonic() - started < 10  # 2 s and a slow machine's start


def test_a_server_that_wants_to_be_asked_later_is_asked_then() -> None:
    with scripted_server([error(429, "later", Retry_After="7"), ASK, SAY]) as (url, _):
        asked = Asked(url)
        assert asked.answer().headline == GOOD
    assert asked.paused == [7.0]


def test_nobody_waits_for_a_server_beyond_the_turn() -> None:
    with scripted_server([error(503, "later", Retry_After="3600")]) as (url, requests):
        asked = Asked(url)
        assert asked.answer().headline == BUILT_IN
    assert (asked.paused, len(requests)) == ([], 1)


def test_pauses_grow_when_the_server_names_none() -> None:
    with scripted_server([error(500, "boom")]) as (url, _):
        asked = Asked(url)
        asked.answer()
    assert asked.paused == [0.5, 1.0]


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
    assert [w.text for w in said.withheld] == ["Orion Foods consumed …, that is $4.2M."]
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


def test_lone_surrogates_and_nul_go_no_further() -> None:
    text = draft("Orion Foods consumed [[F1]].", sections=[{"sentences": [{"text": "Calm \ud83d\x00 seas."}]}])
    ask = completion(calls=[("consumption", '{"account": "Orion\\ud83d"}')])
    with scripted_server([ask, ASK, completion(text)]) as (url, _):
        said = Asked(url).answer()
    said.model_dump_json().encode()
    assert "\x00" not in said.text
    assert said.headline == GOOD


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


def test_a_tool_that_hangs_ends_with_the_turn() -> None:
    def consumption(bench: Any, *, account: str) -> dict[str, Any]:
        """Hangs.

        Args:
            account: Any.
        """
        time.sleep(3)
        return {}

    kit: dict[str, Callable[..., dict[str, Any]]] = {"consumption": consumption}
    model = ScriptedModel(script=[call("consumption", account="Orion Foods"), draft("Calm.")])
    loop = Loop(model, "offline", kit, load_prompt("answer"), seconds=0.5)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="time for this question"):
        loop.run("?", make_bench(), {})
    assert time.monotonic() - started < 2.5


def test_progress_is_told_in_words() -> None:
    told: list[str] = []
    with scripted_server([ASK, SAY]) as (url, _):
        Asked(url).loop.run("What did Orion Foods burn?", make_bench(), {}, progress=told.append)
    assert told == ["thinking", "consumption", "thinking", "checking"]


# Servers that are not quite like the vendor's own --------------------------------------------------------------------


def particular(objects: Callable[[dict[str, Any]], str | None], *, responses: bool = False) -> Script:
    """A server that plays ASK and SAY to whoever asks as it likes, and objects otherwise."""

    def script(path: str, body: dict[str, Any]) -> Reply:
        if not path.startswith("/v1/chat/completions") and not responses:
            return 404, '{"detail": "Not Found"}'
        if (complaint := objects(body)) is not None:
            return 400, json.dumps({"error": {"message": complaint}})
        return SAY if any(m["role"] == "tool" for m in body["messages"]) else ASK

    return script


def over(field: str, words: str) -> Callable[[dict[str, Any]], str | None]:
    return lambda body: words if field in body else None


OBJECTIONS: dict[str, Callable[[dict[str, Any]], str | None]] = {
    "no usage in streams": over("stream_options", "Unrecognized request argument supplied: stream_options"),
    "no temperature": over("temperature", "Unsupported value: 'temperature' does not support 0 with this model."),
    "the newer name of the limit": over("max_tokens", "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
    "no streams": lambda body: "streaming is not supported" if body.get("stream") else None,
}


@pytest.mark.parametrize("objects", OBJECTIONS.values(), ids=OBJECTIONS)
def test_what_a_server_objects_to_is_left_away_and_remembered(objects: Callable[[dict[str, Any]], str | None]) -> None:
    with scripted_server(particular(objects)) as (url, requests):
        asked = Asked(url)
        assert asked.answer().headline == GOOD
        assert asked.answer().headline == GOOD
    assert len(requests) == 5  # one objection, then two calls a question


def test_a_server_that_does_not_stream_is_understood() -> None:
    def script(_: str, body: dict[str, Any]) -> Reply:
        return Play(json.dumps(SAY if any(m["role"] == "tool" for m in body["messages"]) else ASK), kind="text/plain")

    with scripted_server(script) as (url, requests):
        assert Asked(url).answer().headline == GOOD
    assert [r.get("stream", False) for r in requests] == [True, False, False]


def by_hand(body: dict[str, Any]) -> str:
    """What a small local model says to a conversation in plain text."""
    if "Reply of consumption" in str(body["messages"][-1]["content"]):
        return json.dumps({"tool": "answer", "arguments": json.loads(draft("Orion Foods consumed [[F1]]."))})
    return json.dumps({"tool": "consumption", "arguments": {"account": "Orion Foods"}})


def local_server(_: str, body: dict[str, Any]) -> Reply:
    """As llama.cpp's server behaves: no tool calls unless forced, and then by grammar."""
    if not isinstance(body.get("tool_choice"), dict):
        return completion("")
    return completion(calls=[(body["tool_choice"]["function"]["name"], by_hand(body))])


def json_server(_: str, body: dict[str, Any]) -> Reply:
    if body.get("tools"):
        return 500, '{"error": {"message": "tools: failed to build grammar"}}'
    return completion(by_hand(body)) if body.get("response_format") else completion("Well, let me think.")


def plain_server(_: str, body: dict[str, Any]) -> Reply:
    if body.get("tools") or body.get("response_format"):
        return 422, '{"detail": "extra fields not permitted"}'
    assert [m["role"] for m in body["messages"]][:2] == ["system", "user"]
    return completion(f"Sure!\n```json\n{by_hand(body)}\n```")


LOCAL: dict[str, Script] = {"forced": local_server, "json": json_server, "text": plain_server}


@pytest.mark.parametrize(("mode", "script"), LOCAL.items(), ids=LOCAL)
def test_a_server_without_tool_calls_is_asked_by_hand(mode: str, script: Script) -> None:
    with scripted_server(script) as (url, requests):
        asked = Asked(url)
        assert asked.answer().headline == GOOD
        found_out = len(requests)
        assert asked.answer().headline == GOOD
    assert len(requests) == found_out + 2  # what was found out is remembered


SPOKEN = {
    "bare": '{"name": "consumption", "arguments": {"account": "Orion Foods"}}',
    "with text for arguments": '{"name": "consumption", "arguments": "{\\"account\\": \\"Orion Foods\\"}"}',
    "parameters": '{"name": "consumption", "parameters": {"account": "Orion Foods"}}',
    "in tags": '<tool_call>\n{"name": "consumption", "arguments": {"account": "Orion Foods"}}\n</tool_call>',
    "in a fence after prose": 'Let me look.\n```json\n{"name": "consumption", "arguments": {"account": "Orion Foods"}}\n```',
    "in a list": '[{"name": "consumption", "arguments": {"account": "Orion Foods"}}]',
    "as the API has it": '{"tool_calls": [{"function": {"name": "consumption", "arguments": "{\\"account\\": \\"Orion Foods\\"}"}}]}',
}


@pytest.mark.parametrize("text", SPOKEN.values(), ids=SPOKEN)
def test_a_call_written_as_text_is_made(text: str) -> None:
    with scripted_server([completion(text), SAY]) as (url, requests):
        assert Asked(url).answer().headline == GOOD
    assert len(requests) == 2


def test_a_server_with_responses_only_is_asked_there() -> None:
    seen: list[str] = []

    def script(path: str, body: dict[str, Any]) -> Reply:
        seen.append(path)
        if "chat" in path:
            return 404, '{"error": {"message": "This model is only supported in v1/responses and not in v1/chat/completions."}}'
        return responded(SAY if "function_call_output" in json.dumps(body["input"]) else ASK, stream=bool(body.get("stream")))

    with scripted_server(script) as (url, requests):
        said = Asked(url).answer()
    assert said.headline == GOOD
    assert seen == ["/v1/chat/completions", "/v1/responses", "/v1/responses"]
    assert requests[1]["store"] is False
    assert said.usage.prompt_tokens == 200


def test_where_responses_are_wished_but_not_offered_chat_completions_are_used() -> None:
    with scripted_server([ASK, SAY]) as (url, requests):
        assert Asked(url, api="responses").answer().headline == GOOD
    assert len(requests) == 2


def responded(said: dict[str, Any], *, stream: bool) -> Play:
    """A completion as the Responses API sends it."""
    message = said["choices"][0]["message"]
    output: list[dict[str, Any]] = [
        {
            "type": "function_call",
            "id": f"fc_{n}",
            "call_id": made["id"],
            "status": "completed",
            "name": made["function"]["name"],
            "arguments": made["function"]["arguments"],
        }
        for n, made in enumerate(message.get("tool_calls", []))
    ]
    if message.get("content"):
        part = {"type": "output_text", "text": message["content"], "annotations": []}
        output.append({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]})
    usage = {"input_tokens": 100, "output_tokens": 20, "total_tokens": 120}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    whole = {"id": "resp_1", "object": "response", "created_at": 1, "model": "small", "status": "completed", "output": output}
    whole |= {"usage": {**usage, **details}, "parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    if not stream:
        return Play(json.dumps(whole))
    told: list[dict[str, Any]] = [{"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}}]
    for n, item in enumerate(output):
        empty = {**item, "content": []} if item["type"] == "message" else {**item, "arguments": ""}
        told.append({"type": "response.output_item.added", "output_index": n, "item": empty})
        at = {"output_index": n, "item_id": item["id"]}
        if item["type"] == "message":
            text = item["content"][0]["text"]
            told.append({"type": "response.output_text.delta", "content_index": 0, "delta": text, "logprobs": [], **at})
        else:
            told.append({"type": "response.function_call_arguments.delta", "delta": item["arguments"], **at})
        told.append({"type": "response.output_item.done", "output_index": n, "item": item})
    told.append({"type": "response.completed", "response": whole})
    lines = (f"event: {e['type']}\ndata: {json.dumps({**e, 'sequence_number': n})}\n\n" for n, e in enumerate(told))
    return Play("".join(lines), kind="text/event-stream")
