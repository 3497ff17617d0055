"""The functions a model may call. Each takes the workbench and keyword arguments; schemas derive from signature and docstring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from meterline_tools.kit.activities import activities
from meterline_tools.kit.calculate import calculate
from meterline_tools.kit.coffee import morning_coffee
from meterline_tools.kit.commitments import commitments
from meterline_tools.kit.digest import summarize_note
from meterline_tools.kit.enablement import enablement
from meterline_tools.kit.entities import find_entities
from meterline_tools.kit.explain import explain_change
from meterline_tools.kit.forecast import forecast
from meterline_tools.kit.holdings import data_loaded
from meterline_tools.kit.ledger import known_causes
from meterline_tools.kit.metrics import query_metrics
from meterline_tools.kit.notes import search_notes
from meterline_tools.kit.previous import previous_receipts
from meterline_tools.kit.promises import promises
from meterline_tools.kit.restatement import restatement
from meterline_tools.kit.review import review_rep
from meterline_tools.kit.rivals import competitor_notes
from meterline_tools.kit.savings import find_savings
from meterline_tools.kit.size import size
from meterline_tools.kit.themes import note_themes
from meterline_tools.kit.use_cases import use_cases
from meterline_tools.kit.watching import watch

TOOLS: dict[str, Callable[..., dict[str, Any]]] = {
    tool.__name__: tool
    for tool in (
        find_entities,
        query_metrics,
        explain_change,
        review_rep,
        morning_coffee,
        search_notes,
        note_themes,
        competitor_notes,
        summarize_note,
        find_savings,
        promises,
        commitments,
        use_cases,
        forecast,
        size,
        activities,
        enablement,
        calculate,
        previous_receipts,
        restatement,
        data_loaded,
        known_causes,
        watch,
    )
}
