"""Which entry of the cause ledger is of a change: by its days, its slice and its direction."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meterline_tools.insight.locate import Located, locate
from meterline_tools.insight.on_file import confirmed_cause, ruled_out
from meterline_tools.insight.thresholds import load_thresholds
from tests.tools.insight.made import DAYS, Made, base, day, step, with_effect

RULES = load_thresholds()
LASTING = DAYS - 200
"""First of 200 days of a rise of the orders sync that goes on."""


def located(made: Made, onset: int) -> Located:
    found = locate(made.history(), made.frame(300), day(onset - 10), day(onset + 10), RULES)
    assert isinstance(found, Located)
    return found


@pytest.fixture(scope="module")
def rise() -> Located:
    found = located(with_effect(step(LASTING, 2.5)), LASTING)
    assert (found.onset, found.end, found.change.days) == (day(LASTING), day(DAYS - 1), 200)
    assert found.part is not None
    return found


def entry(
    first: date, days: int, *, cause: str = "reorg", usd: float = 5.0, status: str = "confirmed", **more: Any
) -> list[dict[str, Any]]:
    """Rows of `usage_annotation`, one a day."""
    base = {"cause": cause, "status": status, "durability": "durable", "slice": "", "excess_usd": usd, "confirmed_by": "Ada"} | more
    return [base | {"annotation_id": f"U{n}", "day": first + timedelta(days=n)} for n in range(days)]


@pytest.mark.parametrize(("first", "days", "counts"), [(0, 14, True), (0, 13, False), (100, 17, False), (60, 67, True), (60, 66, False)])
def test_an_entry_counts_that_covers_the_first_weeks_or_a_third(rise: Located, first: int, days: int, counts: bool) -> None:
    """A change of 200 days; a third of them are 67. What a slow change passes on its way is not its cause."""
    found = confirmed_cause(entry(rise.onset + timedelta(days=first), days), rise)
    assert (found is not None and found.cause == "reorg") == counts


@pytest.mark.parametrize(
    ("first", "days", "confirmed_after", "durability", "counts"),
    [
        (0, 5, 1, "durable", True),
        (-5, 4, 3, "durable", True),  # a slow beginning, confirmed before the change was found to begin
        (20, 5, 1, "one_time", True),
        (0, 5, 20, "durable", False),  # it was over for weeks when somebody confirmed it
        (-5, 4, 3, "one_time", False),
        (100, 17, 1, "durable", False),
        (-60, 70, 1, "durable", False),  # what began two months before is another change
    ],
)
def test_an_entry_that_began_with_the_change_and_was_still_on_is_of_all_its_days(
    rise: Located, first: int, days: int, confirmed_after: int, durability: str, counts: bool
) -> None:
    """Later days could not be on file when it was confirmed: nobody is asked about them again."""
    begins = rise.onset + timedelta(days=first)
    at = datetime.combine(begins + timedelta(days=days - 1 + confirmed_after), datetime.min.time())
    found = confirmed_cause(entry(begins, days, durability=durability, confirmed_at=at), rise)
    assert (found is not None) == counts


def test_a_fall_on_file_is_not_the_cause_of_a_rise(rise: Located) -> None:
    assert confirmed_cause(entry(rise.onset, 60, cause="headcount_cut", usd=-5.0), rise) is None
    assert ruled_out(entry(rise.onset, 60, usd=-5.0, status="rejected"), rise) == set()
    assert ruled_out(entry(rise.onset, 60, status="rejected"), rise) == {"reorg"}


@pytest.mark.parametrize(
    ("where", "counts"),
    [
        ("", True),
        (json.dumps({"workload_id": "w-orders"}), True),
        (json.dumps({"workload": "Orders Sync"}), True),
        ("orders sync in Europe", True),
        (json.dumps({"region_id": "eu"}), True),  # the region holds the workload
        (json.dumps({"region_id": "eu", "workload_ids": ["w-orders", "w-boards"]}), True),
        (json.dumps({"workload_id": "w-marts"}), False),
        (json.dumps({"workload_id": "w-orders-2"}), False),
        (json.dumps({"region_id": "us", "workload_id": "w-orders"}), False),
        ("something else entirely", False),
    ],
)
def test_an_entry_is_of_the_change_when_its_slice_holds_most_of_what_moved(rise: Located, where: str, counts: bool) -> None:
    assert (confirmed_cause(entry(rise.onset, 60, slice=where), rise) is not None) == counts


def test_a_small_part_on_file_is_not_the_cause_of_what_the_whole_account_did() -> None:
    """The boards are a sixth of the account; all of it doubled."""
    broad = located(with_effect(step(LASTING, 2.0), leaves=(0, 1, 2)), LASTING)
    assert broad.part is None
    boards, orders_and_marts = json.dumps({"workload": "w-boards"}), json.dumps({"workload": ["w-orders", "w-marts"]})
    assert confirmed_cause(entry(broad.onset, 60, slice=boards), broad) is None
    assert confirmed_cause(entry(broad.onset, 60, slice=orders_and_marts), broad) is not None
    assert confirmed_cause(entry(broad.onset, 60, slice="the shops of the north"), broad) is not None, "no part of it is known by that name"


@pytest.mark.parametrize(("durability", "counts"), [("durable", True), ("one_time", False)])
def test_what_lasts_is_judged_by_its_own_days_and_what_is_over_by_all(durability: str, counts: bool) -> None:
    """The orders doubled; two months later the marts did. The marts made more of all days, the orders all of the first."""
    without = base()
    changed = without.copy()
    changed[0] *= step(LASTING, 1.3)
    changed[1] *= step(LASTING + 60, 2.0)
    whole = replace(located(Made(changed, changed - without), LASTING), part=None)
    rows = entry(whole.onset, 30, durability=durability, slice="w-orders")
    assert (confirmed_cause(rows, whole) is not None) == counts


def test_of_two_causes_on_file_the_one_of_most_days_is_told_with_who_confirmed_it(rise: Located) -> None:
    rows = [*entry(rise.onset, 20, cause="reorg"), *entry(rise.onset, 30, cause="new_use_case", confirmed_by="Ben")]
    found = confirmed_cause(rows, rise)
    assert found is not None
    assert (found.cause, found.confirmed_by, found.annotation_id) == ("new_use_case", "Ben", "U0")
