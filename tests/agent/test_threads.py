"""A thread keeps what a follow-up inherits, and belongs to who began it."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline.answer import Answer
from meterline.threads import ThreadStore
from meterline_tools.errors import Refused


def answer(thread_id: str, headline: str = "Calm.") -> Answer:
    return Answer(answer_type="ANSWER", headline=headline, text=headline, thread_id=thread_id)


def test_the_next_turn_inherits_the_last_ones_state(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    ident, state = store.begin(None, "ana")
    assert state == {}
    store.record("first?", answer(ident), {"window": "2026-07"}, "ana")
    store.record("second?", answer(ident, "Up."), {"window": "2026-08"}, "ana")
    assert store.begin(ident, "ana") == (ident, {"window": "2026-08"})
    last = store.last_answer(ident, "ana")
    assert last is not None
    assert last.headline == "Up."


def test_another_persons_thread_is_not_visible(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    ident, _ = store.begin(None, "ana")
    store.record("mine?", answer(ident), {}, "ana")
    with pytest.raises(Refused, match="not found or not visible to you"):
        store.begin(ident, "bo")
    with pytest.raises(Refused, match="not found or not visible to you"):
        store.record("yours?", answer(ident), {}, "bo")
    assert store.last_answer(ident, "bo") is None


def test_a_thread_name_of_ones_own_choice_is_kept(tmp_path: Path) -> None:
    store = ThreadStore.in_home(tmp_path)
    assert store.begin("monday", "ana") == ("monday", {})
    store.record("q", answer("monday"), {"intent": "I03"}, "ana")
    assert store.begin("monday", "ana") == ("monday", {"intent": "I03"})


def test_threads_outlive_the_process(tmp_path: Path) -> None:
    first = ThreadStore.in_home(tmp_path)
    ident, _ = first.begin(None, "ana")
    first.record("q", answer(ident), {"window": "2026-07"}, "ana")
    first.close()
    assert ThreadStore.in_home(tmp_path).begin(ident, "ana")[1] == {"window": "2026-07"}
