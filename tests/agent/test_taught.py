"""A company teaches its own phrases; a file that cannot be used says which entry is wrong and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline.models.offline.understand.context import read_context
from meterline.models.offline.understand.examples import load_bank
from meterline.models.offline.understand.reading import Reading, read_question
from meterline.taught import example_files, nearest, read_taught
from meterline_tools.errors import UserError
from tests.agent.offline.fake_kit import FakeKit, state

_TUESDAY = """
- ask: [the Tuesday number, tuesday numbers]
  metrics: [net consumption]
  group_by: [region]
  window: last week
  note: The Tuesday number is net consumption by region of the week before.
- ask: north star
  metrics: [M07]
"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "examples.yaml"
    path.write_text(_TUESDAY, encoding="utf-8")
    return path


def _read(question: str, bank: Path) -> Reading:
    return read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank((bank,)))


@pytest.mark.parametrize("question", ["what's the tuesday number?", "THE TUESDAY NUMBER", "the tuesdy number please"])
def test_a_taught_phrase_means_what_the_company_says(question: str, bank: Path) -> None:
    reading = _read(question, bank)
    assert (reading.intent, reading.metrics, reading.measure.group_by, reading.periods.window) == (
        "lookup",
        ["M01"],
        ["region"],
        "last week",
    )
    assert reading.assumptions[0].startswith("The Tuesday number is")


def test_names_and_periods_beside_the_phrase_are_read_as_usual(bank: Path) -> None:
    reading = _read("the Tuesday number for retail in March", bank)
    assert [n.id for n in reading.named] == ["retail"]
    assert reading.periods.window == "March"


def test_without_the_file_the_phrase_means_nothing_special() -> None:
    question = "what's the tuesday number?"
    assert read_question(question, read_context(state()), FakeKit().find_entities(question), load_bank()).measure.group_by == []


def test_metrics_and_dimensions_may_be_given_by_word(bank: Path) -> None:
    assert read_taught(bank)[0].metrics == ("M01",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("ask: something", "must be a list of examples"),
        ("- ask: abc", "entry 1: ask: each phrase needs at least 6 letters"),
        ("- ask: our big number\n  metrics: [wibble]", "Unknown metric 'wibble'"),
        ("- ask: our big number\n  group_by: [wobble]", "Unknown dimension 'wobble'"),
        ("- ask: our big number\n  colour: red", "entry 1: colour: Extra inputs are not permitted"),
        ("- ask: our big number\n  note: at least 5", "a note must hold no digits"),
        ("- ask: [unclosed", "cannot be read as YAML"),
    ],
)
def test_a_bad_file_says_what_is_wrong(body: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(UserError) as problem:
        read_taught(path)
    assert reason in str(problem.value)


def test_files_come_from_the_setting_or_the_workspace(bank: Path, tmp_path: Path) -> None:
    assert example_files(None, tmp_path) == (bank,)
    assert example_files(str(tmp_path), tmp_path / "elsewhere") == (bank,)
    assert example_files(None, tmp_path / "elsewhere") == ()
    with pytest.raises(UserError, match="METERLINE_EXAMPLES names"):
        example_files(str(tmp_path / "nowhere"), tmp_path)


def test_a_language_model_is_shown_the_nearest_few(bank: Path) -> None:
    shown = nearest("what is our tuesday number", read_taught(bank))
    assert shown[0]["metrics"] == ("M01",)
    assert len(shown) <= 3
