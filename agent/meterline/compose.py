"""From a verified draft to the answer contract that every face returns."""

from __future__ import annotations

from meterline.answer import Answer, AnswerType, Claim, Draft, Sentence
from meterline.charts import vega_lite
from meterline.fitting import fitted, short_withheld
from meterline.loop import Turn
from meterline.marks import find_marks
from meterline.render import Renderer, escape_markdown
from meterline.verify import flagged
from meterline_tools.receipts import ReceiptBook

UNGOVERNED = "Figures with an ungoverned footnote come from free SQL: no metric of the catalogue stands behind them."
NOTHING_PROVED = "Nothing in this answer could be proved, so nothing is printed."


def compose(turn: Turn, *, thread_id: str, elapsed_ms: float) -> Answer:
    """The answer: text with footnotes, the figures and citations it uses, all receipts, what was withheld."""
    book = turn.bench.book
    fit = fitted(turn.verified.draft, lambda draft: _markdown(draft, _headline(draft, book)[1], Renderer(book)))
    draft = fit.draft
    answer_type, headline = _headline(draft, book)
    renderer = Renderer(book)
    assumptions = [renderer.plain(a) for a in draft.assumptions]
    if turn.fallback_reason:
        assumptions.append(turn.fallback_reason)
    used = _used_marks(draft, headline)
    if any(book.figures[ident].unit != "text" and not book.figures[ident].governed for ident in used & book.figures.keys()):
        assumptions.append(UNGOVERNED)
    return Answer(
        answer_type=answer_type,
        headline=renderer.plain(headline.text),
        text=_markdown(draft, headline, renderer, fit.note()),
        figures=[f for f in book.figures.values() if f.id in used],
        claims=_claims(draft, headline, renderer),
        citations=[c for c in book.citations.values() if c.id in used],
        receipts=list(book.receipts.values()),
        charts=[spec for chart in draft.charts if (spec := vega_lite(chart, renderer))],
        assumptions=assumptions,
        clarification=draft.clarification,
        not_available=[renderer.plain(n) for n in draft.not_available],
        next_steps=[renderer.plain(n) for n in draft.next_steps],
        withheld=short_withheld([w.model_copy(update={"text": renderer.shown(w.text)}) for w in turn.verified.withheld]),
        known_at=turn.bench.asof.known_at,
        d1=turn.bench.asof.d1,
        model=turn.model,
        prompt_fingerprint=turn.fingerprint,
        usage=turn.usage,
        elapsed_ms=round(elapsed_ms, 1),
        thread_id=thread_id,
    )


def _headline(draft: Draft, book: ReceiptBook) -> tuple[AnswerType, Sentence]:
    """The headline; when it was withheld, the first sentence that may stand in its place."""
    if draft.headline.text:
        return draft.answer_type, draft.headline
    standing = next((s for section in draft.sections for s in section.sentences if not flagged(s, book)), None)
    if standing is not None:
        return draft.answer_type, standing
    if any(section.table for section in draft.sections):
        return draft.answer_type, Sentence(text="The figures that could be proved are in the table.")
    return "ANSWER_UNKNOWN", Sentence(text=NOTHING_PROVED)


def _markdown(draft: Draft, headline: Sentence, renderer: Renderer, left_out: str = "") -> str:
    blocks = [f"**{renderer.inline(headline.text)}**", renderer.sections(draft.sections)]
    blocks += [renderer.sql(ident) for ident in draft.show_receipts if ident in renderer.book.receipts]
    blocks += [escape_markdown(left_out), renderer.footnotes()]
    return "\n\n".join(text for block in blocks if (text := block.strip()))


def _sentences(draft: Draft, headline: Sentence) -> list[Sentence]:
    body = [s for section in draft.sections for s in section.sentences if s is not headline]
    rows = [Sentence(text=" · ".join(row)) for section in draft.sections if section.table for row in section.table.rows]
    return [headline, *body, *rows]


def _used_marks(draft: Draft, headline: Sentence) -> set[str]:
    texts = [s.text for s in _sentences(draft, headline)]
    texts += [*draft.assumptions, *draft.not_available, *draft.next_steps]
    marked = {mark.id for text in texts for mark in find_marks(text)}
    return marked | {c for s in _sentences(draft, headline) for c in s.citations}


def _claims(draft: Draft, headline: Sentence, renderer: Renderer) -> list[Claim]:
    claims = []
    for sentence in _sentences(draft, headline):
        marks = list(find_marks(sentence.text))
        claims.append(
            Claim(
                text=renderer.plain(sentence.text),
                kind=sentence.kind,
                figures=list(dict.fromkeys(m.id for m in marks if m.is_figure)),
                citations=list(dict.fromkeys([m.id for m in marks if not m.is_figure] + sentence.citations)),
            )
        )
    return claims
