"""Whose consumption is short of pace, and where the ladder of each one ends. Facts about books, in the order of names."""

from __future__ import annotations

from typing import Any

from meterline_tools.insight import review
from meterline_tools.insight.attention import Worry
from meterline_tools.kit.coffee.frame import Frame
from meterline_tools.kit.review.facts import people_facts
from meterline_tools.kit.review.ladder import stop_of
from meterline_tools.kit.review.people import People, here, new, read_people
from meterline_tools.kit.review.scorecard import review_window
from meterline_tools.receipts import Entity

SURPRISE = 0.1
"""That somebody is short of pace is seldom news: it builds up over months."""


def short_of_pace(frame: Frame) -> list[tuple[Worry, dict[str, Any]]]:
    """People in sight who are short of the pace threshold, with a row for a table: name, gap, where the ladder ends."""
    bench = frame.bench
    if not bench.warehouse.has("quota"):
        return []
    rules = review.thresholds_of(bench.warehouse.company.review)
    records = read_people(bench)
    today = bench.asof.today
    leads = {row["manager_rep_id"] for row in records.rows}
    rows = [n for n, row in enumerate(records.rows) if here(row, today) and row["rep_id"] not in leads]
    if not rows:
        return []
    first = records.rows[rows[0]]
    person = People(records, rows[0], Entity(type="rep", id=first["rep_id"], name=first["full_name"]))
    found = []
    for n, given in people_facts(bench, person, rows, review_window(bench, "").window, rules).items():
        walked, stop = stop_of(given.facts, rules)
        gap = frame.number(given.figures.get("gap"))
        if walked.node("consumption").result != "not met" or gap is None:
            continue
        row = records.rows[n]
        name = str(person.name(n))
        months = max(1.0, (frame.d1 - bench.calendar.year(frame.d1).window.start).days / 30.4)
        text = f"[[{name}]] is [[{given.figures['gap']}.abs]] short of pace; the check ends at {stop['name'].lower()}."
        worry = Worry(f"pace:{row['rep_id']}", "pace", row["rep_id"], row["full_name"], abs(gap) / months, SURPRISE, text)
        is_new = new(row, today, rules.joined_days)
        found.append((worry, {"name": name, "gap": given.figures["gap"], "pace": given.figures["pace"], "stop": stop, "new": is_new}))
    return found
