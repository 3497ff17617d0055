"""One question: model, tools, draft, verification, answer. The same loop for every model.

LangChain's `create_agent` runs the conversation between model and tools. Its last message must be a draft as
JSON; what the draft claims is checked against the receipts of this turn. One repair turn with the reasons,
then what cannot be proved is withheld. When a language model fails, the built-in analyst answers instead.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from meterline.answer import Draft, Usage
from meterline.breaker import FAILURES, Breaker
from meterline.fetched import KitTool
from meterline.manners import MODEL_CALLS, Running, manners, quiet
from meterline.models import BUILT_IN
from meterline.models.prices import Price
from meterline.prompting import Prompt, load_prompt
from meterline.ready import taken, written
from meterline.told import told_by
from meterline.toolbelt import as_langchain_tool
from meterline.trace import NoTracer, Tracer, traced_calls
from meterline.verify import Verified, check
from meterline_tools.deadline import OutOfTime, deadline, time_left, within
from meterline_tools.errors import Unavailable
from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import ReceiptBook

if TYPE_CHECKING:
    from langchain.agents.middleware import AgentMiddleware
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AnyMessage
    from langchain_core.runnables import RunnableConfig

log = logging.getLogger(__name__)
Situate = Callable[[str, Workbench, dict[str, Any]], dict[str, Any]]
TURN_SECONDS = 60.0
REASONS = 12
"""Reasons for a repair that a model is told."""


@dataclass
class Turn:
    """A verified draft with what it took: the bench whose book proves it, the model that wrote it, its cost."""

    verified: Verified
    bench: Workbench
    model: str
    fingerprint: str
    usage: Usage = field(default_factory=Usage)
    fallback_reason: str | None = None
    refused: list[dict[str, Any]] = field(default_factory=list)
    """Calls of tools that came to nothing, for the record."""


def as_it_is(question: str, bench: Workbench, state: dict[str, Any]) -> dict[str, Any]:
    """The whole state, which the built-in analyst reads."""
    return state


class DraftUnreadable(Exception):
    """A model's last message was not a draft; the text says what was wrong."""


def parse_draft(content: Any) -> Draft:
    """The draft in a model's last message: bare JSON, or JSON inside a fence or prose.

    Raises:
        DraftUnreadable: empty, cut off, not JSON, or JSON of another shape.
    """
    text = content if isinstance(content, str) else "".join(p.get("text", "") for p in content if isinstance(p, dict))
    if not text.strip():
        raise DraftUnreadable("The last message was empty.")
    if (held := _outermost_object(text)) is None:
        raise DraftUnreadable("The last message held no whole JSON object.")
    try:
        return Draft.model_validate(held)
    except (ValueError, RecursionError) as problem:
        raise DraftUnreadable(f"The last message was not a draft: {str(problem)[:400]}") from problem


def _outermost_object(text: str) -> Any:
    """The JSON object that takes up most of the text, or None."""
    decoder, at, found = json.JSONDecoder(), text.find("{"), list[tuple[int, Any]]()
    for _ in range(20):
        if at < 0:
            break
        try:
            held, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
        else:
            found.append((end - at, held))
            at = text.find("{", end)
    return max(found, key=lambda pair: pair[0])[1] if found else None


