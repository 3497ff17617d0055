"""A part of the question that its answer does not deal with is said; what is dealt with is not."""

from __future__ import annotations

import pytest

from meterline.models.offline.plan import plan
from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.counting import times_said
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.reading import Reading, read_question
from meterline.models.offline.understand.words import tokenize
from meterline.models.offline.write.unheard import unheard
from tests.agent.offline.fake_kit import FakeKit, play, state


def read(question: str) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank())


def told(question: str) -> str:
    reading = read(question)
    return " ".join(unheard(reading, plan(reading, read_context(state()))))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("adoption of Vector Search by month", "not broken down by month"),
        ("which accounts spent more than 50k twice in July", "How many times"),
        ("savings of customers over 50k", "Not used as a condition here: “over 50k”"),
        ("what did the CFO of Marlow Freight say about budget", "name the person"),
        ("what did we promise Marlow Freight in June", "period of the question is not used"),
    ],
)
def test_what_the_answer_leaves_aside_is_said(question: str, said: str) -> None:
    assert said in told(question)


@pytest.mark.parametrize(
    "question",
    [
        "What did Marlow Freight spend last month?",
        "consumption by industry this quarter",
        "Greta's meetings in July against June",
        "which accounts spend more than 50k a month",
        "use cases that slipped more than twice",
        "who from our team spoke to Marlow Freight last",
        "EMEA without logistics, last 30 days",
    ],
)
def test_nothing_is_said_of_what_was_heard(question: str) -> None:
    assert told(question) == ""


def test_it_stands_with_what_is_not_available() -> None:
    draft = play("adoption of Vector Search by month").draft
    assert any("not broken down by month" in line for line in draft.not_available)


@pytest.mark.parametrize(
    ("words", "least"),
    [
        ("asked more than twice", 3),
        ("asked twice", 2),
        ("moved at least three times", 3),
        ("more than 4 times", 5),
        ("several times", 2),
        ("how many times did they ask", None),
        ("in the last two quarters", None),
    ],
)
def test_a_number_of_times_is_the_least_that_counts(words: str, least: int | None) -> None:
    assert times_said(tokenize(words)) == least


def args(question: str, tool: str) -> dict[str, object]:
    return next(step.args for step in plan(read(question), read_context(state())) if step.tool == tool)


def test_asks_by_topic_and_number_of_times_are_a_condition() -> None:
    asked = args("how often have we asked customers about renewal more than twice", "query_metrics")
    assert asked["filters"] == {"topic": ["renewal"]} and asked["having"] == ["M46 >= 3"] and asked["group_by"] == ["account"]


def test_types_of_activity_that_are_left_out_are_not_counted() -> None:
    draft = play("Greta Holm's calls and meetings in July, emails excluded").draft
    assert "e-mails" not in draft.headline.text


def test_a_name_behind_a_word_of_leaving_out_is_left_out() -> None:
    asked = args("consumption of logistics last month ex Marlow Freight", "query_metrics")
    assert asked["exclude"] == {"account": ["K3"]} and asked["filters"] == {"industry": ["logistics"]}


def test_the_stage_that_is_named_is_a_filter_of_the_pipeline() -> None:
    assert args("pipeline in evaluating stage by rep", "query_metrics")["filters"] == {"stage": ["evaluating"]}


@pytest.mark.parametrize("question", ["draft an email to Marlow Freight about the archive price", "help me word a reply to Marlow Freight"])
def test_a_message_is_drafted_and_never_sent(question: str) -> None:
    draft = play(question).draft
    assert "nothing is sent" in draft.headline.text and draft.sections[-1].heading == "Draft, not sent"


def test_a_message_that_is_to_be_sent_is_refused_and_drafted() -> None:
    draft = play("Can I ask you to email Marlow Freight about the archive price?").draft
    assert draft.answer_type == "REFUSE_SAFETY"
    assert any("the archive price" in sentence.text for section in draft.sections for sentence in section.sentences)
