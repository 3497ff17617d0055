"""What a served model once said, played again with the network shut; what may be in a cassette, and which there are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from meterline.models.habits import Habits
from meterline.models.openai import openai_model
from meterline.models.served import ServedModel
from tests.agent import record
from tests.agent.cassettes import FOLDER, NOWHERE, conversation, metadata, path_of, replayed
from tests.agent.scenarios import BUILT_IN, SCENARIOS
from tests.agent.scripted import Play, Reply, completion, draft, scripted_server

KEY = "sk-open-sesame"
ASK = completion(calls=[("consumption", '{"account": "Orion Foods"}')])
SAY = completion(draft("Orion Foods consumed [[F1]]."))
_SECRETS = re.compile(
    r"\bsk-\w|bearer |authorization|api-key|set-cookie|organization|x-stainless|127\.0\.0\.1|localhost|/home/|/root/", re.I
)


def as_recorded(scenario: str) -> ServedModel:
    """The model of a cassette, asked as its server wanted to be asked; it has no address to go to."""
    told = metadata(scenario)
    model = openai_model(told["recorded"]["model"], base_url=NOWHERE + told["recorded"]["path"], api_key=KEY)
    model.learnt.forget(Habits(**told["habits"]))
    model.sleep = lambda _: None
    return model


def test_every_cassette_has_an_owner_and_every_scenario_its_cassette() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {"README.md"} == {path_of(scenario).name for scenario in SCENARIOS}


@pytest.mark.block_network
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_what_was_recorded_comes_out_again_with_the_network_shut(scenario: str) -> None:
    model = as_recorded(scenario)
    with replayed(scenario) as cassette:
        outcome = SCENARIOS[scenario].play(model)
        assert cassette.all_played
    assert outcome == metadata(scenario)["outcome"]


@pytest.mark.parametrize("scenario", [name for name in SCENARIOS if name.startswith("question")])
def test_no_figure_of_a_recorded_model_reaches_the_reader_without_a_query(scenario: str) -> None:
    outcome = metadata(scenario)["outcome"]
    assert set(re.findall(r"\d[\d.,]*", outcome["headline"])) <= {"1.19"}
    assert outcome["headline"] == BUILT_IN or outcome["answered_by"] == "openai:recorded"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_cassette_says_what_it_plays_and_with_what_it_was_recorded(scenario: str) -> None:
    told = metadata(scenario)
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert told["plays"] == scenario
    assert set(told["recorded"]) == {"model", "server", "path", "date"}
    assert f"`{path_of(scenario).name}`" in readme
    assert told["recorded"]["model"] in readme
    assert told["recorded"]["server"] in readme
    assert told["recorded"]["date"] in readme


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_cassette_holds_no_secret_and_no_refusal(scenario: str) -> None:
    text = path_of(scenario).read_text(encoding="utf-8")
    assert not _SECRETS.findall(text)
    for exchange in yaml.safe_load(text)["interactions"]:
        assert exchange["response"]["status"]["code"] < 400
        assert [name.lower() for side in exchange.values() for name in side["headers"]] == ["content-type"] * 2
        assert exchange["request"]["uri"].startswith(NOWHERE)


def test_a_request_that_is_not_on_the_cassette_fails() -> None:
    model = as_recorded("words")
    with replayed("words"):
        assert "failed" in SCENARIOS["words"].play(model.model_copy(update={"learnt": type(model.learnt)(Habits(limit=7))}))


# The command that records ------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "cassettes"
    made.mkdir()
    (made / "words.yaml").write_text("as it was", encoding="utf-8")
    monkeypatch.setattr(record, "FOLDER", made)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    return made


def obliging(_: str, body: dict[str, Any]) -> Reply:
    """A server that has everything, for any of the scenarios."""
    if not (body.get("tools") or "Orion" in json.dumps(body["messages"])):
        return completion("Good morning friend.")
    told = str(body["messages"][-1])
    return SAY if body["messages"][-1]["role"] == "tool" or "Reply of" in told else by_hand(body)


def by_hand(body: dict[str, Any]) -> dict[str, Any]:
    if isinstance(body.get("tool_choice"), dict):
        return completion(calls=[("act", '{"tool": "consumption", "arguments": {"account": "Orion Foods"}}')])
    return ASK if body.get("tools") else completion('{"tool": "consumption", "arguments": {"account": "Orion Foods"}}')


def test_recording_keeps_every_scenario_without_what_the_recorder_would_not_want_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted_server(obliging) as (url, _):
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        assert record.main(["openai:small", "--server", "a script"]) == 0
    assert {path.stem for path in folder.iterdir()} == set(SCENARIOS)
    for path in folder.iterdir():
        text = path.read_text(encoding="utf-8")
        assert not _SECRETS.findall(text)
        assert yaml.safe_load(text)["metadata"]["recorded"]["server"] == "a script"
    assert "Orion Foods consumed $1.19M." in capsys.readouterr().out


REFUSED: dict[str, list[Reply]] = {
    "a wrong key": [(401, '{"error": {"message": "no"}}')],
    "a server that breaks": [(500, '{"error": {"message": "boom"}}')],
    "a server that tells the key": [completion(f"Good morning, {KEY}.")],
    "a server that redirects": [Play("", 307, headers={"Location": "http://127.0.0.1:9/v1"})],
}


@pytest.mark.parametrize("replies", REFUSED.values(), ids=REFUSED)
def test_what_a_server_refuses_is_not_stored_and_the_old_cassettes_stay(
    replies: list[Reply], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with scripted_server(replies) as (url, _):
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        assert record.main(["openai:small"]) == 1
    assert [path.read_text(encoding="utf-8") for path in folder.iterdir()] == ["as it was"]
    assert "Nothing was recorded" in capsys.readouterr().err


def test_a_model_of_no_vendor_is_not_recorded(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record.main(["offline"]) == 2
    assert "make record MODEL=" in capsys.readouterr().err


def test_words_of_our_prompts_may_change_without_a_new_recording() -> None:
    def body(prompt: str, tool: str, asked: str) -> dict[str, Any]:
        function = {"name": "consumption", "description": tool, "parameters": {"properties": {"account": {"description": tool}}}}
        messages = [{"role": "system", "content": prompt}, {"role": "user", "content": asked}]
        return {"model": "small", "messages": messages, "tools": [{"type": "function", "function": function}]}

    assert conversation(body("One.", "Two.", "?")) == conversation(body("Three.", "Four.", "?"))
    assert conversation(body("One.", "Two.", "?")) != conversation(body("One.", "Two.", "!"))
