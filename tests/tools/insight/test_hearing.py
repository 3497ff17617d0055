"""What is heard in notes whose words nobody foresaw: sentences of nobody's company about a parcel feed that moved on 10 June."""

from __future__ import annotations

from datetime import date

import pytest

from meterline_tools.insight.causes import load_causes
from meterline_tools.insight.cues import shipped_cues
from meterline_tools.insight.evidence import Weighed, weigh
from meterline_tools.insight.fingerprints import Fingerprint
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.meaning import Meaning
from meterline_tools.insight.said_days import dates_in
from meterline_tools.insight.slice_words import SliceWords
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.notes.model import shared_embedder

ONSET, SAID = date(2026, 6, 10), date(2026, 6, 12)
WORDS = SliceWords(
    own=frozenset({"parcel", "feed"}),
    other=frozenset({"loyalty", "mail"}),
    ids=frozenset({"w1"}),
    other_ids=frozenset({"w2"}),
    names=frozenset({"parcel feed"}),
    other_names=frozenset({"loyalty mail"}),
)


@pytest.fixture(scope="module")
def meaning() -> Meaning:
    return Meaning(list(load_causes()), {}, shared_embedder().embed, shared_embedder().fingerprint)


def heard(meaning: Meaning, *texts: str, allowed: tuple[str, ...] = (), untested: tuple[str, ...] = (), around: str = "") -> Weighed:
    """Sentences of one customer in one note, one after the other."""
    state = dict.fromkeys(allowed, "confirmed") | dict.fromkeys(untested, "open")
    prints = {
        c.id: Fingerprint(c, state.get(c.id, "denied"), unmeasured=("x",) if c.id in untested else ())  # type: ignore[arg-type]
        for c in load_causes().values()
    }
    at, said = 0, []
    for text in texts:
        said.append(Statement("note", "N1", "customer", SAID, text, around=around, start=at, end=at + len(text)))
        at += len(text) + 1
    return weigh(said, shipped_cues(), prints, WORDS, ONSET, date(2026, 7, 20), load_thresholds(), meaning)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("The auditors are with us this week, and somebody let the dog in again.", "dr_test"),
        ("We bought a cake for the whole floor.", "ma_consolidation"),
        ("My neighbour is moving to another region in autumn.", "market_expansion"),
    ],
)
def test_a_telling_word_in_small_talk_names_no_cause(meaning: Meaning, text: str, cause: str) -> None:
    found = heard(meaning, text, allowed=(cause,))
    assert not found.supporting
    assert not found.contradictions
    assert not found.told


def test_what_could_not_be_tested_is_no_cause_where_the_words_mean_another_first(meaning: Meaning) -> None:
    found = heard(meaning, "The parcel feed is used by every depot since Monday, they bought it in spring.", untested=("ma_consolidation",))
    assert "ma_consolidation" not in found.supporting


def test_of_the_causes_that_are_left_the_one_that_is_rather_meant_is_heard(meaning: Meaning) -> None:
    found = heard(
        meaning, "Customers track a parcel in their own app now, so the feed has nothing left to send.", allowed=("use_case_churn", "reorg")
    )
    assert list(found.supporting) == ["use_case_churn"]


def test_a_new_product_is_heard_as_a_new_use_case_where_only_that_is_possible(meaning: Meaning) -> None:
    found = heard(
        meaning, "They finally use the parcel feed that you sold them, in all depots.", allowed=("new_use_case", "temp_migration")
    )
    assert list(found.supporting) == ["new_use_case"]


def test_growth_that_is_claimed_where_only_retries_are_possible_stays_a_contradiction(meaning: Meaning) -> None:
    found = heard(
        meaning, "The parcel feed nearly doubled because more and more shops sign up, and that will stick.", allowed=("runaway_retry",)
    )
    assert "runaway_retry" not in found.supporting
    assert [item.contradicts.cause.id for item in found.contradictions if item.contradicts] == ["organic_growth"]


def test_one_word_of_another_name_in_the_midst_of_talk_about_the_slice_is_no_name(meaning: Meaning) -> None:
    text = "The loyalty database was wiped, so we push out every booking of last year once more to fill it up again."
    assert "backfill" in heard(meaning, text, allowed=("backfill",), around="Your parcel feed runs hot.").supporting
    assert not heard(meaning, text, allowed=("backfill",), around="Nothing else was said.").supporting


def test_a_cause_told_over_two_sentences_is_heard_in_both(meaning: Meaning) -> None:
    one, two = "The parcel feed goes to both boxes.", "When the new one is trusted, the old one is unplugged."
    alone = heard(meaning, one, allowed=("temp_migration", "new_use_case"))
    both = heard(meaning, one, two, allowed=("temp_migration", "new_use_case"))
    assert [i.statement.text for i in both.supporting.get("temp_migration", ())].count(one) >= len(
        alone.supporting.get("temp_migration", ())
    )
    assert "new_use_case" not in both.supporting


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("The parcel feed is what everybody here talks about.", True),
        ("In February the parcel feed lost its proof of what it had sent.", True),
        ("The parcel feed is what it is, and it is meant to stay like that.", True),
        ("Can you look at the parcel feed for us?", False),
        ("We had a good lunch after the meeting.", False),
        ("The loyalty mail is what everybody here talks about.", False),
    ],
)
def test_what_is_said_of_the_slice_without_a_cause_is_kept_for_the_reader(meaning: Meaning, text: str, kept: bool) -> None:
    found = heard(meaning, text)
    assert [item.statement.text for item in found.told] == ([text] if kept else [])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("It has been so since the 20th.", date(2026, 7, 20)),
        ("We ran through the amount on the twentieth.", date(2026, 7, 20)),
        ("They all started on the thirteenth.", date(2026, 7, 13)),
        ("Since Monday the 20th it costs more.", date(2026, 7, 20)),
        ("We meet on Thursday the 20th.", date(2026, 8, 20)),
        ("It starts on the 20th.", date(2026, 8, 20)),
        ("The cut-over is planned for the 20th.", date(2026, 8, 20)),
        ("It was said that we will go live on the 20th.", date(2026, 8, 20)),
        ("They went live on the 3rd.", date(2026, 8, 3)),
    ],
)
def test_a_day_without_a_month_is_gone_by_where_the_sentence_tells_the_past(text: str, day: date) -> None:
    assert [mention.start for mention in dates_in(text, date(2026, 8, 5))] == [day]
