"""The causes a change can have, as data: necessary conditions, falsifiers, cues, durability (change contract 7.3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from meterline_tools.yamls import parse_yaml

Facts = Mapping[str, float | None]
"""Named measurements of one change; None means not measured."""
Durability = Literal["durable", "one_time", "seasonal", "external", "neutral", "unknown", "too_early"]


class Predicate(BaseModel):
    """A condition on one fact, or any/all of several. Holds, does not hold, or (fact not measured) is open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fact: str | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    any: list[Predicate] = Field(default_factory=list)
    all: list[Predicate] = Field(default_factory=list)

    def test(self, facts: Facts) -> bool | None:
        if self.fact is None:
            parts = [p.test(facts) for p in self.any or self.all]
            decisive = bool(self.any)
            if decisive in parts:
                return decisive
            return None if None in parts else not decisive
        value = facts.get(self.fact)
        if value is None:
            return None
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.at_most is None or value <= self.at_most)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )

    def facts(self) -> list[str]:
        """The facts it reads, in order."""
        return [self.fact] if self.fact else [name for part in (*self.any, *self.all) for name in part.facts()]


class Cause(BaseModel):
    """One entry of causes.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    label: str
    direction: Literal["up", "down", "any"]
    durability: Durability
    proof: Literal["price", "others", "calendar"] | None = None
    twins: list[str] = Field(default_factory=list)
    evidence: bool = False
    must: list[Predicate]
    must_not: list[Predicate]
    telling: list[Predicate] = Field(default_factory=list)
    proven_after_days: int | None = None
    treatment: str
    settle: str
    act: str
    cues: dict[str, list[str]]


class Words(BaseModel):
    """General words of words.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    negation: dict[str, list[str]]
    hedges: list[str]
    future: list[str]
    one_time: list[str]
    durable: list[str]
    usage_words: list[str]
    generic_slice_words: list[str]


def read_causes(text: str) -> dict[str, Cause]:
    """Causes from YAML text, by id; twins must exist."""
    causes = {key: Cause.model_validate({"id": key, **body}) for key, body in parse_yaml(text).items()}
    for cause in causes.values():
        unknown = [twin for twin in cause.twins if twin not in causes]
        if unknown:
            raise ValueError(f"cause {cause.id}: unknown twin {', '.join(unknown)}")
    return causes


@lru_cache(maxsize=1)
def load_causes() -> dict[str, Cause]:
    return read_causes(Path(__file__).with_name("causes.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def load_words() -> Words:
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    return Words.model_validate(parse_yaml(text))
