"""Which causes telemetry allows: necessary conditions and falsifiers, evaluated (7.2 step 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from meterline_tools.insight.causes import Cause, Facts, Predicate

State = Literal["confirmed", "open", "denied"]


UNTESTED_IS_DENIED = ("others", "calendar")
"""Branches that prove themselves or do not exist: without the test there is no such cause."""


@dataclass(frozen=True)
class Fingerprint:
    """How one cause stands: `confirmed` (all conditions hold), `open` (some not measured) or `denied`.

    `by` is the condition that denied it. `telling` says that telemetry alone names it.
    """

    cause: Cause
    state: State
    telling: bool = False
    by: Predicate | None = None
    unmeasured: tuple[str, ...] = ()


def evaluate(cause: Cause, facts: Facts) -> Fingerprint:
    wrong_way = {"up": -1.0, "down": 1.0}.get(cause.direction)
    if wrong_way is not None and facts.get("direction") == wrong_way:
        return Fingerprint(cause, "denied", by=Predicate(fact="direction"))
    results = [(p, p.test(facts)) for p in cause.must]
    for predicate, held in results:
        if held is False:
            return Fingerprint(cause, "denied", by=predicate)
    for predicate in cause.must_not:
        if predicate.test(facts):
            return Fingerprint(cause, "denied", by=predicate)
    open_facts = tuple(name for predicate, held in results if held is None for name in predicate.facts() if facts.get(name) is None)
    if open_facts and cause.proof in UNTESTED_IS_DENIED:
        return Fingerprint(cause, "denied", unmeasured=open_facts)
    telling = bool(cause.telling) and all(p.test(facts) for p in cause.telling)
    return Fingerprint(cause, "open" if open_facts else "confirmed", telling, unmeasured=open_facts)


def fingerprints(causes: Mapping[str, Cause], facts: Facts) -> dict[str, Fingerprint]:
    return {key: evaluate(cause, facts) for key, cause in causes.items()}


def candidates(prints: Mapping[str, Fingerprint]) -> list[Fingerprint]:
    """Causes that telemetry allows: the confirmed, most specific first.

    The merely open ones count only when none is confirmed that could stand without somebody's word.
    """
    confirmed = [p for p in prints.values() if p.state == "confirmed"]
    enough = any(not p.cause.evidence for p in confirmed)
    return sorted(confirmed if enough else allowed(prints.values()), key=lambda p: (not p.telling, p.cause.evidence, -len(p.cause.must)))


def allowed(prints: Iterable[Fingerprint]) -> list[Fingerprint]:
    return [p for p in prints if p.state != "denied"]
