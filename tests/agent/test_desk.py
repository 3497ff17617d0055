"""The desk on whole companies: the same files give the same answers, threads go on, scope holds, any model may sit in the loop."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from pydantic import SecretStr

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from meterline_tools.errors import Refused, UserError
from tests.agent.scripted import completion, draft, scripted_server
from tests.companies import DemoCompany


@pytest.fixture(scope="module")
def desk(demo_company: DemoCompany) -> Iterator[Desk]:
    desk = Desk.open(Settings(home=demo_company.home))
    yield desk
    desk.close()


def ask(desk: Desk, text: str, **more: str) -> Answer:
    return desk.ask(Question.model_validate({"text": text, **more}))


def facts(answer: Answer) -> list[object]:
    return [answer.answer_type, answer.text, [(f.metric, f.value, f.window) for f in answer.figures], [r.digest for r in answer.receipts]]


@pytest.mark.parametrize(
    "question",
    ["How is Lars Lindqvist doing over the last 30 days?", "Biggest movers this week", "Why did Halvorsen Marine surge in June?"],
)
def test_the_files_of_the_demo_loaded_elsewhere_give_the_same_answers(
    desk: Desk, demo_company: DemoCompany, tmp_path_factory: pytest.TempPathFactory, question: str
) -> None:
    home = tmp_path_factory.getbasetemp() / "elsewhere"
    other = Desk.open(Settings(home=home))
    other.load([demo_company.files])
    assert facts(ask(other, question)) == facts(ask(desk, question))
    other.close()


def test_a_follow_up_inherits_within_its_thread_only(desk: Desk) -> None:
    first = ask(desk, "What did Northgate Grocers spend last month?")
    second = ask(desk, "and in May?", thread_id=first.thread_id)
    assert second.figures[0].entity == first.figures[0].entity
    assert str(second.figures[0].window) == "2026-05-01 to 2026-05-31"
    assert any("nherited" in a for a in second.assumptions)


def test_a_thread_is_its_askers_own(desk: Desk) -> None:
    mine = ask(desk, "How am I doing?", asker="REP-05")
    with pytest.raises(Refused, match="not found or not visible to you"):
        ask(desk, "and last quarter?", asker="REP-06", thread_id=mine.thread_id)


def test_an_earlier_time_of_knowledge_gives_the_figures_of_that_time(desk: Desk, demo_company: DemoCompany) -> None:
    """Rows that reached us later are not in the answer: computed from the file, apart from our views."""
    known = datetime(2026, 7, 6, 12)
    answer = desk.ask(Question(text="total net consumption from 2026-06-01 to 2026-06-30", as_of=known))
    rows = demo_company.files / "usage_daily.parquet"
    expected = duckdb.execute(
        f"""SELECT sum(effective_cost) FROM '{rows}' LEFT JOIN '{demo_company.files / "sku.csv"}' s USING (sku_id)
            WHERE usage_date BETWEEN '2026-06-01' AND '2026-06-30' AND ingested_at <= ?
              AND coalesce(charge_category, 'Usage') = 'Usage' AND coalesce(s.is_consumption, true)""",
        [known],
    ).fetchone()
    assert expected is not None
    assert answer.known_at == known
    assert answer.figures[0].value == pytest.approx(expected[0], abs=0.01)


def test_a_rep_never_reads_of_anothers_accounts(desk: Desk, demo_company: DemoCompany) -> None:
    mine = "REP-05"
    foreign = {
        name
        for (name,) in duckdb.execute(
            f"""SELECT account_name FROM '{demo_company.files / "account.csv"}' WHERE account_id NOT IN
                (SELECT account_id FROM '{demo_company.files / "account_assignment.csv"}' WHERE rep_id = ?) AND owner_rep_id <> ?""",
            [mine, mine],
        ).fetchall()
    }
    for text in (
        "biggest movers",
        "total consumption by account",
        "How is EMEA doing?",
        "Who is behind on quota?",
        "What did customers say about price?",
    ):
        said = ask(desk, text, asker=mine).model_dump_json()
        assert not {name for name in foreign if name in said}, text


def test_foreign_and_unknown_accounts_get_the_same_words(desk: Desk) -> None:
    foreign = ask(desk, "What did Steinfurt Maschinen spend last month?", asker="REP-05")
    unknown = ask(desk, "What did Quibble Zeppelins spend last month?", asker="REP-05")
    assert foreign.answer_type == unknown.answer_type
    assert foreign.headline.replace("Steinfurt Maschinen", "X") == unknown.headline.replace("Quibble Zeppelins", "X")
    assert foreign.figures == []


@pytest.mark.parametrize("text", ["", "   ", "x" * 4001])
def test_an_empty_or_endless_question_is_told_so(desk: Desk, text: str) -> None:
    with pytest.raises(UserError, match="question"):
        ask(desk, text)


def test_a_lone_surrogate_breaks_nothing(desk: Desk) -> None:
    answer = ask(desk, "total consumption last month \ud83d")
    assert answer.figures
    answer.model_dump_json().encode()


def test_without_a_company_the_desk_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="meterline demo"):
        ask(Desk.open(Settings(home=tmp_path / "none")), "hello?")


def test_a_served_model_uses_the_real_tools_and_cannot_type_a_number(demo_company: DemoCompany) -> None:
    call = completion(
        calls=[("query_metrics", json.dumps({"metrics": ["M01"], "filters": {"account": ["Northgate Grocers"]}, "window": "July 2026"}))]
    )
    lie = completion(draft("Northgate Grocers consumed [[F1]].", sections=[{"sentences": [{"text": "That is 9% more than in June."}]}]))
    with scripted_server([call, lie, lie]) as (url, requests):
        desk = Desk.open(Settings(home=demo_company.home, model="openai:small", openai_base_url=url, openai_api_key=SecretStr("sk-test")))
        answer = ask(desk, "What did Northgate Grocers spend in July?")
        desk.close()
    built_in = ask(Desk.open(Settings(home=demo_company.home)), "What did Northgate Grocers spend in July 2026?")
    assert answer.model == "openai:small"
    assert answer.figures[0].value == built_in.figures[0].value
    assert "9%" not in answer.text
    assert [w.text for w in answer.withheld] == ["That is 9% more than in June."]
    assert len(requests) == 3
    prompt = requests[0]["messages"][0]["content"]
    assert "M01" in prompt
    assert len(prompt) + len(json.dumps(requests[0]["tools"])) < 16_000  # some 4,000 tokens


def test_when_the_model_is_down_the_built_in_analyst_answers_and_says_so(
    demo_company: DemoCompany, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    with scripted_server([(500, "{}")]) as (url, _):
        desk = Desk.open(Settings(home=demo_company.home, model="openai:small", openai_base_url=url, openai_api_key=SecretStr("sk-test")))
        answer = ask(desk, "total consumption last month")
        desk.close()
    assert answer.figures
    assert "the built-in analyst answered" in answer.assumptions[-1]
