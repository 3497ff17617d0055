"""A model that keeps failing is left alone for a while, then tried by one turn only."""

from __future__ import annotations

from meterline.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def made() -> tuple[Breaker, Clock]:
    clock = Clock()
    return Breaker(failures=3, pause_s=60, clock=clock), clock


def test_two_failures_in_a_row_are_no_reason_to_stop_asking() -> None:
    breaker, _ = made()
    for _ in range(2):
        breaker.failed()
    assert (breaker.pause(), breaker.resting) == (0.0, False)


def test_the_third_failure_in_a_row_makes_a_pause_that_runs_down() -> None:
    breaker, clock = made()
    for _ in range(3):
        breaker.failed()
    assert (breaker.pause(), breaker.resting) == (60.0, True)
    clock.now = 45.0
    assert breaker.pause() == 15.0


def test_a_success_in_between_begins_the_count_anew() -> None:
    breaker, _ = made()
    for _ in range(4):
        breaker.failed()
        breaker.failed()
        breaker.worked()
    assert breaker.pause() == 0.0


def test_after_the_pause_one_turn_tries_while_the_others_go_without() -> None:
    breaker, clock = made()
    for _ in range(3):
        breaker.failed()
    clock.now = 60.0
    assert [breaker.pause(), breaker.pause()] == [0.0, 60.0]
    breaker.failed()
    clock.now = 119.0
    assert breaker.pause() == 1.0
    clock.now = 120.0
    assert breaker.pause() == 0.0
    breaker.worked()
    assert [breaker.pause(), breaker.pause()] == [0.0, 0.0]
