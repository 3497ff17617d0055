"""A manager's people one by one, in the order of names: where each one's ladder ends. No ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from meterline_tools.insight.review import Thresholds
from meterline_tools.kit.review.facts import people_facts
from meterline_tools.kit.review.ladder import stop_of
from meterline_tools.kit.review.people import People, here, new
from meterline_tools.kit.review.scorecard import Scorecard

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

SHOWN = 60


def team_rows(bench: Workbench, person: People, card: Scorecard, rules: Thresholds) -> list[dict[str, Any]]:
    """Rows {rep, new, stop, figures} of everybody below who carries a book; none for somebody without reports."""
    if not person.is_team:
        return []
    today, people = bench.asof.today, person.records.rows
    rows = [n for n in person.below() if here(people[n], today)]
    found = people_facts(bench, person, rows, card.window, rules)
    told = []
    for n, given in found.items():
        carries = given.facts.pace is not None or people[n]["role"] in ("hunter", "core")
        if not carries:
            continue
        _, stop = stop_of(given.facts, rules)
        rep = {"type": "rep", "id": people[n]["rep_id"], "name": people[n]["full_name"]}
        is_new = new(people[n], today, rules.joined_days)
        told.append({"rep": rep, "name": person.name(n), "new": is_new, "stop": stop, "figures": given.figures})
    return told[:SHOWN]
