"""The exception ladder of a rep review: consumption, pipeline, activity, enablement, in this order (features F041 to F046).

A step that is met ends the walk, and so does one that cannot be looked at. What lies below is named, with what
speaks for it, as a place to look and never as a verdict on a person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from meterline_tools.errors import UserError
from meterline_tools.yamls import parse_yaml

Result = Literal["met", "not met", "no data", "not looked at"]
MONTH = 30
"""Days that `monthly_substantive` is about."""
QUESTIONS = 3


class Thresholds(BaseModel):
    """Where each step is met. Shares are fractions; see review.yaml for what each one means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pace: float
    coverage: float
    activity_share: float
    peers: int
    few_peers: int
    monthly_substantive: float
    certified: float
    certified_days: int
    lost: int
    lost_days: int
    joined_days: int


class Step(BaseModel):
    """A step of the ladder in words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    asks: str
    met: str
    not_met: str


class Label(BaseModel):
    """What a check that got to the bottom points to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    says: str


class Prompt(BaseModel):
    """A question for a 1:1; `at` is where it fits (any of these), `needs` the figures it names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: list[str]
    needs: list[str]
    text: str


class Rules(BaseModel):
    """review.yaml, checked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thresholds: Thresholds
    steps: list[Step]
    labels: dict[str, Label]
    questions: list[Prompt]


@cache
def load_rules() -> Rules:
    """Thresholds, steps, labels and questions as written."""
    return Rules.model_validate(parse_yaml((Path(__file__).parent / "review.yaml").read_text(encoding="utf-8")))


def thresholds_of(own: Mapping[str, float]) -> Thresholds:
    """The defaults with a company's own thresholds in their place. UserError names one that does not exist or fit."""
    known = load_rules().thresholds.model_dump()
    try:
        return Thresholds.model_validate(known | dict(own))
    except ValidationError as problem:
        name = str(problem.errors()[0]["loc"][0])
        raise UserError(f"company.yaml: review: '{name}' does not fit. There are: {', '.join(known)}.") from None


@dataclass(frozen=True)
class Facts:
    """What the steps look at. A value that is None comes with the reason in `missing`, by step id."""

    pace: float | None = None
    coverage: float | None = None
    covered: bool = False
    """Nothing is left of the quota, so there is nothing to cover."""
    activities: int | None = None
    substantive: int | None = None
    window_days: int = MONTH
    peers: tuple[int, ...] = ()
    """Substantive activities of each role peer in the same window."""
    peer_activities: tuple[int, ...] = ()
    """All customer activities of each of them."""
    people: int = 1
    """Over how many people the activities are spread; a team is held against its size."""
    certified: float | None = None
    """Share of the people with an unexpired certificate."""
    certificate_days: int | None = None
    """Days since the newest pass."""
    lost: int = 0
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Node:
    """One step as walked: `value` against `threshold`, in the unit of the step."""

    id: str
    result: Result
    value: float | None = None
    threshold: float | None = None
    why: str = ""
    """Why there is no data, or what the threshold is taken from."""


@dataclass(frozen=True)
class Ladder:
    nodes: list[Node]
    stop: str
    """Id of the step the walk ended at."""
    label: str | None = None

    def node(self, ident: str) -> Node:
        return next(node for node in self.nodes if node.id == ident)


def walk(facts: Facts, rules: Thresholds) -> Ladder:
    """The steps in order until one is met or cannot be looked at; all not met ends at the last one."""
    steps = (_consumption, _pipeline, _activity, _enablement)
    nodes: list[Node] = []
    for step in steps:
        node = step(facts, rules)
        nodes.append(node)
        if node.result != "not met":
            break
    stop = nodes[-1].id
    nodes += [Node(step.id, "not looked at") for step in load_rules().steps[len(nodes) :]]
    return Ladder(nodes, stop, _label(nodes, stop, facts, rules))


def _judged(ident: str, value: float | None, threshold: float, facts: Facts, why: str = "") -> Node:
    if value is None:
        return Node(ident, "no data", None, threshold, facts.missing.get(ident, "no data"))
    return Node(ident, "met" if value >= threshold else "not met", value, threshold, why)


def _consumption(facts: Facts, rules: Thresholds) -> Node:
    return _judged("consumption", facts.pace, rules.pace, facts)


def _pipeline(facts: Facts, rules: Thresholds) -> Node:
    if facts.covered and facts.coverage is None:
        return Node("pipeline", "met", None, rules.coverage, "the quota is already covered")
    return _judged("pipeline", facts.coverage, rules.coverage, facts)


def _activity(facts: Facts, rules: Thresholds) -> Node:
    value = None if facts.substantive is None else float(facts.substantive)
    threshold, why = activity_threshold(facts, rules)
    return _judged("activity", value, threshold, facts, why)


def activity_threshold(facts: Facts, rules: Thresholds) -> tuple[float, str]:
    """How many substantive activities are asked for, and whether "peers" or a "fixed" number say so."""
    if len(facts.peers) >= max(1, rules.peers):
        return rules.activity_share * median(facts.peers) * facts.people, "peers"
    return rules.monthly_substantive * facts.window_days / MONTH * facts.people, "fixed"


def _enablement(facts: Facts, rules: Thresholds) -> Node:
    node = _judged("enablement", facts.certified, rules.certified, facts)
    old = facts.certificate_days is not None and facts.certificate_days > rules.certified_days
    return Node(node.id, "not met", node.value, node.threshold, "the newest pass is long ago") if node.result == "met" and old else node


def _label(nodes: list[Node], stop: str, facts: Facts, rules: Thresholds) -> str | None:
    """What the bottom of the ladder points to; None where the walk ended above it or nothing on record tells."""
    last = next(node for node in nodes if node.id == stop)
    if stop == "enablement" and last.result == "not met":
        return "enablement_gap"
    if last.result != "met" or stop not in ("activity", "enablement"):
        return None
    if facts.lost >= rules.lost * facts.people:
        return "pmf_gap"
    talks = facts.activities is not None and len(facts.peer_activities) >= max(1, rules.peers)
    if stop == "enablement" and talks and (facts.activities or 0) >= rules.activity_share * median(facts.peer_activities) * facts.people:
        return "content_gap"
    return None


def questions(ladder: Ladder, slots: Mapping[str, str]) -> list[str]:
    """Exactly three questions for a 1:1: those that fit where the walk ended, on figures that are there, filled in.

    No figure is asked about twice, so that three questions open three subjects.
    """
    places = {ladder.stop, ladder.label or ""}
    chosen: list[str] = []
    used: set[str] = set()
    for fits in (True, False):
        for prompt in load_rules().questions:
            wanted = bool(places & set(prompt.at)) if fits else not prompt.at
            if not wanted or len(chosen) == QUESTIONS or not set(prompt.needs) <= slots.keys() or set(prompt.needs[:1]) & used:
                continue
            chosen.append(prompt.text.format(**slots))
            used |= set(prompt.needs[:1])
    return chosen


def words_of(ladder: Ladder) -> dict[str, Any]:
    """Where the walk ended, in words: the step's name and what its result means."""
    step = next(step for step in load_rules().steps if step.id == ladder.stop)
    result = ladder.node(ladder.stop).result
    says = {"met": step.met, "not met": step.not_met}.get(result, f"{ladder.node(ladder.stop).why}, so the check cannot go on")
    return {"step": step.id, "name": step.name, "result": result, "says": says}
