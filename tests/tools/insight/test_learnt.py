"""What sayings teach: two clear heaps of vectors, and the file that ships with what the packaged model makes of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from meterline_tools.insight import learnt
from meterline_tools.insight.learnt import SHIPPED, learn, teach, write
from meterline_tools.insight.shipped import NOTHING, digest, plain, shipped_sayings
from meterline_tools.notes.model import shared_embedder

AXES = {"a": (1.0, 0.0, 0.1, 0.0), "b": (0.0, 1.0, 0.1, 0.0), "c": (0.0, 0.0, 0.1, 1.0), "n": (0.0, 0.1, 1.0, 0.0)}
SAYINGS = {"first": ["a1", "a2"], "second": ["b1", "b2", "b3"], NOTHING: ["n1", "n2"]}


def by_letter(texts: Sequence[str]) -> NDArray[np.float32]:
    """One view a text, of length one: by its first letter, turned a little by its number."""
    rows = np.array([AXES[text[0]] for text in texts]) + np.array([[0.0, 0.0, 0.02 * int(text[1]), 0.0] for text in texts])
    found: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found[:, None]


def by_first_and_last(texts: Sequence[str]) -> NDArray[np.float32]:
    """Two views a text: by its first letter, and by its last."""
    return np.concatenate([by_letter(texts), by_letter([f"{text[-1]}0" for text in texts])], axis=1)


def not_asked(texts: Sequence[str]) -> NDArray[np.float32]:
    raise AssertionError(f"nobody needs the vectors of {texts}")


def lesson_scores(sayings: Mapping[str, Sequence[str]], asked: Sequence[str]) -> NDArray[np.float32]:
    return teach(sayings, by_letter).scores(asked, by_letter(asked))


def test_a_sentence_speaks_of_what_the_sayings_around_it_speak_of() -> None:
    assert teach(SAYINGS, by_letter).names == ["first", "second", NOTHING]
    assert lesson_scores(SAYINGS, ["a7", "b7", "n7"]).argmax(axis=1).tolist() == [0, 1, 2]


def test_words_tell_apart_what_vectors_do_not() -> None:
    sayings = {
        "first": ["a1 pipes burst", "a2 pipes froze"],
        "second": ["a3 wires burnt", "a4 wires froze"],
        NOTHING: ["n1 lunch", "n2 rain"],
    }
    assert lesson_scores(sayings, ["a7 burnt wires", "a7 our pipes"]).argmax(axis=1).tolist() == [1, 0]


def test_what_stands_out_tells_apart_what_is_alike_as_a_whole() -> None:
    sayings = {"first": ["a1 xa", "a2 yb"], "second": ["a1 zc", "a2 wn"], NOTHING: ["n1 vn", "n2 un"]}
    found = teach(sayings, by_first_and_last).scores(["a3 qa", "a3 qc"], by_first_and_last(["a3 qa", "a3 qc"]))
    assert found[0, 0] > found[0, 1] and found[1, 1] > found[1, 0]


@pytest.fixture
def letters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A file of few sayings stands for the one that ships."""
    write(tmp_path / "said.npz", SAYINGS, by_letter, "letters")
    monkeypatch.setattr(learnt, "SHIPPED", tmp_path / "said.npz")
    learnt._brought.cache_clear()
    yield
    learnt._brought.cache_clear()


@pytest.mark.usefixtures("letters")
def test_what_was_written_is_read_again_without_a_model() -> None:
    asked = ["a7", "b7", "n7"]
    read = learn(["second", "first"], {}, not_asked, "letters")
    assert read.names == ["first", "second", NOTHING]
    assert read.scores(asked, by_letter(asked)) == pytest.approx(lesson_scores(SAYINGS, asked), abs=0.02)


@pytest.mark.usefixtures("letters")
def test_what_a_company_adds_is_learnt_on_top_and_only_that_is_embedded() -> None:
    asked, odd = ["b7", "c7", "n7"], ["a5 wires"]
    before = learn(["first", "second"], {}, not_asked, "letters").scores(odd, by_letter(odd))

    def only_own(texts: Sequence[str]) -> NDArray[np.float32]:
        assert set(texts) == {"a5 wires", "c1", "c2"}
        return by_letter(texts)

    more = learn(["first", "second", "third"], {"second": odd, "third": ["c1", "c2"]}, only_own, "letters")
    assert more.names == ["first", "second", "third", NOTHING]
    assert more.scores(asked, by_letter(asked)).argmax(axis=1).tolist() == [1, 2, 3]
    assert more.scores(odd, by_letter(odd))[0, 1] > before[0, 1] + 0.3


@pytest.mark.usefixtures("letters")
def test_a_cause_that_a_company_does_not_have_is_not_among_the_answers() -> None:
    fewer = learn(["second"], {}, not_asked, "letters")
    assert fewer.names == ["second", NOTHING]
    assert fewer.scores(["b7"], by_letter(["b7"])).shape == (1, 2)


@pytest.mark.usefixtures("letters")
def test_of_another_model_the_shipped_sayings_are_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learnt, "shipped_sayings", lambda: SAYINGS)
    found = learn(["first", "second"], {}, by_letter, "another model")
    assert found.scores(["b7"], by_letter(["b7"])) == pytest.approx(lesson_scores(SAYINGS, ["b7"]))


def test_what_ships_was_learnt_from_the_sayings_that_ship() -> None:
    with np.load(SHIPPED) as file:
        assert str(file["digest"]) == digest(shipped_sayings()), "run `make sayings`"
        assert str(file["model"]) == shared_embedder().fingerprint, "run `make sayings`"


def test_what_ships_is_what_the_packaged_model_says() -> None:
    some = [plain(texts[0]) for texts in shipped_sayings().values()]
    brought = learnt._brought(shared_embedder().fingerprint)
    assert brought is not None
    for view, vectors in enumerate(shared_embedder().views(some).swapaxes(0, 1)):
        assert (vectors @ brought.vectors[:, view].T).max(axis=1).min() > 0.99


def test_no_saying_stands_under_two_causes() -> None:
    told = [text.casefold() for texts in shipped_sayings().values() for text in texts]
    assert len(told) == len(set(told))
