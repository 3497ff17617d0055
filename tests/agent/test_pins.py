"""Pinned questions: a name of one's own, the state they were asked in, and what changed since the last run."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from meterline.answer import Answer, Question
from meterline.desk import Desk
from meterline.pins import MAX_PINS, PinStore, changes_between
from meterline.settings import Settings
from meterline_tools.errors import UserError
from meterline_tools.receipts import Entity, Figure, Window
from tests.companies import DemoCompany

JUNE = Window(start=date(2026, 6, 1), end=date(2026, 6, 30))
JULY = Window(start=date(2026, 7, 1), end=date(2026, 7, 31))


def figure(value: float, *, window: Window = JUNE, account: str = "A1", metric: str = "M01") -> Figure:
    return Figure(
        id="F1",
        receipt="R1",
        metric=metric,
        label="Net consumption",
        value=value,
        unit="USD",
        display=f"${value:,.0f}",
        window=window,
        entity=Entity(type="account", id=account, name=account),
    )


def answer(*figures: Figure) -> Answer:
    return Answer(answer_type="ANSWER", headline="Calm.", text="Calm.", figures=list(figures))


def test_the_same_days_with_another_value_are_restated() -> None:
    (change,) = changes_between(answer(figure(100)), answer(figure(103)))
    assert (change.before, change.after, change.why) == ("$100", "$103", "restated")


def test_later_days_with_another_value_are_no_restatement() -> None:
    (change,) = changes_between(answer(figure(100)), answer(figure(103, window=JULY)))
    assert (change.why, change.window_before, change.window_after) == ("later days", str(JUNE), str(JULY))


def test_equal_figures_other_accounts_and_other_metrics_are_no_change() -> None:
    before = answer(figure(100), figure(5, account="A2"), figure(9, metric="M05"))
    assert changes_between(before, answer(figure(100), figure(7, account="A3"), figure(10, metric="M06"))) == []


def test_a_name_is_the_askers_own_and_taken_once(tmp_path: Path) -> None:
    store = PinStore.in_home(tmp_path)
    store.add("ana", " monday  numbers ", "movers?", {"window": "last 7 days"})
    store.add("bo", "monday numbers", "something else?", {})
    assert [pin.question for pin in store.list("ana")] == ["movers?"]
    with pytest.raises(UserError, match="There is a pin 'monday numbers' already"):
        store.add("ana", "monday numbers", "again?", {})
    with pytest.raises(UserError, match="Did you mean monday numbers"):
        store.get("ana", "munday numbers")


@pytest.mark.parametrize("name", ["", "  ", "bell\a", "x" * 61])
def test_an_unfit_name_is_told_so(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="name"):
        PinStore.in_home(tmp_path).add("ana", name, "movers?", {})


def test_pins_are_bounded(tmp_path: Path) -> None:
    store = PinStore.in_home(tmp_path)
    for n in range(MAX_PINS):
        store.add("ana", f"pin {n}", "movers?", {})
    with pytest.raises(UserError, match="which is the most"):
        store.add("ana", "one more", "movers?", {})


def test_runs_outlive_the_process_and_go_with_their_pin(tmp_path: Path) -> None:
    first = PinStore.in_home(tmp_path)
    first.add("ana", "monday", "movers?", {})
    first.record("ana", "monday", answer(figure(1)))
    first.close()
    store = PinStore.in_home(tmp_path)
    last = store.last_run("ana", "monday")
    assert last is not None and last[1].figures[0].value == 1
    store.remove("ana", "monday")
    store.add("ana", "monday", "movers?", {})
    assert store.last_run("ana", "monday") is None


def test_a_pinned_follow_up_is_asked_in_the_conversation_it_came_from(demo_company: DemoCompany) -> None:
    desk = Desk.open(Settings(home=demo_company.home))
    asked = desk.ask(Question(text="What did Northgate Grocers spend last month?"))
    follow_up = desk.ask(Question(text="and in May?", thread_id=asked.thread_id))
    desk.pin("may", thread_id=asked.thread_id)
    run = desk.run_pin("may")
    assert run.since is None
    assert run.answer.figures[0].value == follow_up.figures[0].value
    assert run.answer.figures[0].entity == follow_up.figures[0].entity
    assert desk.run_pin("may").changes == []
    desk.unpin("may")
    desk.close()


def test_an_earlier_time_of_knowledge_shows_what_was_restated(demo_company: DemoCompany) -> None:
    """Rows of June that arrived after 6 July make the same days read differently (checked against the file in test_desk)."""
    desk = Desk.open(Settings(home=demo_company.home))
    desk.pin("june", "total net consumption from 2026-06-01 to 2026-06-30")
    before = desk.run_pin("june", as_of=datetime(2026, 7, 6, 12))
    after = desk.run_pin("june")
    assert before.answer.figures[0].value != after.answer.figures[0].value
    assert {change.why for change in after.changes} == {"restated"}
    desk.unpin("june")
    desk.close()


def test_nothing_to_pin_is_told_so(demo_company: DemoCompany) -> None:
    desk = Desk.open(Settings(home=demo_company.home))
    with pytest.raises(UserError, match="no question to pin"):
        desk.pin("empty", thread_id="no-such-thread")
    desk.close()
