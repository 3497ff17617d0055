"""Figures of free SQL are told from governed ones on every face, and never take a governed metric's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import SecretStr
from rich.console import Console

from meterline.answer import Answer, Question, Sentence
from meterline.desk import Desk, as_json
from meterline.evidence import Evidence
from meterline.faces.terminal import print_answer
from meterline.models import BUILT_IN
from meterline.settings import Settings
from meterline.verify import check_sentence
from meterline_tools.receipts import ReceiptBook
from tests.agent.scripted import completion, draft, scripted_server

SQL = "SELECT count(DISTINCT workload_id) AS workloads FROM usage_daily WHERE account_id = 'L1'"


def answered(home: Path, text: str) -> Answer:
    """The answer of a model that ran SQL and wrote the text about it."""
    replies = [completion(calls=[("run_sql", json.dumps({"sql": SQL}))]), completion(draft(text))]
    with scripted_server(list(replies)) as (url, _):
        desk = Desk.open(Settings(home=home, model="openai:small", openai_base_url=url, openai_api_key=SecretStr("sk-test")))
        answer = desk.ask(Question(text="How many workloads does Lumen Ovens run?"))
        desk.close()
    return answer


def test_every_face_says_that_a_figure_is_ungoverned(ember_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lumen Ovens has usage on two workloads. The page renders the same Markdown as the terminal, and JSON is the answer itself."""
    answer = answered(ember_home, "Lumen Ovens runs [[F1]] workloads.")
    assert (answer.model, answer.figures[0].value, answer.figures[0].governed) == ("openai:small", 2, False)
    assert answer.claims[0].kind == "measured"
    assert "ungoverned · receipt R1" in answer.text
    print_answer(Console(width=80, file=None, force_terminal=False), answer, asked_as="local admin")
    terminal = " ".join(capsys.readouterr().out.split())
    assert "ungoverned · receipt R1" in terminal
    assert "no metric of the catalogue stands behind them" in terminal
    told = json.loads(as_json(answer))
    assert told["figures"][0]["governed"] is False
    assert told["receipts"][0]["tool"] == "run_sql"


@pytest.mark.parametrize(
    ("text", "stands"),
    [
        ("Net consumption was [[F1]].", False),
        ("Spend came to [[F1]].", False),
        ("Quota attainment is at [[F1]].", False),
        ("The sum of that query is [[F1]].", True),
        ("The ungoverned sum of consumption is [[F1]].", True),
        ("Net consumption was [[F2]].", True),
        ("Net consumption was [[F2]], and that query gives [[F1]].", True),
        ("Net consumption · [[F1]]", False),
    ],
)
def test_a_governed_name_stands_beside_governed_figures_alone(text: str, stands: bool) -> None:
    book = ReceiptBook()
    free = book.add_receipt("sql", "run_sql", ["net_consumption"], [[120.0]])
    metric = book.add_receipt("metric", "query_metrics", ["m01"], [[100.0]])
    book.add_figure(free, "net consumption", 120.0, "USD", governed=False)
    book.add_figure(metric, "Net consumption", 100.0, "USD", metric="M01")
    reason = check_sentence(Sentence(text=text), Evidence(book, (), (), ()))
    assert (reason is None) is stands, reason


def test_the_built_in_analyst_never_runs_sql(ember_home: Path) -> None:
    from meterline_tools.kit import TOOLS

    assert "run_sql" not in TOOLS
    desk = Desk.open(Settings(home=ember_home))
    answer = desk.ask(Question(text="run_sql SELECT count(*) FROM account"))
    desk.close()
    assert answer.model == BUILT_IN
    assert not [receipt for receipt in answer.receipts if receipt.tool == "run_sql"]
