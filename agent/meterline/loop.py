"""One question: model, tools, draft, verification, answer. The same loop for every model.

LangChain's `create_agent` runs the conversation between model and tools. Its last message must be a draft as
JSON; what the draft claims is checked against the receipts of this turn. One repair turn with the reasons,
then what cannot be proved is withheld. When a language model fails, the built-in analyst answers instead.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from meterline.answer import Draft, Usage
from meterline.prompting import Prompt
from meterline.toolbelt import KitTool, as_langchain_tool
from meterline.trace import NoTracer, Tracer, traced_calls
from meterline.verify import Verified, check
from meterline_tools.errors import Unavailable
from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import ReceiptBook

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AnyMessage
    from langchain_core.runnables import RunnableConfig

log = logging.getLogger(__name__)
MODEL_CALLS = 4
TOOL_CALLS = 8
TURN_SECONDS = 60.0


@dataclass
class Turn:
    """A verified draft with what it took: the bench whose book proves it, the model that wrote it, its cost."""

    verified: Verified
    bench: Workbench
    model: str
    fingerprint: str
    usage: Usage = field(default_factory=Usage)
    fallback_reason: str | None = None


class DraftUnreadable(Exception):
    """A model's last message was not a draft; the text says what was wrong."""


def parse_draft(content: Any) -> Draft:
    """The draft in a model's last message: bare JSON, or JSON inside a fence or prose.

    Raises:
        DraftUnreadable: empty, cut off, not JSON, or JSON of another shape.
    """
    text = content if isinstance(content, str) else "".join(p.get("text", "") for p in content if isinstance(p, dict))
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end <= start:
        raise DraftUnreadable("The last message held no JSON object.")
    try:
        return Draft.model_validate(json.loads(text[start : end + 1]))
    except (ValueError, ValidationError) as problem:
        raise DraftUnreadable(f"The last message was not a draft: {str(problem)[:400]}") from problem


class Loop:
    """A model, the kit and a prompt, made into an agent once and used for every turn."""

    def __init__(
        self,
        model: BaseChatModel,
        name: str,
        tools: Mapping[str, KitTool],
        prompt: Prompt,
        *,
        vocabulary: str,
        fallback: Loop | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        from langchain.agents import create_agent
        from langchain.agents.middleware import AgentMiddleware, ModelCallLimitMiddleware, ToolCallLimitMiddleware

        self.name = name
        self.prompt = prompt
        self._vocabulary = vocabulary
        self._fallback = fallback
        limits: list[AgentMiddleware[Any, Workbench, Any]] = [
            ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="error"),
            ToolCallLimitMiddleware(run_limit=TOOL_CALLS, exit_behavior="continue"),
        ]
        if tracer is not None and not isinstance(tracer, NoTracer):
            limits.append(traced_calls(tracer, name))
        belt = [as_langchain_tool(tool) for tool in tools.values()]
        self._agent = create_agent(model, belt, context_schema=Workbench, middleware=limits)

    def run(self, question: str, bench: Workbench, state: dict[str, Any], *, names: Collection[str] = ()) -> Turn:
        """Answers `question`; `state` is the conversation so far as the prompt shows it.

        Raises:
            Unavailable: the model failed and there is no other one to fall back to.
        """
        try:
            return self._run(question, bench, state, names)
        except Exception as problem:  # any failure of a model, its server or its output ends in the other analyst
            if self._fallback is None:
                raise Unavailable(f"{self.name} could not answer: {problem}") from problem
            log.warning("%s failed, the built-in analyst answers: %s", self.name, problem)
            turn = self._fallback.run(question, replace(bench, book=ReceiptBook()), state, names=names)
            turn.fallback_reason = f"{self.name} could not be used ({_short(problem)}); the built-in analyst answered."
            return turn

    def _run(self, question: str, bench: Workbench, state: dict[str, Any], names: Collection[str]) -> Turn:
        from langchain_core.messages import HumanMessage, SystemMessage

        started = time.monotonic()
        shown = json.dumps(state, ensure_ascii=False, sort_keys=True, default=str)
        system = self.prompt.fill(vocabulary=self._vocabulary, state=shown)
        messages = self._converse([SystemMessage(system), HumanMessage(question)], bench)
        verified, reasons = self._checked(question, messages, bench, names)
        if reasons and self._fallback is not None and time.monotonic() - started < TURN_SECONDS / 2:
            messages = self._converse([*messages, HumanMessage(_repair_request(reasons))], bench)
            verified, reasons = self._checked(question, messages, bench, names)
        if verified is None:
            raise DraftUnreadable(reasons[0])
        return Turn(verified, bench, self.name, self.prompt.fingerprint, _usage(messages, free=self._fallback is None))

    def _converse(self, messages: list[AnyMessage], bench: Workbench) -> list[AnyMessage]:
        # One tool at a time, so that receipts and figures are numbered in the order of the calls.
        config: RunnableConfig = {"max_concurrency": 1, "recursion_limit": 40}
        result = self._agent.invoke({"messages": list(messages)}, config, context=bench)
        conversation: list[AnyMessage] = result["messages"]
        return conversation

    def _checked(
        self, question: str, messages: list[AnyMessage], bench: Workbench, names: Collection[str]
    ) -> tuple[Verified | None, list[str]]:
        """The verified draft (None if there is no draft) and the reasons for a repair turn."""
        try:
            draft = parse_draft(messages[-1].content)
        except DraftUnreadable as problem:
            return None, [str(problem)]
        dates = [bench.asof.d1, bench.asof.today, bench.asof.local_today]
        verified = check(draft, bench.book, names=names, phrases=_phrases(messages) | _definitions(), dates=dates, asked=question)
        return verified, [f"“{w.text}”: {w.reason}" for w in verified.withheld]


