"""Writing the brief for a quarterly business review: ask, write, prove, render."""

from __future__ import annotations

from meterline.answer import Withheld
from meterline.briefs.blocks import Block, Used, shareable
from meterline.briefs.frame import Frame
from meterline.briefs.layout import to_markdown
from meterline.briefs.model import Brief, BriefSection, Rendering
from meterline.briefs.plan import SectionPlan, load_plan
from meterline.briefs.proof import prove
from meterline.briefs.sections import evidence as appendix
from meterline.evidence import Evidence
from meterline.render import Renderer, escape_markdown
from meterline_tools.kit.bench import Workbench

NOTHING_PROVED = "Nothing of this section could be proved, so nothing is printed."


def write_brief(bench: Workbench, account: str, rendering: Rendering = "internal") -> Brief:
    """The QBR brief of one account over the 13 complete weeks to the last complete day.

    Raises:
        Refused: the account does not exist or is not visible.
        ModelMustRetry: the name means several accounts.
    """
    frame = Frame.open(bench, account, rendering)
    plans = [plan for plan in load_plan() if rendering in plan.renderings]
    written = {plan.id: _for(rendering, plan.writer(frame)) for plan in plans}
    proof = evidence_of(frame)
    proved: dict[str, list[Block]] = {}
    withheld: list[Withheld] = []
    for plan in plans:
        proved[plan.id], taken_out = prove(written[plan.id], proof)
        withheld += taken_out
    return _render(frame, plans, proved, withheld)


def _for(rendering: Rendering, blocks: list[Block]) -> list[Block]:
    return blocks if rendering == "internal" else shareable(blocks)


def evidence_of(frame: Frame) -> Evidence:
    """What may stand in text without a mark: names in sight, rule and metric ids, the two days of the as-of."""
    bench = frame.bench
    rules = {*frame.savings.get("rules_checked", []), *(item["rule"] for item in frame.savings.get("rules_not_checkable", []))}
    return Evidence(bench.book, {*bench.names.with_digits(), *rules}, (), [bench.asof.d1, bench.asof.today], own_words=True)


def _render(frame: Frame, plans: list[SectionPlan], proved: dict[str, list[Block]], withheld: list[Withheld]) -> Brief:
    renderer = Renderer(frame.bench.book)
    used = Used.by(block for blocks in proved.values() for block in blocks)
    sections = []
    for plan in plans:
        blocks = proved[plan.id]
        markdown = to_markdown(blocks, renderer) or NOTHING_PROVED
        if plan.appendix:
            markdown += "\n\n" + to_markdown(_for(frame.rendering, _appendix(frame, used, withheld, renderer)), renderer)
        sections.append(BriefSection(id=plan.id, number=plan.number, title=plan.title, markdown=markdown, appendix=plan.appendix))
    return _brief(frame, sections, renderer.notes(), used, withheld)


def _appendix(frame: Frame, used: Used, withheld: list[Withheld], renderer: Renderer) -> list[Block]:
    """What can be told only once the sections are proved and their footnotes numbered."""
    numbers = {ident: renderer.number(ident) for ident in sorted(used.values) if renderer.is_noted(ident)}
    return [
        *appendix.withheld(withheld),
        *appendix.figures(frame, numbers),
        *appendix.citations(used),
        *appendix.statements(frame, used),
    ]


def _brief(frame: Frame, sections: list[BriefSection], notes: dict[int, str], used: Used, withheld: list[Withheld]) -> Brief:
    book, asof = frame.bench.book, frame.bench.asof
    return Brief(
        account=frame.account,
        title=f"Business review: {escape_markdown(frame.account.name)}",
        period=frame.period,
        rendering=frame.rendering,
        sections=sections,
        notes=notes,
        figures=[figure for figure in book.figures.values() if figure.id in used.figures],
        citations=[citation for citation in book.citations.values() if citation.id in used.citations],
        receipts=list(book.receipts.values()) if frame.rendering == "internal" else [],
        withheld=withheld,
        known_at=asof.known_at,
        d1=asof.d1,
    )
