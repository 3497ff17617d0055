"""What the state block of the prompt says: who asks, the clock, the calendar, and the conversation so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from meterline.models.offline.understand.linking import Named
from meterline_tools.catalog.calendar import FiscalCalendar
from meterline_tools.warehouse.asof import AsOf


@dataclass(frozen=True)
class Pending:
    """A question of ours that waits for its answer."""

    mention: str
    options: tuple[Named, ...]
    question: str


@dataclass(frozen=True)
class Thread:
    """What a follow-up may inherit."""

    intent: str = ""
    entities: tuple[Named, ...] = ()
    metrics: tuple[str, ...] = ()
    window: str = ""
    compare: str = ""
    group_by: tuple[str, ...] = ()
    direction: str = ""
    limit: int = 0
    ranked: str = ""
    topic: str = ""
    exclude: tuple[Named, ...] = ()
    part: tuple[Named, ...] = ()
    """Those whose share or rank was told."""
    shares: bool = False
    rank: bool = False
    conditions: tuple[dict[str, Any], ...] = ()
    listed: tuple[Named, ...] = ()
    """The rows of the last answer, first one first, for "the second one" and "which of those"."""
    before: tuple[Named, ...] = ()
    """What it was about before the last change of subject, for "compare them"."""
    asked: str = ""
    """The last question that was answered, with what it inherited already in the fields above."""
    pending: Pending | None = None

    def __bool__(self) -> bool:
        return bool(self.intent)


@dataclass(frozen=True)
class Context:
    asof: AsOf
    calendar: FiscalCalendar
    role: str = "admin"
    rep_id: str | None = None
    name: str = ""
    thread: Thread = field(default_factory=Thread)
    units_only: bool = False
    """The company brought quantities and no cost, so that consumption can only be told in units."""

    @property
    def own_book(self) -> Named | None:
        """The asker as a person whose book can be asked for; None for an admin."""
        if not self.rep_id:
            return None
        return Named("rep" if self.role == "rep" else "manager", self.rep_id, self.name or self.rep_id)


def read_context(state: Mapping[str, Any]) -> Context:
    """The context in a state block; missing parts take the plainest reading."""
    fiscal = state.get("fiscal") or {}
    asker = state.get("asker") or {}
    known_at = datetime.fromisoformat(str(state["known_at"]))
    return Context(
        asof=AsOf(
            known_at=known_at.replace(tzinfo=None),
            d1=date.fromisoformat(str(state["d1"])[:10]),
            timezone=str(state.get("timezone") or "UTC"),
        ),
        calendar=FiscalCalendar(
            int(fiscal.get("start_month", 1)), "start" if fiscal.get("label") == "start" else "end", bool(fiscal.get("day_first"))
        ),
        role=asker.get("role") or "admin",
        rep_id=asker.get("rep_id"),
        name=asker.get("name") or "",
        thread=_thread(state.get("thread") or {}),
        units_only=(state.get("company") or {}).get("has_cost") is False,
    )


def _named(raw: Mapping[str, Any]) -> Named:
    return Named(str(raw.get("type", "")), str(raw.get("id", "")), str(raw.get("name", "")), str(raw.get("hint") or ""))


def _thread(raw: Mapping[str, Any]) -> Thread:
    pending = raw.get("pending") or None
    return Thread(
        intent=raw.get("intent") or "",
        entities=tuple(_named(e) for e in raw.get("entities") or []),
        before=tuple(_named(e) for e in raw.get("before") or []),
        metrics=tuple(raw.get("metrics") or []),
        window=raw.get("window") or "",
        compare=raw.get("compare") or "",
        group_by=tuple(raw.get("group_by") or []),
        direction=raw.get("direction") or "",
        limit=int(raw.get("limit") or 0),
        topic=raw.get("topic") or "",
        ranked=raw.get("ranked") or "",
        exclude=tuple(_named(e) for e in raw.get("exclude") or []),
        part=tuple(_named(e) for e in raw.get("part") or []),
        shares=bool(raw.get("shares")),
        rank=bool(raw.get("rank")),
        conditions=tuple(raw.get("conditions") or []),
        listed=tuple(_named(e) for e in raw.get("listed") or []),
        asked=raw.get("asked") or "",
        pending=Pending(pending["mention"], tuple(_named(o) for o in pending["options"]), pending["question"]) if pending else None,
    )
