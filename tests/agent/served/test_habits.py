"""Servers that are not quite like the vendor's own: asked as each wants to be asked, and that is remembered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.agent.scripted import Play, Reply, Script, completion, draft, scripted_server
from tests.agent.served.asking import ASK, GOOD, SAY, Asked


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
