"""The morning coffee and the rep review at the desk: what was last looked at, wishes, the contract, the words of a refusal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.faces.api import create_app
from meterline.faces.cli import cli
from meterline.looks import LookStore
from meterline.settings import Settings
from meterline_tools.errors import Refused, UserError
from meterline_tools.insight.looks import Look
from tests.tallow import load_tallow

BEFORE = datetime(2026, 6, 24, 12)
"""A week earlier, when the last complete day was 21 June."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_tallow(tmp_path_factory.mktemp("tallow"))


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """A desk whose state is new."""
    for file in home.glob("state.db*"):
        file.unlink()
    opened = Desk.open(Settings(home=home))
    yield opened
    opened.close()


def section(answer: Answer, heading: str) -> str:
    """The text under a heading, without footnote marks."""
    text = answer.text.partition(f"### {heading}\n")[2].partition("\n### ")[0]
    return text.replace("\\", "")


def look(day: int, snapshot: str = "S") -> Look:
    return Look(snapshot=snapshot, known_at=datetime(2026, 3, day), d1=date(2026, 3, day))


# The store ------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LookStore]:
    made = LookStore.in_home(tmp_path)
    yield made
    made.close()


def test_the_last_look_is_the_newest_one_at_other_data(store: LookStore) -> None:
    for day in (1, 2, 3):
        store.keep("ann", look(day))
    found = store.last_look("ann", look(3))
    assert found is not None
    assert found.d1 == date(2026, 3, 2)


def test_the_same_data_looked_at_before_are_known_as_such(store: LookStore) -> None:
    store.keep("ann", look(3))
    found = store.last_look("ann", look(3))
    assert found is not None
    assert found.same_data(look(3))


def test_looks_belong_to_whoever_looked_and_later_ones_do_not_count_for_earlier_times(store: LookStore) -> None:
    store.keep("ann", look(2))
    assert store.last_look("bo", look(3)) is None
    assert store.last_look("ann", look(1)) is None


def test_wishes_are_kept_and_taken_back(store: LookStore) -> None:
    store.wish("ann", budget=3, mute=("Elm Ports", "slip"))
    store.wish("ann", unmute=("ELM PORTS",))
    assert (store.viewer("ann").budget, store.viewer("ann").muted) == (3, frozenset({"slip"}))
    assert store.viewer("bo").budget is None
    with pytest.raises(UserError, match="from 1 to 50"):
        store.wish("ann", budget=0)


# The coffee -----------------------------------------------------------------------------------------------------


def test_first_the_same_again_and_then_what_changed(desk: Desk) -> None:
    first = desk.coffee(as_of=BEFORE)
    assert "This is your first look" in section(first, "Since you last looked")
    assert "You have looked at the same data before" in section(desk.coffee(as_of=BEFORE), "Since you last looked")
    changed = section(desk.coffee(), "Since you last looked")
    assert "when the data ended on 21 Jun 2026" in changed
    assert "Moves without a recorded cause, new: Elm Ports." in changed
    assert "New logos, new: Fern Labs." in changed
    assert "Attainment at pace was" in changed


def test_freshness_comes_first_and_nothing_is_withheld(desk: Desk) -> None:
    answer = desk.coffee()
    assert answer.headline.startswith("Complete to 28 Jun 2026.")
    assert answer.withheld == []
    headings = [line.removeprefix("### ") for line in answer.text.splitlines() if line.startswith("### ")]
    assert headings[:4] == ["Data", "Since you last looked", "Needs a look", "Daily consumption"]
    assert headings[-1] == "Ask the rep"


def test_the_coffee_asked_for_in_conversation_is_the_same_and_counts_as_a_look(desk: Desk) -> None:
    asked = desk.ask(Question(text="Morning coffee", as_of=BEFORE))
    assert asked.headline.startswith("Complete to 21 Jun 2026.")
    assert "when the data ended on 21 Jun 2026" in section(desk.coffee(), "Since you last looked")


def test_a_rep_looks_at_the_own_book_only_and_has_looks_of_the_own(desk: Desk) -> None:
    desk.coffee(as_of=BEFORE)
    answer = desk.coffee(asker="RC")
    assert "This is your first look" in section(answer, "Since you last looked")
    assert {f.entity.name for f in answer.figures if f.entity and f.entity.type == "account"} == {"Fern Labs"}
    assert not any(name in answer.model_dump_json() for name in ("Alder", "Elm Ports", "Bo Lind"))


