"""Young accounts follow accounts like them; with too few of those, accounts a little less alike."""

from __future__ import annotations

import numpy as np
import pytest

from meterline_tools.insight.forecast.cohorts import Member, growth_curve, project_young


def member(name: str, segment: str, region: str, plan: str, weekly: list[float]) -> Member:
    return Member(name, {"segment": segment, "region": region, "plan": plan}, np.array(weekly))


GROWING = [10.0] * 4 + [20.0, 30.0, 40.0]
"""Four weeks at 10, so the index of the three weeks after is 2, 3 and 4."""
TRAITS: dict[str, str | None] = {"segment": "smb", "region": "EU", "plan": "payg"}


def test_five_accounts_alike_in_all_make_a_curve() -> None:
    peers = [member(f"A{n}", "smb", "EU", "payg", GROWING) for n in range(5)] + [member("B", "big", "US", "std", [1.0] * 9)]
    curve = growth_curve(peers, TRAITS, age=4, horizon=3)
    assert curve is not None and curve.by == ("segment", "region", "plan") and curve.peers == 5
    assert curve.median.tolist() == [2.0, 3.0, 4.0]
    assert project_young(np.array([5.0, 7.0, 6.0, 6.0]), curve).mean.tolist() == [12.0, 18.0, 24.0]


@pytest.mark.parametrize(
    ("others", "by"),
    [
        ([("smb", "US", "payg")] * 4, ("segment", "plan")),
        ([("smb", "US", "std")] * 4, ("segment",)),
        ([("big", "US", "std")] * 4, ()),
    ],
)
def test_with_too_few_alike_in_all_the_group_gets_broader(others: list[tuple[str, str, str]], by: tuple[str, ...]) -> None:
    peers = [member("A", "smb", "EU", "payg", GROWING), *(member(f"O{n}", *traits, GROWING) for n, traits in enumerate(others))]
    curve = growth_curve(peers, TRAITS, age=4, horizon=3)
    assert curve is not None and curve.by == by and curve.peers == 5


def test_with_fewer_than_five_in_all_there_is_no_curve_and_an_account_is_not_its_own_peer() -> None:
    peers = [member(f"A{n}", "smb", "EU", "payg", GROWING) for n in range(5)]
    assert growth_curve(peers, TRAITS, age=4, horizon=3, but="A0") is None


def test_weeks_that_too_few_peers_have_seen_carry_the_last_known_one_on() -> None:
    peers = [member(f"A{n}", "smb", "EU", "payg", GROWING[:6] if n else GROWING) for n in range(5)]
    curve = growth_curve(peers, TRAITS, age=4, horizon=4)
    assert curve is not None and curve.median.tolist() == [2.0, 3.0, 3.0, 3.0]
