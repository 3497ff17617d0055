"""What a turn begins with: the question in clean text, what the prompt shows of the situation, and names that may be said."""

from __future__ import annotations

from typing import Any

from meterline.answer import MAX_QUESTION_CHARS
from meterline_tools.errors import UserError
from meterline_tools.kit.bench import Workbench


def conversation_state(bench: Workbench, thread: dict[str, Any]) -> dict[str, Any]:
    """What the prompt shows of the asker, the clock, the company and the conversation so far."""
    company = bench.warehouse.company
    principal = bench.principal
    return {
        "asker": {"name": principal.full_name, "role": principal.role, "rep_id": principal.rep_id},
        "company": {
            "name": company.name,
            "currency": company.currency,
            "has_cost": bench.warehouse.has("usage_daily", "effective_cost"),
        },
        "d1": bench.asof.d1.isoformat(),
        "known_at": bench.asof.known_at.isoformat(),
        "today": bench.asof.local_today.isoformat(),
        "timezone": bench.asof.timezone,
        "fiscal": {
            "start_month": company.fiscal_year_start_month,
            "label": company.fiscal_year_label,
            "day_first": company.day_first,
        },
        "thread": thread,
    }


def known_names(bench: Workbench) -> frozenset[str]:
    """What an answer may say although it holds digits: names in the asker's sight, and the catalogue's own words."""
    metrics = bench.catalog.metrics
    written = {
        text
        for m in metrics.values()
        for text in (m.label, m.definition, m.default_window, f"{m.id}, version {m.version}", *m.pitfalls, *m.anchors)
    }
    return bench.names.with_digits() | metrics.keys() | written


def question_text(text: str) -> str:
    """The question in clean Unicode (a lone surrogate would break every store and wire it meets)."""
    clean = text.encode("utf-8", "replace").decode("utf-8").strip()
    if not clean:
        raise UserError('The question is empty. Try: meterline ask "Who are the biggest movers this month?"')
    if len(clean) > MAX_QUESTION_CHARS:
        raise UserError(f"The question has {len(clean):,} characters; {MAX_QUESTION_CHARS:,} are the most. Shorten it.")
    return clean
