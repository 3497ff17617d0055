"""What a sentence means where no cue is heard, and when people say things are: sentences of nobody's company."""

from __future__ import annotations

from datetime import date

import pytest

from meterline_tools.insight.causes import load_causes
from meterline_tools.insight.cues import shipped_cues
from meterline_tools.insight.evidence import Weighed, weigh
from meterline_tools.insight.fingerprints import Fingerprint
from meterline_tools.insight.hearing import Statement
from meterline_tools.insight.meaning import Meaning, gist
from meterline_tools.insight.said_days import dates_in
from meterline_tools.insight.shipped import NOTHING, shipped_sayings
from meterline_tools.insight.slice_words import SliceWords
from meterline_tools.insight.thresholds import load_thresholds
from meterline_tools.notes.model import shared_embedder

RULES = load_thresholds()
ONSET, SAID = date(2026, 6, 10), date(2026, 6, 12)
WORDS = SliceWords(
    own=frozenset({"parcel"}),
    other=frozenset({"payroll"}),
    ids=frozenset({"w-parcels"}),
    other_ids=frozenset(),
    names=frozenset({"parcel feed"}),
    other_names=frozenset({"parcel feed 2", "nordhafen shipping"}),
)


@pytest.fixture(scope="module")
def meaning() -> Meaning:
    return Meaning(list(load_causes()), {}, shared_embedder().views, shared_embedder().fingerprint)


def heard(meaning: Meaning | None, text: str, *allowed: str, side: str = "customer", day: date = SAID) -> Weighed:
    prints = {c.id: Fingerprint(c, "confirmed" if c.id in allowed else "denied") for c in load_causes().values()}
    said = Statement("note", "N1", side, day, text)  # type: ignore[arg-type]
    return weigh([said], shipped_cues(), prints, WORDS, ONSET, date(2026, 7, 20), RULES, meaning)


@pytest.mark.parametrize(
    ("text", "cause", "twin"),
    [
        ("Every parcel since the company was founded is being fetched another time.", "backfill", "frequency_change"),
        ("Clerks want to see a parcel at once, so we pull the feed all day, not after midnight.", "frequency_change", "backfill"),
        ("Until autumn parcels flow twice, through the old box and the new, then the old is scrapped.", "temp_migration", "new_use_case"),
        ("The parcel hall is closed for the rebuild, work is resumed in three weeks.", "pause_for_freeze", "use_case_churn"),
        ("They threw the parcel thing out, the sponsor lost interest.", "use_case_churn", "pause_for_freeze"),
    ],
)
def test_the_meaning_of_a_sentence_names_the_cause_without_cues(meaning: Meaning, text: str, cause: str, twin: str) -> None:
    assert cause in heard(meaning, text, cause, twin).supporting


@pytest.mark.parametrize(
    "text",
    [
        "We had lunch beside the parcel hall.",
        "The parcel people want their own colour in the chart.",
        "Who looks after the parcel tables in August?",
        "The payroll history is being loaded once more from the first day on.",
        "The parcel feed 2 is being read from the first day on once more.",
        "At Nordhafen Shipping every parcel is loaded again from the first day on.",
        "Perhaps we load the old parcels some day, nothing is decided.",
    ],
)
def test_other_talk_other_parts_other_companies_and_wishes_support_nothing(meaning: Meaning, text: str) -> None:
    assert not heard(meaning, text, "backfill", "frequency_change").supporting


def test_a_flattering_claim_that_telemetry_denies_is_a_contradiction(meaning: Meaning) -> None:
    found = heard(
        meaning, "The parcel volume is up as their new shop opened, the one we sold them, pure growth.", "backfill", side="vendor"
    )
    assert not found.supporting and len(found.contradictions) == 1


def test_without_a_model_cues_alone_are_heard() -> None:
    assert set(heard(None, "The parcel feed is reloaded from scratch.", "backfill").supporting) == {"backfill"}


def test_every_shipped_cause_has_sayings_and_names_and_days_are_not_part_of_the_gist() -> None:
    assert set(shipped_sayings()) == {*load_causes(), NOTHING}
    text = "Since Tuesday last week the parcel feed 2 runs every hour."
    assert gist(text, WORDS.called(text)) in ("the job runs every hour.", "the parcel feed runs every hour.")


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("since Sunday last week", date(2026, 6, 7), date(2026, 6, 7)),
        ("from Thursday next week on", date(2026, 6, 18), date(2026, 6, 18)),
        ("in the week after Midsummer", date(2026, 6, 22), date(2026, 6, 28)),
        ("since the week after Easter", date(2026, 4, 6), date(2026, 4, 12)),
        ("from mid May on", date(2026, 5, 10), date(2026, 5, 21)),
        ("seit Montag", date(2026, 6, 8), date(2026, 6, 8)),
        ("6月下旬から", date(2026, 6, 20), date(2026, 6, 30)),
        ("three weeks ago", date(2026, 5, 17), date(2026, 5, 23)),
    ],
)
def test_days_are_read_as_people_name_them(text: str, first: date, last: date) -> None:
    assert [(m.start, m.end) for m in dates_in(text, ONSET)] == [(first, last)]
