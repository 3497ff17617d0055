"""What the cassettes play: short conversations with a served model, each with the outcome that a replay must have again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import HumanMessage, SystemMessage

from meterline.compose import compose
from meterline.loop import Loop
from meterline.models.problems import ModelFailed
from meterline.models.replies import tokens
from meterline.models.served import ServedModel
from meterline.prompting import load_prompt
from tests.agent.scripted import KIT, ScriptedModel, call, draft, make_bench

BUILT_IN = "Built in: $1.19M."
"""What the stand-in for the built-in analyst says when the model gives way to it."""
Outcome = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """`play` asks a served model and tells what came of it. `changes` are to the habits with which it is asked."""

    about: str
    play: Callable[[ServedModel], Outcome]
    changes: dict[str, Any]


def words(model: ServedModel) -> Outcome:
    """A plain reply, without tools."""
    told = [SystemMessage("You are brief and polite."), HumanMessage("Say good morning in three words.")]
    try:
        reply = model.invoke(told)
    except ModelFailed as problem:
        return {"failed": problem.kind.name}
    counted = tokens(reply)
    return {"text": str(reply.text), "tokens": [counted.get("input", 0), counted.get("output", 0)]}


def question(model: ServedModel) -> Outcome:
    """A question through the whole loop, with a kit of two tools, and the built-in analyst behind the model."""
    prompt = load_prompt("answer")
    script = [call("consumption", account="Orion Foods"), draft("Built in: [[F1]].")]
    analyst = Loop(ScriptedModel(script=script), "offline", KIT, prompt)
    loop = Loop(model, "openai:recorded", KIT, prompt, fallback=analyst, seconds=1_800)
    turn = loop.run("What did Orion Foods burn?", make_bench(), {"d1": "2026-08-15"})
    answer = compose(turn, thread_id="t", elapsed_ms=1.0)
    return {
        "headline": answer.headline,
        "answered_by": answer.model,
        "gave_way": turn.fallback_reason,
        "tools": [{"tool": r.tool, "arguments": r.arguments} for r in answer.receipts],
        "withheld": len(answer.withheld),
        "model_calls": answer.usage.llm_calls,
        "tokens": [answer.usage.prompt_tokens, answer.usage.completion_tokens],
    }


SCENARIOS = {
    "words": Scenario("A plain reply, streamed", words, {}),
    "words_unstreamed": Scenario("The same in one piece", words, {"stream": False}),
    "question": Scenario("A question with tools, asked as the server wants to be asked", question, {}),
    "question_forced": Scenario("The same with one function that must be called", question, {"tools": "forced"}),
    "question_json": Scenario("The same with JSON that the server enforces", question, {"tools": "json"}),
    "question_text": Scenario("The same with tools in plain words", question, {"tools": "text"}),
}
