"""Words as a classifier counts them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from meterline_tools.insight.telling_words import lexicon_of, telling_words


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("Loading the years", {"load", "the", "year", "load the", "the year"}),
        ("42 jobs, 17%", {"job"}),
        ("再読み込み", {"再読", "読み", "み込", "込み"}),
        ("", set()),
    ],
)
def test_words_are_stems_pairs_and_pairs_of_characters(text: str, terms: set[str]) -> None:
    assert set(telling_words(text)) == terms


def test_rare_words_weigh_more_and_a_text_has_length_one() -> None:
    lexicon = lexicon_of(["pipe burst", "pipe froze", "pipe pipe"], least=1)
    rows, worth = lexicon.terms("pipe burst unheard")
    by_row = dict(zip(rows.tolist(), worth.tolist(), strict=True))
    assert by_row[lexicon.rows["burst"]] > by_row[lexicon.rows["pipe"]] > 0
    assert math.sqrt(sum(v * v for v in by_row.values())) == pytest.approx(1.0)
    # By hand: three texts, all with "pipe", one with "burst" and with "pipe burst".
    ratio = math.log(4 / 1) / math.log(4 / 3)
    assert by_row[lexicon.rows["burst"]] / by_row[lexicon.rows["pipe"]] == pytest.approx(ratio, rel=1e-5)


def test_a_text_without_known_words_is_empty_and_scarce_words_are_not_known() -> None:
    lexicon = lexicon_of(["pipe burst", "pipe froze"], least=2)
    assert set(lexicon.rows) == {"pipe"}
    rows, worth = lexicon.terms("wires")
    assert rows.size == worth.size == 0
    assert np.array_equal(lexicon.matrix(["wires", "pipe"]), np.array([[0.0], [1.0]], dtype=np.float32))
