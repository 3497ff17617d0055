"""A desk that answers without a company, so that the faces are tested alone."""

from __future__ import annotations

from typing import Any

from meterline.answer import Answer, Question
from meterline_tools.errors import MeterlineError


class ScriptedDesk:
    """Stands in for the desk: keeps what it was asked, gives the answers it was made with, in turn."""

    def __init__(self, *replies: Answer | Exception) -> None:
        self.replies = list(replies)
        self.asked: list[Question] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def _reply(self) -> Answer:
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def ask(self, question: Question, **_: Any) -> Answer:
        self.asked.append(question)
        return self._reply()

    def explain(self, account: str, window: str = "", **more: Any) -> Answer:
        self.calls.append(("explain", {"account": account, "window": window, **more}))
        return self._reply()

    def health(self) -> dict[str, Any]:
        if self.replies and isinstance(self.replies[0], MeterlineError):
            raise self.replies[0]
        return {"status": "ok", "company": "Vitrolux", "d1": "2026-06-14"}

    def warm(self) -> None:
        """Nothing to make ready."""

    def close(self) -> None:
        self.calls.append(("close", {}))
