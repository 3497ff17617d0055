"""The pieces on their own: envelopes, effects, graduated prices, the day on which a commit runs out. Values worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from meterline_tools.demo.axis import Axis
from meterline_tools.demo.book import Book, Track
from meterline_tools.demo.effects import Envelope, Save, Scale, Selector, Slide, Users
from meterline_tools.demo.population import Account, Workload
from meterline_tools.demo.pricing import Paper, PromoTerm, Term, TierTerm, price
from meterline_tools.demo.streams import Streams

AXIS = Axis(datetime(2026, 3, 10, 12), 10)
"""Ten days, 1 to 10 March 2026."""
FIRST = date(2026, 3, 1)


def book(sku: str = "CMP_JOB", quantity: float = 100.0, idle: float = 0.0) -> Book:
    """One workload that uses the same quantity every day."""
    workload = Workload("A1-W1", "job", "A1", "marts", "scheduled", sku, 1.0, "us-east-1", "main")
    account = Account(
        id="A1",
        name="Lone Pine",
        industry="software",
        segment="enterprise",
        region="AMER",
        country="US",
        daily=100,
        discount=0.1,
        plan="standard",
        motion="core",
        domain="lone-pine.example",
        starts=None,
        workloads=(workload,),
    )
    flat, none, one = np.full(10, quantity), np.zeros(10), np.ones(10)
    track = Track(workload, flat, flat * (1 - idle), flat * idle, none, none, none, one, one)
    return Book(account, AXIS, Streams(1), [track], track.list_usd)


def test_a_pulse_rises_and_ends_on_its_days() -> None:
    force = Envelope("pulse", date(2026, 3, 3), end=date(2026, 3, 7), rise=2).over(AXIS)
    assert force.tolist() == [0, 0, 0.5, 1, 1, 1, 0, 0, 0, 0]


def test_a_bell_is_symmetric_about_its_centre_and_a_decay_ends_at_one() -> None:
    bell = Envelope("bell", FIRST, centre=date(2026, 3, 5), sigma=2).over(AXIS)
    assert bell[4] == 1
    assert bell[2] == pytest.approx(bell[6])
    decay = Envelope("decay", FIRST, tau=2).over(AXIS)
    assert decay[0] == pytest.approx(1 - np.exp(-0.5))
    assert decay[-1] == 1


def test_a_reload_adds_quantity_but_no_output() -> None:
    b = book("ING_CONN")
    Scale(Envelope("step", date(2026, 3, 6)), Selector(), by=3, into="refresh").apply(b)
    track = b.tracks[0]
    assert track.quantity.tolist() == [100] * 5 + [300] * 5
    assert track.output.tolist() == [100] * 10
    assert track.refresh.tolist() == [0] * 5 + [190] * 5


def test_a_saving_takes_idle_first_and_leaves_output() -> None:
    b = book(idle=0.5)
    Save(Envelope("step", date(2026, 3, 6)), Selector(), by=-0.4).apply(b)
    track = b.tracks[0]
    assert track.quantity[-1] == pytest.approx(60)
    assert track.idle[-1] == pytest.approx(10)
    assert track.output.tolist() == [50] * 10


def test_a_slide_stops_at_its_floor_and_users_change_alone() -> None:
    b = book()
    Slide(Envelope("ramp", FIRST), Selector(), rate=0.5, by=0.2).apply(b)
    assert b.tracks[0].quantity[:4].tolist() == [100, 50, 25, 20]
    Users(Envelope("ramp", FIRST), by=2).apply(b)
    assert b.tracks[0].users.tolist() == [2] * 10
    assert b.tracks[0].quantity[1] == 50


def test_a_selector_leaves_other_workloads_alone() -> None:
    b = book()
    Scale(Envelope("step", FIRST), Selector(types=("sql_bi",)), by=9).apply(b)
    assert b.tracks[0].quantity.tolist() == [100] * 10


def test_contracted_is_list_less_discount_and_promo_until_it_ends() -> None:
    paper = Paper(discount=0.1, promo=PromoTerm(0.5, ("CMP_JOB",), date(2026, 3, 6)))
    priced = price(book(), paper)
    assert priced.list_usd[0].tolist() == pytest.approx([160] * 10)
    assert priced.net[0].tolist() == pytest.approx([72] * 5 + [144] * 5)


def test_above_a_volume_boundary_each_further_unit_is_cheaper() -> None:
    """100 units a day at 1.60 less 10%; beyond 250 units they cost half: day 3 is half and half."""
    priced = price(book(), Paper(discount=0.1, tiers=(TierTerm("CMP_JOB", FIRST, 250, 0.5),)))
    assert priced.net[0].tolist() == pytest.approx([144, 144, 108, 72, 72, 72, 72, 72, 72, 72])


def test_monthly_tiers_start_anew_each_month() -> None:
    """ING_CONN: 0.50 for the first 20,000 a month, then 0.47."""
    b = book("ING_CONN", quantity=15_000)
    b.axis = Axis(datetime(2026, 3, 3, 12), 10)
    priced = price(b, Paper(discount=0))
    february = priced.net[0][:7]
    assert february[0] == pytest.approx(7500)
    assert february[1] == pytest.approx(5000 * 0.50 + 10_000 * 0.47)
    assert priced.net[0][7] == pytest.approx(7500), "1 March"


@pytest.mark.parametrize(("rule", "after"), [("contracted_rate", 144), ("on_demand_list", 160), ("premium", 184)])
def test_beyond_the_commit_the_rule_sets_the_price(rule: str, after: float) -> None:
    """$144 a day against $360: two and a half days are covered."""
    term = Term("C1", "commit", FIRST, FIRST + timedelta(days=365), 360.0, rule, 0.1)
    priced = price(book(), Paper(discount=0.1, terms=(term,)))
    assert priced.over.tolist() == pytest.approx([0, 0, 0.5, 1, 1, 1, 1, 1, 1, 1])
    assert (priced.contracted[0] * (1 - priced.over)).sum() == pytest.approx(360)
    assert priced.net[0][-1] == pytest.approx(after)
    assert priced.net[0][2] == pytest.approx((144 + after) / 2)


def test_a_licence_costs_its_days_share_of_the_fee_however_much_is_used() -> None:
    term = Term("C1", "enterprise_license", FIRST, FIRST + timedelta(days=365), 3650.0, "hard_stop", 0.1)
    for quantity in (1.0, 1000.0):
        assert price(book(quantity=quantity), Paper(discount=0.1, terms=(term,))).net.sum() == pytest.approx(100)


def test_streams_depend_on_their_name_and_seed_only() -> None:
    assert Streams(7).of("signal", "A1").random() == Streams(7).of("signal", "A1").random()
    assert len({Streams(s).of(*n).random() for s in (7, 8) for n in (("signal", "A1"), ("signal", "A2"))}) == 4
