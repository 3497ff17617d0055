"""What Meterline itself keeps of a workspace: conversations, pins, the audit, the cause ledger, what people last looked at.

Each store is opened when it is first used.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TypeVar, cast

from meterline.audit import Audit
from meterline.causes import CauseStore
from meterline.kept_notes import KeptNotes
from meterline.looks import LookStore
from meterline.pins import PinStore
from meterline.state import StateStore
from meterline.threads import ThreadStore

_T = TypeVar("_T", bound=StateStore)


class Stores:
    """The stores of one workspace; all of them live in its one state file."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = threading.Lock()
        self._open: dict[type[StateStore], StateStore] = {}

    @property
    def threads(self) -> ThreadStore:
        return self._store(ThreadStore)

    @property
    def pins(self) -> PinStore:
        return self._store(PinStore)

    @property
    def audit(self) -> Audit:
        return self._store(Audit)

    @property
    def looks(self) -> LookStore:
        return self._store(LookStore)

    @property
    def causes(self) -> CauseStore:
        return self._store(CauseStore)

    @property
    def notes(self) -> KeptNotes:
        return self._store(KeptNotes)

    def _store(self, kind: type[_T]) -> _T:
        with self._lock:
            if kind not in self._open:
                self._open[kind] = kind.in_home(self._home)
            return cast(_T, self._open[kind])

    def close(self) -> None:
        with self._lock:
            while self._open:
                self._open.popitem()[1].close()
