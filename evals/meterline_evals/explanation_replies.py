"""The reply of explain_change as parts, and what is in its text: causal sentences and their proof."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_evals.explanation_parts import Part

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

BY_TEST = ("proven by", "from telemetry alone")
"""How the text says that a cause rests on a test and not on somebody's word."""


def parts_of(bench: Workbench, reply: Mapping[str, Any]) -> list[Part]:
    """The change that the reply is about, and the further ones. Only what the text prints counts as said against a cause."""
    printed = {citation for text in _sentences(reply) for citation in text["citations"]}
    return [_part(bench, part, printed) for part in (reply, *reply.get("further", ()))]


def _part(bench: Workbench, told: Mapping[str, Any], printed: set[str]) -> Part:
    cause = told["cause"] or {}
    where = told["slice"]
    attribute = next((key for key in where if key != "name"), None) if where else None
    evidence = told["evidence"]
    otherwise = (e for e in evidence if e["against"] or e["supports"] != cause.get("id"))
    against = [*told["contradictions"], *otherwise, *told["said"]]
    return Part(
        cause=cause.get("id"),
        onset=date.fromisoformat(told["onset"]) if told["onset"] else None,
        end=date.fromisoformat(told["end"]) if told["end"] else None,
        direction=told["direction"],
        slice=(attribute, tuple(where[attribute])) if attribute else None,
        durability=told["durability"],
        confidence=cause.get("confidence") or "unknown",
        excess=value(bench, told, "excess_total"),
        known_in_advance=told["known_in_advance"],
        cited=_documents(bench, {e["citation"] for e in evidence if e["supports"] == cause.get("id")}),
        against=_documents(bench, {e["citation"] for e in against} & printed),
    )


def value(bench: Workbench, told: Mapping[str, Any], key: str) -> float | None:
    figure = told["figures"].get(key)
    return float(bench.book.figures[figure].value or 0.0) if figure else None


def _documents(bench: Workbench, citations: set[str]) -> frozenset[str]:
    return frozenset(bench.book.citations[c].source_id for c in citations if c in bench.book.citations)


def _sentences(reply: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [reply["headline"], *(text for part in reply["sections"] for text in part["sentences"])]


def withheld(bench: Workbench, reply: Mapping[str, Any]) -> int:
    """Sentences that the verifier would take out: a figure, a name or a quotation without its source."""
    from meterline.answer import Draft
    from meterline.told import told_in
    from meterline.verify import check

    draft = Draft.model_validate({"headline": reply["headline"], "sections": reply["sections"]})
    return len(check(draft, bench.book, told=told_in([dict(reply)])).withheld)


def causal(reply: Mapping[str, Any]) -> list[tuple[str, frozenset[str], bool]]:
    """(cause id, citations, whether it names the test it rests on) of each sentence that says why."""
    causes = {part["cause"]["label"]: part["cause"]["id"] for part in (reply, *reply.get("further", ())) if part["cause"]}
    by_test = any(test in text["text"] for text in _sentences(reply) for test in BY_TEST)
    return [
        (cause, frozenset(text["citations"]), by_test)
        for text in _sentences(reply)
        for label, cause in causes.items()
        if text["kind"] == "inferred" and label in text["text"]
    ]
