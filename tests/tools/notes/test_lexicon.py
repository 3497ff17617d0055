"""The scores of words are BM25's, over the passages in question alone."""

from __future__ import annotations

import math
import random
from pathlib import Path

import bm25s
import numpy as np
import pytest

from meterline_tools.notes.lexicon import Lexicon, Postings

DOCUMENTS = [["order", "history", "order"], ["budget"], [], ["order", "budget", "freeze", "freeze"], ["~kündigung", "history"]]


def test_a_score_worked_by_hand() -> None:
    # "budget" stands in 2 of 5 passages, whose mean length is 2: idf = ln(1 + 3.5 / 2.5) = ln 2.4;
    # in the second passage tf = 1 of length 1: 1 / (1 + 1.2 * (1 - .75 + .75 * 1 / 2)) = 1 / 1.75
    scores = Lexicon.of(DOCUMENTS).scores(["budget"])

    assert scores[1] == pytest.approx(math.log(2.4) / 1.75, abs=1e-6)
    assert [bool(score) for score in scores] == [False, True, False, True, False]


def test_scores_are_those_of_a_library() -> None:
    dice = random.Random(5)
    documents = [dice.choices("abcdefghijklmnop", k=dice.randint(1, 40)) for _ in range(300)]
    library = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    library.index(documents, show_progress=False)

    for asked in (["a"], ["b", "c", "p"], list("abcdef")):
        assert np.allclose(Lexicon.of(documents).scores(asked), library.get_scores(asked), atol=1e-4)


def test_statistics_are_those_of_the_passages_in_question() -> None:
    among = np.asarray([True, True, False, False, True])
    alone = Lexicon.of([document for document, kept in zip(DOCUMENTS, among, strict=True) if kept])

    assert Lexicon.of(DOCUMENTS).scores(["order", "budget"], among)[among] == pytest.approx(alone.scores(["order", "budget"]))
    assert not Lexicon.of(DOCUMENTS).scores(["freeze"], among).any()


def test_several_postings_score_as_one() -> None:
    parts = [(Postings.of(DOCUMENTS[:3]), np.asarray([0, 1, -1])), (Postings.of([DOCUMENTS[2], *DOCUMENTS[3:]]), np.asarray([2, 3, 4]))]

    assert Lexicon(parts).scores(["order", "history", "freeze"]) == pytest.approx(
        Lexicon.of(DOCUMENTS).scores(["order", "history", "freeze"])
    )


def test_an_open_ending_stands_for_each_word_that_begins_so() -> None:
    lexicon = Lexicon.of(DOCUMENTS)

    assert lexicon.scores(["~künd*"]) == pytest.approx(lexicon.scores(["~kündigung"]))
    assert lexicon.scores(["o*", "h*"]) == pytest.approx(lexicon.scores(["order", "history"]))
    assert not lexicon.scores(["x*"]).any()


def test_postings_are_read_as_they_were_written(tmp_path: Path) -> None:
    for name, documents in (("some", DOCUMENTS), ("none", []), ("empty", [[], []])):
        Postings.of(documents).save(tmp_path / name)
        places = np.arange(len(documents))
        assert Lexicon([(Postings.load(tmp_path / name), places)]).scores(["order"]) == pytest.approx(
            Lexicon.of(documents).scores(["order"])
        )


@pytest.mark.parametrize("kept", [[True] * 5, [False] * 5, [True, False, True, False, True], [False, True, False, False, False]])
def test_postings_without_some_passages_are_those_of_the_others(kept: list[bool]) -> None:
    left = Postings.of(DOCUMENTS).among(np.asarray(kept))
    anew = Postings.of([document for document, stays in zip(DOCUMENTS, kept, strict=True) if stays])

    assert left.terms == anew.terms
    for name in ("starts", "passages", "counts", "lengths"):
        assert getattr(left, name).tolist() == getattr(anew, name).tolist()
        assert getattr(left, name).dtype == getattr(anew, name).dtype
