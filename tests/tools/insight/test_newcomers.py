"""What is used for the first time is one change when it belongs together, and one each when it only came in the same weeks."""

from __future__ import annotations

import numpy as np

from meterline_tools.insight.frames import Frame
from meterline_tools.insight.survey import survey
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, START

RULES = load_thresholds()
OLD = {"workload": "w-old", "team": "Finance", "sku": "compute", "sku_family": "Compute", "region": "eu", "workspace": "main"}
ATTRIBUTES = ("workload", "region", "workspace", "sku_family")


def came(*newcomers: tuple[dict[str, str], int]) -> list[tuple[str, ...]]:
    """The workloads of each change, when things of 40 a day come into an account of 100 a day on these days."""
    leaves = (OLD, *({**OLD, **leaf} for leaf, _ in newcomers))
    usd = np.zeros((len(leaves), DAYS))
    usd[0] = 100.0 * np.exp(np.random.default_rng(1).normal(0, 0.03, DAYS))
    for row, (_, start) in enumerate(newcomers, start=1):
        usd[row, start:] = 40.0
    frame = Frame(START, leaves, dict.fromkeys(("usd", "list_usd", "contracted_usd", "qty"), usd), (usd > 0).astype(float))
    found = survey(frame, frame.day(DAYS - 60), frame.day(DAYS - 1), RULES, ATTRIBUTES, depth=1)
    return sorted(tuple(leaves[row]["workload"] for row in np.flatnonzero(episode.mask)) for episode in found.episodes)


def test_workloads_of_different_teams_that_came_days_apart_are_changes_of_their_own() -> None:
    ours, theirs = {"workload": "w-1", "team": "Logistics"}, {"workload": "w-2", "team": "Marketing"}
    assert came((ours, 370), (theirs, 375)) == [("w-1",), ("w-2",)]


def test_workloads_of_one_team_or_of_the_same_days_came_together() -> None:
    one, other = {"workload": "w-1", "team": "Logistics"}, {"workload": "w-2", "team": "Logistics"}
    assert came((one, 370), (other, 385)) == [("w-1", "w-2")]
    assert came((one, 370), ({**other, "team": "Marketing"}, 372)) == [("w-1", "w-2")]


def test_a_first_product_is_not_drawn_into_what_came_beside_it() -> None:
    model, sync = {"workload": "w-ai", "sku": "serve", "sku_family": "AI"}, {"workload": "w-sync"}
    assert came((model, 370), (sync, 371)) == [("w-ai",), ("w-sync",)]


def test_workloads_of_a_first_region_came_together_whatever_they_use() -> None:
    places = [{"workload": f"w-{n}", "team": team, "region": "us"} for n, team in enumerate(("A", "B", "C"))]
    places[2]["sku_family"] = "AI"
    assert came(*((place, 360 + 4 * n) for n, place in enumerate(places))) == [("w-0", "w-1", "w-2")]
