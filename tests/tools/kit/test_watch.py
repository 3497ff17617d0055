"""The watch on a company made by hand: whose eyes see what, what is news, and that it agrees with the coffee."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from meterline_tools.errors import ModelMustRetry
from meterline_tools.insight.looks import Look, Noticed, Viewer
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.coffee import morning_coffee
from meterline_tools.kit.watching import watch
from meterline_tools.kit.watching.findings import Finding
from meterline_tools.kit.watching.news import is_news, news_of, noticed, waves
from meterline_tools.principal import Principal, Scope
from meterline_tools.receipts import Entity

Opened = Callable[..., Workbench]
YESTERDAY = datetime(2026, 6, 30, 12)


def rep(rep_id: str) -> Principal:
    return Principal(rep_id, "rep", Scope(rep_ids=frozenset({rep_id})), rep_id=rep_id)


def told(reply: dict[str, Any]) -> list[str]:
    return [alert["id"] for alert in reply["alerts"]]


def number(bench: Workbench, figure: str) -> Any:
    return bench.book.figures[figure].value


def knowing(**noticed: Noticed) -> Viewer:
    look = Look(snapshot="S0", known_at=YESTERDAY, d1=date(2026, 6, 27), noticed={"account:B2:up": noticed["elm"]})
    return Viewer(last_look=lambda _: look)


ELM = Noticed(raised=date(2026, 6, 23), size=120.0, on=True)


def test_a_surge_is_told_with_its_figures_worked_out_by_hand(tallow: Opened) -> None:
    bench = tallow()
    elm = watch(bench)["alerts"][0]
    assert (elm["id"], elm["on"], elm["cause"]) == ("account:B2:up", True, None)
    figures = {name: number(bench, figure) for name, figure in elm["figures"].items()}
    assert figures["size"] == pytest.approx(120)  # 320 where 200 is usual
    assert figures["share"] == pytest.approx(0.6)
    assert figures["total"] == pytest.approx(840)  # over 22 to 28 June
    assert figures["onset"] == "2026-06-22"


def test_a_cause_on_file_is_told_with_the_surge_and_puts_it_last(tallow: Opened) -> None:
    birch = watch(tallow())["alerts"][-1]
    assert (birch["id"], birch["cause"]["id"], birch["cause"]["durability"]) == ("account:A2:up", "new_use_case", "durable")


def test_an_account_of_five_days_is_counted_as_too_young(tallow: Opened) -> None:
    bench = tallow()
    counts = watch(bench)["counts"]
    assert (number(bench, counts["judged"]), number(bench, counts["young"])) == (5, 1)


@pytest.mark.parametrize(("who", "ids"), [("RA", ["account:A2:up"]), ("RB", ["account:B2:up"]), ("RC", []), ("RN", [])])
def test_nobody_is_told_of_accounts_beyond_their_own(tallow: Opened, who: str, ids: list[str]) -> None:
    assert told(watch(tallow(rep(who)), everything=True)) == ids


def test_an_alert_reads_the_same_to_whoever_sees_the_account(tallow: Opened) -> None:
    everybody, own = tallow(), tallow(rep("RB"))
    seen = [watch(bench, everything=True)["alerts"][0]["figures"] for bench in (everybody, own)]
    assert number(everybody, seen[0]["size"]) == number(own, seen[1]["size"])


def test_one_direction_may_be_asked_for(tallow: Opened) -> None:
    assert told(watch(tallow(), only="drops")) == []
    with pytest.raises(ModelMustRetry, match="surges, drops"):
        watch(tallow(), only="sideways")


def test_a_slice_may_be_asked_for(tallow: Opened) -> None:
    bench = tallow()
    reply = watch(bench, filters={"industry": ["rail"]})
    assert (told(reply), number(bench, reply["counts"]["judged"])) == (["account:A2:up"], 1)
    assert told(watch(tallow(), filters={"rep": ["RB"]})) == ["account:B2:up"]


def test_days_out_of_reason_are_refused(tallow: Opened) -> None:
    with pytest.raises(ModelMustRetry, match="1 to 92"):
        watch(tallow(), days=0)


# News -----------------------------------------------------------------------------------------------------------


def test_what_was_told_yesterday_is_counted_and_not_repeated(tallow: Opened) -> None:
    bench = tallow()
    bench.viewer = knowing(elm=ELM)
    reply = watch(bench)
    assert told(reply) == ["account:A2:up"]
    assert number(bench, reply["counts"]["before"]) == 1
    assert bench.look is not None and set(bench.look.noticed) == {"account:A2:up", "account:B2:up"}


def test_everything_is_one_word_away(tallow: Opened) -> None:
    bench = tallow()
    bench.viewer = knowing(elm=ELM)
    assert told(watch(bench, everything=True)) == ["account:B2:up", "account:A2:up"]


def test_the_coffee_does_not_repeat_what_the_watch_told(tallow: Opened) -> None:
    bench = tallow()
    bench.viewer = knowing(elm=ELM)
    exceptions = morning_coffee(bench)["exceptions"]
    assert "move:B2" not in {each["id"] for each in exceptions["told"]}
    assert "moves told before and unchanged" in {each["kind"] for each in exceptions["left_out"]}


def test_coffee_and_watch_find_the_same_moves(tallow: Opened) -> None:
    bench = tallow()
    open_moves = {
        f"account:{each['id'].partition(':')[2]}:up" for each in morning_coffee(bench)["exceptions"]["told"] if each["kind"] == "move"
    }
    assert open_moves == {alert["id"] for alert in watch(tallow())["alerts"] if alert["cause"] is None}


@pytest.mark.parametrize(
    ("before", "news"),
    [
        ({}, False),
        ({"size": 70.0}, True),  # from 70 to 120 a day
        ({"size": 100.0}, False),
        ({"on": False}, True),
        ({"cause": "backfill"}, True),
        ({"raised": date(2026, 5, 1)}, True),  # an earlier one of the same account
    ],
)
def test_an_alert_is_news_again_when_it_changed(before: dict[str, Any], news: bool) -> None:
    assert is_news(finding("B2"), {"account:B2:up": ELM.model_copy(update=before)}) is news


def test_the_budget_holds_and_what_is_left_out_is_counted() -> None:
    found = [finding(f"A{n}", size=100.0 + n, onset=date(2026, 1, 1) + timedelta(days=9 * n)) for n in range(8)]
    news = news_of(found, {}, budget=3, muted=frozenset({"name of A7"}))
    assert [wave.first.entity.id for wave in news.told] == ["A6", "A5", "A4"]
    assert (news.left_out, news.muted) == (4, 1)


def test_a_second_watch_has_the_room_that_the_first_left_and_tells_what_changed_since() -> None:
    found = [finding(f"A{n}", size=100.0 + n, onset=date(2026, 1, 1) + timedelta(days=9 * n)) for n in range(4)]
    told = {each.id: noticed(each) for each in found[2:]}
    quiet = news_of(found, {}, budget=2, muted=frozenset(), told=told)
    assert (quiet.told, quiet.left_out, quiet.before) == ([], 2, 2)
    one = news_of(found, {}, budget=3, muted=frozenset(), told=told)
    assert [wave.first.entity.id for wave in one.told] == ["A1"]
    grown = [*found[:3], finding("A3", size=300.0, onset=date(2026, 1, 28))]
    assert [wave.first.entity.id for wave in news_of(grown, {}, budget=2, muted=frozenset(), told=told).told] == ["A3"]


def test_many_accounts_that_move_in_the_same_days_are_one_alert() -> None:
    same = [finding(f"A{n}", onset=date(2026, 3, 9) + timedelta(days=n % 3)) for n in range(6)]
    other, down = finding("B1", onset=date(2026, 5, 1)), finding("B2", size=-120.0, onset=date(2026, 3, 9))
    found = waves([*same, other, down])
    assert sorted(len(wave.findings) for wave in found) == [1, 1, 6]


def finding(ident: str, *, size: float = 120.0, onset: date = date(2026, 6, 22)) -> Finding:
    entity = Entity(type="account", id=ident, name=f"name of {ident}")
    return Finding(entity, "up" if size > 0 else "down", date(2026, 6, 23), onset, date(2026, 6, 28), True, 200.0, size, size * 7, 2.0)
