"""Turns of a conversation: a language model is shown what went before, and two questions at once do not mix."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from meterline_tools.errors import Refused
from tests.agent.scripted import Reply, completion, draft, scripted_server


@pytest.fixture
def desk(small_company_home: Path) -> Iterator[Desk]:
    desk = Desk.open(Settings(home=small_company_home))
    yield desk
    desk.close()


def served(home: Path, url: str, **more: Any) -> Desk:
    return Desk.open(Settings(home=home, model="openai:small", openai_base_url=url, openai_api_key=SecretStr("sk-test"), **more))


def usage_of(account: str) -> list[Reply]:
    """A model that looks up one account's usage in May and says it."""
    arguments = {"metrics": ["M01"], "filters": {"account": [account]}, "window": "2026-05"}
    return [
        completion(calls=[("query_metrics", json.dumps(arguments))]),
        completion(draft(f"{account} used [[F1]].", state={"entities": [{"name": account}]})),
    ]


def test_a_follow_up_shows_the_model_what_the_turn_before_was_about(small_company_home: Path) -> None:
    with scripted_server(usage_of("Zamek Ceramics") * 2) as (url, requests):
        desk = served(small_company_home, url)
        first = desk.ask(Question(text="What did Zamek Ceramics use in May?"))
        desk.ask(Question(text="And in April?", thread_id=first.thread_id))
        desk.close()
    assert first.figures
    prompts = [request["messages"][0]["content"] for request in requests if request["messages"][-1]["role"] == "user"]
    assert "Zamek Ceramics" in prompts[1]
    assert not any(m["role"] == "assistant" for m in requests[2]["messages"])  # state, and not the words of older turns


def test_the_thread_of_one_person_is_not_shown_to_another_ones_model(small_company_home: Path) -> None:
    with scripted_server(usage_of("Zamek Ceramics")) as (url, requests):
        desk = served(small_company_home, url)
        first = desk.ask(Question(text="What did Zamek Ceramics use in May?", asker="V3"))
        asked = len(requests)
        with pytest.raises(Refused, match="not found or not visible"):
            desk.ask(Question(text="and in April?", thread_id=first.thread_id, asker="V2"))
        desk.close()
    assert len(requests) == asked


def test_two_questions_of_one_thread_at_once_are_answered_one_after_the_other(desk: Desk) -> None:
    first = desk.ask(Question(text="What did Zamek Ceramics use in May?"))
    answers: dict[str, Answer] = {}

    def follow(text: str) -> None:
        answers[text] = desk.ask(Question(text=text, thread_id=first.thread_id))

    asking = [threading.Thread(target=follow, args=(text,)) for text in ("and in April?", "and in March?")]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert {str(answer.figures[0].window) for answer in answers.values()} == {"2026-04-01 to 2026-04-30", "2026-03-01 to 2026-03-31"}
    assert {answer.figures[0].entity.name for answer in answers.values() if answer.figures[0].entity} == {"Zamek Ceramics"}
    with desk.stores.threads.alone(first.thread_id, "local", seconds=1) as turns:
        assert turns == 3


def test_auto_takes_the_model_where_there_is_a_key_and_says_so(small_company_home: Path) -> None:
    with scripted_server(usage_of("Zamek Ceramics")) as (url, requests):
        with_key = {"openai_api_key": SecretStr("k"), "openai_base_url": url, "openai_model": "tiny"}
        desk = Desk.open(Settings(home=small_company_home, model="auto", **with_key))
        assert desk.health()["model"] == "openai:tiny"
        assert desk.ask(Question(text="What did Zamek Ceramics use in May?")).model == "openai:tiny"
        desk.close()
    assert requests[0]["model"] == "tiny"
    desk = Desk.open(Settings(home=small_company_home, model="auto"))
    assert (desk.health()["model"], desk.health()["model_setting"]) == ("offline", "auto")
    desk.close()


def test_what_an_answer_cost_is_counted_with_a_companys_own_prices(small_company_home: Path, tmp_path: Path) -> None:
    prices = tmp_path / "prices.yaml"
    prices.write_text("sm*: {input: 10.0, output: 50.0}\n", encoding="utf-8")
    with scripted_server(usage_of("Zamek Ceramics")) as (url, _):
        desk = served(small_company_home, url, prices=prices)
        usage = desk.ask(Question(text="What did Zamek Ceramics use in May?")).usage
        desk.close()
    assert (usage.llm_calls, usage.prompt_tokens, usage.completion_tokens) == (2, 200, 40)
    assert usage.cost_usd == pytest.approx(200 * 10e-6 + 40 * 50e-6)


def test_a_model_that_rests_shows_in_health(small_company_home: Path) -> None:
    with scripted_server([(401, "{}")]) as (url, _):
        desk = served(small_company_home, url)
        for _ in range(3):
            answer = desk.ask(Question(text="What did Zamek Ceramics use in May?"))
            assert "check OPENAI_API_KEY" in answer.assumptions[-1]
            assert answer.figures
        assert desk.health()["model_status"] == "resting"
        desk.close()
