"""What a follow-up inherits from a turn that a language model answered, worked out from its receipts.

The built-in analyst writes the state into its draft. A model would be paid to write it and might get it wrong, so it is
read off what the tools were really asked: the things, measures, period and breakdown of the figures that the answer prints.
"""

from __future__ import annotations

from typing import Any

from meterline.answer import Draft
from meterline.marks import find_marks
from meterline_tools.kit.bench import Workbench
from meterline_tools.receipts import Figure, Receipt

_KEPT = ("compare", "group_by", "limit")
LISTED = 10
"""Rows that a follow-up may point at."""


def remembered(question: str, draft: Draft, bench: Workbench, before: dict[str, Any]) -> dict[str, Any]:
    """The conversation's state after this turn; `before` stays where nothing was asked of the data."""
    book = bench.book
    if draft.clarification is not None:
        return {name: value for name, value in before.items() if name != "pending"} | _pending(question, draft, bench)
    printed = [book.figures[ident] for ident in _printed(draft) if ident in book.figures]
    receipts = [book.receipts[ident] for ident in dict.fromkeys(figure.receipt for figure in printed)] or list(book.receipts.values())
    if not receipts:
        return before
    metric = next((receipt for receipt in receipts if receipt.tool == "query_metrics"), None)
    state: dict[str, Any] = {
        "intent": "lookup" if metric else "explain" if receipts[0].kind == "explanation" else receipts[0].tool,
        "entities": _about(printed, receipts),
        "metrics": list(dict.fromkeys(figure.metric for figure in printed if figure.metric))[:4],
        "window": _window(printed, receipts),
        "listed": _rows(printed, metric),
        "asked": question,
    }
    if metric:
        state |= {name: metric.arguments[name] for name in _KEPT if metric.arguments.get(name)}
    return {name: value for name, value in state.items() if value}


def _pending(question: str, draft: Draft, bench: Workbench) -> dict[str, Any]:
    """What was asked back, with those of its options that are things in the asker's sight."""
    options = draft.clarification.options if draft.clarification else []
    said = {text.casefold() for option in options for text in (option.label, option.value)}
    for mention in bench.names.link(question):
        meant = [c for c in mention.candidates if {c.id.casefold(), c.name.casefold()} & said]
        if len(meant) > 1:
            things = [{"type": c.type, "id": c.id, "name": c.name, "hint": c.hint} for c in meant]
            return {"pending": {"mention": mention.text, "options": things, "question": question}}
    return {}


def _printed(draft: Draft) -> list[str]:
    """The figures that the draft marks, in the order of reading."""
    sentences = [draft.headline, *(sentence for section in draft.sections for sentence in section.sentences)]
    cells = (cell for section in draft.sections if section.table for row in section.table.rows for cell in row)
    texts = [*(sentence.text for sentence in sentences), *cells]
    return list(dict.fromkeys(mark.id for text in texts for mark in find_marks(text) if mark.is_figure))


def _about(printed: list[Figure], receipts: list[Receipt]) -> list[dict[str, str]]:
    """The things the question was about: what the figures were filtered by, or the one thing they all are about."""
    about = {figure.entity.id: figure.entity.model_dump() for figure in printed if figure.entity}
    asked = {str(value) for receipt in receipts for value in _asked_of(receipt)}
    meant = [entity for entity in about.values() if entity["id"] in asked or entity["name"] in asked]
    return meant or (list(about.values()) if len(about) == 1 else [])


def _asked_of(receipt: Receipt) -> list[Any]:
    """Ids and names in a call's arguments."""
    filters = receipt.arguments.get("filters") or {}
    named = [receipt.arguments.get(name) for name in ("account", "rep")]
    return [*(value for values in filters.values() for value in (values if isinstance(values, list) else [values])), *filter(None, named)]


def _window(printed: list[Figure], receipts: list[Receipt]) -> str:
    """The period in the words it was asked for, else the days of the first figure."""
    asked = next((str(receipt.arguments["window"]) for receipt in receipts if receipt.arguments.get("window")), "")
    first = next((figure.window for figure in printed if figure.window), None)
    return asked or (f"{first.start}..{first.end}" if first else "")


def _rows(printed: list[Figure], metric: Receipt | None) -> list[dict[str, str]]:
    """The things of a breakdown, in the order told, for "the second one"."""
    if metric is None or not metric.arguments.get("group_by"):
        return []
    found = {figure.entity.id: figure.entity.model_dump() for figure in printed if figure.entity}
    return list(found.values())[:LISTED] if len(found) > 1 else []
