"""All changes of a company are found slice by slice, each dollar in one of them, whatever things are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from meterline_tools.insight.frames import Array, Frame, Mask
from meterline_tools.insight.survey import Survey, survey
from meterline_tools.insight.survey.cells import cells, matching
from meterline_tools.insight.thresholds import load_thresholds

RULES = load_thresholds()
START, DAYS = date(2024, 1, 1), 560
ATTRIBUTES = ("account", "workload", "sku", "connector")
WEEKDAYS = np.array([1.0, 1.02, 1.01, 1.0, 0.98, 0.6, 0.55])
LEAVES = tuple(
    {"account": account, "workload": workload, "sku": sku, "connector": connector, "unit": "credit"}
    for account in ("a1", "a2", "a3", "a4", "a5")
    for workload, sku, connector in (("load", "small", "shop"), ("load", "small", "mail"), ("marts", "large", "shop"))
)
PRICES = {"small": 1.0, "large": 4.0}
ONSET = DAYS - 30


def quantities(seed: int = 1, noise: float = 0.06) -> Array:
    """100 units a day and leaf, with weekdays and noise."""
    random = np.random.default_rng(seed)
    return np.array([100.0 * np.resize(WEEKDAYS, DAYS) * np.exp(random.normal(0, noise, DAYS)) for _ in LEAVES])


def company(qty: Array, prices: Array | None = None, leaves: tuple[dict[str, str], ...] = LEAVES) -> Frame:
    unit = np.array([np.full(DAYS, PRICES[leaf["sku"]]) for leaf in LEAVES]) if prices is None else prices
    usd = qty * unit
    return Frame(START, leaves, {"usd": usd, "list_usd": usd, "contracted_usd": usd, "qty": qty}, (usd > 0).astype(float))


def look(frame: Frame) -> Survey:
    last = frame.day(frame.days - 1)
    return survey(frame, last - timedelta(days=59), last, RULES, ATTRIBUTES)


def leaves_of(**where: str) -> Mask:
    return matching(LEAVES, where)


def raised(by: float, where: dict[str, str], seed: int = 1, first: int = ONSET, last: int = DAYS) -> Array:
    qty = quantities(seed)
    qty[leaves_of(**where), first:last] *= by
    return qty


@pytest.mark.parametrize("seed", range(4))
def test_quiet_usage_has_no_change(seed: int) -> None:
    assert look(company(quantities(seed))).episodes == ()


@pytest.mark.parametrize(
    "where", [{"account": "a2"}, {"account": "a3", "connector": "shop"}, {"account": "a4", "workload": "marts"}, {"connector": "mail"}]
)
@pytest.mark.parametrize("seed", range(2))
def test_a_step_is_found_in_its_slice_from_its_day_with_its_money(where: dict[str, str], seed: int) -> None:
    frame = company(raised(1.8, where, seed))
    found = look(frame).surge
    assert found is not None
    assert np.array_equal(found.mask, leaves_of(**where))
    assert abs(found.dated.onset - ONSET) <= 1 and found.dated.ongoing
    assert (found.lasting, found.price.driver) == ("durable", "volume")
    assert found.common == ("account" not in where)
    truth = company(raised(1.8, where, seed)).total().sum() - company(quantities(seed)).total().sum()
    assert found.delta == pytest.approx(truth, rel=0.10)


def test_without_noise_the_money_is_that_worked_out_by_hand() -> None:
    """One leaf of 100 x 4.00 a day doubles on Mondays to Sundays alike for 28 days: 4 weeks x 400 x 6.16 weekday parts."""
    qty = quantities(noise=0.0)
    qty[2, DAYS - 28 :] *= 2
    found = look(company(qty)).surge
    assert found is not None
    assert found.dated.onset == DAYS - 28
    assert found.delta == pytest.approx(4 * 400 * WEEKDAYS.sum(), abs=0.01)


def test_a_pulse_that_ended_is_of_one_time() -> None:
    frame = company(raised(3.0, {"account": "a1", "workload": "load"}, first=DAYS - 40, last=DAYS - 33))
    found = look(frame).surge
    assert found is not None
    assert (found.dated.onset, found.dated.end, found.lasting) == (DAYS - 40, DAYS - 34, "one_time")


def test_a_slow_rise_is_a_ramp_from_its_first_day() -> None:
    qty = quantities()
    qty[leaves_of(account="a2", workload="load"), DAYS - 40 :] *= 1 + 1.5 * np.clip(np.arange(1, 41) / 20, 0, 1)
    found = look(company(qty)).surge
    assert found is not None
    assert found.dated.shape == "ramp" and abs(found.dated.onset - (DAYS - 40)) <= 3


def test_a_dearer_unit_is_price_to_the_cent() -> None:
    """The large SKU goes from 4.00 to 5.00: its quantity x 1.00 is the price part, and nothing is volume."""
    prices = np.array([np.full(DAYS, PRICES[leaf["sku"]]) for leaf in LEAVES])
    large = leaves_of(sku="large")
    prices[large, ONSET:] = 5.0
    qty = quantities()
    (only,) = look(company(qty, prices)).episodes
    assert np.array_equal(only.mask, large)
    assert (only.price.driver, only.dated.onset, only.common) == ("price", ONSET, True)
    assert only.delta == only.price.price == pytest.approx(qty[large, ONSET:].sum(), abs=0.01)


def test_units_that_move_to_a_dearer_sku_are_a_change_of_the_mix_of_the_account() -> None:
    qty = quantities()
    small, large = leaves_of(account="a5", sku="small"), leaves_of(account="a5", sku="large")
    moved = 0.7 * qty[small, ONSET:].sum(axis=0)
    qty[small, ONSET:] *= 0.3
    qty[large, ONSET:] += moved
    found = look(company(qty)).surge
    assert found is not None
    assert dict(found.where) == {"account": "a5"}
    assert found.price.driver == "mix"


def test_what_came_a_year_ago_as_well_is_the_season_and_no_new_surge() -> None:
    qty = raised(2.0, {"account": "a1"}, first=DAYS - 40, last=DAYS - 26)
    qty[leaves_of(account="a1"), DAYS - 40 - 364 : DAYS - 26 - 364] *= 2.0
    found = look(company(qty))
    assert found.surge is None and found.seasonal is not None
    assert found.seasonal.season_share is not None and found.seasonal.season_share > 0.9


def test_the_turn_of_every_month_is_no_surge() -> None:
    qty = quantities()
    late = np.array([(START + timedelta(days=day + 3)).month != (START + timedelta(days=day)).month for day in range(DAYS)])
    qty[np.ix_(leaves_of(account="a1"), late)] *= 1.5
    assert look(company(qty)).episodes == ()


def test_two_changes_at_once_are_two_and_a_few_lost_rows_are_none() -> None:
    qty = raised(2.2, {"account": "a1", "workload": "load"})
    qty[leaves_of(account="a4", workload="marts"), DAYS - 20 :] *= 0.2
    qty[3, DAYS - 45] = qty[9, DAYS - 12] = 0.0
    found = look(company(qty)).episodes
    assert {tuple(sorted(episode.where.items())) for episode in found} == {
        (("account", "a1"), ("workload", "load")),
        (("account", "a4"), ("workload", "marts")),
    }


FACTORS = st.tuples(st.integers(0, len(LEAVES) - 1), st.floats(1.6, 4.0), st.integers(DAYS - 50, DAYS - 8))


@settings(max_examples=12, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(changes=st.lists(FACTORS, min_size=0, max_size=3), seed=st.integers(0, 50))
def test_parts_and_rest_add_up_to_the_whole(changes: list[tuple[int, float, int]], seed: int) -> None:
    qty = quantities(seed)
    for leaf, factor, first in changes:
        qty[leaf, first:] *= factor
    found = look(company(qty))
    cents = round(100 * sum(episode.delta for episode in found.episodes)) + round(100 * found.rest)
    assert cents == round(100 * found.delta)
    for episode in found.episodes:
        split = episode.price
        assert round(100 * split.price) + round(100 * split.volume) + round(100 * split.mix) == round(100 * episode.delta)


@settings(max_examples=8, deadline=None, phases=(Phase.explicit, Phase.generate))
@given(change=FACTORS, seed=st.integers(0, 50), order=st.permutations(range(len(LEAVES))), scale=st.sampled_from([0.01, 7.0, 1e4]))
def test_other_names_another_order_and_another_currency_change_nothing(
    change: tuple[int, float, int], seed: int, order: list[int], scale: float
) -> None:
    leaf, factor, first = change
    qty = quantities(seed)
    qty[leaf, first:] *= factor
    frame = company(qty)
    leaves = tuple({name: f"x-{value}" if name != "unit" else value for name, value in LEAVES[n].items()} for n in order)
    other = replace(
        frame,
        leaves=leaves,
        measures={name: values[order] * (1.0 if name == "qty" else scale) for name, values in frame.measures.items()},
        rows=frame.rows[order],
    )
    one, two = look(frame), look(other)
    for before, after in zip(one.episodes, two.episodes, strict=True):
        assert np.array_equal(before.mask[order], after.mask)
        assert (before.dated.onset, before.dated.end, before.lasting) == (after.dated.onset, after.dated.end, after.lasting)
        assert after.delta == pytest.approx(before.delta * scale, abs=0.02 * max(scale, 1.0))


def test_slices_of_the_same_leaves_are_one_with_the_fewest_attributes() -> None:
    leaves = ({"account": "a", "sku": "s"}, {"account": "b", "sku": "t"})
    assert [dict(cell.where) for cell in cells(leaves, ("account", "sku"))] == [{}, {"account": "a"}, {"account": "b"}]
