"""The truth: planted events are visible in the files, at the size that truth says, with evidence that stands where truth says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import combinations
from statistics import median

import numpy as np
import pytest

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis
from meterline_tools.demo.population import make_accounts
from meterline_tools.demo.simulate import Simulated, simulate, visibility
from meterline_tools.demo.streams import Streams
from tests.tools.demo.conftest import Files

WHOLE_ACCOUNT = {"champion_change", "customer_churn", "pql", "course_or_hackathon", "competitor_eval", "ma_consolidation", "reorg"}


def series(files: Files, where: str) -> dict[date, float]:
    """Net dollars a day of the rows that a condition selects."""
    return dict(files.rows(f"SELECT usage_date, sum(effective_cost) FROM net WHERE {where} GROUP BY 1"))


def excess_over_the_weeks_before(days: dict[date, float], onset: date, until: date) -> float:
    """Actual less the median of the same weekday over the eight weeks before onset."""
    total = 0.0
    for offset in range((until - onset).days):
        day = onset + timedelta(days=offset)
        usual = median(days.get(onset - timedelta(days=7 * k - (day - onset).days % 7), 0.0) for k in range(1, 9))
        total += days.get(day, 0.0) - usual
    return total


def test_halvorsens_reload_is_worth_what_a_baseline_from_the_files_says(small: Files) -> None:
    truth = small.event("Halvorsen Marine", "backfill")
    assert (truth["onset"], truth["end"], truth["durability"]) == ("2026-06-04", "2026-06-25", "one_time")
    days = series(small, f"workload_id = '{truth['slice']['workload_id']}'")
    seen = excess_over_the_weeks_before(days, date(2026, 6, 4), date(2026, 6, 25))
    assert seen == pytest.approx(truth["excess_usd_total"], rel=0.15)


def test_halvorsens_reload_processes_more_rows_but_changes_no_more_and_nobody_new_comes(small: Files) -> None:
    workload = small.event("Halvorsen Marine", "backfill")["slice"]["workload_id"]

    def during(measure: str, where: str) -> float:
        inside, before = (
            small.value(f"SELECT avg({measure}) FROM net WHERE {where} AND usage_date BETWEEN {span}")
            for span in ("DATE '2026-06-04' AND DATE '2026-06-24'", "DATE '2026-05-07' AND DATE '2026-05-27'")
        )
        return float(inside) / float(before)

    one = f"workload_id = '{workload}'"
    assert during("rows_processed", one) > 2
    assert during("refresh_quantity", one) > 10
    assert during("rows_changed", one) == pytest.approx(1, abs=0.15)
    assert during("active_users", "account_id = 'A003' AND active_users > 0") == pytest.approx(1, abs=0.15)


def test_the_reload_was_announced_in_the_customers_own_words(small: Files) -> None:
    truth = small.event("Halvorsen Marine", "backfill")
    said = truth["evidence"][0]
    assert (said["side"], said["date"]) == ("customer", "2026-05-28")
    assert "re-loading three years of voyage orders" in said["text"]
    assert truth["known_in_advance"] is True


def test_every_evidence_span_stands_in_its_note(small: Files) -> None:
    spans = [e for event in small.truth for e in event["evidence"] if e["doc"].startswith("N-")]
    assert len(spans) > 30
    for span in spans:
        note = small.notes[span["doc"]]
        text = note["turns"][span["turn"]]["text"] if "turn" in span else note["body"]
        assert text[span["start"] : span["start"] + len(span["text"])] == span["text"]


def test_unknowable_changes_have_no_evidence_and_no_recent_words(small: Files) -> None:
    for event in (e for e in small.truth if e["regime"] == "E5"):
        assert event["evidence"] == []
        account = event["account_id"]
        since = (date.fromisoformat(event["onset"]) - timedelta(days=90)).isoformat()
        assert [n["note_id"] for n in small.notes.values() if n["account_id"] == account and n["occurred_at"] >= since] == []
        assert small.value(f"SELECT count(*) FROM support_ticket WHERE account_id = '{account}' AND opened_at >= DATE '{since}'") == 0
        moved = f"""SELECT count(*) FROM use_case_event JOIN use_case USING (use_case_id)
                    WHERE account_id = '{account}' AND event_at >= DATE '{since}'"""
        assert small.value(moved) == 0


def test_harrow_rose_by_about_forty_percent_in_july(small: Files) -> None:
    june, after = (
        small.value(
            f"SELECT sum(effective_cost) / 28 FROM net JOIN account USING (account_id) WHERE account_name = 'Harrow Textiles' AND {w}"
        )
        for w in (
            "usage_date BETWEEN DATE '2026-06-08' AND DATE '2026-07-05'",
            "usage_date BETWEEN DATE '2026-07-10' AND DATE '2026-08-06'",
        )
    )
    assert 1.25 < after / june < 1.6


def test_price_stories_leave_list_dollars_alone(small: Files) -> None:
    for account, cause in (
        ("Acme Corp", "commit_exhaustion"),
        ("Delta Freight", "tier_crossing"),
        ("Harbourline Ferries", "promo_expiry"),
    ):
        assert small.event(account, cause)["price_effect_share"] == pytest.approx(1, abs=1e-6)
    for account, cause in (("Halvorsen Marine", "backfill"), ("Acme Labs", "runaway_retry"), ("Fennick Robotics", "frequency_change")):
        assert small.event(account, cause)["price_effect_share"] == pytest.approx(0, abs=0.05)


def test_the_reorganised_council_did_not_grow(small: Files) -> None:
    truth = small.event("Redmoor Council", "reorg")
    usual = small.value(
        "SELECT sum(effective_cost) / 28 FROM net WHERE account_id = 'A023' AND usage_date BETWEEN '2026-05-18' AND '2026-06-14'"
    )
    late = small.value(
        "SELECT sum(effective_cost) / 28 FROM net WHERE account_id = 'A023' AND usage_date BETWEEN '2026-07-19' AND '2026-08-15'"
    )
    assert abs(late / usual - 1) < 0.15
    assert len(truth["slice"]["workspaces"]) == 4


def test_the_ledger_holds_confirmed_answers_and_no_day_twice(small: Files) -> None:
    assert small.value("SELECT count(DISTINCT account_id) FROM usage_annotation") >= 5
    assert small.value("SELECT count(*) - count(DISTINCT (account_id, day, slice, cause)) FROM usage_annotation") == 0
    bluefin = small.rows("SELECT DISTINCT cause, status, confirmed_by FROM usage_annotation WHERE account_id = 'A002'")
    assert bluefin == [("new_use_case", "confirmed", "REP-05")]


@pytest.fixture(scope="module")
def company() -> list[Simulated]:
    axis = Axis(spec.frame().as_of, 420)
    streams = Streams(7)
    return simulate(make_accounts(axis, streams, 40), axis, streams)


def test_each_event_stands_out_at_its_slice(company: list[Simulated]) -> None:
    """At least three robust deviations of the slice's own changes from fortnight to fortnight.

    Seasonal peaks are proved by peers and by last year, not by their size.
    """
    single = [(s, e) for s in company for e in s.events if e.story.cause != "retail_peak"]
    weak = [(s.account.name, e.story.cause) for s, e in single if visibility(s, e) < 3]
    assert weak == []


def test_events_of_one_account_do_not_overlap_unless_one_is_seasonal(company: list[Simulated]) -> None:
    for sim in company:
        for a, b in combinations(sim.events, 2):
            far = date.max
            apart = (a.story.end or far) <= b.story.onset or (b.story.end or far) <= a.story.onset
            assert apart or "retail_peak" in (a.story.cause, b.story.cause), (sim.account.name, a.story.cause, b.story.cause)


def test_taking_one_event_away_leaves_every_other_account_and_draw_alone(company: list[Simulated]) -> None:
    sim = next(s for s in company if s.account.name == "Halvorsen Marine")
    [event] = sim.events
    other = sim.without(event)
    before = sim.full.axis.index(event.story.onset)
    assert np.array_equal(sim.priced.net[:, :before], other.net[:, :before])
    assert np.allclose(sim.priced.net[1:], other.net[1:]), "only the re-loaded workload differs"


def test_the_named_accounts_are_the_same_whatever_the_number_of_others(company: list[Simulated]) -> None:
    axis = Axis(datetime(2026, 8, 18, 12), 420)
    more = simulate(make_accounts(axis, Streams(7), 60), axis, Streams(7))
    for a, b in zip(company[:33], more[:33], strict=True):
        assert a.account.id == b.account.id
        assert np.array_equal(a.priced.net, b.priced.net)
