"""Where little speaks for any reading, it is asked what is meant; a topic picked answers the question that was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meterline.models.offline.understand import nearness
from meterline.models.offline.understand.choice import MEANT
from meterline.models.offline.understand.context import Context, read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.fallback import rule
from meterline.models.offline.understand.reading import Reading, question_for_names, read_question
from meterline.models.offline.write.clarify import meaning
from tests.agent.offline.fake_kit import FakeKit, state


@pytest.fixture(scope="module", autouse=True)
def cache_of_vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("cache")
        patch.setattr(nearness, "_folder", lambda: folder)
        nearness._vectors.cache_clear()
        yield
        nearness._vectors.cache_clear()


def read(question: str, context: Context | None = None) -> Reading:
    about = context or read_context(state())
    return read_question(question, about, FakeKit().find_entities(question_for_names(question, about)), load_bank(by_meaning=True))


DOUBTFUL = "is the glass half full at Marlow Freight"


def test_a_question_that_may_be_about_several_things_offers_topics_of_different_families() -> None:
    doubt = read(DOUBTFUL).likened.doubt
    assert len(doubt) > 1 and set(doubt) <= rule().topics.keys()
    assert not any(set(doubt) <= set(family) for family in rule().kin)


def test_the_topic_that_is_picked_is_what_the_first_question_was_about() -> None:
    draft = meaning(read(DOUBTFUL), read_context(state()))
    assert draft.answer_type == "CLARIFY" and draft.clarification is not None
    asked = state() | {"thread": draft.state}
    for option in draft.clarification.options:
        reading = read(option.value, read_context(asked))
        assert reading.intent in read(DOUBTFUL).likened.doubt and [n.name for n in reading.accounts] == ["Marlow Freight"]
        assert not reading.likened.doubt


def test_another_question_in_place_of_a_topic_is_a_question_of_its_own() -> None:
    draft = meaning(read(DOUBTFUL), read_context(state()))
    assert draft.state["pending"]["mention"] == MEANT
    reading = read("Which accounts in EMEA grew the most last month?", read_context(state() | {"thread": draft.state}))
    assert reading.intent == "movers" and [n.id for n in reading.named] == ["EMEA"]


def test_a_plain_question_is_not_asked_back() -> None:
    assert not read("What did Marlow Freight spend last month?").likened.doubt
