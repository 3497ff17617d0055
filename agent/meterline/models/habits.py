"""How a server wants to be asked, found out by how it behaves and remembered as long as the process lives.

Every server calls itself OpenAI-compatible and means something else by it. Nothing here goes by host names: a way of asking
is tried, and what the server objects to is left away or said otherwise, each at most once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from meterline.models.problems import Kind, ModelFailed

Api = Literal["chat", "responses"]
Tools = Literal["native", "forced", "json", "text"]
"""How tools are offered: as the API has it, as one function that must be called, as JSON that the server enforces, or as words."""

ANSWER_TOKENS = 2_000
THINKING_TOKENS = 8_000
"""For models that spend tokens of the answer on reasoning: taken when the smaller limit cut a reply."""
_LESS: dict[Tools, Tools] = {"native": "forced", "forced": "json", "json": "text"}
_OBJECTS = {Kind.REQUEST, Kind.UNKNOWN, Kind.BROKEN}


@dataclass(frozen=True)
class Habits:
    """One way of asking."""

    api: Api = "chat"
    tools: Tools = "native"
    stream: bool = True
    count_stream: bool = True
    temperature: bool = True
    limit_name: Literal["max_tokens", "max_completion_tokens"] = "max_completion_tokens"
    limit: int = ANSWER_TOKENS


class Learnt:
    """What is known of one server: its habits now, and which changes were tried."""

    def __init__(self, habits: Habits) -> None:
        self.habits = habits
        self.calls_tools = False
        """Whether a tool was called as the API has it: then an empty reply is a slip, not an inability."""
        self._tried: set[str] = set()
        self._empty = 0

    def forget(self, habits: Habits) -> None:
        """Back to these habits: nothing that was tried since has helped, so the fault was elsewhere."""
        self.habits, self._tried, self._empty = habits, set(), 0

    def worked(self, *, called: bool) -> None:
        """A reply was usable."""
        self.calls_tools = self.calls_tools or (called and self.habits.tools == "native")
        self._empty = 0

    def change(self, problem: ModelFailed, *, tools: bool) -> bool:
        """Whether there is another way of asking after this problem; if so, it is the way from now on."""
        for name, new in self._ways(problem, tools=tools):
            key = f"{name}={new}"
            if key not in self._tried and getattr(self.habits, name) != new:
                self._tried.add(key)
                self.habits = replace(self.habits, **{name: new})
                return True
        return False

    def _ways(self, problem: ModelFailed, *, tools: bool) -> list[tuple[str, Any]]:
        """Fields and values to try, the likeliest first."""
        now, said = self.habits, problem.detail.lower()
        if problem.kind is Kind.PLAIN:
            return [("stream", False)]
        if problem.kind is Kind.TRUNCATED:
            return [("limit", THINKING_TOKENS)]
        if problem.kind is Kind.EMPTY:
            self._empty += 1
            return [("tools", _LESS.get(now.tools))] if self._empty > 1 and tools and not self.calls_tools and now.tools in _LESS else []
        if problem.kind not in _OBJECTS:
            return []
        ways: list[tuple[str, Any]] = []
        if problem.status in (404, 405) and ("model" not in said or "responses" in said or "chat" in said):
            ways.append(("api", "responses" if now.api == "chat" else "chat"))
        if "stream_options" in said or "include_usage" in said:
            ways.append(("count_stream", False))
        if "temperature" in said:
            ways.append(("temperature", False))
        if "max_tokens" in said or "max_completion_tokens" in said:
            ways.append(("limit_name", "max_tokens" if now.limit_name == "max_completion_tokens" else "max_completion_tokens"))
        if "stream" in said:
            ways.append(("stream", False))
        about_tools = any(word in said for word in ("tool", "function", "response_format", "grammar", "json_object"))
        if tools and now.tools in _LESS and (about_tools or now.tools != "native" or problem.status in (400, 422, 501)):
            ways.append(("tools", _LESS[now.tools]))
        return ways


def first_habits(api: str, *, own_server: bool) -> Habits:
    """How to begin: the older name of the token limit with a server of one's own, which mostly know no other."""
    return Habits(api="responses" if api == "responses" else "chat", limit_name="max_tokens" if own_server else "max_completion_tokens")
