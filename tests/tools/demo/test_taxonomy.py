"""The taxonomy: events of every cause on generated accounts, crossed with evidence regimes, clear of one another."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest

from meterline_tools.demo import spec
from meterline_tools.demo.axis import Axis
from meterline_tools.demo.population import make_accounts
from meterline_tools.demo.simulate import Simulated, live, simulate
from meterline_tools.demo.streams import Streams
from meterline_tools.demo.talk.bank import AUTHORS, SEEDS_OF_AN_AUTHOR, bank_for
from meterline_tools.demo.taxonomy import taxonomy
from tests.tools.demo.conftest import MEDIUM_SEED, Files

FIRST_SEEDS = [place * SEEDS_OF_AN_AUTHOR + 1 for place in range(len(AUTHORS))]
MIRRORED = {"new_use_case": "temp_migration", "backfill": "frequency_change", "new_product_adoption": "ai_pilot"}


@pytest.fixture(scope="module")
def company() -> list[Simulated]:
    axis = Axis(spec.frame().as_of, 600)
    return simulate(make_accounts(axis, Streams(MEDIUM_SEED), 100), axis, Streams(MEDIUM_SEED))


def test_every_cause_has_a_recipe_a_twin_that_knows_it_and_words_by_every_author() -> None:
    mass = {"retail_peak", "upstream_api_change"}
    assert set(spec.causes()) - mass == set(taxonomy().causes)
    for name, cause in spec.causes().items():
        assert cause.twin is None or spec.causes()[cause.twin].twin == name
    for seed in FIRST_SEEDS:
        words = bank_for(seed).evidence
        assert set(taxonomy().causes) - {"unknown"} <= set(words)
        for name, texts in words.items():
            assert texts["c"] and texts["v"], name
            assert name == "retail_peak" or all(texts[k] for k in ("t", "de", "sv", "ja")), name


def test_the_table_of_the_taxonomy_adds_up_to_its_size() -> None:
    recipes = taxonomy().causes
    assert sum(r.n for r in recipes.values()) == 168, "with about 30 seasonal peaks and the upstream event some 200"
    for one, twin in MIRRORED.items():
        a, b = (next(e for e in recipes[c].effects if e["kind"] in ("add", "scale")) for c in (one, twin))
        assert a.get("share") == b.get("share") and a.get("by") == b.get("by")


def test_generated_accounts_meet_most_causes_and_each_event_says_how_it_can_be_known(medium: Files) -> None:
    generated = [e for e in medium.told if e["key"].split("-")[0] == e["cause"]]
    assert len({e["cause"] for e in generated}) > 20
    assert {e["regime"] for e in generated} == {"E1", "E2", "E3", "E4", "E5", "E6"}
    for event in generated:
        if event["regime"] in ("E1", "E3", "E4", "E6"):
            assert event["evidence"], (event["cause"], event["regime"])
        if event["regime"] == "E3":
            assert {c["claims"] for c in event["counter"]} and event["cause"] not in {c["claims"] for c in event["counter"]}
        if event["regime"] == "E5":
            assert event["evidence"] == []
        if event["regime"] == "E6":
            assert min(x["date"] for x in event["evidence"]) >= (date.fromisoformat(event["onset"]) + timedelta(days=20)).isoformat()


def test_the_words_stand_where_truth_says_whoever_wrote_them(medium: Files) -> None:
    spans = [e for event in medium.truth for e in [*event["evidence"], *event["counter"]] if e["doc"].startswith("N-")]
    assert len(spans) > 60
    for span in spans:
        note = medium.notes[span["doc"]]
        text = note["turns"][span["turn"]]["text"] if "turn" in span else note["body"]
        assert text[span["start"] : span["start"] + len(span["text"])] == span["text"]


def test_each_author_writes_for_a_hundred_seeds_and_the_last_for_all_above() -> None:
    assert [bank_for(seed).author for seed in (0, 1, 100, 101, 200, 201, 301, 400, 401, 9999)] == [
        "first", "first", "first", "second", "second", "third", "fourth", "fourth", "fifth", "fifth"
    ]  # fmt: skip


def test_no_sentence_of_any_author_carries_a_label() -> None:
    labels = {w for c in spec.causes().values() for w in c.words} | {c for c in spec.causes() if "_" in c}
    pattern = re.compile("|".join(rf"\b{re.escape(w)}\b" for w in sorted(labels)), re.IGNORECASE)
    for seed in FIRST_SEEDS:
        bank = bank_for(seed)
        texts = [str(t) for by in bank.evidence.values() for t in by.values()] + [
            str(v) for v in (*bank.filler.values(), bank.wrong["beside"])
        ]
        texts += [str(list(bank.wrong["claims"].values())), str(bank.wrong["traps"])]
        assert [m.group(0) for t in texts for m in pattern.finditer(t)] == []


def test_events_of_one_slice_do_not_overlap_unless_they_are_marked(company: list[Simulated]) -> None:
    for sim in company:
        for a, b in combinations([e.story for e in sim.events if e.story.generated], 2):
            near = abs((a.onset - b.onset).days) < 28
            assert not near or a.overlap or b.overlap, (sim.account.name, a.cause, b.cause)


def test_some_accounts_stay_quiet_and_nobody_outlives_the_end_of_its_account(company: list[Simulated]) -> None:
    paying = [s for s in company if not s.account.named and not s.account.free]
    assert sum(not s.events for s in paying) >= 0.2 * len(paying)
    for sim in company:
        gone = [e.story.onset for e in sim.events if e.story.cause in ("customer_churn", "account_reid")]
        assert not gone or max(e.story.onset for e in sim.events) == gone[0]


def test_dollars_that_leave_one_account_for_a_new_name_turn_up_there(company: list[Simulated]) -> None:
    moved = [(s, e) for s in company for e in s.events if e.story.cause == "account_reid"]
    assert moved
    for sim, event in moved:
        heir = next(s for s in company if s.account.follows == sim.account.id)
        assert (heir.account.domain, heir.account.id != sim.account.id) == (sim.account.domain, True)
        at = sim.full.axis.index(event.story.onset)
        before, after = sim.net_by_day[at - 28 : at].mean(), heir.net_by_day[-28:].mean()
        assert sim.net_by_day[-1] < 0.05 * before
        assert 0.4 < after / before < 2.5


def test_truth_is_what_leaving_the_event_out_changes(medium: Files, company: list[Simulated]) -> None:
    """The account lives once more without its last event; the days of one life are then subtracted from those of the other."""
    checked = 0
    for sim in (s for s in company if s.account.commit is None and s.events and s.events[-1].story.generated):
        event, axis = sim.events[-1], sim.full.axis
        without = live(replace(sim.account, stories=sim.account.stories[:-1]), 1, axis, Streams(MEDIUM_SEED))
        truth = next(e for e in medium.truth if e["event_id"] == event.id)
        first, last = (axis.index(date.fromisoformat(truth[k])) for k in ("onset", "measured_to"))
        excess = float((sim.net_by_day - without.net_by_day)[first : last + 1].sum())
        if event.story.cause != "promo_expiry":
            assert truth["excess_usd_total"] == pytest.approx(excess, abs=0.01), event.story.cause
            checked += 1
    assert checked >= 10


def test_regimes_go_round_so_that_causes_meet_several(company: list[Simulated]) -> None:
    met = defaultdict(set)
    for sim in company:
        for event in sim.events:
            met[event.story.cause].add(event.story.regime)
    counts = Counter(e.story.cause for s in company for e in s.events if e.story.generated and e.story.cause != "unknown")
    assert all(len(met[cause]) >= 2 for cause, n in counts.items() if n >= 3)


def test_nothing_happened_in_the_months_that_are_there_to_tempt(medium: Files) -> None:
    noise = json.loads(medium.manifest.truth.read_text(encoding="utf-8"))["noise"]
    assert len(noise) >= 8
    quiet = {e["account_id"] for e in medium.truth}
    assert not [n for n in noise if n["account_id"] in quiet]
