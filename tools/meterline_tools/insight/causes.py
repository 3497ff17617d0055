"""The causes a change can have, as data: necessary conditions, falsifiers, cues, durability (change contract 7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from meterline_tools.insight.fact_names import FACTS
from meterline_tools.yamls import YAMLError, parse_yaml

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
    kin: list[str] = Field(default_factory=list)
    """Causes that people put much alike, which go the same way and last as long."""
    evidence: bool = False
    must: list[Predicate]
    must_not: list[Predicate]
    telling: list[Predicate] = Field(default_factory=list)
    proven_after_days: int | None = None
    treatment: str
    settle: str
    act: str
    cues: dict[str, list[str]]
    sayings: dict[str, list[str]] = Field(default_factory=dict)
    """How people put it, by language; added to those in sayings/."""
    undecided: bool = False
    """People tell of it as of something not decided yet: so is a trial."""
    unspoken: bool = False
    """Telemetry alone may name it where its twins are ruled out: nobody may ever say it. Other causes wait for a word."""

    @property
    def passes(self) -> bool:
        """Whether it ends by itself, so that days to come may be its end."""
        return self.durability in ("one_time", "seasonal", "external")


class Words(BaseModel):
    """General words of words.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    negation: dict[str, list[str]]
    hedges: list[str]
    future: list[str]
    undecided: list[str]
    """It may or may not come: of a cause that is itself `undecided` still a word."""
    elsewhere: list[str]
    """It is told of somebody else, or of what is long over."""
    one_time: list[str]
    durable: list[str]
    usage_words: list[str]
    attribution: list[str]
    """Words that put something down to something: what follows is a claim about the change."""
    generic_slice_words: list[str]
    opinions: list[list[str]]
    fillers: dict[str, list[str]]
    """By language, what stands between two thoughts of somebody who dictates."""


class CauseError(ValueError):
    """A file of causes that may not be used; the message names the cause and what to mend."""


def read_causes(text: str, shipped: Mapping[str, Cause] | None = None) -> dict[str, Cause]:
    """Causes from YAML text, by id, after the `shipped` ones.

    An entry of a shipped cause changes the fields it names and adds its cues; any other entry is a cause of its own and has
    all fields. CauseError for what cannot be used: an unknown field, fact or twin, or a field that is missing.
    """
    known = dict(shipped or {})
    try:
        found = parse_yaml(text) or {}
    except YAMLError as error:
        raise CauseError(f"the causes are no YAML: {error}") from error
    if not isinstance(found, dict):
        raise CauseError("the causes must be entries by id, such as 'harvest: {label: the harvest, ...}'.")
    for key, body in found.items():
        known[str(key)] = _read(str(key), body, known.get(str(key)))
    for cause in known.values():
        _check(cause, known)
    return known


def _read(key: str, body: Any, shipped: Cause | None) -> Cause:
    if not isinstance(body, dict):
        raise CauseError(f"cause {key}: give its fields, such as label, direction and must.")
    fields = shipped.model_dump(by_alias=True) | body if shipped is not None else dict(body)
    if shipped is not None and isinstance(body.get("cues"), dict):
        both = {*shipped.cues, *body["cues"]}
        fields["cues"] = {tongue: [*shipped.cues.get(tongue, []), *body["cues"].get(tongue, [])] for tongue in sorted(both)}
    try:
        return Cause.model_validate({**fields, "id": key})
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(str(part) for part in first["loc"])
        raise CauseError(f"cause {key}: {at or 'the entry'}: {first['msg']}.") from error


def _check(cause: Cause, known: Mapping[str, Cause]) -> None:
    """Its twins and kin exist, and its conditions read facts that are measured."""
    for kind, named in (("twin", cause.twins), ("kin", cause.kin)):
        unknown = [other for other in named if other not in known]
        if unknown:
            raise CauseError(f"cause {cause.id}: unknown {kind} {', '.join(unknown)}.{_nearest(unknown[0], known)}")
    strange = [k for k in cause.kin if (known[k].direction, known[k].durability) != (cause.direction, cause.durability)]
    if strange:
        raise CauseError(f"cause {cause.id}: {', '.join(strange)} is no kin: it goes another way or lasts differently. Name it as a twin.")
    for predicate in (*cause.must, *cause.must_not, *cause.telling):
        for fact in predicate.facts():
            if fact not in FACTS:
                raise CauseError(f"cause {cause.id}: nothing measures '{fact}'.{_nearest(fact, FACTS)}")
        if not predicate.facts():
            raise CauseError(f"cause {cause.id}: a condition without a fact; name one, or give any or all of several.")


def _nearest(name: str, known: Iterable[str]) -> str:
    found = get_close_matches(name, list(known), n=1)
    return f" Did you mean '{found[0]}'?" if found else ""


@lru_cache(maxsize=1)
def load_causes() -> dict[str, Cause]:
    """The causes that ship with the package."""
    return read_causes(Path(__file__).with_name("causes.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=8)
def own_causes(path: Path, changed: float) -> dict[str, Cause]:
    """The shipped causes with those of a company's own file, which was last changed at `changed`. CauseError names the file."""
    try:
        return read_causes(path.read_text(encoding="utf-8"), load_causes())
    except CauseError as error:
        raise CauseError(f"{path.name}: {error}") from error


@lru_cache(maxsize=1)
def load_words() -> Words:
    text = Path(__file__).with_name("words.yaml").read_text(encoding="utf-8")
    return Words.model_validate(parse_yaml(text))
