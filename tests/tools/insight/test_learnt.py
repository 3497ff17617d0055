"""What sayings teach: two clear heaps of vectors, and the file that ships with what the packaged model makes of ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from meterline_tools.insight import learnt
from meterline_tools.insight.learnt import NOTHING, SHIPPED, digest, learn, write
from meterline_tools.insight.meaning import plain_sayings, shipped_sayings
from meterline_tools.notes.model import shared_embedder

AXES = {"a": (1.0, 0.0, 0.1), "b": (0.0, 1.0, 0.1), "n": (0.0, 0.1, 1.0)}
SAYINGS = {"first": ["a1", "a2"], "second": ["b1", "b2", "b3"], NOTHING: ["n1", "n2"]}


def by_letter(texts: Sequence[str]) -> NDArray[np.float32]:
    """A vector of length one a text, by its first letter, turned a little by its number."""
    rows = np.array([AXES[text[0]] for text in texts]) + np.array([[0.0, 0.0, 0.02 * int(text[1])] for text in texts])
    found: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return found


def not_asked(texts: Sequence[str]) -> NDArray[np.float32]:
    raise AssertionError(f"nobody needs the vectors of {texts}")


def test_a_vector_speaks_of_what_the_sayings_around_it_speak_of() -> None:
    found = learn(SAYINGS, by_letter)
    assert found.names == ["first", "second", NOTHING]
    assert found.scores(by_letter(["a7", "b7", "n7"])).argmax(axis=1).tolist() == [0, 1, 2]


def test_what_was_written_is_read_again_without_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "said.npz"
    write(path, SAYINGS, by_letter, "letters")
    monkeypatch.setattr(learnt, "SHIPPED", path)
    learnt._brought.cache_clear()
    asked = by_letter(["a7", "b7", "n7"])
    try:
        assert learn(SAYINGS, not_asked, "letters").scores(asked) == pytest.approx(learn(SAYINGS, by_letter).scores(asked), abs=0.02)
        more = learn({**SAYINGS, "third": ["b9"]}, lambda texts: by_letter([t for t in texts if t == "b9"]), "letters")
        assert more.names == ["first", "second", "third", NOTHING]
        with pytest.raises(AssertionError, match="a1"):
            learn(SAYINGS, not_asked, "another model")
    finally:
        learnt._brought.cache_clear()


def test_what_ships_was_learnt_from_the_sayings_that_ship() -> None:
    with np.load(SHIPPED) as file:
        assert str(file["digest"]) == digest(plain_sayings(shipped_sayings())), "run `make sayings`"
        assert str(file["model"]) == shared_embedder().fingerprint, "run `make sayings`"


def test_what_ships_is_what_the_packaged_model_says() -> None:
    sayings = plain_sayings(shipped_sayings())
    some = [sayings[cause][0] for cause in sorted(sayings)]
    brought = learnt._brought(shared_embedder().fingerprint)
    assert brought is not None
    assert (brought.of(some) * shared_embedder().embed(some)).sum(axis=1).min() > 0.99


def test_no_saying_stands_under_two_causes() -> None:
    told = [text.casefold() for texts in shipped_sayings().values() for text in texts]
    assert len(told) == len(set(told))
