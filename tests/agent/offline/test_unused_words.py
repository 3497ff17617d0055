"""Words that an answer makes nothing of are said; where nothing else was asked for, there is no answer in their place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meterline.models.offline.plan import asks_what, misses_the_point
from meterline.models.offline.understand import nearness
from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.reading import Reading, read_question
from tests.agent.offline.fake_kit import FakeKit, state


@pytest.fixture(scope="module", autouse=True)
def cache_of_vectors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        folder: Path = tmp_path_factory.mktemp("cache")
        patch.setattr(nearness, "_folder", lambda: folder)
        nearness._vectors.cache_clear()
        yield
        nearness._vectors.cache_clear()


def read(question: str) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank(by_meaning=True))


@pytest.mark.parametrize(
    ("question", "unused"),
    [
        ("how much did Marlow Freight grudgingly spend last month", ["grudgingly"]),
        ("What did Marlow Freight spend last month?", []),
        ("which accounts grew the most since June", []),
        ("hey, who is behind on quota?", []),
    ],
)
def test_words_in_no_cue_name_measure_or_example_are_unused(question: str, unused: list[str]) -> None:
    assert read(question).unused == unused


def test_consumption_is_not_told_where_only_an_unknown_thing_was_asked_for() -> None:
    assert asks_what(read("how many treadmills do we have")) or not read("how many treadmills do we have").intent
    assert not misses_the_point(read("how much did we spend on the treadmill"))
