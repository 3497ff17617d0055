"""An answer as a stream of events, over a real server: steps by name on the way, and one verified answer at the end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import httpx
import pytest
import uvicorn

from meterline.answer import Answer, Question
from meterline.desk import Desk, as_json
from meterline.faces import events
from meterline.faces.api import UNFORESEEN, create_app
from meterline_tools.errors import Unavailable
from tests.agent.faces.scripted_desk import ScriptedDesk

Event = tuple[str, dict[str, Any]]


class SteppingDesk(ScriptedDesk):
    """Tells its steps, and takes each when the test lets it."""

    def __init__(self, *replies: Answer | Exception, pause: Callable[[], object] = lambda: None) -> None:
        super().__init__(*replies)
        self.pause = pause
        self.done = threading.Event()

    def ask(self, question: Question, *, progress: Callable[[str], None] = print, **_: Any) -> Answer:
        try:
            for step in ("thinking", "query metrics", "checking"):
                progress(step)
                self.pause()
            return super().ask(question)
        finally:
            self.done.set()


@contextmanager
def served(desk: ScriptedDesk) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(create_app(cast(Desk, desk)), port=0, log_level="critical", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def streamed(url: str, body: dict[str, Any] | None = None) -> Iterator[Event]:
    asked = httpx.stream("POST", f"{url}/v1/ask", json=body or {"question": "How much?"}, headers={"Accept": events.EVENTS}, timeout=30)
    with asked as response:
        assert (response.status_code, response.headers["content-type"].partition(";")[0]) == (200, events.EVENTS)
        kind = ""
        for line in response.iter_lines():
            name, _, text = line.partition(": ")
            if name == "event":
                kind = text
            elif name == "data":
                yield kind, json.loads(text)
            elif line:
                yield "comment", {"text": line}


def test_steps_come_first_and_the_whole_answer_last(answer: Answer) -> None:
    with served(SteppingDesk(answer)) as url:
        told = list(streamed(url))
    assert told[:-1] == [("progress", {"step": step}) for step in ("thinking", "query metrics", "checking")]
    assert told[-1] == ("answer", json.loads(as_json(answer)))


def test_a_step_is_told_while_the_next_one_is_still_waited_for(answer: Answer) -> None:
    go = threading.Semaphore(0)
    with served(SteppingDesk(answer, pause=lambda: go.acquire(timeout=20))) as url:
        told = streamed(url)
        for step in ("thinking", "query metrics", "checking"):
            assert next(told) == ("progress", {"step": step})
            go.release()
        assert next(told)[0] == "answer"


def test_a_long_silence_is_broken_by_comments(answer: Answer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "PULSE_S", 0.05)
    with served(SteppingDesk(answer, pause=lambda: time.sleep(0.2))) as url:
        kinds = [kind for kind, _ in streamed(url)]
    assert kinds.count("comment") > 2
    assert kinds[-1] == "answer"


@pytest.mark.parametrize(
    ("problem", "kind", "text"),
    [(Unavailable("The model is down."), "unavailable", "The model is down."), (ValueError("secret inside"), "internal", UNFORESEEN)],
)
def test_an_error_is_the_last_event(problem: Exception, kind: str, text: str) -> None:
    with served(SteppingDesk(problem)) as url:
        assert list(streamed(url))[-1] == ("error", {"error": {"kind": kind, "text": text}})


def test_a_body_that_is_no_question_is_refused_before_the_stream_begins() -> None:
    with served(SteppingDesk()) as url:
        response = httpx.post(f"{url}/v1/ask", json={"question": " "}, headers={"Accept": events.EVENTS})
    assert (response.status_code, response.json()["error"]["kind"]) == (422, "invalid")


def test_a_reader_who_leaves_stops_nobody(answer: Answer) -> None:
    desk = SteppingDesk(answer, answer, pause=lambda: time.sleep(0.1))
    with served(desk) as url:
        leaving = streamed(url)
        next(leaving)
        cast(Any, leaving).close()
        assert desk.done.wait(10)
        assert list(streamed(url))[-1][0] == "answer"
