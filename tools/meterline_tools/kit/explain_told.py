"""What somebody told of and usage shows when one looks there, where nothing stands out by itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.insight.locate import Located
    from meterline_tools.insight.thresholds import Thresholds
    from meterline_tools.insight.verdict import Explanation
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.kit.explain_data import Usage


def told_change(bench: Workbench, account: Entity, usage: Usage, days: tuple[date, date], rules: Thresholds) -> Located | None:
    """The step that somebody told of in a note or a ticket, the surest of those whose cause their words name.

    `days` are the first and the last on which it may have begun.
    """
    from meterline_tools.insight.locate import measured, usual_level
    from meterline_tools.insight.records import ticket_statements
    from meterline_tools.insight.told_steps import told_steps
    from meterline_tools.kit.explain import explain_located
    from meterline_tools.kit.explain_data import records
    from meterline_tools.kit.explain_statements import note_statements

    statements = note_statements(bench, account, usage.account, days[0] - timedelta(days=rules.evidence.before_days), rules)
    statements += ticket_statements(records(bench, "support_ticket", account))
    steps = told_steps(usage.frame, statements, days, usual_level(usage.history, days[0]), rules)
    located = [found for step in steps if (found := measured(usage.history, usage.frame, step, rules)) is not None]
    explained = [(found, explain_located(bench, account, usage, found, rules)) for found in located]
    named = [(told.confidence.points, found) for found, told in explained if _named(told)]
    return max(named, key=lambda each: each[0])[1] if named else None


def _named(told: Explanation) -> bool:
    """Whether somebody's words for this slice or these days name the cause: the step is weak by itself."""
    from meterline_tools.insight.choice import first_word

    return told.cause is not None and first_word(told.evidence) is not None
