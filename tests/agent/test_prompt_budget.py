"""What a question costs: at most 4,000 prompt tokens over its calls, as much at turn 8 as at turn 1, with a prefix that never changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from tests.agent.scripted import Reply, completion, scripted_server
from tests.companies import DemoCompany
from tests.tokens import prompt_tokens

BUDGET = 4_000
SLACK = 1.10

PLANS: dict[str, tuple[str, dict[str, Any]]] = {
    "What did Northgate Grocers spend in July?": (
        "query_metrics",
        {"metrics": ["M01", "M08"], "filters": {"account": ["A001"]}, "window": "July"},
    ),
    "Which accounts moved the most this month?": (
        "query_metrics",
        {"metrics": ["M10", "M08"], "group_by": ["account"], "window": "this month", "order": "abs:M10"},
    ),
    "Who is behind on quota?": ("query_metrics", {"metrics": ["M14"], "group_by": ["rep"], "order": "M14.pace"}),
    "Why did Halvorsen Marine surge in June?": ("explain_change", {"account": "Halvorsen Marine", "window": "June"}),
    "How is Lars Lindqvist doing?": ("review_rep", {"rep": "Lars Lindqvist"}),
    "What did customers say about price?": ("search_notes", {"query": "price", "side": "customer"}),
    "What can Northgate Grocers save?": ("find_savings", {"account": "Northgate Grocers"}),
    "What did we promise Northgate Grocers, and did we do it?": (
        "use_cases",
        {"which": "promises", "account": "Northgate Grocers"},
    ),
    "When does Acme Corp run out of its commit?": ("commitments", {"account": "Acme Corp"}),
    "Where do we land this fiscal year?": ("forecast", {}),
    "Which use cases slipped this quarter?": ("use_cases", {"which": "slipped", "window": "this quarter"}),
    "Draft a QBR brief for Northgate Grocers": ("draft_brief", {"account": "Northgate Grocers"}),
    "Morning coffee, please": ("morning_coffee", {}),
}
DONE = completion(json.dumps({"answer_type": "ANSWER", "headline": "Here it is."}))


@contextmanager
def served(company: DemoCompany, replies: list[Reply]) -> Iterator[tuple[Desk, list[dict[str, Any]]]]:
    with scripted_server(replies) as (url, requests):
        desk = Desk.open(Settings(home=company.home, model="openai:small", openai_base_url=url, openai_api_key=SecretStr("sk-test")))
        try:
            yield desk, requests
        finally:
            desk.close()


def ask(desk: Desk, text: str, thread: str | None = None) -> Answer:
    answer = desk.ask(Question(text=text, thread_id=thread))
    assert answer.model == "openai:small"
    return answer


@pytest.mark.parametrize("question", PLANS)
def test_a_usual_question_stays_within_its_budget(demo_company: DemoCompany, question: str) -> None:
    tool, arguments = PLANS[question]
    with served(demo_company, [completion(calls=[(tool, json.dumps(arguments))]), DONE]) as (desk, requests):
        ask(desk, question)
    reply = json.loads(requests[-1]["messages"][-1]["content"])
    assert "error" not in reply
    assert len(requests) == 2
    assert sum(prompt_tokens(request) for request in requests) <= BUDGET


def test_the_eighth_turn_costs_what_the_first_one_did(demo_company: DemoCompany) -> None:
    periods = ["in May", "in June", "in July", "last month", "this quarter", "last quarter", "this month", "in April"]
    asked = [{"metrics": ["M01"], "filters": {"account": ["A001"]}, "window": period.removeprefix("in ")} for period in periods]
    turns = [completion(calls=[("query_metrics", json.dumps(arguments))]) for arguments in asked]
    said = completion(json.dumps({"answer_type": "ANSWER", "headline": "Northgate Grocers consumed [[F1]]."}))
    with served(demo_company, [reply for turn in turns for reply in (turn, said)]) as (desk, requests):
        thread = None
        for number, period in enumerate(periods):
            answer = ask(desk, f"What did Northgate Grocers spend {period}?" if number == 0 else f"and {period}?", thread)
            thread = answer.thread_id
    costs = [prompt_tokens(first) + prompt_tokens(second) for first, second in zip(requests[::2], requests[1::2], strict=True)]
    assert len(costs) == 8
    assert max(costs) <= costs[0] * SLACK
    state = requests[-1]["messages"][0]["content"]
    assert "account A001 Northgate Grocers" in state
    assert "in May" not in json.dumps(requests[-1]["messages"])  # an earlier question is not repeated


def test_the_prefix_is_the_same_for_every_question_and_turn(demo_company: DemoCompany) -> None:
    questions = ["What did Northgate Grocers spend in July?", "Who is behind on quota?"]
    with served(demo_company, [DONE]) as (desk, requests):
        thread = ask(desk, questions[0]).thread_id
        ask(desk, questions[1], thread)
    tools = {json.dumps(request["tools"]) for request in requests}
    rules = {request["messages"][0]["content"].partition("```json state")[0] for request in requests}
    assert len(tools) == len(rules) == 1
    assert len(rules.pop()) > 1_500
    assert all(request["messages"][0]["role"] in ("system", "developer") for request in requests)


def test_names_and_periods_are_known_before_the_first_call(demo_company: DemoCompany) -> None:
    with served(demo_company, [DONE]) as (desk, requests):
        ask(desk, "How did Lars do in July against Northgate Grocers?")
    state = json.loads(requests[0]["messages"][0]["content"].partition("```json state\n")[2].rpartition("\n```")[0])
    assert state["names"]["Northgate Grocers"] == "account A001 Northgate Grocers"
    assert len(state["names"]["Lars"]) == 2  # two people: the model has to ask which one
    assert state["periods"] == {"in July": "2026-07-01..2026-07-31"} or state["periods"] == {"July": "2026-07-01..2026-07-31"}


def test_a_displayed_value_that_is_typed_does_not_reach_the_reader(demo_company: DemoCompany) -> None:
    """Replies show values so that a model can think about them; that makes none of them sayable."""
    call = completion(calls=[("query_metrics", json.dumps({"metrics": ["M01"], "filters": {"account": ["A001"]}, "window": "July"}))])
    with served(demo_company, [call, DONE]) as (desk, requests):
        ask(desk, "What did Northgate Grocers spend in July?")
    value = requests[-1]["messages"][-1]["content"].split("F1 = ")[1].split('"')[0]
    typed = f"That is {value} of net consumption."
    lie = completion(json.dumps({"headline": "Northgate Grocers consumed [[F1]].", "sections": [{"sentences": [typed]}]}))
    with served(demo_company, [call, lie, lie]) as (desk, _):
        answer = ask(desk, "What did Northgate Grocers spend in July?")
    assert [w.text for w in answer.withheld] == [typed]
