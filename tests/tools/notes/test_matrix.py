"""Narrow vectors, asked first where there are very many, cost the search none of what it finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.matrix import LEAST, WIDTH, Matrix, Vectors
from meterline_tools.notes.ranking import Places, fuse, promising
from meterline_tools.notes.shelf import Shelf
from tests.tools.notes.test_steps import QUESTIONS, START, opened

PASSAGES, QUESTIONS_ASKED, WIDE = LEAST + 5_000, 40, 384
DICE = np.random.default_rng(7)
SPREAD = 1 / np.sqrt(np.arange(4, WIDE + 4))
"""Of a text's vector along one direction after the other: the first 96 of them hold three quarters, as those of meeting transcripts."""


def like_texts(count: int) -> NDArray[np.float32]:
    vectors = (DICE.standard_normal((count, WIDE)) * SPREAD).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


VECTORS = like_texts(PASSAGES)
EVERY = np.arange(PASSAGES)


def matrix(*parts: NDArray[np.float32]) -> Matrix:
    sizes = [len(part) for part in parts]
    rows = np.concatenate([np.arange(size) for size in sizes])
    return Matrix([Vectors.of(part) for part in parts], np.repeat(np.arange(len(parts)), sizes), rows)


def test_the_ten_best_by_a_first_look_are_the_ten_best() -> None:
    held = matrix(VECTORS)
    places = Places(EVERY, EVERY // 5, np.zeros(PASSAGES, dtype=bool))
    words = np.where(DICE.random(PASSAGES) < 0.1, DICE.gamma(2.0, 2.0, PASSAGES), 0).astype(np.float32)
    kept = []
    for asked in like_texts(QUESTIONS_ASKED):
        true = VECTORS @ asked
        found = held.rough(EVERY, asked)
        assert found is not None
        worth = promising(words, found, places)
        found[worth] = held.cosines(worth, asked)
        best, expected = (set(np.argsort(-fuse(words, some, places))[:10].tolist()) for some in (found, true))
        kept.append(len(best & expected) / 10)
    assert np.mean(kept) >= 0.99


def test_a_first_look_is_near_the_cosines_wherever_the_vectors_lie() -> None:
    cut = PASSAGES - 1_000
    held, asked = matrix(VECTORS[:cut], VECTORS[cut:]), like_texts(1)[0]
    true, rough = VECTORS @ asked, held.rough(EVERY, asked)

    assert rough is not None
    assert rough[cut:] == pytest.approx(true[cut:], abs=1e-5)  # too few to be kept narrow
    assert np.corrcoef(rough[:cut], true[:cut])[0, 1] > 0.8
    some = EVERY[::2][:LEAST]
    assert held.cosines(some, asked) == pytest.approx(true[some], abs=1e-5)


def test_few_passages_are_compared_at_once() -> None:
    held, asked = matrix(VECTORS), like_texts(1)[0]
    assert held.rough(EVERY[: LEAST - 1], asked) is None
    assert matrix(VECTORS[: LEAST - 1]).rough(EVERY[: LEAST - 1], asked) is None
    assert Vectors.of(VECTORS[:, :WIDTH]).narrow is None


@pytest.fixture
def narrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NoteStore:
    """A store whose passages are few and narrowed all the same."""
    monkeypatch.setattr("meterline_tools.notes.matrix.LEAST", 1)
    monkeypatch.setattr("meterline_tools.notes.matrix.WIDTH", 12)
    monkeypatch.setattr("meterline_tools.notes.ranking.promising.__defaults__", (40,))
    store = opened(tmp_path / "narrow", START, "start")
    store.ensure()
    return store


@pytest.fixture
def whole(tmp_path: Path) -> NoteStore:
    store = opened(tmp_path / "whole", START, "start")
    store.ensure()
    return store


def best(store: NoteStore, question: str) -> list[tuple[str, int]]:
    return [(hit.note_id, hit.start) for hit in store.search(question).hits]


def test_a_narrowed_index_finds_what_any_other_finds(whole: NoteStore, narrow: NoteStore) -> None:
    assert [best(narrow, question) for question in QUESTIONS] == [best(whole, question) for question in QUESTIONS]


def test_it_stays_narrowed_when_notes_come_and_go(tmp_path: Path, whole: NoteStore, narrow: NoteStore) -> None:
    fewer = [*START[:20], *START[21:], START[20] | {"note_id": "N-900"}]
    for name in ("whole", "narrow"):
        assert opened(tmp_path / name, fewer, "fewer").ensure().state == "rebuilt"
    first = Shelf(tmp_path / "narrow" / "notes").current()
    assert first is not None and all("narrow.npy" in piece.files for piece in first.pieces)
    changed = [opened(tmp_path / name, fewer, "fewer") for name in ("whole", "narrow")]
    assert best(changed[0], QUESTIONS[0]) == best(changed[1], QUESTIONS[0])


def test_an_index_of_before_is_searched_as_it_is(tmp_path: Path, whole: NoteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("meterline_tools.notes.matrix.LEAST", 1)
    answer = opened(tmp_path / "whole", START, "start").search(QUESTIONS[0])
    assert (answer.status.state, answer.status.message) == ("ready", None)
    assert [(hit.note_id, hit.start) for hit in answer.hits] == best(whole, QUESTIONS[0])


@pytest.mark.parametrize("name", ["narrow.npy", "axes.npy"])
def test_a_lost_narrow_file_is_noticed_and_made_again(tmp_path: Path, whole: NoteStore, narrow: NoteStore, name: str) -> None:
    for file in (tmp_path / "narrow").rglob(name):
        file.unlink()
    answer = opened(tmp_path / "narrow", START, "start").search(QUESTIONS[0])
    assert answer.status.state == "rebuilt"
    assert [(hit.note_id, hit.start) for hit in answer.hits] == best(whole, QUESTIONS[0])
