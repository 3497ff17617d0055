"""The vector index in chromadb. Imported only when an index is built or a wide search needs it.

A folder, or a collection of a server, is written once, by one process, and never changed afterwards: chromadb's
files are neither crash-safe nor made for several writers. It holds the first segment of the index; what came later is few
enough to be compared one by one.
Telemetry is off and the embedding function is ours, so that nothing leaves the machine but what goes to a server that
was named.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import chromadb
import numpy as np
from chromadb.api.types import Documents, EmbeddingFunction, Embeddings
from chromadb.config import Settings
from chromadb.utils.embedding_functions import register_embedding_function

from meterline_tools.notes.chromas import Chromas
from meterline_tools.notes.columns import Line
from meterline_tools.notes.model import Embedder
from meterline_tools.notes.passages import seconds
from meterline_tools.notes.results import Filters, IndexBroken
from meterline_tools.notes.shelf import BUILDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from meterline_tools.notes.vectors import Vector

T = TypeVar("T")
_HNSW_VERSION = 1
_HEADER = struct.Struct("<i4Q")
"""How header.bin of that version begins: version, offset, places reserved, places taken, bytes of a place."""
_AT_ONCE = 1000
_ACCOUNTS_IN_FILTER = 200
logging.getLogger("chromadb.telemetry").setLevel(logging.CRITICAL)


@register_embedding_function
class LocalEmbedding(EmbeddingFunction[Documents]):
    """The packaged model as chromadb wants it, so that it never falls back on its own, which downloads."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        self._embedder = embedder or Embedder()

    def __call__(self, input: Documents) -> Embeddings:
        return list(self._embedder.embed(list(input)))

    @staticmethod
    def name() -> str:
        return "meterline_local"

    def get_config(self) -> dict[str, Any]:
        return {"model": self._embedder.model_id}

    @staticmethod
    def build_from_config(config: dict[str, Any]) -> LocalEmbedding:
        return LocalEmbedding()


@dataclass(frozen=True)
class Entry:
    """A passage as the index knows it."""

    id: str
    vector: Vector
    metadata: dict[str, str | int]


class ChromaIndex:
    """One finished index, opened for reading. Raises IndexBroken for whatever is wrong with it."""

    def __init__(self, chromas: Chromas, folder: Path, embedder: Embedder, passages: int) -> None:
        with _as_broken():
            self._client = _client(chromas, folder)
            self._collection = self._client.get_collection(chromas.collection(folder.name), embedding_function=LocalEmbedding(embedder))
            if self._collection.count() != passages:
                raise IndexBroken("passages are missing from it")
            self._passages = passages

    def nearest(self, vector: Vector, limit: int, filters: Filters) -> list[str]:
        """Ids of the `limit` nearest passages within the filters."""
        with _as_broken():
            found = self._collection.query(
                query_embeddings=[vector], n_results=min(limit, self._passages), where=where(filters), include=[]
            )
            return list(found["ids"][0])

    def close(self) -> None:
        self._client.close()


def build(chromas: Chromas, folder: Path, entries: Sequence[Entry], embedder: Embedder) -> None:
    """Writes a new index, into an empty folder or onto the server, and reads its size back. Raises IndexBroken."""
    with _as_broken(), closing(_client(chromas, folder)) as client:
        collection = client.create_collection(
            chromas.collection(folder.name.removeprefix(BUILDING)),
            embedding_function=LocalEmbedding(embedder),
            # Written to disk once, when all is in: by default the whole graph is written anew with every thousand.
            configuration={
                "hnsw": {"space": "cosine", "sync_threshold": max(2, len(entries)), "batch_size": max(2, min(100, len(entries)))}
            },
            metadata={"workspace": chromas.workspace},
        )
        _add(collection, entries)
        _check(collection, len(entries))
    with _as_broken():
        _blank_reserve(folder)


