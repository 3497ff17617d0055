"""A circuit breaker: a model that keeps failing is left alone for a while, so that nobody waits for it in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 3
PAUSE_S = 60.0


class Breaker:
    """Counts failed turns in a row. After the pause one turn tries the model again while all others still go without it."""

    def __init__(self, *, failures: int = FAILURES, pause_s: float = PAUSE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._pause_s, self._clock = failures, pause_s, clock
        self._failed = 0
        self._until = 0.0
        self._lock = threading.Lock()

    def pause(self) -> float:
        """Seconds until the model is asked again; 0 when this turn may ask it."""
        with self._lock:
            now = self._clock()
            if self._failed < self._most:
                return 0.0
            if now < self._until:
                return self._until - now
            self._until = now + self._pause_s  # this turn tries; the others wait for what comes of it
            return 0.0

    @property
    def resting(self) -> bool:
        """Whether the model is left alone at the moment."""
        with self._lock:
            return self._failed >= self._most and self._clock() < self._until

    def worked(self) -> None:
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._until = self._clock() + self._pause_s
