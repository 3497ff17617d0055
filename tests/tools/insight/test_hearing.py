"""What is heard in notes whose words nobody foresaw: sentences of nobody's company about a parcel feed that moved on 10 June."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from meterline_tools.insight.causes import Predicate, load_causes
from meterline_tools.insight.cues import gives_an_opinion, read_sentence, shipped_cues, without_opinion
from meterline_tools.insight.evidence import Item, Weighed, weigh
from meterline_tools.insight.fingerprints import Fingerprint
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.meaning import Meaning, Nearness
from meterline_tools.insight.said_days import dates_in
from meterline_tools.insight.slice_words import SliceWords, mentions, slice_words, tokens
from meterline_tools.insight.slices import Slice
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.notes.model import shared_embedder
from meterline_tools.receipts import Side
from tests.tools.insight.made import NAMES, step, with_effect

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
    return Meaning(list(load_causes()), {}, shared_embedder().views, shared_embedder().fingerprint)


def heard(
    meaning: Meaning,
    *texts: str,
    allowed: tuple[str, ...] = (),
    untested: tuple[str, ...] = (),
    around: str = "",
    on: date = SAID,
    direction: str = "",
) -> Weighed:
    """Sentences of one customer in one note, one after the other, about a change in `direction`."""
    state = dict.fromkeys(allowed, "confirmed") | dict.fromkeys(untested, "open")
    against = Predicate(fact="direction")
    prints = {
        c.id: Fingerprint(
            c,
            state.get(c.id, "denied"),  # type: ignore[arg-type]
            by=against if direction and c.direction not in (direction, "any") else None,
            unmeasured=("x",) if c.id in untested else (),
        )
        for c in load_causes().values()
    }
    at, said = 0, []
    for text in texts:
        said.append(Statement("note", "N1", "customer", on, text, around=around, start=at, end=at + len(text)))
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


def listened(meaning: Meaning | None, *said: Statement, allowed: tuple[str, ...], words: SliceWords = WORDS) -> Weighed:
    prints = {c.id: Fingerprint(c, "confirmed" if c.id in allowed else "denied") for c in load_causes().values()}
    return weigh(said, shipped_cues(), prints, words, ONSET, date(2026, 7, 20), load_thresholds(), meaning)


def note(text: str, day: date = SAID, *, around: str = "", at: int = 0, source: str = "N1") -> Statement:
    return Statement("note", source, "customer", day, text, around=around, beside=around, start=at, end=at + len(text))


def test_what_names_neither_slice_nor_day_months_later_is_about_something_else(meaning: Meaning) -> None:
    text = "We load the complete history of the shop again from scratch."
    whole = replace(WORDS, own=frozenset(), names=frozenset(), whole_account=True)
    assert listened(meaning, note(text, date(2026, 6, 20)), allowed=("backfill",), words=whole).supporting
    assert not listened(meaning, note(text, date(2026, 9, 20)), allowed=("backfill",), words=whole).supporting
    dated = "We load the complete history of the shop again from scratch since 10 June."
    assert listened(meaning, note(dated, date(2026, 8, 1)), allowed=("backfill",), words=whole).supporting


def test_a_day_told_in_the_next_sentence_dates_the_talk_ahead_of_it(meaning: Meaning) -> None:
    text, day = "The parcel box gets a safety copy while we swap out the engine.", date(2026, 5, 28)
    far = listened(meaning, note(text, day), allowed=("temp_migration",))
    near = listened(meaning, note(text, day, around="It starts on 10 June."), allowed=("temp_migration",))
    assert near.supporting["temp_migration"][0].dated
    assert not any(item.dated for item in far.supporting.get("temp_migration", ()))


def test_of_the_pieces_of_run_on_talk_the_surest_reading_counts(meaning: Meaning) -> None:
    talk = "right so the parcel feed is only the parallel run next to the old box until the cut-over in july and a pilot of cakes"
    at = talk.index("old box")
    one, other = note(talk[: at + 40]), note(talk[at:], at=at)
    found = listened(meaning, one, other, allowed=("temp_migration", "ai_pilot"))
    assert "temp_migration" in found.supporting
    assert "ai_pilot" not in found.supporting


def test_a_record_of_months_later_caused_nothing() -> None:
    def left(day: date) -> Statement:
        return Statement("contact", "P1", "system", day, "champion: left", causes=("champion_change",), about_slice=True)

    assert listened(None, left(date(2026, 6, 20)), allowed=("champion_change",)).supporting
    assert not listened(None, left(date(2026, 12, 27)), allowed=("champion_change",)).supporting


def test_how_long_it_lasts_says_nothing_of_why_beside_a_claim_that_is_denied(meaning: Meaning) -> None:
    claim = "My read of the rise: the parcel feed went live for real users for the first time."
    lasts = "It is here to stay."
    found = listened(meaning, note(claim), note(lasts, at=len(claim) + 1), allowed=("frequency_change",))
    assert found.contradictions
    assert "frequency_change" not in found.supporting


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("買収した会社が当社の環境に移ってきており、見慣れない名前は先方のものです。", False),
        ("買収した会社は当社の環境に移っていない。", True),
    ],
)
def test_a_negated_word_beside_a_cause_in_japanese_denies_nothing(text: str, denied: bool) -> None:
    assert ("ma_consolidation" in read_sentence(text, shipped_cues()).denies) is denied


@pytest.mark.parametrize(("region", "text"), [("us-west-2", "Oregon is open for business."), ("ap-south-1", "Mumbai goes live.")])
def test_people_call_the_region_of_a_cloud_by_its_place(region: str, text: str) -> None:
    made = with_effect(step(370, 2.2))
    frame = made.frame()
    leaves = tuple({**leaf, "region": region if at == 0 else "eu-west-1"} for at, leaf in enumerate(frame.leaves))
    frame = replace(frame, leaves=leaves, names={**NAMES, region: region, "eu-west-1": "eu-west-1"})
    words = slice_words(frame, Slice("region", (region,), np.array([True, False, False]), 0.0, 1.0, 1.0, 0.5))
    assert mentions(words.own, tokens(text))
    assert not mentions(words.own, tokens("Dublin is open for business."))


PLANNED = "The assistant goes to every service desk, legal and the works council have signed, it is a product we never had before."


@pytest.mark.parametrize(("days_before", "told"), [(20, True), (60, False)])
def test_what_is_planned_is_told_in_the_weeks_before_it_begins_without_a_day(meaning: Meaning, days_before: int, told: bool) -> None:
    found = heard(meaning, PLANNED, allowed=("new_product_adoption",), on=ONSET - timedelta(days=days_before))
    assert bool(found.supporting.get("new_product_adoption")) is told


def test_small_talk_of_the_weeks_before_is_no_word_for_anything(meaning: Meaning) -> None:
    found = heard(meaning, "The canteen has soup again, we all went twice.", allowed=("backfill",), on=ONSET - timedelta(days=20))
    assert not found.supporting and not found.told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("In my assessment the customer has closed the second plant.", "the customer has closed the second plant."),
        ("I'd put money on it, they moved the archive in-house.", "they moved the archive in-house."),
        ("They tidied up, I should say, after the workshop.", "They tidied up, after the workshop."),
        ("Ich vermute, das alte Lager ist zu.", "das alte Lager ist zu."),
        ("I think so.", "I think so."),
    ],
)
def test_what_somebody_thinks_is_compared_without_that_they_think_so(text: str, told: str) -> None:
    assert without_opinion(text) == told
    assert gives_an_opinion(text)


def test_a_guess_of_these_days_is_quoted_though_no_cause_is_read_in_it(meaning: Meaning) -> None:
    guess = "I fancy the parcel feed got its brass plate on the door at last."
    found = heard(meaning, guess, "The parcel feed has a blue lamp in the hall.", allowed=("dr_test",))
    assert {item.statement.text: item.pointed for item in found.told}[guess]


def test_who_adds_that_nobody_asked_has_guessed_in_the_sentence_before(meaning: Meaning) -> None:
    def told(beside: str) -> Sequence[Item]:
        guess = Statement("note", "N1", "vendor", SAID, "They have put their house in order at last.", beside=beside)
        prints = {c.id: Fingerprint(c, "denied") for c in load_causes().values()}
        return weigh([guess], shipped_cues(), prints, WORDS, ONSET, date(2026, 7, 20), load_thresholds(), meaning).told

    assert [item.pointed for item in told("I have not asked.")] == [True] and not told("Lunch was late.")


@pytest.mark.parametrize(("side", "ahead", "claimed"), [("vendor", 0.09, True), ("vendor", 0.03, False), ("customer", 0.09, False)])
def test_a_colleagues_words_that_rather_tell_a_denied_cause_still_claim_it(side: Side, ahead: float, *, claimed: bool) -> None:
    class Near(Meaning):
        def nearness(self, texts: Sequence[str]) -> list[Nearness]:
            return [{"frequency_change": 0.4, "new_use_case": 0.4 + ahead} for _ in texts]

    prints = {c.id: Fingerprint(c, "confirmed" if c.id == "frequency_change" else "denied") for c in load_causes().values()}
    said = Statement("note", "N1", side, SAID, "They put the parcel feed before their people on 10 June.")
    near = Near([], {}, shared_embedder().views)
    found = weigh([said], shipped_cues(), prints, WORDS, ONSET, date(2026, 7, 20), load_thresholds(), near)
    (item,) = found.supporting["frequency_change"]
    assert (item.claim is not None and item.claim.cause.id == "new_use_case") is claimed


def test_a_known_competitor_by_its_name_is_a_competitor(meaning: Meaning) -> None:
    """Whoever does not know the name hears nothing of it."""
    said = Statement("note", "N1", "customer", SAID, "They have put Ringfinger next to you on the parcel feed to see who does better.")
    prints = {c.id: Fingerprint(c, "confirmed" if c.id == "competitor_eval" else "denied") for c in load_causes().values()}

    def supported(*rivals: str) -> bool:
        words = replace(WORDS, rivals=rivals)
        return "competitor_eval" in weigh([said], shipped_cues(), prints, words, ONSET, date(2026, 7, 20), load_thresholds()).supporting

    assert supported("Ringfinger") and supported("Ring", "ringfinger") and not supported() and not supported("Ring")


def test_who_names_the_very_day_tells_of_what_began_on_it(meaning: Meaning) -> None:
    """Telemetry leaves one cause; the words tell none plainly."""

    def supported(when: str) -> bool:
        text = f"{when} we point the callers about lost goods at the talking parcel helper, and our people pick up what is left."
        return "new_use_case" in heard(meaning, text, allowed=("new_use_case",), on=ONSET - timedelta(days=25)).supporting

    assert supported("From the tenth of June")
    assert not supported("From the third of July") and not supported("One day")


def test_a_guess_with_a_word_of_another_part_in_it_is_told(meaning: Meaning) -> None:
    """As a claim that telemetry denies where a cause is read in it, else as what was said."""
    guess = "As far as I know the customer has commenced the loyalty programme we had proposed."
    sure = "The customer wants the loyalty programme on a poster."
    found = heard(meaning, guess, sure, allowed=("runaway_retry",))
    told = [item.statement.text for item in (*found.told, *found.contradictions)]
    assert guess in told and sure not in told


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Ten colleagues may ask the parcel feed questions till August, and then the board looks if we keep it.", "ai_pilot"),
        ("The parcel feed is a trial with ten colleagues, nothing is decided.", "ai_pilot"),
        ("They try the other vendor's warehouse next to the parcel feed, nothing is decided yet.", "competitor_eval"),
    ],
)
def test_what_is_tried_is_not_decided(meaning: Meaning, text: str, cause: str) -> None:
    weighed = heard(meaning, text, allowed=(cause, "new_use_case"))
    assert [item.statement.text for item in weighed.supporting.get(cause, ())] == [text]


def test_a_plan_that_is_not_decided_is_no_cause(meaning: Meaning) -> None:
    texts = (
        "They talk of moving the parcel feed to another platform, nothing is decided.",
        "We wonder if we load the old parcels once more.",
    )
    weighed = heard(meaning, *texts, allowed=("partial_migration_away", "backfill"))
    assert not weighed.supporting
    assert all(item.contradicts and item.contradicts.cause.undecided for item in weighed.contradictions)


@pytest.mark.parametrize(
    "text", ["One plan a day was made by the parcel feed.", "The parcel feed no longer waits; if it fails, we start it again."]
)
def test_a_doubt_needs_its_own_words(text: str) -> None:
    reading = read_sentence(text, shipped_cues())
    assert not reading.asking and not reading.undecided


class _Meant(Meaning):
    """What sentences mean is given."""

    def __init__(self, **near: float) -> None:
        self.near = near

    def nearness(self, sentences: Sequence[str]) -> list[Nearness]:
        return [self.near for _ in sentences]


def test_telling_words_of_the_other_direction_outbid_no_cause() -> None:
    text, later = "The paper list is retired, nobody needs it, each depot opens the parcel feed now.", ONSET + timedelta(days=33)
    meant = _Meant(new_use_case=0.12, use_case_churn=0.10)
    rose = heard(meant, text, allowed=("new_use_case", "temp_migration"), on=later, direction="up")
    moved = heard(meant, text, allowed=("new_use_case", "temp_migration"), on=later)
    assert list(rose.supporting) == ["new_use_case"]
    assert not moved.supporting  # where it could have been told of this change, what is told more plainly stands
