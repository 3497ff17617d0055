"""The core of detection on series small enough to work out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from meterline_tools.insight.departures import Ordinary, Stream, learned_period, middles, ordinary, records, runs, surprises, trailing_sums

NAN = float("nan")


def test_trailing_sums_end_at_each_reading_and_are_unknown_where_one_reading_is() -> None:
    found = trailing_sums(np.array([[1.0, 2.0, 3.0, NAN, 5.0, 6.0]]), 2)
    np.testing.assert_array_equal(found, [[NAN, 3.0, 5.0, NAN, NAN, 11.0]])


def test_middles_leave_out_what_is_unknown() -> None:
    np.testing.assert_array_equal(middles(np.array([[3.0, NAN, 1.0], [NAN, NAN, 4.0]]), fewest=2), [2.0, NAN])


def test_a_record_counts_stretches_that_ended_before_this_one_began() -> None:
    np.testing.assert_array_equal(records(np.array([[1.0, 5.0, 2.0, 9.0]]), 2), [[NAN, NAN, 1.0, 5.0]])


def test_the_limit_is_the_larger_of_deviations_and_of_the_far_end_of_the_past() -> None:
    past = np.array([[1.0] * 95 + [10.0] * 5 + [0.0]])
    assert ordinary(past, 1, 100, Ordinary(z=3.0, tail=0.5))[0, 0] == pytest.approx(3 * 1.4826)
    assert ordinary(past, 1, 100, Ordinary(z=3.0, tail=0.99))[0, 0] == 10.0


def test_too_short_a_past_says_nothing() -> None:
    assert np.isnan(ordinary(np.ones((1, 5)), 7, 4, Ordinary(z=3.0, tail=0.9))[0, 0])


def test_runs_go_on_over_short_gaps() -> None:
    assert runs(np.array([0, 1, 1, 0, 1, 0, 0, 0, 1], dtype=bool), 1) == [(1, 4), (8, 8)]


def test_a_period_is_learned_where_there_is_one() -> None:
    daily = np.tile(np.r_[np.zeros(12), np.ones(12)], 10)
    assert learned_period(daily + np.linspace(0, 0.1, daily.size), (24, 168)) == 24
    assert learned_period(np.random.default_rng(1).normal(size=240), (24, 48)) == 0


@pytest.mark.parametrize("length", [1, 12])
def test_a_stream_is_surprising_where_it_breaks_its_own_record_by_far(length: int) -> None:
    random = np.random.default_rng(3)
    values = random.normal(0, 1, 600)
    values[500 : 500 + length] += 12
    found = surprises(values, 0, Stream((1, 3, 7), Ordinary(z=0.0, tail=1.0, margin=1.2), level=60))
    assert found[500] >= 1
    assert (found[100:500] >= 1).sum() <= 4  # records grow rarer: 400 readings in three lengths break few


def test_surprise_knows_nothing_of_what_comes_later() -> None:
    values = np.random.default_rng(4).normal(0, 1, 400)
    stream = Stream((1, 3, 7), Ordinary(z=0.0, tail=1.0, margin=1.2), level=50)
    np.testing.assert_array_equal(surprises(values, 24, stream)[:300], surprises(values[:300], 24, stream))
