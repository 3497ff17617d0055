"""The ladder as a reply: each step with its value and threshold as figures, where it stopped, and three questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meterline_tools.insight import review
from meterline_tools.insight.review import Facts, Ladder, Node, Thresholds
from meterline_tools.kit.records import Records, derived_records
from meterline_tools.kit.review.facts import BookFacts
from meterline_tools.kit.review.scorecard import Scorecard

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

_TOOL = "review_rep"
_UNITS = {"consumption": "%", "pipeline": "ratio", "activity": "count", "enablement": "%"}
_METRICS = {"consumption": "M14", "pipeline": "M40", "activity": "M44", "enablement": "M47b"}


def ladder_reply(bench: Workbench, given: BookFacts, card: Scorecard, rules: Thresholds) -> dict[str, Any]:
    """The keys ladder, stop, label and questions of the reply."""
    walked = review.walk(given.facts, rules)
    steps = {step.id: step for step in review.load_rules().steps}
    worked = derived_records(bench, "calc", _TOOL, {"ladder": card.person.id}, _rows(walked, given, rules))
    told = [
        {
            "step": node.id,
            "name": steps[node.id].name,
            "asks": steps[node.id].asks,
            "result": node.result,
            "value": _governed(bench, node, given, card)
            or worked.figure(n, "value", steps[node.id].name, _UNITS[node.id], metric=_METRICS[node.id]),
            "threshold": worked.figure(n, "threshold", f"{steps[node.id].name}, threshold", _UNITS[node.id]),
            "why": _why(node, given, worked, n, rules),
        }
        for n, node in enumerate(walked.nodes)
    ]
    label = review.load_rules().labels.get(walked.label or "")
    slots = _slots(bench, given, card, worked)
    return {
        "ladder": told,
        "stop": review.words_of(walked),
        "label": {"id": walked.label, "name": label.name, "says": label.says, "evidence": _evidence(walked, slots)} if label else None,
        "questions": review.questions(walked, slots),
    }


def _governed(bench: Workbench, node: Node, given: BookFacts, card: Scorecard) -> str | None:
    """The metric's own figure, where it is this very value: its receipt opens the SQL."""
    own = {
        "consumption": given.figures.get("pace"),
        "pipeline": given.figures.get("coverage"),
        "activity": card.figures.get("M44.substantive"),
    }
    figure = own.get(node.id)
    return figure if figure and node.value is not None and _value(bench, figure) == node.value else None


def _rows(walked: Ladder, given: BookFacts, rules: Thresholds) -> list[dict[str, Any]]:
    """One row a step: what it was held against, and where that comes from."""
    facts = given.facts
    extra = {"peers": len(facts.peers), "lost": facts.lost, "activities": facts.activities, "people": facts.people}
    return [{"step": node.id, "value": node.value, "threshold": node.threshold, "result": node.result, **extra} for node in walked.nodes]


def _why(node: Node, given: BookFacts, worked: Records, n: int, rules: Thresholds) -> str:
    """Where a threshold comes from, or why there is no value; a few peers are said to be few."""
    if node.result in ("no data", "not looked at") or node.id != "activity":
        return node.why
    if node.why != "peers":
        return (
            "a fixed number for each person of the team"
            if given.facts.people > 1
            else "no role peers in sight, so a fixed number is the measure"
        )
    peers = worked.figure(n, "peers", "Role peers in sight", "count")
    few = ", which is few: take it as a rough guide" if len(given.facts.peers) < rules.few_peers else ""
    return f"from the median of [[{peers}]] role peers in sight{few}"


def _slots(bench: Workbench, given: BookFacts, card: Scorecard, worked: Records) -> dict[str, str]:
    """What questions can name, as marks. A mover that changed hands is no customer's move and is not asked about."""
    figures = card.figures
    said = {
        "pace": given.figures.get("pace"),
        "coverage": given.figures.get("coverage"),
        "required": given.figures.get("required"),
        "certificate": given.figures.get("certificate"),
        "certificate_date": given.figures.get("certificate_date"),
        "pipeline": figures.get("M39.usd"),
        "slipped": figures.get("M38.count") if _value(bench, figures.get("M38.count")) else None,
        "slipped_usd": figures.get("M38.usd"),
        "activities": figures.get("M44.count"),
        "substantive": figures.get("M44.substantive") if given.facts.substantive is not None else None,
        "consumed": figures.get("M01"),
        "lost": worked.figure(0, "lost", "Use cases lost", "count") if given.facts.lost else None,
    }
    slots = {name: f"[[{figure}]]" for name, figure in said.items() if figure and _told(bench, name, figure)}
    gap = given.figures.get("gap")
    if gap and (_value(bench, gap) or 0.0) < 0:
        slots["gap"] = f"[[{gap}.abs]]"
    for mover in card.movers:
        change = mover["figures"].get("M10")
        value = _value(bench, change)
        if mover["handover"] is None and value:
            name = "gainer" if value > 0 else "loser"
            slots.setdefault(name, f"[[{change}.entity]]")
            slots.setdefault(f"{name}_change", f"[[{change}.change]]")
    return slots


_EVEN_ZERO = frozenset({"pace", "coverage", "substantive", "certificate", "certificate_date"})
"""Questions may name these at zero too; of the others nothing is nothing to ask about."""


def _told(bench: Workbench, name: str, figure: str) -> bool:
    value = bench.book.figures[figure].value
    return value is not None and (name in _EVEN_ZERO or bool(value))


def _value(bench: Workbench, figure: str | None) -> float | None:
    value = bench.book.figures[figure].value if figure else None
    return float(value) if isinstance(value, int | float) else None


def _evidence(walked: Ladder, slots: dict[str, str]) -> list[str]:
    """What on record speaks for the label."""
    lines: list[str] = []
    if {"activities", "substantive"} <= slots.keys():
        lines.append(f"{slots['activities']} customer activities, {slots['substantive']} of them substantive")
    if walked.label == "enablement_gap":
        has = "certificate" in slots
        lines.append(f"newest certificate {slots['certificate']}, {slots['certificate_date']}" if has else "no certificate on record")
    if "lost" in slots:
        lines.append(f"use cases lost in the look-back: {slots['lost']}")
    return lines


def stop_of(facts: Facts, rules: Thresholds) -> tuple[Ladder, dict[str, Any]]:
    """Where the ladder ends for somebody listed in a team, without figures of its own."""
    walked = review.walk(facts, rules)
    return walked, review.words_of(walked)
