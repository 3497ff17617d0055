"""Capitals that say nothing, slips of ordinary words, and names nobody knows."""

from __future__ import annotations

import pytest

from meterline.models.offline.understand.data import lexicon
from meterline.models.offline.understand.letters import capitals_tell
from meterline.models.offline.understand.unknown import find_unknown
from meterline.models.offline.understand.words import tokenize


@pytest.mark.parametrize("text", ["WHO IS BEHIND ON QUOTA", "Who Is Behind On Quota", "WHAT'S OUR NRR BY SEGMENT"])
def test_capitals_say_nothing_where_every_word_has_one(text: str) -> None:
    assert not capitals_tell(text, lexicon())


@pytest.mark.parametrize("text", ["How is Greta Holm doing?", "what did Marlow Freight spend", "Is Marlow growing?"])
def test_capitals_mark_names_where_other_words_have_none(text: str) -> None:
    assert capitals_tell(text, lexicon())


def test_a_slip_where_no_name_can_stand_is_passed_over_and_told() -> None:
    found = find_unknown(tokenize("use cases marled live"), "use cases marled live", [])
    assert found.names == []
    assert found.slips == {"marled": "marked"}


@pytest.mark.parametrize("text", ["what did marled spend", "marled burn", "marled", "how is marled doing"])
def test_an_unknown_word_where_a_name_stands_is_never_passed_over(text: str) -> None:
    assert find_unknown(tokenize(text), text, []).names == ["marled"]


def test_a_firm_nobody_knows_is_quoted_as_written() -> None:
    text = "What did Zenith Corp spend?"
    assert find_unknown(tokenize(text), text, []).names == ["Zenith Corp"]


@pytest.mark.parametrize("word", ["stacking", "catching", "slowing", "rankings", "water", "alarms"])
def test_a_right_word_is_never_mended_into_one_of_ours(word: str) -> None:
    assert lexicon().spelling.mend(word) == word


@pytest.mark.parametrize(
    ("word", "meant"),
    [("skyrockets", "skyrocketed"), ("loosers", "losers"), ("grwth", "growth"), ("custmers", "customers"), ("consumtion", "consumption")],
)
def test_a_slip_is_mended_and_a_form_of_a_word_only_into_another_form_of_it(word: str, meant: str) -> None:
    assert lexicon().spelling.mend(word) == meant
