"""Several changes at once: what else moved on the days asked about, each in a slice of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meterline_tools.kit.explain_figures import Sheet, fill_change
from meterline_tools.kit.explain_words import section, sentence, slice_name
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
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
    entries, lines = [], []
    for explanation in found:
        located = explanation.findings.located
        sheet = Sheet(account, bench.warehouse.company.currency)
        fill_change(sheet, located)
        receipt = sheet.write(bench, {**arguments, "slice": slice_name(explanation)}, usage)
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
                "figures": dict(sheet.ids),
                "receipts": [receipt.id],
            }
        )
        lines.append(_line(sheet, explanation))
    more = [section("What else moved", [sentence(line) for line in lines])] if lines else []
    return {"further": entries, "sections": [*sections, *more]}


def _line(sheet: Sheet, explanation: Explanation) -> str:
    """Where, how much and when; why is asked of it by its name."""
    located = explanation.findings.located
    side = "above" if located.own > 0 else "below"
    days = f"since {sheet.mark('onset')}" if located.change.ongoing else f"from {sheet.mark('onset')} to {sheet.mark('end')}"
    return f"Apart from that there is {slice_name(explanation)}: {sheet.mark('excess_total', 'abs')} {side} the usual level {days}."
