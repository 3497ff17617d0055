"""The service: the contract in, the contract out, and only from this machine."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from meterline.answer import Answer, Question
from meterline.desk import Desk, as_json
from meterline.faces.api import create_app
from meterline.faces.loopback import is_loopback
from meterline_tools.errors import NOT_VISIBLE, Refused, Unavailable, UserError
from tests.agent.faces.scripted_desk import ScriptedDesk


def client(*replies: Answer | Exception, base_url: str = "http://127.0.0.1:8420") -> TestClient:
    desk = ScriptedDesk(*replies)
    made = TestClient(create_app(cast(Desk, desk)), base_url=base_url, raise_server_exceptions=False)
    made.app_state["desk"] = desk
    return made


def ask(service: TestClient, **body: Any) -> Any:
    return service.post("/v1/ask", json=body)


def test_an_answer_over_http_is_the_very_contract_that_the_command_line_prints(answer: Answer) -> None:
    response = ask(client(answer), question="How much?")
    assert response.status_code == 200
    assert response.json() == json.loads(as_json(answer))


def test_the_question_its_thread_and_its_time_reach_the_desk_and_the_asker_is_the_local_admin(answer: Answer) -> None:
    service = client(answer)
    ask(service, question="  How much? ", thread_id="t1", as_of="2026-06-30T12:00:00+02:00")
    (question,) = cast(ScriptedDesk, service.app_state["desk"]).asked
    assert (question.text, question.thread_id, question.asker) == ("How much?", "t1", None)
    assert question.as_of == datetime(2026, 6, 30, 10)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"question": "x" * 4001}, "The question is too long: 4,000 characters are the most."),
        ({"question": "  "}, 'There is no question. Send {"question": "..."}.'),
        ({}, 'There is no question. Send {"question": "..."}.'),
        ({"question": "a", "asker": "V1"}, "'asker' is not part of a question. There are question, thread_id and as_of."),
    ],
)
def test_a_body_that_is_no_question_is_told_why(body: dict[str, str], text: str) -> None:
    response = ask(client(), **body)
    assert (response.status_code, response.json()) == (422, {"error": {"kind": "invalid", "text": text}})


def test_text_that_is_not_json_is_told_so() -> None:
    response = client().post("/v1/ask", content=b"{", headers={"content-type": "application/json"})
    assert response.status_code == 422
    assert response.json()["error"]["kind"] == "invalid"


@pytest.mark.parametrize(
    ("problem", "status", "kind", "text"),
    [
        (UserError("No company is loaded yet."), 400, "user_error", "No company is loaded yet."),
        (Refused(f"Thread 't' is {NOT_VISIBLE}."), 403, "refused", "Thread 't' is not found or not visible to you."),
        (Unavailable("The model is down."), 503, "unavailable", "The model is down."),
        (ValueError("secret inside"), 500, "internal", "Something went wrong inside Meterline. The server's log has the details."),
    ],
)
def test_an_error_leaves_as_kind_and_text(problem: Exception, status: int, kind: str, text: str) -> None:
    response = ask(client(problem), question="How much?")
    assert (response.status_code, response.json()) == (status, {"error": {"kind": kind, "text": text}})


def test_a_path_that_does_not_exist_is_an_error_of_the_same_shape() -> None:
    response = client().get("/v1/nothing")
    assert (response.status_code, response.json()["error"]["kind"]) == (404, "http")


def test_health_is_the_desks_own() -> None:
    assert client().get("/healthz").json() == {"status": "ok", "company": "Vitrolux", "d1": "2026-06-14"}
    assert client(Unavailable("The warehouse is gone.")).get("/healthz").status_code == 503


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8420", "localhost:1", "[::1]:8420", "127.8.8.8"])
def test_a_loopback_host_is_answered(host: str) -> None:
    assert is_loopback(host)
    assert client().get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["example.com", "127.0.0.1.example.com", "localhost.example.com:80", "192.168.1.4", "", "[::1", "0.0.0.0"])
def test_any_other_host_is_turned_away_so_that_no_page_can_rebind_its_name_to_us(host: str) -> None:
    assert not is_loopback(host)
    response = client().get("/healthz", headers={"host": host})
    assert (response.status_code, response.json()["error"]["kind"]) == (403, "refused")


def test_the_page_of_another_site_cannot_ask(answer: Answer) -> None:
    body = {"question": "How much?"}
    assert client(answer).post("/v1/ask", json=body, headers={"origin": "https://example.com"}).status_code == 403
    assert client(answer).post("/v1/ask", json=body, headers={"origin": "http://127.0.0.1:9999"}).status_code == 403
    assert client(answer).post("/v1/ask", json=body, headers={"origin": "http://127.0.0.1:8420"}).status_code == 200


def test_a_body_without_a_length_or_far_too_large_is_not_even_read() -> None:
    assert client().post("/v1/ask", content=iter([b"{}"])).status_code == 411
    assert client().post("/v1/ask", content=b" " * 70_000).status_code == 413


def test_every_response_forbids_foreign_content(answer: Answer) -> None:
    service = client(answer)
    for response in (service.get("/"), service.get("/healthz"), service.get("/none"), service.get("/", headers={"host": "example.com"})):
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"


def test_the_page_refers_to_nothing_outside_and_holds_no_inline_code() -> None:
    service = client()
    page = service.get("/").text
    for name, kind in (("page.css", "text/css"), ("page.js", "text/javascript"), ("pins.js", "text/javascript")):
        assert f'"/{name}"' in page
        assert service.get(f"/{name}").headers["content-type"].startswith(kind)
    everything = page + service.get("/page.css").text + service.get("/page.js").text + service.get("/pins.js").text
    assert "http://" not in everything
    assert "https://" not in everything
    assert "innerHTML" not in everything
    assert "style=" not in page
    assert " on" not in page.split("<body>")[1].split("placeholder")[0]


def test_questions_are_answered_side_by_side(answer: Answer) -> None:
    """Two questions that wait for one another are both answered: one did not block the other."""
    together = threading.Barrier(2, timeout=10)

    class Meeting(ScriptedDesk):
        def ask(self, question: Question, **_: Any) -> Answer:
            together.wait()
            return answer

    with TestClient(create_app(cast(Desk, Meeting())), base_url="http://127.0.0.1") as service:
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(ask(service, question="How much?").status_code)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200, 200]
