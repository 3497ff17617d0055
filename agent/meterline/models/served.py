"""Any OpenAI-compatible model in the loop: asked as its server wants to be asked, at most three times, within the turn's time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from meterline.models.byhand import as_text, how_to_force, unwrapped
from meterline.models.habits import Learnt
from meterline.models.problems import Kind, ModelFailed
from meterline.models.replies import accepted
from meterline.models.wire import Wire
from meterline_tools.deadline import OutOfTime, time_left

log = logging.getLogger(__name__)
ATTEMPTS = 3
"""At this layer and at no other."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 4.0
MOST_CHANGES = 6
"""Ways of asking tried in one call, at most."""
MEND = "The arguments of your last tool call were not a JSON object. Send the call again."


class ServedModel(BaseChatModel):
    """A chat model behind an address. Copies with tools bound to them share what was learnt of the server."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    wire: Wire
    learnt: Learnt
    tools: tuple[dict[str, Any], ...] = ()
    sleep: Callable[[float], None] = time.sleep

    @property
    def _llm_type(self) -> str:
        return "meterline-served-model"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self.model_copy(update={"tools": tuple(convert_to_openai_tool(tool) for tool in tools)})

    def close(self) -> None:
        """Hangs up. The copies with tools bound share the connection."""
        self.wire.close()

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._reply(messages))])

    def _reply(self, messages: list[BaseMessage]) -> AIMessage:
        """A usable reply; its token counts include those of replies that were not.

        Raises:
            ModelFailed: after three attempts, at the first problem that asking again cannot mend, or at the turn's end.
        """
        before, spent, attempt, changes = self.learnt.habits, dict[str, int](), 1, 0
        while True:
            try:
                reply = self._ask(messages)
            except ModelFailed as problem:
                spent = _sum(spent, problem.spent)
                if changes < MOST_CHANGES and self.learnt.change(problem, tools=bool(self.tools)):
                    changes += 1
                    log.info("%s: asked otherwise from now on: %s", self.wire.model, self.learnt.habits)
                    continue
                if not problem.kind.again or attempt == ATTEMPTS or not self._wait(problem, attempt):
                    self.learnt.forget(before)
                    problem.attempts, problem.spent = attempt, spent
                    raise
                attempt += 1
                if problem.kind is Kind.ARGUMENTS:
                    messages = [*messages, HumanMessage(MEND)]
            else:
                self.learnt.worked(called=bool(reply.tool_calls))
                return _counted(reply, spent)

    def _ask(self, messages: list[BaseMessage]) -> AIMessage:
        habits = self.learnt.habits
        names = {tool["function"]["name"] for tool in self.tools}
        so_far = sum(len(m.tool_calls) for m in messages if isinstance(m, AIMessage))
        if habits.tools == "native" or not self.tools:
            return accepted(self.wire.exchange(messages, habits, self.tools), names, calls_so_far=so_far)
        tools, more = how_to_force(self.tools, habits.tools)
        reply = self.wire.exchange(as_text(messages, self.tools), habits, tools, **more)
        return accepted(unwrapped(reply), names, calls_so_far=so_far)

    def _wait(self, problem: ModelFailed, attempt: int) -> bool:
        """Waits as long as the server wishes, else a little longer each time; False when the turn ends before that."""
        seconds = problem.retry_after
        if seconds is None:
            seconds = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempt - 1))
        try:
            enough = time_left(seconds + 0.1) > seconds
        except OutOfTime:
            return False
        if enough:
            self.sleep(seconds)
        return enough


def _sum(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in one | other}


def _counted(reply: AIMessage, spent: dict[str, int]) -> AIMessage:
    counted = reply.usage_metadata
    if not spent or counted is None:
        return reply
    given, taken = counted["input_tokens"] + spent["input"], counted["output_tokens"] + spent["output"]
    cached = (counted.get("input_token_details") or {}).get("cache_read", 0) + spent["cached"]
    total = UsageMetadata(input_tokens=given, output_tokens=taken, total_tokens=given + taken, input_token_details={"cache_read": cached})
    return reply.model_copy(update={"usage_metadata": total})
