"""Which of the causes that are left is chosen by the words for it, and what is shown beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from meterline_tools.insight.causes import load_causes
from meterline_tools.insight.choice import Choice, evidence_against, names, outranked
from meterline_tools.insight.confidence import score
from meterline_tools.insight.cues import read_sentence, shipped_cues
from meterline_tools.insight.evidence import Item, Weighed, weigh
from meterline_tools.insight.fingerprints import Fingerprint, evaluate
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.meaning import Nearness
from meterline_tools.insight.slice_words import SliceWords
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.insight.verdict import _by_evidence

RULES = load_thresholds()
ONSET = date(2026, 6, 10)
WORDS = SliceWords(frozenset({"feed"}), frozenset({"mail"}), frozenset(), frozenset(), names=frozenset({"parcel feed"}))


def left(*causes: str) -> list[Fingerprint]:
    return [Fingerprint(load_causes()[cause], "confirmed") for cause in causes]


def item(cause: str, source: str = "N1", side: str = "vendor", kind: str = "note", **more: object) -> Item:
    said = Statement(kind, source, side, ONSET, f"said in {source}")  # type: ignore[arg-type]
    return Item(said, supports=cause, **more)  # type: ignore[arg-type]


def chosen(causes: Sequence[Fingerprint], *items: Item) -> str | None:
    supporting: dict[str, list[Item]] = {}
    for each in items:
        supporting.setdefault(each.supports or "", []).append(each)
    found = _by_evidence(causes, Weighed(supporting=supporting), RULES, compared=True)
    return found.cause.id if found else None


def test_a_weak_word_of_our_own_people_names_the_only_cause_that_is_left() -> None:
    weak = item("backfill", slice_match=True, dated=True, sure=RULES.meaning.least_ours - 0.2)
    assert chosen(left("backfill"), weak) == "backfill"
    assert chosen(left("backfill", "frequency_change"), weak) is None


@pytest.mark.parametrize("more", [{"slice_match": True}, {"dated": True}, {"slice_match": True, "dated": True, "hint": True}])
def test_it_has_to_speak_of_this_slice_and_these_days(more: dict[str, Any]) -> None:
    assert not names(item("backfill", sure=0.0, **more), RULES, compared=True, sole=True)


def test_words_for_this_slice_and_these_days_go_before_more_of_them_for_another() -> None:
    ticket = item("dr_test", "T1", "customer", "ticket", slice_match=True, dated=True, sure=1.0)
    other = item("reorg", "T2", "customer", "ticket", dated=True, sure=1.0)
    noted = item("reorg", "N2", dated=True, sure=0.5)
    assert chosen(left("dr_test", "reorg"), other, noted, ticket) == "dr_test"


@pytest.mark.parametrize(
    ("items", "points"),
    [
        ([item("backfill", "N1", slice_match=True)], 1),
        ([item("backfill", "N1", slice_match=True), item("backfill", "N1", slice_match=True, dated=True)], 1),
        ([item("backfill", "N1", slice_match=True), item("backfill", "N2", slice_match=True)], 2),
        ([item("backfill", "N1", slice_match=True), item("backfill", "N2")], 1),
        ([item("backfill", "N1", slice_match=True), item("backfill", "N2", slice_match=True, hint=True)], 1),
    ],
)
def test_a_second_note_of_our_own_people_on_the_slice_counts_as_well(items: list[Item], points: int) -> None:
    assert score(items, RULES, rivals=0, unique=False, contradicted=False, coverage=None).points == points


def test_what_is_claimed_of_the_usage_of_these_weeks_is_shown_beside_the_cause() -> None:
    best = item("pql", "N1", "customer", slice_match=True, dated=True)
    claimed, stray = item("organic_growth", "N2", timely=True), item("organic_growth", "N3")
    shown = outranked(Choice(load_causes()["pql"], (best,)), (), Weighed(supporting={"pql": [best], "organic_growth": [claimed, stray]}))
    assert shown == [claimed]


class Near:
    """Meanings by decree: the same nearness for whatever is said."""

    def __init__(self, **near: float) -> None:
        self._near = dict.fromkeys(load_causes(), -0.5) | near

    def nearness(self, texts: Sequence[str]) -> list[Nearness]:
        return [self._near for _ in texts]


@pytest.mark.parametrize(
    ("allowed", "heard"),
    [
        (("account_reid",), ["account_reid"]),  # 0.18 behind a denied cause that is no kin of it
        (("account_reid", "dr_test"), []),
    ],
)
def test_the_only_cause_that_is_left_may_be_told_less_plainly_than_a_denied_one(allowed: tuple[str, ...], heard: list[str]) -> None:
    prints = {c.id: Fingerprint(c, "confirmed" if c.id in allowed else "denied") for c in load_causes().values()}
    said = Statement("note", "N1", "vendor", date(2026, 6, 12), "The parcel feed now stands in another name since 10 June.")
    meaning = Near(reorg=0.30, account_reid=0.12)
    found = weigh([said], shipped_cues(), prints, WORDS, ONSET, date(2026, 7, 20), RULES, meaning)  # type: ignore[arg-type]
    assert list(found.supporting) == heard


def test_it_is_weighed_against_the_denied_cause_that_is_meant_most_whatever_telling_words_claim() -> None:
    prints = {c.id: Fingerprint(c, "confirmed" if c.id == "account_reid" else "denied") for c in load_causes().values()}
    said = Statement(
        "note", "N1", "vendor", date(2026, 6, 12), "Usage of the parcel feed is growing fast since 10 June, more orders pouring in."
    )
    growth = Near(organic_growth=0.30, new_use_case=0.40, account_reid=0.12)  # a telling word puts growth before what is meant
    found = weigh([said], shipped_cues(), prints, WORDS, ONSET, date(2026, 7, 20), RULES, growth)  # type: ignore[arg-type]
    assert not found.supporting
    assert [i.contradicts.cause.id for i in found.contradictions if i.contradicts] == ["organic_growth"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("I want to bring this to the forecast call as expansion.", False),
        ("This counts as expansion for the quarter.", False),
        ("They are expanding into Norway.", True),
        ("The expansion to the Baltic states began.", True),
    ],
)
def test_an_expansion_is_of_a_place_where_one_is_named(text: str, named: bool) -> None:
    assert ("market_expansion" in read_sentence(text, shipped_cues()).names) == named


def test_what_is_used_for_the_first_time_was_raised_by_no_upstream_change() -> None:
    facts = {"direction": 1.0, "others_share": 0.8, "others_n": 9.0}
    cause = load_causes()["upstream_api_change"]
    assert evaluate(cause, facts | {"new_family_share": 0.0, "new_workload_share": 0.0}).state == "confirmed"
    assert evaluate(cause, facts | {"new_family_share": 0.9, "new_workload_share": 0.0}).state == "denied"
    assert evaluate(cause, facts | {"new_family_share": 0.0, "new_workload_share": 0.9}).state == "denied"


@pytest.mark.parametrize(
    ("text", "denies"),
    [
        ("The whole activity has been given up and is not carried on elsewhere.", False),
        ("The use case was retired and has not come back.", False),
        ("The use case was retired is not what they said.", True),
    ],
)
def test_a_negation_of_what_follows_denies_nothing_before_it(text: str, denies: bool) -> None:
    reading = read_sentence(text, shipped_cues())
    assert ("use_case_churn" in reading.denies) == denies
    assert ("use_case_churn" in reading.names) != denies


@pytest.mark.parametrize(
    ("text", "named", "denies"),
    [
        ("Elena is gone since Sunday, no successor named.", True, False),
        ("There is no successor.", True, False),
        ("It was not a backfill.", False, True),
    ],
)
def test_a_cue_within_a_cue_denies_nothing(text: str, named: bool, denies: bool) -> None:
    reading = read_sentence(text, shipped_cues())
    assert bool(reading.names) == named
    assert bool(reading.denies) == denies


def test_the_only_cause_that_is_left_is_meant_where_it_is_told_plainly_however_plainly_another_is() -> None:
    """Not of the slice by name, but dated, in a customer's ticket: both meanings are far from small talk."""
    prints = {c.id: Fingerprint(c, "confirmed" if c.id == "reorg" else "denied") for c in load_causes().values()}
    said = Statement("ticket", "T1", "customer", date(2026, 6, 12), "They have shown in both places since 10 June, as agreed before.")

    def found(reorg: float) -> Weighed:
        meaning = Near(temp_migration=1.0, reorg=reorg)
        return weigh([said], shipped_cues(), prints, WORDS, ONSET, date(2026, 7, 20), RULES, meaning)  # type: ignore[arg-type]

    plain, faint = found(RULES.meaning.settles + 0.1), found(RULES.meaning.settles - 0.1)
    assert [(c, i.claim.cause.id) for c, items in plain.supporting.items() for i in items if i.claim] == [("reorg", "temp_migration")]
    assert not faint.supporting and [i.contradicts.cause.id for i in faint.contradictions if i.contradicts] == ["temp_migration"]


def test_of_two_words_that_are_as_firm_the_surer_one_counts_and_the_other_does_not_speak_against_it() -> None:
    sure = item("reorg", "T1", "customer", "ticket", dated=True, sure=0.9)
    faint = item("ma_consolidation", "T2", "customer", "ticket", dated=True, sure=0.4)
    causes = left("ma_consolidation", "reorg")
    assert chosen(causes, faint, sure) == "reorg"
    choice = Choice(load_causes()["reorg"], (sure,))
    assert not evidence_against(choice, causes, Weighed(supporting={"reorg": [sure], "ma_consolidation": [faint]}), RULES)
    as_sure = item("ma_consolidation", "T2", "customer", "ticket", dated=True, sure=0.8)
    assert evidence_against(choice, causes, Weighed(supporting={"reorg": [sure], "ma_consolidation": [as_sure]}), RULES) == (as_sure,)
