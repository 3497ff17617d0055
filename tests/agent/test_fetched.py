"""What a model fetched before it failed is what the built-in analyst writes from: no call is made twice in a turn."""

from __future__ import annotations

import time
from typing import Any

import pytest

from meterline.answer import Answer
from meterline.compose import compose
from meterline.fetched import call_key
from meterline.loop import Loop
from meterline.prompting import load_prompt
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from tests.agent.scripted import KIT, ScriptedModel, call, draft, make_bench

ALIKE: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "an id and its name": ("explain_change", {"account": "L1"}, {"account": "Lumen Ovens", "window": ""}),
    "ids and names in filters": (
        "query_metrics",
        {"metrics": ["M01"], "filters": {"account": ["L2", "L1"]}},
        {"metrics": ["M01"], "filters": {"account": ["Lumen Ovens", "Bare Bricks"]}, "group_by": []},
    ),
    "a metric by its word": ("query_metrics", {"metrics": ["M01"]}, {"metrics": ["net consumption"]}),
    "a default told and left out": ("search_notes", {"query": "price"}, {"query": "price", "limit": 6, "side": None}),
    "a period in other letters": ("explain_change", {"account": "L1", "window": "last month"}, {"account": "L1", "window": "Last  month"}),
}
OTHERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "another account": ("explain_change", {"account": "L1"}, {"account": "L2"}),
    "another period": ("explain_change", {"account": "L1", "window": "May 2026"}, {"account": "L1", "window": "June 2026"}),
    "left out and asked for": ("query_metrics", {"metrics": ["M01"], "filters": {"account": ["L1"]}}, {"metrics": ["M01"]}),
    "filtered and excluded": (
        "query_metrics",
        {"metrics": ["M01"], "filters": {"account": ["L1"]}},
        {"metrics": ["M01"], "exclude": {"account": ["L1"]}},
    ),
    "metrics in another order": ("query_metrics", {"metrics": ["M01", "M08"]}, {"metrics": ["M08", "M01"]}),
    "the words of a search": ("search_notes", {"query": "price"}, {"query": "prices"}),
}


@pytest.mark.parametrize(("tool", "one", "other"), ALIKE.values(), ids=ALIKE)
def test_the_same_call_in_other_words(tool: str, one: dict[str, Any], other: dict[str, Any], ember: Workbench) -> None:
    assert call_key(TOOLS[tool], ember, one) == call_key(TOOLS[tool], ember, other)


@pytest.mark.parametrize(("tool", "one", "other"), OTHERS.values(), ids=OTHERS)
def test_another_call_is_another(tool: str, one: dict[str, Any], other: dict[str, Any], ember: Workbench) -> None:
    assert call_key(TOOLS[tool], ember, one) != call_key(TOOLS[tool], ember, other)


def answered(script: list[Any], *, account: str = "Orion Foods", seconds: float = 60.0) -> tuple[Answer, int]:
    """The answer of the built-in analyst after a model with this script, and how many receipts there are."""
    prompt = load_prompt("answer")
    ident = "F1" if account == "Orion Foods" else "F2"
    analyst = Loop(ScriptedModel(script=[call("consumption", account=account), draft(f"Built in: [[{ident}]].")]), "offline", KIT, prompt)
    turn = Loop(Slow(script=script), "model", KIT, prompt, fallback=analyst, seconds=seconds).run("?", make_bench(), {})
    return compose(turn, thread_id="t", elapsed_ms=1.0), len(turn.bench.book.receipts)


class Slow(ScriptedModel):
    """Takes a number in its script for seconds to wait."""

    def _generate(self, messages: Any, stop: Any = None, run_manager: Any = None, **_: Any) -> Any:
        if isinstance(self.script[len(self.seen)], float):
            time.sleep(self.script[len(self.seen)])
            self.script[len(self.seen)] = draft("Too late.")
        return super()._generate(messages, stop, run_manager)


FETCH = call("consumption", account="Orion Foods")
LIE = draft("They spent $9M.")


@pytest.mark.parametrize("then", [[LIE, LIE], [RuntimeError("boom")], ["no draft", "no draft"]], ids=["lies", "breaks", "rambles"])
def test_what_the_model_fetched_is_not_fetched_again(then: list[Any]) -> None:
    said, receipts = answered([FETCH, *then])
    assert said.headline == "Built in: $1.19M."
    assert receipts == 1


def test_what_it_did_not_fetch_is_and_all_of_it_is_on_the_answer() -> None:
    said, _ = answered([FETCH, LIE, LIE], account="Vega Mills")
    assert said.headline == "Built in: $1.19M."
    assert [receipt.arguments["account"] for receipt in said.receipts] == ["Orion Foods", "Vega Mills"]
    assert [figure.id for figure in said.figures] == ["F2"]


def test_a_model_that_is_left_behind_cannot_write_into_what_is_read_now() -> None:
    said, receipts = answered([FETCH, 2.0], seconds=1.0)
    assert said.headline == "Built in: $1.19M."
    assert receipts == 1


def test_the_same_call_twice_in_one_turn_makes_one_receipt() -> None:
    model = ScriptedModel(script=[call("consumption", account="Orion Foods"), call("consumption", account="orion foods"), draft("[[F1]].")])
    turn = Loop(model, "offline", {"consumption": anyhow}, load_prompt("answer")).run("?", make_bench(), {})
    assert len(turn.bench.book.receipts) == 1


def anyhow(bench: Workbench, *, account: str) -> dict[str, Any]:
    """Net consumption of one account, however it is written.

    Args:
        account: Its name.
    """
    return KIT["consumption"](bench, account=account.title())


anyhow.__name__ = "consumption"
