"""What was promised at a review and what became of it, on a company made by hand: Oakum Ropes, usage to 28 June 2026.

Rope walk burned 100 a day (60 of it idle) until 31 May and 40 since; the review of 4 May offered 2,000 a month, of which
1,900 were accepted; Tar House never had a review.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.settings import Settings
from tests.companies import load_folder

DONE = date(2026, 5, 31)
SAID = "They will stop the rope walk clusters after ten minutes. It rained on the pier."
TABLES = {
    "rep": """
rep_id,full_name,email,role
R1,Ada Holm,ada@oakum.example,core
R2,Bo Lund,bo@oakum.example,core
""",
    "account": """
account_id,account_name,owner_rep_id,industry
K1,Oakum Ropes,R1,shipping
K2,Tar House,R2,retail
""",
    "workload": """
workload_id,account_id,workload_name,workload_type
W1,K1,rope-walk,interactive
W2,K1,rope,sql_bi
""",
    "qbr": """
qbr_id,account_id,owner_rep_id,due_date,held_at,status,offered_savings_usd_month,accepted_savings_usd_month,notes_note_id
Q1,K1,R1,2026-02-03,2026-02-03 10:00:00,held,500,0,
Q2,K1,R1,2026-05-04,2026-05-04 10:00:00,held,2000,1900,N1
Q3,K1,R1,2026-08-03,,due,,,
""",
    "action_item": """
action_id,account_id,origin_id,description,owner_side,owner_id,created_at,due_date,status,closed_at,est_impact_usd_month
A1,K1,Q2,Stop the rope walk clusters after ten minutes,customer,P1,2026-05-04 11:00:00,2026-05-30,done,2026-05-31 09:00:00,-1900
A2,K1,Q2,Send the price of tar storage,vendor,R1,2026-05-04 11:00:00,2026-06-01,open,,
A3,K1,Q1,Draw the old map,vendor,R1,2026-02-03 11:00:00,2026-03-01,done,2026-02-20 09:00:00,
A4,K2,,Bring a list of tables,vendor,R2,2026-06-20 11:00:00,2026-07-20,open,,
""",
    "contact": """
contact_id,account_id,full_name
P1,K1,Signe Dal
""",
}


def _usage() -> list[list[Any]]:
    rows: list[list[Any]] = [
        ["usage_id", "usage_date", "account_id", "workload_id", "consumed_quantity", "idle_quantity", "effective_cost", "ingested_at"]
    ]
    for n in range(150):
        day = date(2026, 6, 28) - timedelta(days=149 - n)
        wave = n % 7 - 3  # sums to nothing over whole weeks
        usd, idle = (100 + wave, 60) if day <= DONE else (40 + wave, 4)
        seen = f"{day + timedelta(days=1)} 01:00:00"
        rows.append([f"U{n}", day, "K1", "W1", usd, idle * usd / (100 if day <= DONE else 40), usd, seen])
        rows.append([f"V{n}", day, "K2", "", 5, "", 5, seen])
    return rows


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("oakum") / "files"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / f"{name}.csv").write_text(text.lstrip(), encoding="utf-8")
    with (folder / "usage_daily.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(_usage())
    note = {"note_id": "N1", "account_id": "K1", "author_rep_id": "R1", "note_type": "qbr_note", "title": "Review", "body": SAID}
    dated = {"occurred_at": "2026-05-04T10:00:00", "created_at": "2026-05-04T12:00:00", "language": "en", "sensitivity": "internal"}
    (folder / "note.jsonl").write_text(json.dumps(note | dated), encoding="utf-8")
    (folder / "company.yaml").write_text("name: Chandlery\ncurrency: USD\nas_of: 2026-06-29T12:00:00\n", encoding="utf-8")
    opened = Desk.open(Settings(home=load_folder(folder, tmp_path_factory.mktemp("oakum-home"))))
    yield opened
    opened.close()


def ask(desk: Desk, text: str, asker: str | None = None) -> Answer:
    answer = desk.ask(Question(text=text, asker=asker))
    assert not answer.withheld
    return answer


def figures(answer: Answer) -> dict[str, Any]:
    return {f.label: f.value for f in answer.figures}


def test_promises_of_the_last_review_are_told_with_owner_day_and_state(desk: Desk) -> None:
    answer = ask(desk, "What did we promise Oakum Ropes last QBR and did we do it?")
    assert answer.answer_type == "ANSWER"
    assert "4 May 2026" in answer.headline
    assert "we took on 1 (1 overdue); the customer took on 1 (1 done late)" in answer.headline
    assert "| Send the price of tar storage | Ada Holm | 1 Jun 2026 | overdue | – |" in answer.text
    assert "| Stop the rope walk clusters after ten minutes | Signe Dal | 30 May 2026 | done late | 31 May 2026 |" in answer.text
    assert "old map" not in answer.text  # promised at the review before, and done


def test_the_note_of_the_review_is_quoted_where_it_speaks_of_an_action(desk: Desk) -> None:
    cited = {c.source: c.quote for c in ask(desk, "Which promises did we make to Oakum Ropes in the last review?").citations}
    assert cited["note"] == "They will stop the rope walk clusters after ten minutes."
    assert "action_item" in cited


def test_a_saving_is_called_realised_by_telemetry_before_and_since(desk: Desk) -> None:
    answer = ask(desk, "Did Oakum Ropes' savings actually happen?")
    told = figures(answer)
    assert "$2k a month offered and $1.9k a month accepted on 4 May 2026" in answer.headline
    assert told["Consumption before it was agreed"] == pytest.approx(100 * 30.4)
    assert told["Consumption since it was done"] == pytest.approx(40 * 30.4)
    assert told["Change against before"] == pytest.approx(-60 * 30.4)
    assert told["Of the estimated saving"] == pytest.approx(60 * 30.4 / 1900)
    assert told["Idle share before"] == pytest.approx(0.6)
    assert told["Idle share since"] == pytest.approx(0.1)
    assert any(r.kind == "calc" and r.sql for r in answer.receipts)  # worked out from rows that can be run again


def test_without_review_or_done_action_nothing_is_called_realised(desk: Desk) -> None:
    answer = ask(desk, "Did Tar House's savings happen?")
    assert "no offer of savings is on record" in answer.headline
    assert "cannot be told from the data" in answer.headline


def test_open_actions_of_everybody_are_listed_overdue_ones_first(desk: Desk) -> None:
    answer = ask(desk, "Which action items are overdue?")
    told = figures(answer)
    assert (told["Open actions"], told["Overdue actions"], told["Overdue actions of ours"]) == (2, 1, 1)
    assert answer.text.index("tar storage") < answer.text.index("list of tables")


def test_a_rep_is_told_of_no_promise_to_accounts_of_others(desk: Desk) -> None:
    answer = ask(desk, "Which action items are open?", asker="bo@oakum.example")
    assert "Bring a list of tables" in answer.text
    assert "tar storage" not in answer.model_dump_json()
    foreign = desk.ask(Question(text="What did we promise Oakum Ropes last QBR?", asker="bo@oakum.example"))
    assert "not found or not visible to you" in foreign.text


def test_before_it_was_done_it_was_open(desk: Desk) -> None:
    answer = desk.ask(Question(text="What did we promise Oakum Ropes last QBR?", as_of=datetime(2026, 5, 20, 12)))
    assert "| Stop the rope walk clusters after ten minutes | Signe Dal | 30 May 2026 | open | – |" in answer.text
