"""A thread keeps what a follow-up inherits, and belongs to who began it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from meterline.answer import Answer
from meterline.threads import ThreadStore
from meterline_tools.errors import Refused, Unavailable


def answer(thread_id: str, headline: str = "Calm.") -> Answer:
    return Answer(answer_type="ANSWER", headline=headline, text=headline, thread_id=thread_id)


def test_the_next_turn_inherits_the_last_ones_state(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    ident, state = store.begin(None, "ana")
    assert state == {}
    store.record("first?", answer(ident), {"window": "2026-07"}, "ana", after=0)
    store.record("second?", answer(ident, "Up."), {"window": "2026-08"}, "ana", after=1)
    assert store.begin(ident, "ana") == (ident, {"window": "2026-08"})
    last = store.last_answer(ident, "ana")
    assert last is not None
    assert last.headline == "Up."


def test_another_persons_thread_is_not_visible(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    ident, _ = store.begin(None, "ana")
    store.record("mine?", answer(ident), {}, "ana", after=0)
    with pytest.raises(Refused, match="not found or not visible to you"):
        store.begin(ident, "bo")
    with pytest.raises(Refused, match="not found or not visible to you"):
        store.record("yours?", answer(ident), {}, "bo", after=1)
    assert store.last_answer(ident, "bo") is None


def test_a_thread_name_of_ones_own_choice_is_kept(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    assert store.begin("monday", "ana") == ("monday", {})
    store.record("q", answer("monday"), {"intent": "I03"}, "ana", after=0)
    assert store.begin("monday", "ana") == ("monday", {"intent": "I03"})


def test_threads_outlive_the_process(tmp_path: Path) -> None:
    first = ThreadStore.in_home(tmp_path)
    ident, _ = first.begin(None, "ana")
    first.record("q", answer(ident), {"window": "2026-07"}, "ana", after=0)
    first.close()
    assert ThreadStore.in_home(tmp_path).begin(ident, "ana")[1] == {"window": "2026-07"}


def test_the_next_turn_of_a_thread_waits_for_the_one_before(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    order: list[str] = []
    begun, waits = threading.Event(), threading.Event()

    def turn(name: str) -> None:
        if name == "second":
            waits.set()
        with store.alone("monday", "ana", seconds=20) as after:
            order.append(f"{name} begins")
            begun.set()
            if name == "first":
                waits.wait(20)
                time.sleep(0.1)  # the second has every chance to come in between
            _, state = store.begin("monday", "ana")
            store.record(name, answer("monday"), {**state, name: after}, "ana", after=after)
            order.append(f"{name} ends")

    first, second = (threading.Thread(target=turn, args=(name,)) for name in ("first", "second"))
    first.start()
    begun.wait(20)
    second.start()
    first.join()
    second.join()
    assert order == ["first begins", "first ends", "second begins", "second ends"]
    assert store.begin("monday", "ana")[1] == {"first": 0, "second": 1}


def test_whoever_waits_too_long_is_told_so(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    with (
        store.alone("monday", "ana", seconds=1),
        pytest.raises(Unavailable, match="still being answered"),
        store.alone("monday", "ana", seconds=0.05),
    ):
        pass
    with store.alone("monday", "ana", seconds=0.05) as after:
        assert after == 0


def test_other_threads_and_other_people_do_not_wait(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    with (
        store.alone("monday", "ana", seconds=1),
        store.alone("tuesday", "ana", seconds=0.05),
        store.alone("monday", "bo", seconds=0.05),
        store.alone(None, "ana", seconds=0.05) as after,
    ):
        assert after == 0


def test_a_turn_overtaken_by_another_process_is_told_so_and_nothing_is_lost(tmp_path: Path) -> None:
    here, there = ThreadStore.in_home(tmp_path), ThreadStore.in_home(tmp_path)
    with here.alone("monday", "ana", seconds=1) as after, there.alone("monday", "ana", seconds=1) as after_there:
        there.record("theirs", answer("monday", "Theirs."), {"by": "there"}, "ana", after=after_there)
        with pytest.raises(Unavailable, match="answered in the meantime"):
            here.record("ours", answer("monday", "Ours."), {"by": "here"}, "ana", after=after)
    assert here.begin("monday", "ana")[1] == {"by": "there"}


def test_a_thread_goes_on_after_a_process_was_killed_in_the_middle_of_a_turn(tmp_path: Path) -> None:
    killed = f"""
import os, signal
from pathlib import Path
from meterline.threads import ThreadStore
from meterline.answer import Answer
store = ThreadStore.in_home(Path({str(tmp_path)!r}))
said = Answer(answer_type="ANSWER", headline="Calm.", text="Calm.", thread_id="monday")
store.record("first", said, {{"window": "2026-07"}}, "ana", after=0)
with store.alone("monday", "ana", seconds=1):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    path = os.pathsep.join(["agent", "tools", "evals", "."])
    done = subprocess.run([sys.executable, "-c", killed], env={**os.environ, "PYTHONPATH": path}, check=False)
    assert done.returncode == -signal.SIGKILL
    store = ThreadStore.in_home(tmp_path)
    with store.alone("monday", "ana", seconds=0.5) as after:
        assert store.begin("monday", "ana") == ("monday", {"window": "2026-07"})
        store.record("second", answer("monday"), {"window": "2026-08"}, "ana", after=after)
    assert store.begin("monday", "ana")[1] == {"window": "2026-08"}
