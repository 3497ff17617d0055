"""Confidence, counted and not felt (change contract 7.4), and durability (step 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from meterline_tools.insight.evidence import Item
from meterline_tools.insight.thresholds import Thresholds

Level = Literal["high", "medium", "low", "unknown"]
_ORDER: tuple[Level, ...] = ("unknown", "low", "medium", "high")


@dataclass(frozen=True)
class Confidence:
    """The level, its points, and what each point was given for."""

    level: Level
    points: int
    reasons: tuple[tuple[str, int], ...]
    capped_by: str | None = None


def evidence_points(items: Sequence[Item], rules: Thresholds) -> list[tuple[str, int]]:
    """One line a kind of evidence; the best of each kind counts once, of our own people's notes a second one of the slice as well."""
    best: dict[str, tuple[str, int]] = {}
    for item in items:
        kind, reason, worth = _worth(item, rules)
        if worth > best.get(kind, ("", 0))[1]:
            best[kind] = (reason, worth)
    ours = {item.statement.source_id for item in items if item.slice_match and not item.hint and _worth(item, rules)[0] == "vendor"}
    if len(ours) > 1:
        best["vendor"] = ("notes of our own people, each on this slice", rules.confidence.points.vendors)
    return list(best.values())


def _worth(item: Item, rules: Thresholds) -> tuple[str, str, int]:
    points = rules.confidence.points
    statement = item.statement
    if statement.source in ("ticket", "use_case_event"):
        return "ticket", "a ticket or use-case record", points.ticket_or_use_case
    if statement.side == "system":
        full = item.slice_match and item.dated
        return (
            "system",
            "a system record of this slice and date" if full else "a system record",
            (points.system_slice_date if full else points.ticket_or_use_case),
        )
    if statement.side == "customer":
        if item.hint:
            return "customer", "the customer on how long it lasts", points.vendor
        full = item.slice_match and item.dated and not item.hedged
        reason = "the customer's words on this slice and date" if full else "the customer's words"
        return "customer", reason, points.customer_slice_date if full else points.customer
    return "vendor", "a note of our own people", points.vendor


def score(
    items: Sequence[Item],
    rules: Thresholds,
    *,
    rivals: int,
    unique: bool,
    contradicted: bool,
    coverage: float | None,
    proven: str | None = None,
    pricing_unknown: bool = False,
    young_twin: bool = False,
) -> Confidence:
    """The level of one cause.

    `rivals` counts the other candidates that evidence has not settled; `proven` names a branch (price, others,
    calendar) that proves itself and is worth a system record; `pricing_unknown` caps at medium where no contract
    was brought (2.2); `young_twin` at low while time could still tell the twins apart.
    """
    points = rules.confidence.points
    reasons = evidence_points(items, rules)
    if proven and not any(reason.startswith("a system") for reason, _ in reasons):
        reasons.append((f"proven by {proven}", points.system_slice_date))
    if unique:
        reasons.append(("the only cause that telemetry allows", points.unique_fingerprint))
    elif rivals:
        reasons.append(("other causes that telemetry allows as well", points.rivals_open))
    if contradicted:
        reasons.append(("evidence that speaks against it", points.contradiction))
    if coverage is not None and coverage < rules.confidence.low_coverage:
        reasons.append(("telemetry of retries and re-reads covers too little", points.low_coverage))
    total = sum(worth for _, worth in reasons)
    level = _level(total, contradicted, rules)
    caps: tuple[tuple[str, bool, Level], ...] = (
        ("no word of a person or a system", not items and not proven, "medium"),
        ("no contract data: a price cause cannot be excluded", pricing_unknown, "medium"),
        ("too few days since it began", young_twin, "low"),
    )
    capped_by = None
    for reason, applies, most in caps:
        if applies and _ORDER.index(level) > _ORDER.index(most):
            level, capped_by = most, reason
    return Confidence(level, total, tuple(reasons), capped_by)


def _level(total: int, contradicted: bool, rules: Thresholds) -> Level:
    if total >= rules.confidence.high and not contradicted:
        return "high"
    if total >= rules.confidence.medium:
        return "medium"
    return "low" if total >= rules.confidence.low else "unknown"
