"""What changed since somebody last looked: two looks at the same things, compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

Value = float | int | str | None


class Seen(BaseModel):
    """A value as it was shown; `unit` as of figures."""

    model_config = ConfigDict(frozen=True)

    label: str
    value: Value
    unit: str


class Noticed(BaseModel):
    """A surge or drop as somebody was told of it; `size` is money a day."""

    model_config = ConfigDict(frozen=True)

    raised: date
    size: float
    on: bool
    cause: str | None = None

    def changed(self, before: Noticed, *, share: float, within: timedelta) -> bool:
        """Whether there is something to tell to those who know `before`: another move, its end, its cause, or another size."""
        if self.raised > before.raised + within or (self.on, self.cause) != (before.on, before.cause):
            return True
        return abs(self.size - before.size) > share * abs(before.size)


class Look(BaseModel):
    """What one look at the coffee or the watch showed: values by key, lists (what is open, new, due) by item, id -> name.

    `noticed` is what of surges and drops somebody has been told by then, at this look or an earlier one.
    """

    snapshot: str
    known_at: datetime
    d1: date
    values: dict[str, Seen] = Field(default_factory=dict)
    lists: dict[str, dict[str, str]] = Field(default_factory=dict)
    noticed: dict[str, Noticed] = Field(default_factory=dict)
    watched: dict[str, Noticed] = Field(default_factory=dict)
    """What of them the watch told at these data; the coffee may have told others."""

    def same_data(self, other: Look) -> bool:
        return (self.snapshot, self.known_at) == (other.snapshot, other.known_at)

    def with_earlier(self, earlier: Look) -> Look:
        """This look together with another one at the same data: what both showed, this one's where both did."""
        return self.model_copy(
            update={
                "values": earlier.values | self.values,
                "lists": earlier.lists | self.lists,
                "noticed": earlier.noticed | self.noticed,
                "watched": earlier.watched | self.watched,
            }
        )


@dataclass(frozen=True)
class Viewer:
    """What our own state knows of the asker: the last look, and how much of what they want to be told."""

    last_look: Callable[[Look], Look | None] = lambda _: None
    """The newest earlier look at other data than the one given, else at the same data, else None."""
    told_now: Callable[[Look], Look | None] = lambda _: None
    """What was shown of the very same data already, if anything was."""
    budget: int | None = None
    muted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Moved:
    """A value that reads otherwise than before."""

    key: str
    before: Seen
    now: Seen


@dataclass(frozen=True)
class Listed:
    """What came onto a list and what went off it, by name."""

    item: str
    new: list[str]
    gone: list[str]


@dataclass(frozen=True)
class Changes:
    values: list[Moved] = field(default_factory=list)
    lists: list[Listed] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.values or self.lists)


def compare(before: Look, now: Look) -> Changes:
    """What reads otherwise now. A list or value that only one look has is no change: it was not looked at."""
    values = [
        Moved(key, before.values[key], seen)
        for key, seen in now.values.items()
        if key in before.values and before.values[key].value != seen.value
    ]
    lists = []
    for item, entries in now.lists.items():
        if item in before.lists:
            earlier = before.lists[item]
            new = [name for ident, name in entries.items() if ident not in earlier]
            gone = [name for ident, name in earlier.items() if ident not in entries]
            if new or gone:
                lists.append(Listed(item, new, gone))
    return Changes(values, lists)