def _phrases(messages: list[AnyMessage]) -> set[str]:
    """Period labels and tool notes of this turn: text that tools wrote may be repeated word for word."""
    phrases: set[str] = set()
    for message in messages:
        if message.type == "tool" and isinstance(message.content, str):
            try:
                _collect(json.loads(message.content), phrases)
            except ValueError:
                continue
    return phrases


def _definitions() -> set[str]:
    """What the catalogue says of its metrics may be repeated word for word too."""
    from meterline_tools.catalog import load_catalog

    metrics = load_catalog().metrics.values()
    return {text for m in metrics for text in (m.definition, *m.pitfalls, *m.anchors, f"{m.id}, version {m.version}")}


# Keys of tool replies whose text is written by Meterline's own code, not by data or people.
_TOOL_TEXT = frozenset(
    {"label", "assumptions", "reason", "text_rules", "durability_text", "forecast_treatment", "notes", "status", "error"}
)


def tool_text(reply: Any) -> set[str]:
    """The text of a tool's reply that Meterline's own code wrote."""
    phrases: set[str] = set()
    _collect(reply, phrases)
    return phrases


def _collect(reply: Any, phrases: set[str], key: str = "") -> None:
    if isinstance(reply, dict):
        for name, value in reply.items():
            _collect(value, phrases, "error" if key == "error" else name)
    elif isinstance(reply, list):
        for value in reply:
            _collect(value, phrases, key)
    elif isinstance(reply, str) and key in _TOOL_TEXT:
        phrases.add(reply)


def _repair_request(reasons: list[str]) -> str:
    listed = "\n".join(f"- {r}" for r in reasons[:12])
    return (
        f"These parts could not be proved:\n{listed}\n"
        "Write the whole JSON object again, mended. Use only marks of figures and citations you already have."
    )


def _usage(messages: list[AnyMessage], *, free: bool) -> Usage:
    usage = Usage(cost_usd=0.0 if free else None)
    for message in messages:
        if message.type == "ai":
            usage.llm_calls += 1
            counted = getattr(message, "usage_metadata", None) or {}
            usage.prompt_tokens += counted.get("input_tokens", 0)
            usage.completion_tokens += counted.get("output_tokens", 0)
    return usage


def _short(problem: Exception) -> str:
    text = " ".join(str(problem).split())
    return f"{type(problem).__name__}: {text[:160]}"
