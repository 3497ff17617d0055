"""Stories from YAML made concrete: an account's list of effects, ready to be applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from meterline_tools.demo import spec
from meterline_tools.demo.effects import (
    Add,
    Effect,
    EndPromo,
    Envelope,
    Exhaust,
    Renegotiate,
    Save,
    Scale,
    Selector,
    Slide,
    TermTier,
    Users,
)
from meterline_tools.demo.population import Account, Workload, given_workload

Raw = dict[str, Any]


@dataclass(frozen=True)
class Event:
    """A story made concrete for one account."""

    id: str
    account_id: str
    story: spec.Story
    effects: tuple[Effect, ...]


def events_of(account: Account, first_number: int) -> list[Event]:
    """The account's stories as events; workloads that they add are numbered after the account's own."""
    out: list[Event] = []
    number = len(account.workloads)
    for i, story in enumerate(account.stories):
        effects = []
        for raw in story.effects:
            effects.append(make_effect(account, story, raw, number))
            number += len(raw.get("workloads", ()))
        out.append(Event(f"EV-{first_number + i:04d}", account.id, story, tuple(effects)))
    return out


def make_effect(account: Account, story: spec.Story, raw: Raw, number: int = 0) -> Effect:
    """An effect from its YAML form. `number`: how many workloads the account has so far."""
    if raw["kind"] == "add":
        return Add(_onset(story, raw), _added(account, story, raw, number))
    return BUILDERS[raw["kind"]](story, raw)


def _scale(story: spec.Story, raw: Raw) -> Effect:
    settings = tuple(raw.get("set", {}).items())
    into, failed, jobs = raw.get("into"), raw.get("failed", 0.0), raw.get("jobs", 1.0)
    return Scale(_envelope(story, raw), _selector(raw), raw["by"], into, failed, jobs, settings)


BUILDERS: dict[str, Callable[[spec.Story, Raw], Effect]] = {
    "scale": _scale,
    "slide": lambda story, raw: Slide(_envelope(story, raw), _selector(raw), raw["rate"], raw["by"]),
    "save": lambda story, raw: Save(_envelope(story, raw), _selector(raw), raw["by"]),
    "users": lambda story, raw: Users(_envelope(story, raw), raw["by"]),
    "exhaust": lambda story, raw: Exhaust(_onset(story, raw)),
    "end_promo": lambda story, raw: EndPromo(_onset(story, raw)),
    "renegotiate": lambda story, raw: Renegotiate(_onset(story, raw), raw.get("sku"), raw["cut"]),
    "term_tier": lambda story, raw: TermTier(_onset(story, raw), raw["sku"], raw["cut"]),
}


def _onset(story: spec.Story, raw: Raw) -> date:
    start: date = raw.get("at", story.onset)
    return start - timedelta(days=raw.get("lead", 0))


def _envelope(story: spec.Story, raw: Raw) -> Envelope:
    shape = raw.get("shape", "ramp")
    numbers = {k: float(raw[k]) for k in ("rise", "tau", "sigma") if k in raw}
    end = raw.get("until", story.end if shape == "pulse" else None)
    return Envelope(shape, _onset(story, raw), end, centre=raw.get("centre"), **numbers)


def _selector(raw: Raw) -> Selector:
    chosen = raw.get("select", {})
    lists = {k: tuple(chosen[k]) for k in ("keys", "types", "except_types") if k in chosen}
    return Selector(**lists, connector=chosen.get("connector"))


def _added(account: Account, story: spec.Story, raw: Raw, number: int) -> tuple[Workload, ...]:
    out = []
    for i, row in enumerate(raw["workloads"]):
        after = row[4].get("after", 0) if len(row) > 4 else 0
        workload = given_workload(account.id, number + i + 1, row, account.cloud_regions[0], "main")
        starts = _onset(story, raw) + timedelta(days=after)
        out.append(replace(workload, starts=starts, until=raw.get("until"), ramp_days=float(raw.get("rise", 21))))
    return tuple(out)
