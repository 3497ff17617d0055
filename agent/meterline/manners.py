"""Budgets and manners of one turn: so many calls and no more, the same call once, tokens counted, and the time looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from meterline.answer import Usage
from meterline.models.prices import Price
from meterline.models.problems import ModelFailed
from meterline_tools.deadline import time_left
from meterline_tools.errors import Unavailable
from meterline_tools.kit.bench import Workbench

if TYPE_CHECKING:
    from langchain.agents.middleware import AgentMiddleware
    from langchain_core.messages import AIMessage

MODEL_CALLS = 4
TOOL_CALLS = 8
LAST_CALL = "This is your last message: no tool can be called any more. Answer now, with the JSON object and what you have."
TOO_MANY = f"At most {TOOL_CALLS} tool calls a question; this one was not made. Answer with what you have."


class NoAnswerInTime(Unavailable):
    """The model used up its calls without answering."""

    def __init__(self) -> None:
        super().__init__(f"it came to no answer within {MODEL_CALLS} calls")


def quiet(_: str) -> None:
    """Progress that nobody watches."""


@dataclass
class Running:
    """What a turn has used up so far, and what it works with; one for the draft and its repair."""

    bench: Workbench
    tell: Callable[[str], None] = quiet
    """Told in a word what goes on, for whoever waits."""
    price: Price | None = None
    reads_words: bool = False
    """Whether the model understands a plain word from us (the built-in analyst takes it for a question)."""
    model_calls: int = 0
    tool_calls: int = 0
    replies: dict[str, Any] = field(default_factory=dict)
    refused: list[dict[str, Any]] = field(default_factory=list)
    """Calls that came to nothing: tool, arguments and what the model was told instead."""
    tokens: dict[str, int] = field(default_factory=lambda: {"input": 0, "output": 0, "cached": 0})
    uncounted: bool = False

    def pay(self, tokens: dict[str, int]) -> None:
        self.tokens = {key: count + tokens.get(key, 0) for key, count in self.tokens.items()}

    def paid(self) -> Usage:
        """What the model calls came to; the cost is None where the price or the tokens are not known."""
        given, taken, cached = self.tokens["input"], self.tokens["output"], self.tokens["cached"]
        if not self.reads_words or not self.model_calls:
            cost: float | None = 0.0  # the built-in analyst is free, and so is a model that was not asked
        else:
            cost = None if self.price is None or self.uncounted else self.price.cost(given, taken, cached)
        return Usage(llm_calls=self.model_calls, prompt_tokens=given, completion_tokens=taken, cached_tokens=cached, cost_usd=cost)


def manners() -> AgentMiddleware[Any, Running, Any]:
    """Agent middleware that keeps a turn within its budgets; what was used stands in the turn's `Running`."""
    from langchain.agents.middleware import AgentMiddleware
    from langchain_core.messages import HumanMessage, ToolMessage

    from meterline.models.replies import tokens

    class Manners(AgentMiddleware[Any, Running, Any]):
        def wrap_model_call(self, request: Any, handler: Any) -> Any:
            running: Running = request.runtime.context
            time_left(1.0)
            if running.model_calls >= MODEL_CALLS:
                raise NoAnswerInTime
            running.model_calls += 1
            running.tell("thinking")
            if running.reads_words and (running.model_calls == MODEL_CALLS or running.tool_calls >= TOOL_CALLS):
                request = request.override(messages=[*request.messages, HumanMessage(LAST_CALL)])
            try:
                response = handler(request)
            except ModelFailed as problem:
                running.pay(problem.spent)
                raise
            said: AIMessage = response.result[-1]
            counted = tokens(said)
            running.pay(counted)
            running.uncounted = running.uncounted or not counted
            if said.tool_calls and running.model_calls >= MODEL_CALLS:
                raise NoAnswerInTime
            return response

        def wrap_tool_call(self, request: Any, handler: Any) -> Any:
            running: Running = request.runtime.context
            call = request.tool_call
            key = json.dumps([call["name"], call["args"]], sort_keys=True, default=str)
            if key in running.replies:
                return ToolMessage(running.replies[key], tool_call_id=call["id"], name=call["name"])
            if running.tool_calls >= TOOL_CALLS:
                refused = json.dumps({"error": {"kind": "too_many_calls", "text": TOO_MANY}})
                return ToolMessage(refused, tool_call_id=call["id"], name=call["name"])
            running.tool_calls += 1
            if request.tool is not None:  # a name that the model made up is not repeated
                running.tell(str(call["name"]).replace("_", " "))
            reply = handler(request)
            if isinstance(reply, ToolMessage):
                running.replies[key] = reply.content
                if '"error"' in str(reply.content)[:9] or reply.status == "error":
                    running.refused.append({"tool": call["name"], "arguments": call["args"], "told": str(reply.content)[:500]})
            return reply

    return Manners()
