"""Pins at the command line and over HTTP: kept, asked again, taken away; errors say what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from meterline.desk import Desk
from meterline.faces.api import create_app
from meterline.faces.cli import main
from meterline.settings import Settings

QUESTION = "How much did Zamek Ceramics use in May 2026?"


@pytest.fixture
def desk(small_company_home: Path) -> Iterator[Desk]:
    desk = Desk.open(Settings(home=small_company_home))
    yield desk
    for pin in desk.pinned():
        desk.unpin(pin.name)
    desk.close()


def meterline(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_a_question_is_pinned_asked_again_listed_and_removed(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    home = ["--home", str(desk.settings.home)]
    assert "Pinned 'may'" in meterline(capsys, "pin", "add", "--name", "may", QUESTION, *home)[1]
    assert "not asked again yet" in meterline(capsys, "pin", "list", *home)[1]
    assert "First look" in meterline(capsys, "pin", "run", "may", *home)[1]
    assert "Nothing changed since" in meterline(capsys, "pin", "run", *home)[1]
    (listed,) = json.loads(meterline(capsys, "pin", "list", "--json", *home)[1])
    assert (listed["name"], listed["question"]) == ("may", QUESTION)
    assert meterline(capsys, "pin", "remove", "may", *home)[0] == 0
    code, _, err = meterline(capsys, "pin", "run", "may", *home)
    assert (code, "There is no pin 'may'" in err) == (2, True)


def test_pins_over_http(desk: Desk) -> None:
    service = TestClient(create_app(desk), base_url="http://127.0.0.1:8420", raise_server_exceptions=False)
    thread = service.post("/v1/ask", json={"question": QUESTION}).json()["thread_id"]
    kept = service.post("/v1/pins", json={"name": "may", "thread_id": thread})
    assert (kept.status_code, kept.json()["question"]) == (201, QUESTION)
    assert [pin["name"] for pin in service.get("/v1/pins").json()] == ["may"]
    run = service.post("/v1/pins/may/run").json()
    assert run["answer"]["figures"][0]["metric"] == "M01"
    assert run["changes"] == []
    assert service.delete("/v1/pins/may").status_code == 204
    missing = service.post("/v1/pins/may/run")
    assert (missing.status_code, missing.json()["error"]["kind"]) == (400, "user_error")


def test_another_sites_page_cannot_pin(desk: Desk) -> None:
    service = TestClient(create_app(desk), base_url="http://127.0.0.1:8420", raise_server_exceptions=False)
    response = service.post("/v1/pins", json={"name": "x", "question": "movers?"}, headers={"origin": "https://elsewhere.example"})
    assert response.status_code == 403
    assert desk.pinned() == []