def _blank_reserve(folder: Path) -> None:
    """Writes zeros over the places that the graph reserved and did not take.

    It saves them as the memory came to it, with whatever this process freed before: that may be a note no index may hold.
    Files of a version not known here are left as they are; so is a server's disk, which is not ours.
    """
    for header in folder.glob("*/header.bin"):
        version, _, _, taken, size = _HEADER.unpack_from(header.read_bytes())
        if version != _HNSW_VERSION:
            continue
        for name, each in (("data_level0.bin", size), ("length.bin", 4)):
            file = header.with_name(name)
            whole = file.stat().st_size
            if whole > taken * each:
                with file.open("r+b") as written:
                    written.truncate(taken * each)
                    written.truncate(whole)


def _add(collection: Any, entries: Sequence[Entry]) -> None:
    for some in _slices(entries):
        collection.add(
            ids=[e.id for e in some],
            embeddings=np.stack([e.vector for e in some]),
            metadatas=[e.metadata for e in some],
        )


def _check(collection: Any, passages: int) -> None:
    if collection.count() != passages:
        raise IndexBroken("chromadb did not keep all passages")


def sweep(chromas: Chromas, keep: str) -> None:
    """Removes this workspace's other collections from the server; those of other workspaces are not ours."""
    with _as_broken(), closing(_client(chromas, Path())) as client:
        for collection in client.list_collections():
            ours = (collection.metadata or {}).get("workspace") == chromas.workspace
            if ours and collection.name != chromas.collection(keep):
                client.delete_collection(collection.name)


def entries(lines: Iterable[Line], vectors: NDArray[np.float32]) -> list[Entry]:
    """The passages of the notes with what searches filter by: account, kind, day (ordinal), time of knowledge (epoch seconds)."""
    told = [(line, n) for line in lines for n in range(line.passages)]
    return [
        Entry(
            id=f"{line.note_id}#{n}",
            vector=vector,
            metadata={
                "account_id": line.account_id or "",
                "note_id": line.note_id,
                "kind": line.kind,
                "day": line.day,
                "known": line.known,
            },
        )
        for (line, n), vector in zip(told, vectors, strict=True)
    ]


def where(filters: Filters) -> dict[str, Any] | None:
    """The filters in chromadb's words; long lists of accounts are left to the pool."""
    terms: list[dict[str, Any]] = []
    if filters.accounts is not None and len(filters.accounts) <= _ACCOUNTS_IN_FILTER:
        terms.append({"account_id": {"$in": sorted(filters.accounts)}})
    if filters.kinds:
        terms.append({"kind": {"$in": sorted(filters.kinds)}})
    if filters.window:
        terms += [{"day": {"$gte": filters.window.start.toordinal()}}, {"day": {"$lte": filters.window.end.toordinal()}}]
    if filters.known_at:
        terms.append({"known": {"$lte": seconds(filters.known_at)}})
    return {"$and": terms} if len(terms) > 1 else terms[0] if terms else None


def _client(chromas: Chromas, folder: Path) -> Any:
    """chromadb in this process over files, or the server that was named; either way without telemetry."""
    settings = Settings(anonymized_telemetry=False)
    if chromas.url is None:
        return chromadb.PersistentClient(path=str(folder), settings=settings)
    server = urlsplit(chromas.url)
    secure = server.scheme == "https"
    return chromadb.HttpClient(
        host=server.hostname or "",
        port=server.port or (443 if secure else 80),
        ssl=secure,
        headers=dict(chromas.headers),
        settings=settings,
    )


@contextmanager
def _as_broken() -> Iterator[None]:
    """Turns whatever the library raises into IndexBroken: its native part panics outside the Exception tree."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, IndexBroken):
        raise
    except BaseException as problem:
        raise IndexBroken(f"{type(problem).__name__}: {problem}") from problem


def _slices(listed: Sequence[T]) -> Iterator[Sequence[T]]:
    for at in range(0, len(listed), _AT_ONCE):
        yield listed[at : at + _AT_ONCE]
