"""morning_coffee on a company made by hand: every item, its order, what needs a look, and whose eyes see what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterline.render import Renderer
from meterline_tools.errors import ModelMustRetry, UserError
from meterline_tools.insight.looks import Viewer
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.coffee import morning_coffee
from meterline_tools.kit.coffee.plan import all_items, items_of
from meterline_tools.principal import LOCAL_ADMIN, Principal, Scope
from meterline_tools.warehouse.company import Coffee
from tests.ember import open_bench
from tests.tallow import load_tallow

Opened = Callable[..., Workbench]
ORDER = [f"F{n:03d}" for n in (35, *range(20, 35))]
"""Freshness first, then the features of the morning coffee in their order."""


def person(rep_id: str, *team: str) -> Principal:
    return Principal(rep_id, "manager" if team else "rep", Scope(rep_ids=frozenset({rep_id, *team})), rep_id=rep_id)


def said(bench: Workbench, reply: dict[str, Any], item: str) -> str:
    """All an item says, as it will be printed."""
    found = next(each for each in reply["items"] if each["id"] == item)
    rows = [" ".join(row) for row in (found["table"] or {"rows": []})["rows"]]
    return Renderer(bench.book).plain(" ".join([*found["sentences"], *rows]))


def test_the_items_come_in_the_order_of_the_features_with_freshness_first() -> None:
    assert [item.feature for item in all_items()] == ORDER


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("freshness", "Complete to 28 Jun 2026."),
        # 250 + 160 + 50 + 120 + 320 + 300 = 1,200 against 720 on each of the four Sundays before
        ("daily", "$1.2k on 28 Jun 2026, up 66.7% against the $720 usual for that weekday."),
        ("gainers", "Fern Labs $1.5k"),  # 5 days of 300
        ("gainers", "Elm Ports $840 60.0%"),  # 7 x 320 after 7 x 200
        ("losers", "No account lost, by the week or by the month."),
        ("created", "New in the last week: 1, worth $900 a month. Dune Optics Bo Lind 1 $900 a month"),
        ("live", "Gone live in the last week: 1, worth $700 a month. Alder Mills Pulp forecast 20 Jun 2026 25 Jun 2026"),
        ("slipped", "Moved later, or overdue, since a week: 1, worth $1.2k a month, by 31 days on average."),
        ("vouchers", "6 outstanding, 6 of them expiring within a month"),
        ("attainment", "Attainment is 114% of what quota asks by now (1 Jan to 28 Jun 2026)."),
        ("unexplained", "no confirmed cause on file: 1. Elm Ports $320 a day up $120 a day up 60.0%"),
        ("explained", "Confirmed in the last week for 1 account: Birch Rail."),
        ("explained", "$420 is durable and $0 is one-time, seasonal or external."),
        # 60,000 less 250 x 179 = 15,250, enough for 61 days
        ("commits", "Running out before the term ends, even at the slower rates of late: 1."),
        ("commits", "Alder Mills runs out 28 Aug 2026"),
        ("reviews", "Overdue: 1; due within two weeks: 1. Dune Optics 10 Jun 2026"),
        ("new_logos", "Crossed the installed threshold in the last week: 1 (Fern Labs)."),
        ("pqls", "No self-serve account waits for a first conversation."),
        ("forecast", "This month and the next two: $10k by the model, $500 of overlay. With the version of 20 Jun 2026 it is up $1.5k."),
    ],
)
def test_each_item_tells_what_was_worked_out_by_hand(tallow: Opened, item: str, text: str) -> None:
    bench = tallow()
    assert text in said(bench, morning_coffee(bench), item)


def test_what_needs_a_look_is_ranked_by_money_and_surprise(tallow: Opened) -> None:
    bench = tallow()
    told = morning_coffee(bench)["exceptions"]["told"]
    assert told[0]["id"] == "move:B2"
    text = "Elm Ports is up $120 a day against its usual since 22 Jun 2026, and no cause is on file."
    assert Renderer(bench.book).plain(told[0]["text"]) == text
    assert {each["kind"] for each in told} == {"move", "slip", "commitment", "review"}


def test_the_budget_of_a_person_holds_and_what_is_left_out_is_counted(tallow: Opened) -> None:
    bench = tallow()
    bench.viewer = Viewer(budget=1)
    found = morning_coffee(bench)["exceptions"]
    assert len(found["told"]) == 1
    assert [bench.book.figures[each["count"]].value for each in found["left_out"]] == [1, 1, 1]


def test_what_somebody_muted_is_not_told(tallow: Opened) -> None:
    bench = tallow()
    bench.viewer = Viewer(muted=frozenset({"Elm Ports", "review"}))
    found = morning_coffee(bench)["exceptions"]
    assert {each["id"] for each in found["told"]} == {"commit:A1"}
    assert bench.book.figures[found["muted"]].value == 3  # its move, its slip, and the overdue review


def test_drafts_go_to_the_rep_who_is_credited_and_to_nobody_else(tallow: Opened) -> None:
    bench = tallow()
    [draft] = morning_coffee(bench)["drafts"]
    assert draft["to"] == "RB"
    assert Renderer(bench.book).plain(draft["text"]) == (
        "To Bo Lind: Elm Ports is up $120 a day over 22 Jun to 28 Jun 2026, where $200 a day is usual, and no cause is on file."
        " Do you know what is behind it, and whether it will last? How can I help?"
    )


def test_nobody_is_asked_to_write_to_themselves(tallow: Opened) -> None:
    assert morning_coffee(tallow(person("RB")))["drafts"] == []


def test_exceptions_hold_people_short_of_pace_with_where_their_check_ends(tallow: Opened) -> None:
    bench = tallow()
    reply = morning_coffee(bench, focus="exceptions")
    [short] = reply["people"]
    assert (bench.book.figures[short["name"]].value, short["stop"]["step"]) == ("Bo Lind", "enablement")
    assert bench.book.figures[short["gap"]].value == pytest.approx(-6_030 - 17_900)


def test_a_focus_that_does_not_exist_is_told_to_the_model(tallow: Opened) -> None:
    with pytest.raises(ModelMustRetry, match="worries, exceptions"):
        morning_coffee(tallow(), focus="gossip")


# Whose coffee ---------------------------------------------------------------------------------------------------

PRINCIPALS = {
    "RA": (person("RA"), {"A1", "A2", "A3"}),
    "RB": (person("RB"), {"B1", "B2"}),
    "RC": (person("RC"), {"C1"}),
    "RN": (person("RN"), set()),
    "M1": (person("M1", "RA", "RB", "RN"), {"A1", "A2", "A3", "B1", "B2"}),
    "all": (LOCAL_ADMIN, {"A1", "A2", "A3", "B1", "B2", "C1"}),
}


@settings(max_examples=8)
@given(st.lists(st.sampled_from(sorted(PRINCIPALS)), min_size=1, max_size=3), st.sampled_from(["", "worries", "exceptions"]))
def test_whoever_looked_before_nobody_sees_more_than_their_own(tallow_home: Path, order: list[str], focus: str) -> None:
    bench = open_bench(tallow_home)
    try:
        for who in order:
            principal, visible = PRINCIPALS[who]
            own = _as(bench, principal)
            morning_coffee(own, focus=focus)
            about = {figure.entity.id for figure in own.book.figures.values() if figure.entity and figure.entity.type == "account"}
            people = {figure.entity.id for figure in own.book.figures.values() if figure.entity and figure.entity.type == "rep"}
            assert about <= visible | ({"A3"} if who == "RB" else set())  # Bo is still credited for the days before the handover
            assert principal.sees_everything or people <= principal.scope.rep_ids
    finally:
        bench.warehouse.close()


def _as(bench: Workbench, principal: Principal) -> Workbench:
    from meterline_tools.catalog.names import NameIndex
    from meterline_tools.receipts import ReceiptBook
    from meterline_tools.warehouse.views import Views

    views = Views(bench.warehouse, bench.asof, principal)
    return replace(bench, principal=principal, views=views, names=NameIndex(views, bench.warehouse), book=ReceiptBook())


def test_the_same_look_poured_again_reads_the_same(tallow: Opened) -> None:
    first = tallow()
    again = _as(first, first.principal)
    assert morning_coffee(first) == morning_coffee(again)
    assert list(first.book.receipts.values()) == list(again.book.receipts.values())


# What a company has and wants -----------------------------------------------------------------------------------


def test_three_tables_make_a_coffee_and_the_rest_says_what_is_missing(minimum: Workbench) -> None:
    reply = morning_coffee(minimum)
    states = {item["id"]: item["state"] for item in reply["items"]}
    told = {"freshness", "daily", "gainers", "losers", "unexplained", "new_logos"}
    assert {item for item, state in states.items() if state == "no data"} == set(states) - told
    assert said(minimum, reply, "attainment") == "No quota loaded."
    assert said(minimum, reply, "forecast") == "No forecast loaded."


def test_a_company_puts_items_first_and_hides_others(tallow: Opened, tmp_path: Path) -> None:
    home = load_tallow(tmp_path, settings="coffee:\n  first: [commits]\n  hidden: [pqls, vouchers]\n  budget: 2\n")
    bench = tallow(home=home)
    reply = morning_coffee(bench)
    ids = [item["id"] for item in reply["items"]]
    assert ids[:3] == ["freshness", "commits", "daily"]
    assert not {"pqls", "vouchers"} & set(ids)
    assert len(reply["exceptions"]["told"]) == 2


def test_an_item_that_does_not_exist_is_named() -> None:
    with pytest.raises(UserError, match=r"there is no item 'gossip'\. There are: freshness, daily"):
        items_of(Coffee(hidden=["gossip"]))
