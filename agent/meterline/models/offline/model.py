"""The built-in analyst: a chat model without a language model, deterministic and free of keys.

It reads the conversation, asks for tools as any model does, and writes the same typed drafts. It keeps no
memory: whatever it needs stands in the messages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool

from meterline.models.offline.analyst import next_message
from meterline.models.offline.turn import read_turn


class BuiltInAnalyst(BaseChatModel):
    """Understands questions by vocabulary and examples, plans tool calls, writes drafts."""

    tool_names: frozenset[str] | None = None
    """Tools that may be called; None before any were bound means all."""
    example_files: tuple[Path, ...] = ()
    """A company's own verified questions, besides the built-in bank."""
    by_meaning: bool = True
    """Whether the nearest examples read what the cues do not; without the sentence model they cannot."""

    @property
    def _llm_type(self) -> str:
        return "meterline-built-in-analyst"

    def bind_tools(
        self, tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        return self.model_copy(update={"tool_names": frozenset(_tool_name(tool) for tool in tools)})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        message = next_message(read_turn(messages), self.tool_names, self.example_files, by_meaning=self.by_meaning)
        return ChatResult(generations=[ChatGeneration(message=message)])


def _tool_name(tool: dict[str, Any] | type | Callable[..., Any] | BaseTool) -> str:
    if isinstance(tool, BaseTool):
        return tool.name
    if isinstance(tool, dict):
        return str(tool.get("name") or tool.get("function", {}).get("name", ""))
    return tool.__name__
