"""What a language model is told before its first call, so that it need not ask: names, periods and metrics of the question.

The built-in analyst's state block holds all it needs to be a function of its messages. A model is shown the short
form of it: who asks, the clock, what the conversation is about, and what the question's words mean here.
"""

from __future__ import annotations

from typing import Any

from meterline.models.offline.understand.catalogue import find_hits
from meterline.models.offline.understand.words import tokenize
from meterline_tools.catalog.model import Catalog, Metric
from meterline_tools.catalog.names import Mention
from meterline_tools.catalog.periods import find_periods
from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench

METRICS = 10
"""How many metrics are shown at most: those the question names, those of the conversation, then the nearest."""
USUAL = ("M01", "M08", "M10", "M14", "M06")
"""Shown behind them, since most questions come to one of these."""
CANDIDATES = 4
ROWS = 5
"""Rows of the last answer that a follow-up may point at."""
LIKE = 82.0
"""Likeness (0 to 100) of words from which a metric is near."""
_INHERITED = ("metrics", "window", "compare", "group_by", "limit")
"""What a follow-up inherits, beside the entities."""


def situation(question: str, bench: Workbench, state: dict[str, Any]) -> dict[str, Any]:
    """The state block for a language model; `state` is the whole one, as `asked.conversation_state` makes it."""
    asker, company, fiscal = state["asker"], state["company"], state["fiscal"]
    told: dict[str, Any] = {
        "asker": f"{asker['name'] or 'admin'}, {asker['role']}" + (f", rep {asker['rep_id']}" if asker["rep_id"] else ""),
        "company": f"{company['name'] or 'unnamed'}, {company['currency']}, fiscal year from month {fiscal['start_month']}",
        "today": state["today"],
        "data_to": state["d1"],
        "names": names_said(bench, question),
        "periods": _periods_said(bench, question),
        "metrics": [metric_line(metric) for metric in nearest_metrics(bench.catalog, question, first=_thread_metrics(state))],
        "before": _before(state.get("thread") or {}),
        "examples": state.get("examples"),
    }
    return {key: value for key, value in told.items() if value}


def names_said(bench: Workbench, text: str) -> dict[str, Any]:
    """Words of a text -> the thing they name ("account A1 Orion"), or the candidates when several may be meant."""
    return {mention.text: _candidates(mention) for mention in bench.names.link(text)}


def _candidates(mention: Mention) -> str | list[str]:
    told = [f"{c.type} {c.id}" + (f" {c.name}" if c.name != c.id else "") for c in mention.candidates[:CANDIDATES]]
    if mention.resolved:
        return told[0]
    hints = (c.hint for c in mention.candidates[:CANDIDATES])
    return [f"{name} ({hint})" if hint else name for name, hint in zip(told, hints, strict=True)]


def _periods_said(bench: Workbench, text: str) -> dict[str, str]:
    """Phrases for periods -> their days."""
    try:
        found = find_periods(text, bench.asof, bench.calendar)
    except ModelMustRetry as problem:
        return {"problem": str(problem)}
    return {match.phrase: str(match.period.window).replace(" to ", "..") for match in found}


def nearest_metrics(catalog: Catalog, text: str, *, first: tuple[str, ...] = ()) -> list[Metric]:
    """The metrics that the words name, those of the conversation, those whose words look alike, then the usual ones."""
    from rapidfuzz import fuzz, process

    named = [hit.id for hit in find_hits(tokenize(text), "metric")]
    alike = process.extract(text.casefold(), list(catalog.metric_words), scorer=fuzz.partial_ratio, score_cutoff=LIKE, limit=12)
    near = [ident for word, _, _ in alike if len(word) >= 4 for ident in catalog.metric_words[word]]
    chosen = [ident for ident in dict.fromkeys([*named, *first, *near]) if ident in catalog.metrics][: METRICS - len(USUAL)]
    return [catalog.metrics[ident] for ident in dict.fromkeys([*chosen, *USUAL])]


def metric_line(metric: Metric) -> str:
    """ "M14 Quota attainment: .pace .to_date .gap" """
    outputs = " ".join(f".{output.key}" for output in metric.outputs[:4] if output.key)
    return f"{metric.id} {metric.label}" + (f": {outputs}" if outputs else "")


def _thread_metrics(state: dict[str, Any]) -> tuple[str, ...]:
    return tuple((state.get("thread") or {}).get("metrics") or ())


def _before(thread: dict[str, Any]) -> dict[str, Any]:
    """What a follow-up inherits. Earlier turns are never repeated, so a prompt stays as long as it was."""
    told: dict[str, Any] = {
        "about": _named(thread.get("entities"), CANDIDATES),
        **{key: thread.get(key) for key in _INHERITED},
        "rows": _named(thread.get("listed"), ROWS),
    }
    if pending := thread.get("pending"):
        told["you_asked"] = {"for": pending.get("question"), "options": _named(pending["options"], CANDIDATES)}
    return {key: value for key, value in told.items() if value}


def _named(things: list[dict[str, Any]] | None, most: int) -> list[str]:
    return [f"{thing.get('type')} {thing.get('id')} {thing.get('name')}" for thing in (things or [])[:most]]
