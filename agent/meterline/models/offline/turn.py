"""One turn as the messages show it: the state block, the question, and the tool replies so far.

Tool calls carry a key in their id ("movers#1"), so that replies find their purpose again without any memory
outside the messages.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

_FENCE = "```json state\n"


@dataclass(frozen=True)
class Step:
    """A tool call to make, and the key under which its reply is read."""

    key: str
    tool: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """A tool's JSON reply, or the text of its error."""

    key: str
    tool: str
    data: Mapping[str, Any]
    error: str = ""
    error_kind: str = ""

    @property
    def ok(self) -> bool:
        return not self.error


@dataclass
class Turn:
    state: dict[str, Any]
    question: str
    replies: dict[str, Reply] = field(default_factory=dict)
    calls: int = 0
    """Model calls made so far in this turn."""

    def reply(self, key: str) -> Reply | None:
        return self.replies.get(key)


_BESIDE = "also_"


def beside(steps: Sequence[Step]) -> list[Step]:
    """The steps of a second question in the same message, under keys of their own."""
    return [Step(_BESIDE + s.key, s.tool, s.args) for s in steps]


def turn_beside(turn: Turn) -> Turn:
    """The turn as the second question sees it."""
    own = {key.removeprefix(_BESIDE): reply for key, reply in turn.replies.items() if key.startswith(_BESIDE)}
    return Turn(turn.state, turn.question, own, turn.calls)


def read_turn(messages: Sequence[BaseMessage]) -> Turn:
    """The turn in `messages`: everything after the last question."""
    start = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=0)
    turn = Turn(_state(messages), _text(messages[start]) if messages else "")
    tools: dict[str, str] = {}
    for message in messages[start + 1 :]:
        if isinstance(message, AIMessage):
            turn.calls += 1
            tools |= {str(call["id"]): call["name"] for call in message.tool_calls}
        elif isinstance(message, ToolMessage):
            key = message.tool_call_id.partition("#")[0]
            turn.replies[key] = _reply(key, tools.get(message.tool_call_id, message.name or ""), message)
    return turn


def call_message(steps: Sequence[Step], calls: int) -> AIMessage:
    """The message that asks for these tools."""
    wanted = [{"name": s.tool, "args": s.args, "id": f"{s.key}#{calls + 1}", "type": "tool_call"} for s in steps]
    return AIMessage(content="", tool_calls=wanted)


def _state(messages: Sequence[BaseMessage]) -> dict[str, Any]:
    """The state block of the system prompt. JSON never holds a line break, so a fence inside it cannot end it."""
    system = next((_text(m) for m in messages if isinstance(m, SystemMessage)), "")
    at = system.rfind(_FENCE)
    if at < 0:
        raise ValueError("the system prompt holds no state block")
    state: dict[str, Any] = json.JSONDecoder().raw_decode(system, at + len(_FENCE))[0]
    return state


def _text(message: BaseMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    return "".join(p if isinstance(p, str) else str(p.get("text", "")) for p in message.content)


def _reply(key: str, tool: str, message: ToolMessage) -> Reply:
    text = _text(message)
    try:
        data = json.loads(text)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return Reply(key, tool, {}, error=text or "no reply", error_kind="tool_failed")
    error = data.get("error")
    if isinstance(error, dict):
        return Reply(key, tool, {}, error=str(error.get("text", "")), error_kind=str(error.get("kind", "")))
    if message.status == "error":
        return Reply(key, tool, {}, error=text, error_kind="tool_failed")
    return Reply(key, tool, data)