class Loop:
    """A model, the kit and a prompt, made into an agent once and used for every turn."""

    def __init__(
        self,
        model: BaseChatModel,
        name: str,
        tools: Mapping[str, KitTool],
        prompt: Prompt,
        *,
        situate: Situate = as_it_is,
        fallback: Loop | None = None,
        tracer: Tracer | None = None,
        price: Price | None = None,
        breaker: Breaker | None = None,
        seconds: float = TURN_SECONDS,
    ) -> None:
        """
        Args:
            model: Writes drafts.
            name: Told to the reader, `offline` or `openai:<name>`.
            tools: What it may call.
            prompt: The system prompt.
            situate: Makes the state block from the question, the workbench and the whole state.
            fallback: The built-in analyst, if the model is another one.
            tracer: Where spans go.
            price: What the model's tokens cost, if known.
            breaker: Leaves a failing model alone.
            seconds: The wall clock of a whole turn, the built-in analyst's part in it included.
        """
        from langchain.agents import create_agent

        self.name = name
        self.prompt = prompt
        self.breaker = breaker or Breaker()
        self._situate, self._fallback, self._price, self._seconds = situate, fallback, price, seconds
        middleware: list[AgentMiddleware[Any, Running, Any]] = [manners()]
        if tracer is not None and not isinstance(tracer, NoTracer):
            middleware.append(traced_calls(tracer, name, tools))
        belt = [as_langchain_tool(tool) for tool in tools.values()]
        self._model = model
        self._agent = create_agent(model, belt, context_schema=Running, middleware=middleware)

    @property
    def built_in(self) -> Loop:
        """The loop of the built-in analyst: this one, or the one it falls back to."""
        return self._fallback or self

    def close(self) -> None:
        """Lets go of what the model holds open, such as connections to its server."""
        if (close := getattr(self._model, "close", None)) is not None:
            close()

    def run(
        self,
        question: str,
        bench: Workbench,
        state: dict[str, Any],
        *,
        names: Collection[str] = (),
        progress: Callable[[str], None] = quiet,
    ) -> Turn:
        """Answers `question` within the turn's time; `state` is the conversation so far as the prompt shows it.

        Raises:
            Unavailable: the model failed, or the time was up, and there is no other one to fall back to.
        """
        running = Running(bench, progress, self._price, reads_words=self._fallback is not None)
        with deadline(self._seconds):
            if self._fallback is None:
                return self._alone(question, running, state, names)
            if pause := self.breaker.pause():
                reason = f"it failed {FAILURES} times in a row and is left alone for another {pause:.0f} s"
                return self._instead(question, running, state, names, reason)
            try:
                # A model must leave the built-in analyst time to answer in its place.
                turn = within(time_left(self._seconds) - _reserve(self._seconds), lambda: self._run(question, running, state, names))
            except Exception as problem:  # any failure of a model, its server or its output ends in the other analyst
                self.breaker.failed()
                log.warning("%s failed, the built-in analyst answers: %s", self.name, _reason(problem))
                if isinstance(problem, OutOfTime):  # it may still be at work, and must not write into what is read now
                    running = replace(running, bench=replace(running.bench, book=ReceiptBook(), replies={}))
                return self._instead(question, running, state, names, _reason(problem))
            self.breaker.worked()
            if turn.verified.is_empty:
                instead = self._instead(question, running, state, names, "nothing of what it wrote could be proved")
                instead.verified.withheld.extend(turn.verified.withheld)
                return instead
            return turn

    def _alone(self, question: str, running: Running, state: dict[str, Any], names: Collection[str]) -> Turn:
        try:
            return within(time_left(self._seconds), lambda: self._run(question, running, state, names))
        except OutOfTime:
            raise
        except Exception as problem:
            log.debug("%s failed", self.name, exc_info=problem)
            raise Unavailable(f"{self.name} could not answer: {_reason(problem)}.") from problem

    def _instead(self, question: str, running: Running, state: dict[str, Any], names: Collection[str], reason: str) -> Turn:
        """The built-in analyst's turn, from what the model has fetched and more; what it has cost so far is counted in."""
        assert self._fallback is not None
        bench = replace(running.bench, ready={})
        turn = self._fallback.run(question, bench, state, names=names, progress=running.tell)
        turn.fallback_reason = f"{self.name} could not be used ({reason}); the built-in analyst answered."
        turn.refused = running.refused + turn.refused
        paid = running.paid()
        turn.usage = paid.model_copy(update={"llm_calls": paid.llm_calls + turn.usage.llm_calls})
        return turn

    def _run(self, question: str, running: Running, state: dict[str, Any], names: Collection[str]) -> Turn:
        from langchain_core.messages import HumanMessage, SystemMessage

        bench = running.bench
        situation = self._situate(question, bench, state)
        system = self.prompt.fill(state=json.dumps(situation, ensure_ascii=False, separators=(",", ":"), default=str))
        messages = self._converse([SystemMessage(system), HumanMessage(question)], running)
        verified, reasons = self._checked(question, messages, bench, names)
        if reasons and running.reads_words and running.model_calls < MODEL_CALLS and time_left(self._seconds) > self._seconds / 4:
            running.tell("mending")
            repaired = self._repaired([*messages, HumanMessage(_repair_request(reasons))], running)
            if repaired is not None:
                verified, reasons = self._checked(question, repaired, bench, names)
        if verified is None:
            raise DraftUnreadable(reasons[0])
        return Turn(verified, bench, self.name, self.prompt.fingerprint, running.paid(), refused=running.refused)

    def _repaired(self, messages: list[AnyMessage], running: Running) -> list[AnyMessage] | None:
        """The conversation with the mended draft; None when the model fails at that, for what was proved before still stands."""
        try:
            return self._converse(messages, running)
        except Unavailable as problem:
            log.warning("%s failed to mend its draft: %s", self.name, _reason(problem))
            return None

    def _converse(self, messages: list[AnyMessage], running: Running) -> list[AnyMessage]:
        # One tool at a time, so that receipts and figures are numbered in the order of the calls.
        config: RunnableConfig = {"max_concurrency": 1, "recursion_limit": 40}
        result = self._agent.invoke({"messages": list(messages)}, config, context=running)
        conversation: list[AnyMessage] = result["messages"]
        running.tell("checking")
        return conversation

    def _checked(
        self, question: str, messages: list[AnyMessage], bench: Workbench, names: Collection[str]
    ) -> tuple[Verified | None, list[str]]:
        """The verified draft (None if there is no draft) and the reasons for a repair turn."""
        try:
            draft = taken(parse_draft(messages[-1].content), bench)
        except DraftUnreadable as problem:
            return None, [str(problem)]
        dates = [bench.asof.d1, bench.asof.today, bench.asof.local_today]
        told = told_by(messages, bench.replies.values())
        told.written = written(bench)
        own_words = self.name == BUILT_IN
        verified = check(draft, bench.book, names=names, told=told, dates=dates, asked=question, own_words=own_words)
        return verified, [f"“{w.text}”: {w.reason}" for w in verified.withheld]


def _repair_request(reasons: list[str]) -> str:
    return load_prompt("repair").fill(reasons="\n".join(f"- {r}" for r in reasons[:REASONS]))


def _reserve(seconds: float) -> float:
    """The part of a turn that is kept for the built-in analyst."""
    return min(10.0, seconds / 4)


def _reason(problem: Exception) -> str:
    """Why a model could not be used, in words of ours: what it or its server wrote is not repeated."""
    if isinstance(problem, OutOfTime):
        return "it took too long"
    if isinstance(problem, Unavailable):
        return str(problem)
    if isinstance(problem, DraftUnreadable):
        return "its last message was no answer that could be read"
    return f"something failed on our side: {type(problem).__name__}"
