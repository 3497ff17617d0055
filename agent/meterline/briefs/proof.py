"""Each line and table row of a brief against the receipts; what cannot be proved is taken out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from meterline.answer import Sentence, Withheld
from meterline.briefs.blocks import Block, Grid, Line, Lines
from meterline.evidence import Evidence
from meterline.verify import check_sentence


def prove(blocks: Iterable[Block], evidence: Evidence) -> tuple[list[Block], list[Withheld]]:
    """The blocks that stand, and what was withheld with reasons."""
    withheld: list[Withheld] = []

    def stands(sentence: Sentence) -> bool:
        reason = check_sentence(sentence, evidence)
        if reason is not None:
            withheld.append(Withheld(text=sentence.text, reason=reason))
        return reason is None

    proved: list[Block] = []
    for block in blocks:
        if isinstance(block, Lines):
            lines: list[Line] = [line for line in block.items if stands(line.sentence)]
            if lines:
                proved.append(Lines(lines, block.style))
        elif isinstance(block, Grid):
            # Each cell is a claim of its own: a cause that says "a lower price" may stand beside a rise.
            rows = [row for row in block.rows if all(stands(Sentence(text=cell)) for cell in row)]
            if rows:
                proved.append(replace(block, rows=rows))
        else:
            proved.append(block)
    return proved, withheld
