"""Where a commitment is heading, worked out by hand."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from meterline_tools.catalog.outlook import Outlook, season

DAY = date(2026, 8, 15)
SUMMER = (1.5, 1.5, *[1.0] * 11)


def outlook(**changes: object) -> Outlook:
    given = {"day": DAY, "last_day": DAY + timedelta(days=400), "committed": 30_000.0, "used": 19_600.0, "rate": 100.0}
    return Outlook(**{**given, **changes})  # type: ignore[arg-type]


def test_growth_is_no_season() -> None:
    """700 a year ago, 2800 now, and the same step up in each block."""
    assert season([700 * 4 ** (k / 13) for k in range(14)]) == pytest.approx([1.0] * 13)


def test_a_step_up_is_no_season() -> None:
    """Level all year, fourfold in the last four weeks."""
    assert season([*[700.0] * 13, 2800.0]) == pytest.approx([1.0] * 13)


def test_a_season_is_told_from_the_growth_of_the_year() -> None:
    """Twofold growth over the year, and 40% more than that in the first block: 2^(1/13) * 1.4 / 2^(1/13) = 1.4."""
    blocks = [1000 * 2 ** (k / 13) for k in range(14)]
    blocks[1] *= 1.4
    assert season(blocks) == pytest.approx([1.4, *[1.0] * 12])


def test_one_odd_month_does_not_carry_a_projection() -> None:
    assert max(season([100.0, 9000.0, *[100.0] * 12])) == 2.0
    assert min(season([100.0, 1.0, *[100.0] * 12])) == 0.5


@pytest.mark.parametrize("blocks", [[], [0.0, *[5.0] * 13], [*[5.0] * 13, 0.0], [5.0] * 13])
def test_without_a_year_to_compare_with_there_is_no_season(blocks: list[float]) -> None:
    assert season(blocks) == ()


def test_a_rest_of_10_400_lasts_104_days_at_100_a_day_and_76_through_the_season() -> None:
    assert outlook().runs_out() == DAY + timedelta(days=104)
    assert outlook(factors=SUMMER).runs_out() == DAY + timedelta(days=76)


def test_the_season_comes_round_again_after_52_weeks() -> None:
    """364 days: 56 * 150 + 308 * 100 = 39 200; four days more at 150."""
    assert outlook(factors=SUMMER).drawn_by(DAY + timedelta(days=368)) == pytest.approx(19_600 + 39_200 + 4 * 150)


def test_the_range_takes_the_rate_plus_and_minus_its_spread() -> None:
    """10 400 / 130 = 80 days; / 70 = 148.6 days."""
    ahead = outlook(spread=30.0)
    assert ahead.early().runs_out() == DAY + timedelta(days=80)
    assert ahead.late().runs_out() == DAY + timedelta(days=149)
    assert outlook(spread=100.0).late().runs_out() is None


def test_what_lasts_to_the_end_of_the_term_does_not_run_out() -> None:
    ahead = outlook(last_day=DAY + timedelta(days=103))
    assert ahead.runs_out() is None
    assert ahead.unused() == pytest.approx(100.0)
    assert outlook(last_day=DAY + timedelta(days=104)).runs_out() == DAY + timedelta(days=104)


def test_a_commitment_that_is_used_up_has_no_date_and_nothing_left() -> None:
    assert outlook(used=30_001.0).runs_out() is None
    assert outlook(used=30_001.0).unused() == 0.0
