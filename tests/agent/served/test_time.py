"""Whatever a server, a model or a tool does, the turn ends in time; and nobody is asked again too soon."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from meterline.loop import Loop
from meterline.prompting import load_prompt
from meterline_tools.errors import Unavailable
from tests.agent.scripted import Play, ScriptedModel, call, draft, events, make_bench, scripted_server
from tests.agent.served.asking import ASK, BUILT_IN, GOOD, SAY, Asked, error

SLOW: dict[str, Play] = {
    "never answers": Play(events(SAY), kind="text/event-stream", stall_after=0),
    "stops in the middle": Play(events(SAY), kind="text/event-stream", stall_after=150),
    "drips a byte a second": Play(events(SAY), kind="text/event-stream", drip_s=1.0),
    "drips quickly": Play(events(SAY), kind="text/event-stream", drip_s=0.05),
    "drips its head": Play(events(SAY), kind="text/event-stream", drip_head_s=0.5),
    "drips an error": Play("x" * 1000, 500, drip_s=0.2),
    "pings for ever": Play(": ping\n\n" * 5_000, kind="text/event-stream", drip_s=0.01),
}


@pytest.mark.parametrize("play", SLOW.values(), ids=SLOW)
def test_however_slowly_it_comes_the_turn_ends_in_time(play: Play) -> None:
    started = time.monotonic()
    with scripted_server([play]) as (url, _):
        said = Asked(url, seconds=3.0, timeout=2.0).answer()
    assert said.headline == BUILT_IN
    assert "could not be used" in said.assumptions[-1]
    assert time.monotonic() - started < 10  # 3 s and a slow machine's start


def test_a_server_that_wants_to_be_asked_later_is_asked_then() -> None:
    with scripted_server([error(429, "later", Retry_After="7"), ASK, SAY]) as (url, _):
        asked = Asked(url)
        assert asked.answer().headline == GOOD
    assert asked.paused == [7.0]


def test_nobody_waits_for_a_server_beyond_the_turn() -> None:
    with scripted_server([error(503, "later", Retry_After="3600")]) as (url, requests):
        asked = Asked(url)
        assert asked.answer().headline == BUILT_IN
    assert (asked.paused, len(requests)) == ([], 1)


def test_pauses_grow_when_the_server_names_none() -> None:
    with scripted_server([error(500, "boom")]) as (url, _):
        asked = Asked(url)
        asked.answer()
    assert asked.paused == [0.5, 1.0]


def test_a_tool_that_hangs_ends_with_the_turn() -> None:
    def consumption(bench: Any, *, account: str) -> dict[str, Any]:
        """Hangs.

        Args:
            account: Any.
        """
        time.sleep(3)
        return {}

    kit: dict[str, Callable[..., dict[str, Any]]] = {"consumption": consumption}
    model = ScriptedModel(script=[call("consumption", account="Orion Foods"), draft("Calm.")])
    loop = Loop(model, "offline", kit, load_prompt("answer"), seconds=0.5)
    started = time.monotonic()
    with pytest.raises(Unavailable, match="time for this question"):
        loop.run("?", make_bench(), {})
    assert time.monotonic() - started < 2.5
