"""Several changes at once: what else moved on the days asked about, each in a slice of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.explain_figures import Sheet, cite, fill_change, fill_denials
from meterline_tools.kit.explain_words import Sentence, contradiction, lasting, said, section, sentence, slice_name, told_evidence
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.insight.evidence import Item
    from meterline_tools.insight.verdict import Explanation
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.kit.explain_data import Usage


def further_changes(
    bench: Workbench,
    account: Entity,
    usage: Usage,
    found: Sequence[Explanation],
    arguments: Mapping[str, Any],
    sections: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """`further` (one entry a change, with its own figures and cause) and the sections with a paragraph on them."""
    entries: list[dict[str, Any]] = []
    lines: list[Sentence] = []
    for explanation in found:
        located = explanation.findings.located
        sheet = Sheet(account, bench.warehouse.company.currency)
        fill_change(sheet, located)
        fill_denials(sheet, explanation)
        receipt = sheet.write(bench, {**arguments, "slice": slice_name(explanation)}, usage)
        cited = cite(bench, account, (*explanation.evidence, *explanation.against, *explanation.contradictions, *explanation.said))
        cause = explanation.cause
        entries.append(
            {
                "slice": {located.part.attribute: list(located.part.values), "name": slice_name(explanation)} if located.part else None,
                "direction": located.direction,
                "onset": located.onset.isoformat(),
                "end": None if located.change.ongoing else located.end.isoformat(),
                "verdict": explanation.verdict,
                "cause": {"id": cause.id, "label": cause.label, "confidence": explanation.confidence.level} if cause else None,
                "durability": explanation.durability,
                "known_in_advance": explanation.known_in_advance,
                "evidence": [told_evidence(item, cited) for item in (*explanation.evidence, *explanation.against)],
                "contradictions": [told_evidence(item, cited) for item in explanation.contradictions],
                "said": [told_evidence(item, cited) for item in explanation.said if item in cited],
                "figures": dict(sheet.ids),
                "receipts": [receipt.id],
            }
        )
        lines += _lines(sheet, explanation, cited)
    more = [section("What else moved", lines)] if lines else []
    return {"further": entries, "sections": [*sections, *more]}


def _lines(sheet: Sheet, explanation: Explanation, cited: Mapping[Item, str]) -> list[Sentence]:
    """Where, how much and when; why, with the best word for it and what is said otherwise."""
    located, cause = explanation.findings.located, explanation.cause
    side = "above" if located.own > 0 else "below"
    days = f"since {sheet.mark('onset')}" if located.change.ongoing else f"from {sheet.mark('onset')} to {sheet.mark('end')}"
    size = f"Apart from that there is {slice_name(explanation)}: {sheet.mark('excess_total', 'abs')} {side} the usual level {days}"
    beside = [said(explanation, item, cited[item]) for item in explanation.said[:MOST_SAID]]
    if cause is None:
        return [sentence(f"{size}; its cause is unknown."), *beside]
    ids = [cited[item] for item in explanation.evidence]
    sure = f"{lasting(explanation)}, {explanation.confidence.level} confidence"
    basis = f", proven by {explanation.proven}" if explanation.proven else "" if ids else ", from telemetry alone"
    out = [sentence(f"{size}, most likely {cause.label}{basis} ({sure}).", "inferred", ids)]
    out += [contradiction(sheet, explanation, item, cited[item]) for item in explanation.contradictions[:MOST_CONTRADICTIONS]]
    return out + beside


MOST_CONTRADICTIONS = 2
"""Of a further change, so many words that claim otherwise are printed."""
MOST_SAID = 1
"""And so many in which no cause is read."""
