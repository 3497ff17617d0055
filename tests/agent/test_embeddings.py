"""An embeddings endpoint in place of the packaged model: what it is sent, and what happens when it fails."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from meterline.models.embeddings import EndpointEmbedder
from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.model import ModelMissing
from tests.agent.scripted import Play, Reply, scripted_server
from tests.tools.notes.corpus import KESTREL, provider


def vectors(path: str, body: dict[str, Any]) -> Reply:
    """Five numbers a text: how often each vowel stands in it. Handed out in reverse, as a server may."""
    assert path == "/v1/embeddings"
    data = [{"object": "embedding", "index": n, "embedding": [t.count(v) + 0.1 for v in "aeiou"]} for n, t in enumerate(body["input"])]
    return Play(
        json.dumps({"object": "list", "model": body["model"], "data": data[::-1], "usage": {"prompt_tokens": 1, "total_tokens": 1}})
    )


def endpoint(url: str) -> EndpointEmbedder:
    return EndpointEmbedder("vowels-1", base_url=url, api_key="secret-key", timeout=60)


def test_texts_come_back_as_vectors_of_length_one_in_their_order() -> None:
    with scripted_server(vectors) as (url, asked):
        rows = endpoint(url).embed(["banana", "oboe", ""])
    assert [round(float(row @ row), 5) for row in rows] == [1, 1, 1]
    assert (rows[0].argmax(), rows[1].argmax()) == (0, 3)
    assert [request["model"] for request in asked] == ["vowels-1"]


def test_many_texts_are_sent_in_pieces() -> None:
    with scripted_server(vectors) as (url, asked):
        assert endpoint(url).embed(["a"] * 150).shape == (150, 5)
    assert [len(request["input"]) for request in asked] == [64, 64, 22]


def test_a_notes_index_is_built_and_searched_with_the_endpoint(tmp_path: Path) -> None:
    with scripted_server(vectors) as (url, _):
        store = NoteStore(tmp_path, provider(), snapshot="corpus", embedder=endpoint(url), few=0)
        assert store.ensure().state == "rebuilt"
        found = store.search("order history load", account_ids=[KESTREL])
    assert found.hits
    assert found.status.message is None


def test_restricted_notes_are_not_sent(tmp_path: Path) -> None:
    with scripted_server(vectors) as (url, asked):
        NoteStore(tmp_path, provider(), snapshot="corpus", embedder=endpoint(url)).ensure()
    assert "Petra will leave" not in json.dumps(asked)


BAD: dict[str, Reply] = {
    "an error": (500, '{"error": "no"}'),
    "no JSON": (200, "<html>"),
    "too few": Play(json.dumps({"data": []})),
    "of two widths": Play(json.dumps({"data": [{"index": 0, "embedding": [1.0]}, {"index": 1, "embedding": [1.0, 2.0]}]})),
}


@pytest.mark.parametrize("reply", BAD)
def test_an_endpoint_that_fails_leaves_the_search_by_words_and_shows_no_key(tmp_path: Path, reply: str) -> None:
    with scripted_server(lambda path, body: BAD[reply]) as (url, _):
        embedder = EndpointEmbedder("m", base_url=url, api_key="secret-key", timeout=5)
        embedder._retries = 0
        with pytest.raises(ModelMissing) as problem:
            embedder.embed(["one", "two"])
        found = NoteStore(tmp_path, provider(), snapshot="corpus", embedder=embedder).search("order history load", account_ids=[KESTREL])
    assert found.hits
    assert found.status.state == "degraded"
    assert "endpoint" in str(found.status.message)
    assert "secret" not in f"{found.status.message}{problem.value}"


def test_another_model_is_another_index(tmp_path: Path) -> None:
    with scripted_server(vectors) as (url, _):
        NoteStore(tmp_path, provider(), snapshot="corpus", embedder=endpoint(url)).ensure()
        other = EndpointEmbedder("vowels-2", base_url=url, api_key=None, timeout=5)
        assert "out of date" in str(NoteStore(tmp_path, provider(), snapshot="corpus", embedder=other).ensure().message)
