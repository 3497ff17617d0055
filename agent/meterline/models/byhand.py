"""Tools for servers that cannot call them: one function that must be called, JSON, or plain words; the conversation as plain text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from meterline.models.habits import Tools
from meterline.models.replies import json_values
from meterline.prompting import load_prompt

ANSWER = "answer"
ACT = "act"


def as_text(messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> list[BaseMessage]:
    """The conversation without tool messages: system with the tools in words, then user and assistant by turns."""
    told: list[BaseMessage] = []
    names: dict[str, str] = {}
    for message in messages:
        if isinstance(message, AIMessage) and message.tool_calls:
            names |= {str(c["id"]): c["name"] for c in message.tool_calls}
            said = "\n".join(_json({"tool": c["name"], "arguments": c["args"]}) for c in message.tool_calls)
            told.append(AIMessage(said))
        elif isinstance(message, ToolMessage):
            told.append(HumanMessage(f"Reply of {names.get(message.tool_call_id, message.name or 'the tool')}: {message.text}"))
        elif isinstance(message, SystemMessage):
            told.append(SystemMessage(message.text + load_prompt("by_hand").fill(tools="\n".join(map(_in_words, tools)))))
        else:
            told.append(message)
    return _by_turns(told)


def how_to_force(tools: Sequence[dict[str, Any]], mode: Tools) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The tools to offer, and further fields of the request."""
    if mode == "forced":
        return [_act([t["function"]["name"] for t in tools])], {"tool_choice": {"type": "function", "function": {"name": ACT}}}
    return [], {"response_format": {"type": "json_object"}} if mode == "json" else {}


def unwrapped(reply: AIMessage) -> AIMessage:
    """A reply by hand with `act` and `answer` taken off: the text then holds the call or the draft."""
    text = str(reply.text)
    for call in reply.tool_calls:
        text = _json(call["args"] if call["name"] == ACT else {"tool": call["name"], "arguments": call["args"]})
    for value in json_values(text):
        if isinstance(value, dict) and value.get("tool") == ANSWER:
            text = _json(value.get("arguments", {}))
    return reply.model_copy(update={"content": text, "tool_calls": []})


def _act(names: list[str]) -> dict[str, Any]:
    fields = {"tool": {"type": "string", "enum": [*names, ANSWER]}, "arguments": {"type": "object"}}
    schema = {"type": "object", "properties": fields, "required": list(fields)}
    return {"type": "function", "function": {"name": ACT, "description": "Call a tool, or answer.", "parameters": schema}}


def _in_words(tool: dict[str, Any]) -> str:
    function = tool["function"]
    return f"- {function['name']}: {function.get('description', '')} {_json(function.get('parameters', {}).get('properties', {}))}"


def _by_turns(messages: list[BaseMessage]) -> list[BaseMessage]:
    """Neighbours of one role joined: many chat templates take user and assistant by turns only."""
    joined: list[BaseMessage] = []
    for message in messages:
        if joined and joined[-1].type == message.type:
            joined[-1] = joined[-1].model_copy(update={"content": f"{joined[-1].text}\n{message.text}"})
        else:
            joined.append(message)
    return joined


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
