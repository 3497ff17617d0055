"""The event taxonomy: what can happen to an account, how often, and with which effects (spec/taxonomy.yaml)."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, Literal

import numpy as np
from pydantic import Field

from meterline_tools.demo.spec import Spec, read


class Recipe(Spec):
    """How an event of one cause is made for an account that had no part in it so far."""

    n: int
    """Events per seed of full size, those of the named accounts included."""
    direction: Literal["up", "down", "price_up", "price_down", "either"]
    before: float
    """Chance that somebody spoke about it before it began."""
    proof: Literal["use_case", "ticket", "change", "contact", "action", "none"]
    effects: list[dict[str, Any]]
    on: list[str] = Field(default_factory=list)
    """Workload types of which the largest workload is chosen."""
    needs: list[str] = Field(default_factory=list)
    segments: tuple[str, ...] = ("mid_market", "enterprise", "strategic")
    days: tuple[int, int] | None = None
    idle: tuple[float, float] | None = None
    paper: Literal["commit", "tier", "uncommitted"] | None = None
    promo: list[float] = Field(default_factory=list)
    """The account has had a launch price, one of these shares below its own: as far as a commit's rate below list: twins."""
    first_of: str | None = None
    min_age: int = 16
    """Days that it must have lasted by as-of."""
    ends_account: bool = False
    successor: bool = False
    never: list[str] = Field(default_factory=list)


class Taxonomy(Spec):
    regimes: list[str]
    overlapping: float
    quiet_share: float
    confirmed: int
    noise_queries: int
    causes: dict[str, Recipe]


@cache
def taxonomy() -> Taxonomy:
    return Taxonomy.model_validate(read("taxonomy"))


def drawn(value: Any, rng: np.random.Generator, names: dict[str, Any]) -> Any:
    """A value of the YAML with its draws made and its `$names` filled in."""
    match value:
        case {"draw": [low, high]} | {"days": [low, high]}:
            return float(rng.uniform(low, high)) if "draw" in value else int(rng.integers(low, high + 1))
        case {"one_of": options}:
            return drawn(options[int(rng.integers(len(options)))], rng, names)
        case dict():
            return {k: drawn(v, rng, names) for k, v in value.items()}
        case list():
            return [drawn(v, rng, names) for v in value]
        case str():
            return names[value[1:]] if value.startswith("$") else value
        case _:
            return value


def within(window: tuple[date, date], others: list[tuple[date, date]]) -> bool:
    """Whether a half-open window meets any of the others."""
    return any(window[0] < end and start < window[1] for start, end in others)
