"""Periods to come, periods without usage, bare totals, greetings and rankings of people."""

from __future__ import annotations

from typing import Any

import pytest

from tests.agent.offline.fake_kit import FakeKit, play, state


class Silent(FakeKit):
    """A kit in whose windows nothing was consumed, whatever has no value in the figures index."""

    def _figure(self, store: dict[str, Any], label: str, value: float | str) -> str:
        return super()._figure(store, label, 0.0)


class Valueless(FakeKit):
    def commitments(self, account: str = "", **args: Any) -> dict[str, Any]:
        store: dict[str, Any] = {}
        drawn, pace, over = (self._figure(store, label, value) for label, value in (("drawn", 1.0), ("pace", 1.4), ("overage", 9.0)))
        ends = [self._figure(store, "Last day", day) for day in ("2026-09-30", "2027-03-31")]
        store["F99"] = {"label": "Commit runs out", "display": "no data", "value": None, "unit": "date"}
        figures = {"M27": drawn, "M28": pace, "M29": "F99", "M30": over}
        contracts = [
            {"contract_id": f"X{n}", "account": name, "running": True, "text_rules": [], "figures": figures | {"end": end}}
            for n, (name, end) in enumerate(zip(("Marlow Freight", "Birchgate Mutual"), ends, strict=True))
        ]
        return {"contracts": contracts, "not_available": [], "figures": store}


@pytest.mark.parametrize(
    ("question", "horizon"),
    [("What will Marlow spend next year?", "next year"), ("consumption next month", "next month"), ("retail next quarter", "next quarter")],
)
def test_consumption_of_a_period_to_come_is_its_forecast(question: str, horizon: str) -> None:
    played = play(question)
    assert [args["horizon"] for name, args in played.calls if name == "forecast"] == [horizon]


def test_no_usage_is_said_and_never_shown_as_an_amount() -> None:
    draft = play("What did Marlow spend in March 2019?", kit=Silent()).draft
    assert draft.answer_type == "ANSWER_THIN"
    assert draft.headline.text.startswith("There is no usage on record for Marlow Freight")


@pytest.mark.parametrize(("question", "window"), [("total last month", "last month"), ("overall July", "July"), ("Q3 numbers", "Q3")])
def test_a_bare_total_is_net_consumption_of_everything(question: str, window: str) -> None:
    query = play(question).queries[0]
    assert (query["metrics"], query["window"], query.get("filters")) == (["M01", "M02"], window, None)


def test_revenue_is_answered_as_consumption_with_a_note() -> None:
    draft = play("revenue last month").draft
    assert "Revenue is answered as consumption, which is not recognised revenue." in draft.assumptions


def test_a_rep_s_total_is_called_the_own_book() -> None:
    assert play("total last month", state(role="rep", rep_id="P1")).draft.headline.text.startswith("Your book consumed")


def test_today_is_answered_by_the_last_complete_day_and_says_so_first() -> None:
    draft = play("what is consumption today").draft
    assert draft.headline.text.startswith("“today” is not complete yet; on the last complete day, the whole company consumed")


@pytest.mark.parametrize("question", ["hello", "thanks!", "what can you do?", "help"])
def test_a_greeting_gets_one_sentence_and_examples_in_the_company_s_own_names(question: str) -> None:
    draft = play(question).draft
    asked = question in ("what can you do?", "help")
    assert (draft.answer_type, len(draft.next_steps)) == ("ANSWER" if asked else "REFUSE_SCOPE", 3)
    assert "Zephyr Foods" in draft.next_steps[0]


@pytest.mark.parametrize("question", ["Who is the best rep?", "rank the reps", "who is my worst rep"])
def test_people_are_listed_by_figures_and_not_ranked(question: str) -> None:
    played = play(question)
    said = [s.text for section in played.draft.sections for s in section.sentences]
    assert played.queries[0]["group_by"] == ["rep"]
    assert any("no ranking of people" in text for text in said)


def test_without_quotas_people_are_listed_by_what_their_books_consumed() -> None:
    draft = play("Who is the best rep?", kit=FakeKit(no_quota=True)).draft
    assert draft.headline.text.startswith("No quota is loaded, so people are listed")


def test_a_used_up_commitment_has_no_day_on_which_it_runs_out() -> None:
    text = play("Marlow commit status", kit=Valueless()).draft.headline.text
    assert "used up" in text and "overage" in text and "F99" not in text


def test_renewals_list_contracts_by_the_last_day_of_their_term() -> None:
    draft = play("renewals next 90 days", kit=Valueless()).draft
    assert draft.sections[0].table is not None
    assert [row[0] for row in draft.sections[0].table.rows] == ["Marlow Freight"]


def test_a_move_that_went_the_other_way_is_set_right_first() -> None:
    draft = play("why did Birchgate drop in July", kit=FakeKit(explained={"direction": "up"})).draft
    assert draft.headline.text.startswith("It did not drop: ")


@pytest.mark.parametrize(
    ("question", "begins"), [("why did retail drop in July", "It did not drop: "), ("why did retail rise in July", "Retail ")]
)
def test_a_part_of_the_business_that_went_the_other_way_is_set_right_too(question: str, begins: str) -> None:
    """All growth is up in the company in sight."""
    assert play(question).draft.headline.text.startswith(begins)


@pytest.mark.parametrize(
    ("question", "premise"),
    [
        ("Break down Birchgate's growth into price and volume", False),
        ("why did Birchgate move, break it down into price and volume", False),
        ("did something break, why is Birchgate down", True),
    ],
)
def test_to_break_down_is_no_direction(question: str, *, premise: bool) -> None:
    draft = play(question, kit=FakeKit(explained={"direction": "up"})).draft
    assert ("did not drop" in draft.headline.text) is premise


def test_what_they_said_about_it_searches_for_what_the_explanation_found() -> None:
    found = {"drivers": [{"name": "order-sync"}], "cause": {"id": "new", "label": "a new use case"}}
    why = play("Why is Birchgate up?", kit=FakeKit(explained=found))
    asked = play("what did they say about it?", state(why.draft.state)).calls[-1]
    assert asked[0] == "search_notes"
    assert asked[1]["query"] == "order sync a new use case"


def test_the_other_option_of_a_question_of_ours_stays_in_reach() -> None:
    asked = play("zephyr burn")
    first = play("Foods", state(asked.draft.state))
    assert play("and Labs?", state(first.draft.state)).queries[0]["filters"] == {"account": ["K2"]}


@pytest.mark.parametrize("name", ["Globex Corp", "Acme Corp"])
def test_a_name_out_of_sight_is_repeated_in_full(name: str) -> None:
    draft = play(f"What did {name} spend last month?").draft
    assert draft.headline.text == f"‘{name}’ is not found or not visible to you."
    assert draft.not_available == []
