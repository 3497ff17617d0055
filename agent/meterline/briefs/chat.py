"""The brief in a conversation: its sections as typed sentences, for a draft to take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meterline.answer import Draft, Section, Sentence, Table
from meterline.briefs.blocks import Block, Grid, Lines
from meterline.briefs.frame import Frame
from meterline.briefs.plan import load_plan
from meterline.briefs.proof import prove
from meterline.briefs.qbr import evidence_of
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.records import figure_index

_OWN_PAGE = frozenset({"header", "evidence"})
"""Sections that make sense on paper only."""


def draft_of_brief(bench: Workbench, account: str) -> Draft:
    """The internal brief's sections as far as they are proved; the headline is the first sentence of its summary.

    Raises:
        Refused: the account does not exist or is not visible.
        ModelMustRetry: the name means several accounts.
    """
    frame = Frame.open(bench, account, "internal")
    plans = [plan for plan in load_plan() if plan.id not in _OWN_PAGE]
    written = [(plan.title, plan.writer(frame)) for plan in plans]
    proof = evidence_of(frame)
    sections = [section for title, blocks in written for section in _sections(title, prove(blocks, proof)[0])]
    sentences = (sentence for section in sections for sentence in section.sentences)
    headline = next(sentences, Sentence(text=f"Nothing of a brief for {frame.account.name} could be proved."))
    whole = f"The whole brief: meterline brief '{frame.account.name}' --out FILE"
    return Draft(headline=headline, sections=sections, next_steps=[whole])


def draft_brief(bench: Workbench, *, account: str) -> dict[str, Any]:
    """The brief of an account as the reply of a tool: the built-in analyst takes it as its draft.

    Args:
        account: Account id or name.
    """
    before = len(bench.book.figures)
    draft = draft_of_brief(bench, account)
    return draft.model_dump(mode="json", exclude_defaults=True) | {"figures": figure_index(bench, before)}


def _sections(title: str, blocks: Iterable[Block]) -> list[Section]:
    """A section for the sentences, and one for each further table."""
    made = Section(heading=title)
    more: list[Section] = []
    for block in blocks:
        if isinstance(block, Lines):
            made.sentences += [line.sentence for line in block.items]
        elif isinstance(block, Grid) and block.rows:
            table = Table(columns=block.columns, rows=block.rows)
            if made.table is None:
                made.table = table
            else:
                more.append(Section(heading=title, table=table))
    return [section for section in (made, *more) if section.sentences or section.table]
