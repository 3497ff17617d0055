"""One deadline for a whole turn. Whoever may have to wait asks here how long the turn still lasts.

The deadline travels with the context, so a tool's statement and a model's reply end by the same clock without handing it on.
Without a deadline nothing changes: everybody keeps their own limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TypeVar

from meterline_tools.errors import Unavailable

T = TypeVar("T")
_END: ContextVar[float | None] = ContextVar("meterline_deadline", default=None)


class OutOfTime(Unavailable):
    """The turn's time is up."""

    def __init__(self) -> None:
        super().__init__("The time for this question was up before there was an answer. Ask for a shorter window or fewer things at once.")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything inside ends within `seconds`; an inner deadline is never later than the outer one."""
    end, outer = time.monotonic() + seconds, _END.get()
    token = _END.set(end if outer is None else min(end, outer))
    try:
        yield
    finally:
        _END.reset(token)


def time_left(at_most: float) -> float:
    """The seconds one may still take: `at_most`, or fewer when the turn ends before.

    Raises:
        OutOfTime: there is no time left.
    """
    end = _END.get()
    left = at_most if end is None else min(at_most, end - time.monotonic())
    if left <= 0:
        raise OutOfTime
    return left


def within(seconds: float, work: Callable[[], T]) -> T:
    """The result of `work`, which is left behind when it is not there in time.

    A thread cannot be stopped from outside; what is left behind finds its own time up at the next statement or reply.

    Raises:
        OutOfTime: the time was up first. Whatever `work` raises comes through.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with deadline(seconds):
                done.append(work())
        except BaseException as problem:
            failed.append(problem)

    thread = threading.Thread(target=copy_context().run, args=(run,), name="turn", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise OutOfTime
    return done[0]
