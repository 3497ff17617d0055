"""Question, tools, draft, verification: the loop ends in a proved answer or says what went wrong."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from meterline.answer import Answer
from meterline.compose import NOTHING_PROVED, compose
from meterline.loop import DraftUnreadable, Loop, Turn, parse_draft
from meterline.prompting import load_prompt
from meterline_tools.errors import Unavailable
from tests.agent.scripted import KIT, ScriptedModel, call, draft, make_bench

GOOD = [call("consumption", account="Orion Foods"), draft("Orion Foods consumed [[F1]].")]


def loop(script: list[Any], fallback: Loop | None = None) -> Loop:
    model = ScriptedModel(script=script)
    return Loop(model, "scripted", KIT, load_prompt("answer"), fallback=fallback)


def run(script: list[Any], fallback: Loop | None = None) -> Turn:
    return loop(script, fallback).run("What did Orion Foods burn?", make_bench(), {"d1": "2026-08-15"})


def answer(turn: Turn) -> Answer:
    return compose(turn, thread_id="t", elapsed_ms=1.0)


def test_the_number_is_printed_from_the_receipt() -> None:
    said = answer(run(GOOD))
    assert said.headline == "Orion Foods consumed $1.19M."
    assert said.text.startswith("**Orion Foods consumed $1.19M[^1].**")
    assert said.figures[0].value == 1187340.0
    assert said.receipts[0].arguments == {"account": "Orion Foods"}
    assert said.claims[0].figures == ["F1"]
    assert said.withheld == []


def test_a_typed_number_is_mended_in_one_repair_turn() -> None:
    script = [GOOD[0], draft("Orion Foods consumed $1.2M."), GOOD[1]]
    said = answer(run(script, fallback=loop([])))
    assert said.headline == "Orion Foods consumed $1.19M."


def test_what_stays_unproved_is_withheld_and_said_so() -> None:
    wrong = draft("Orion Foods consumed [[F1]].", sections=[{"sentences": [{"text": "They will spend $7M next year."}]}])
    said = answer(run([GOOD[0], wrong, wrong], fallback=loop([])))
    assert "7M" not in said.text
    assert [w.text for w in said.withheld] == ["They will spend $7M next year."]


def test_with_nothing_proved_nothing_is_printed() -> None:
    said = answer(run([draft("They spent $9M.")]))
    assert (said.headline, said.answer_type) == (NOTHING_PROVED, "ANSWER_UNKNOWN")


def test_wrong_arguments_come_back_with_the_nearest_names() -> None:
    model = ScriptedModel(script=[call("consumption", account="Orin"), *GOOD])
    made = Loop(model, "scripted", KIT, load_prompt("answer"))
    made.run("?", make_bench(), {})
    assert "Nearest: Orion Foods" in str(model.seen[1][-1].content)


def test_a_defect_in_a_tool_does_not_break_the_turn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    model = ScriptedModel(script=[call("broken"), draft("Something failed on our side.")])
    turn = Loop(model, "scripted", KIT, load_prompt("answer")).run("?", make_bench(), {})
    assert turn.verified.stands
    shown = str(model.seen[1][-1].content)
    assert "ZeroDivisionError" in shown
    assert "secret detail" not in shown


@pytest.mark.parametrize(
    "script",
    [
        ["", ""],
        ["I think it went up a lot.", "Really."],
        ['{"headline": {"text": "cut o', '{"headline"'],
        [RuntimeError("connection reset")],
        [call("consumption", ident=f"c{n}", account="Orin") for n in range(9)],
    ],
    ids=["empty", "prose", "truncated", "server gone", "endless loop"],
)
def test_a_failing_model_ends_in_the_built_in_analyst(script: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    said = answer(run(script, fallback=loop(list(GOOD))))
    assert said.headline == "Orion Foods consumed $1.19M."
    assert "could not be used" in said.assumptions[-1]


def test_without_another_model_the_failure_is_a_clear_error() -> None:
    with pytest.raises(Unavailable, match="could not answer"):
        run([RuntimeError("connection reset")])


def test_receipts_are_numbered_in_the_order_of_the_calls() -> None:
    both = call("consumption", account="Orion Foods")
    both.tool_calls.append({"name": "consumption", "args": {"account": "Vega Mills"}, "id": "c2", "type": "tool_call"})
    turn = run([both, draft("Orion Foods consumed [[F1]], Vega Mills [[F2]].")])
    assert [receipt.arguments["account"] for receipt in turn.bench.book.receipts.values()] == ["Orion Foods", "Vega Mills"]


def test_the_same_call_made_twice_runs_once_and_gives_the_same_reply() -> None:
    model = ScriptedModel(script=[call("consumption", account="Orion Foods"), call("consumption", "c2", account="Orion Foods"), GOOD[1]])
    turn = Loop(model, "scripted", KIT, load_prompt("answer")).run("?", make_bench(), {})
    assert list(turn.bench.book.receipts) == ["R1"]
    first, second = (m.content for m in model.seen[2] if m.type == "tool")
    assert first == second


@pytest.mark.parametrize("wrapped", ["{}", "```json\n{}\n```", "Here it is:\n{}\nDone."])
def test_a_draft_is_found_inside_fences_and_prose(wrapped: str) -> None:
    assert parse_draft(wrapped.replace("{}", draft("Calm."))).headline.text == "Calm."


def test_another_shape_is_no_draft() -> None:
    with pytest.raises(DraftUnreadable, match="headline"):
        parse_draft('{"answer": 5}')


def test_what_was_withheld_is_shown_without_raw_marks() -> None:
    wrong = draft("Orion Foods consumed [[F1]].", sections=[{"sentences": [{"text": "It was [[F1]] or [[F8]]."}]}])
    said = answer(run([GOOD[0], wrong, wrong], fallback=loop([])))
    assert [w.text for w in said.withheld] == ["It was $1.19M or …."]
