"""review_rep: how somebody's book does, where the exception ladder ends, and what to ask in the next 1:1."""

from __future__ import annotations

from typing import Any

from meterline_tools.insight import review
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.records import figure_index
from meterline_tools.kit.review.facts import book_facts
from meterline_tools.kit.review.handovers import handovers
from meterline_tools.kit.review.ladder import ladder_reply
from meterline_tools.kit.review.people import People, find_person
from meterline_tools.kit.review.scorecard import Scorecard, read_scorecard, review_window
from meterline_tools.kit.review.team import team_rows

HANDOVERS = "handovers"


def review_rep(bench: Workbench, *, rep: str, window: str = "", part: str = "") -> dict[str, Any]:
    """Review one person, or a manager's team: scorecard, exception ladder with its stop, and three questions for a 1:1.

    The ladder goes from consumption to pipeline, substantive activity and enablement, and ends at the first step that is met or
    has no data. Tell every step with its value and threshold. It is no verdict: never judge or rank people.

    Args:
        rep: Id, name or nickname of a rep or manager.
        window: Any phrase for a period; empty is the last 30 days.
        part: Empty for all of it; "handovers" for the accounts that changed hands only.
    """
    before = len(bench.book.figures)
    person = find_person(bench, rep)
    period = review_window(bench, window)
    moved = handovers(bench, person, period.window)
    reply: dict[str, Any] = {
        "person": person.entity.model_dump(),
        "window": {"from": period.window.start.isoformat(), "to": period.window.end.isoformat(), "label": period.label},
        "handovers": [each.told for each in moved.changes],
        "held_throughout": moved.held,
    }
    if part.strip().lower() != HANDOVERS:
        reply |= _review(bench, person, read_scorecard(bench, person, period, moved))
    reply["receipts"] = list(bench.book.receipts)
    reply["figures"] = figure_index(bench, before)
    return reply


def _review(bench: Workbench, person: People, card: Scorecard) -> dict[str, Any]:
    rules = review.thresholds_of(bench.warehouse.company.review)
    reply = card.told | {"new": person.is_new(bench.asof.d1, rules.joined_days), "is_team": person.is_team}
    facts = book_facts(bench, person, card, rules)
    return reply | ladder_reply(bench, facts, card, rules) | {"team": team_rows(bench, person, card, rules)}