def test_worries_of_the_day_are_few_or_said_to_be_none(desk: Desk) -> None:
    answer = desk.ask(Question(text="Anything I should worry about today?"))
    assert answer.headline.endswith("Elm Ports is up $120 a day against its usual since 22 Jun 2026, and no cause is on file.")
    calm = desk.ask(Question(text="Anything I should worry about today?", asker="RN"))
    assert calm.headline.startswith("Nothing material needs a look")


def test_the_terminal_and_the_service_tell_the_same_contract(desk: Desk, home: Path) -> None:
    told = json.loads(CliRunner().invoke(cli, ["coffee", "--json", "--home", str(home)]).output)
    assert set(told) == set(Answer.model_fields)
    service = TestClient(create_app(desk), base_url="http://127.0.0.1:8420")
    assert service.get("/v1/coffee").json()["headline"] == told["headline"]
    assert service.get("/v1/review/Bo%20Lind").json()["headline"].startswith("Bo Lind consumed")


def test_a_wish_on_the_command_line_holds_from_then_on(desk: Desk, home: Path) -> None:
    CliRunner().invoke(cli, ["coffee", "--budget", "1", "--mute", "Elm Ports", "--home", str(home)])
    answer = desk.coffee()
    assert "Elm Ports" not in section(answer, "Needs a look")
    assert "Muted by you: 2" in section(answer, "Needs a look")


# The review -----------------------------------------------------------------------------------------------------


def test_a_review_tells_every_step_and_asks_three_questions(desk: Desk) -> None:
    answer = desk.review("Bo Lind", "2026-05-30..2026-06-28")
    assert answer.headline.endswith("the exception check ends at enablement (not met).")
    assert "is $6.03k below the baseline of the year" in answer.headline
    ladder = section(answer, "Exception check")
    for row in (
        "| Consumption | -33.7% | 100% | not met",
        "| Pipeline |",
        "| Substantive activity | 0 | 6 | not met",
        "| Enablement | 0.0% | 80.0% | not met",
    ):
        assert row in ladder
    assert section(answer, "Questions for the one to one").count("?") == 3
    assert "Cedar Foods on 30 May 2026" in section(answer, "Scorecard")
    assert answer.withheld == []


def test_the_question_for_a_review_gives_the_same_check(desk: Desk) -> None:
    answer = desk.ask(Question(text="Run the exception check on Bo Lind"))
    assert answer.answer_type == "ANSWER"
    assert "the exception check ends at enablement" in answer.headline


def test_nobody_reviews_people_out_of_sight(desk: Desk) -> None:
    with pytest.raises(Refused) as foreign:
        desk.review("Bo Lind", asker="RA")
    with pytest.raises(Refused) as unknown:
        desk.review("Zora Quill", asker="RA")
    assert str(foreign.value).replace("Bo Lind", "") == str(unknown.value).replace("Zora Quill", "")


# Attainment in plain words --------------------------------------------------------------------------------------


def test_below_the_baseline_is_said_in_money_and_not_in_negative_percent(desk: Desk) -> None:
    answer = desk.ask(Question(text="How is Bo Lind tracking to quota?"))
    assert answer.headline.startswith("Bo Lind is $6.03k below the baseline of the year, so that nothing counts toward quota yet")
    assert answer.headline.endswith("that is $23.9k short of what quota asks by now.")


def test_what_is_needed_a_day_is_what_is_left_over_the_days_that_are_left(desk: Desk) -> None:
    answer = desk.ask(Question(text="What do I need per day to make it?", asker="RB"))
    [a_day] = [f for f in answer.figures if f.unit == "USD/day"]
    assert a_day.value == pytest.approx((146_000 + 36_500 - 65_570) / 186)  # 186 days from 29 June
    assert "a day" in answer.headline


def test_a_renewal_counts_nothing_by_itself(desk: Desk) -> None:
    answer = desk.ask(Question(text="Did the Alder Mills renewal count toward my quota?", asker="RA"))
    assert answer.headline.startswith("Consumption counts, commitment does not")
