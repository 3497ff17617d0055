"""Starts, reuses and kills the processes that free SQL runs in."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from meterline_tools.errors import ToolFailed, Unavailable
from meterline_tools.warehouse.engines import Rows

WORKERS = 2
DEADLINE_S = 10.0
START_S = 15.0
MAX_BYTES = 2_000_000
"""The most that one result may hold; what a model is shown of it is far less."""


class _Worker:
    """One process. It is used by one thread at a time, and thrown away after anything unusual."""

    def __init__(self, path: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "meterline_tools.warehouse.sandbox.worker", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONPATH": os.pathsep.join(sys.path)},  # nothing else: keys of others have no business there
        )
        self.fresh = True

    def ask(self, request: dict[str, Any], deadline_s: float) -> dict[str, Any] | None:
        """The reply; None when the process died. TimeoutError at the deadline."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        line = self._line(time.monotonic() + deadline_s)
        self.fresh = False
        return json.loads(line) if line else None

    def _line(self, until: float) -> bytes:
        assert self._process.stdout is not None
        output, parts = self._process.stdout.fileno(), b""
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while not parts.endswith(b"\n"):
                if not selector.select(max(0.0, until - time.monotonic())):
                    raise TimeoutError
                piece = os.read(output, 1 << 16)
                if not piece:
                    return b""
                parts += piece
        return parts

    def kill(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()


class Sandbox:
    """Runs screened SQL over one snapshot. At most WORKERS statements run at the same time; more wait."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._slots = threading.BoundedSemaphore(WORKERS)

    def run(self, sql: str, *, rows: int, deadline_s: float = DEADLINE_S) -> Rows:
        """Runs a statement that `scoped_sql` wrote.

        Raises:
            ToolFailed: the engine refused it, it took too long, or it wanted too much memory.
            Unavailable: no process was free in time, or none can be started.
        """
        if not self._slots.acquire(timeout=deadline_s + START_S):
            raise Unavailable("Free SQL is busy: too many statements at the same time. Try again in a moment.")
        try:
            worker = self._take()
            try:
                reply = worker.ask({"sql": sql, "rows": rows, "bytes": MAX_BYTES}, deadline_s + (START_S if worker.fresh else 0))
            except TimeoutError:
                worker.kill()
                raise ToolFailed(f"The statement took longer than {deadline_s:g} s and was stopped. Ask for less at once.") from None
            except BaseException:
                worker.kill()
                raise
            if reply is None:
                worker.kill()
                raise ToolFailed("The statement needed more memory than it may have and was stopped. Ask for less at once.")
            self._idle.put(worker)
        finally:
            self._slots.release()
        if "error" in reply:
            raise ToolFailed(f"The statement could not be run: {reply['error']}")
        found = [tuple(row) for row in reply["rows"]]
        return Rows(reply["columns"], found, reply["truncated"], sql, {}, reply["elapsed_ms"])

    def _take(self) -> _Worker:
        try:
            return self._idle.get_nowait()
        except Empty:
            return _Worker(self._path)

    def close(self) -> None:
        """Ends all idle processes."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().kill()
