"""What a served model may hand back: whole, clean text, or tool calls whose arguments can be read. Anything else is a failure.

LangChain passes an empty reply, a reply cut at the token limit and unreadable arguments on as if they were answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from langchain_core.messages import AIMessage
from langchain_core.messages.tool import tool_call

from meterline.models.problems import Kind, ModelFailed

_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_CUT = {"length", "max_tokens", "max_output_tokens"}
_FILTERED = {"content_filter", "safety"}
_NAME = ("name", "tool", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input")
MOST_CALLS = 16
MOST_PLACES = 20
"""How many brackets of a text are tried as the beginning of JSON."""


def accepted(reply: AIMessage, tools: Collection[str], *, calls_so_far: int) -> AIMessage:
    """The reply as the loop gets it: tool calls by the names offered, or text. Calls written as JSON in the text count.

    Ids are given anew, in order, nine letters and digits long as the strictest server wants them: what servers send is at
    times empty or the same for all.

    Raises:
        ModelFailed: empty, cut off, filtered, or arguments that cannot be read.
    """
    problem = _flaw(reply)
    if problem is not None:
        raise _paid(problem, reply)
    text = clean_text(_THOUGHTS.sub("", reply.text).strip())
    calls = [(c["name"], clean_json(c["args"])) for c in reply.tool_calls] or list(spoken_calls(text, tools))
    if not calls and not text:
        raise _paid(ModelFailed(Kind.EMPTY), reply)
    numbered = [
        tool_call(name=clean_text(name), args=args, id=f"call{calls_so_far + n:05}") for n, (name, args) in enumerate(calls[:MOST_CALLS], 1)
    ]
    return AIMessage("" if numbered else text, tool_calls=numbered, usage_metadata=reply.usage_metadata, response_metadata=_kept(reply))


def _flaw(reply: AIMessage) -> ModelFailed | None:
    ended = _ended(reply)
    if ended & _FILTERED or reply.additional_kwargs.get("refusal"):
        return ModelFailed(Kind.FILTERED)
    if ended & _CUT:
        return ModelFailed(Kind.TRUNCATED)
    if reply.invalid_tool_calls:
        bad = reply.invalid_tool_calls[0]
        return ModelFailed(Kind.ARGUMENTS, detail=f"{bad.get('name')}: {bad.get('args')}"[:500])
    return None


def _ended(reply: AIMessage) -> set[str]:
    """The words for how a reply ended: `finish_reason` of Chat Completions, status and reason of Responses."""
    said = reply.response_metadata
    reason = said.get("incomplete_details") or {}
    return {str(said.get("finish_reason") or ""), str(reason.get("reason") or "") if isinstance(reason, dict) else ""}


def _kept(reply: AIMessage) -> dict[str, Any]:
    return {key: reply.response_metadata[key] for key in ("finish_reason", "model_name") if key in reply.response_metadata}


def _paid(problem: ModelFailed, reply: AIMessage) -> ModelFailed:
    problem.spent = tokens(reply)
    return problem


def tokens(reply: AIMessage) -> dict[str, int]:
    """Tokens as counted by the server: input, output and cached (part of input); empty when it did not count."""
    counted = reply.usage_metadata
    if not counted:
        return {}
    cached = (counted.get("input_token_details") or {}).get("cache_read") or 0
    return {"input": counted["input_tokens"], "output": counted["output_tokens"], "cached": cached}


def spoken_calls(text: str, tools: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tool calls that a model wrote into its text as JSON, alone, in a list, in a fence or in tags."""
    for value in json_values(text):
        found = list(_calls_in(value, tools))
        if found:
            yield from found


def _calls_in(value: Any, tools: Collection[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, list):
        for item in value:
            yield from _calls_in(item, tools)
    if not isinstance(value, dict):
        return
    if "tool_calls" in value:
        yield from _calls_in(value["tool_calls"], tools)
        return
    if isinstance(value.get("function"), dict):
        value = value["function"]
    name = next((value[key] for key in _NAME if isinstance(value.get(key), str)), "")
    arguments = _object(next((value[key] for key in _ARGUMENTS if key in value), None) or {})
    if name in tools and arguments is not None:
        yield name, clean_json(arguments)


def _object(given: Any) -> dict[str, Any] | None:
    if isinstance(given, str):
        try:
            given = json.loads(given)
        except (ValueError, RecursionError):
            return None
    return given if isinstance(given, dict) else None


def json_values(text: str) -> Iterator[Any]:
    """The JSON objects and lists of a text, outermost first, in order."""
    decoder, at = json.JSONDecoder(), 0
    for _ in range(MOST_PLACES):
        opening = re.compile(r"[\[{]").search(text, at)
        if opening is None:
            return
        try:
            value, at = decoder.raw_decode(text, opening.start())
        except (ValueError, RecursionError):
            at = opening.end()
        else:
            yield value


def clean_text(text: str) -> str:
    """Without lone surrogates, which no store takes, and without NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")


def clean_json(value: Any) -> Any:
    """The same for every text within a JSON value."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    if isinstance(value, dict):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    return value
