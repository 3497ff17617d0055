"""Retrieval on real meeting transcripts: plain BM25, plain dense and the hybrid that notes are searched with.

    python -m benchmarks.retrieval PACK [--meetings N] [--cache FILE]

PACK is a folder with corpus.jsonl {id, meeting, text}, queries.jsonl {id, meeting, text} and qrels.jsonl
{query_id, doc_id}. Two tasks: "within" ranks the passages of the question's own meeting, "pooled" all passages.
Prints nDCG@10 (binary relevance). The passages are the pack's, not cut again, so the table judges ranking alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterline_tools.notes.asking import question_terms
from meterline_tools.notes.lexicon import Lexicon
from meterline_tools.notes.matrix import Narrow
from meterline_tools.notes.model import DIMENSIONS, Embedder
from meterline_tools.notes.ranking import Places, fuse, promising
from meterline_tools.notes.text import search_copy, terms
from meterline_tools.notes.vectors import VectorCache

DEPTH = 10
COMPARED = 40
"""One of so many passages is compared whole by `narrowed`."""
Scores = NDArray[np.float32]
_SAVED_AT_ONCE = 64


@dataclass(frozen=True)
class Pack:
    """Passages in the order of their meetings, and the questions about them."""

    ids: list[str]
    meetings: NDArray[np.int64]
    texts: list[str]
    questions: list[tuple[str, str]]
    question_meetings: list[int]
    relevant: dict[str, set[str]]


def read_pack(folder: Path, meetings: int | None = None) -> Pack:
    """The pack, or its first meetings."""
    corpus, queries, qrels = (_lines(folder / f"{name}.jsonl") for name in ("corpus", "queries", "qrels"))
    names = list(dict.fromkeys(doc["meeting"] for doc in corpus))[:meetings]
    number = {name: n for n, name in enumerate(names)}
    kept = [doc for doc in corpus if doc["meeting"] in number]
    asked = [q for q in queries if q["meeting"] in number]
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in qrels:
        relevant[line["query_id"]].add(line["doc_id"])
    return Pack(
        ids=[doc["id"] for doc in kept],
        meetings=np.asarray([number[doc["meeting"]] for doc in kept]),
        texts=[search_copy(doc["text"]) for doc in kept],
        questions=[(q["id"], q["text"]) for q in asked],
        question_meetings=[number[q["meeting"]] for q in asked],
        relevant=relevant,
    )


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


class Corpus:
    """Passages of one task with everything that ranks them."""

    def __init__(self, pack: Pack, rows: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        self.ids = [pack.ids[i] for i in rows]
        self.places = Places(np.arange(len(rows)), pack.meetings[rows], np.zeros(len(rows), dtype=bool))
        self.vectors = vectors[rows]
        self.lexicon = Lexicon.of([terms(pack.texts[i]) for i in rows])

    def bm25(self, question: str, asked: Scores) -> Scores:
        return self.lexicon.scores(terms(question))

    def dense(self, question: str, asked: Scores) -> Scores:
        scores: Scores = self.vectors @ asked
        return scores

    def hybrid(self, question: str, asked: Scores) -> Scores:
        lexical = self.lexicon.scores(question_terms(question))
        return fuse(lexical, self.vectors @ asked, self.places)

    def narrowed(self, question: str, asked: Scores) -> Scores:
        """The hybrid as very many passages are ranked, with as small a part of them compared whole."""
        lexical = self.lexicon.scores(question_terms(question))
        narrow = self._narrow
        cosines: Scores = narrow.rows @ (asked @ narrow.axes)
        worth = promising(lexical, cosines, self.places, max(DEPTH, len(self.ids) // COMPARED))
        cosines[worth] = self.vectors[worth] @ asked
        return fuse(lexical, cosines, self.places)

    @cached_property
    def _narrow(self) -> Narrow:
        return Narrow.of(self.vectors)


METHODS: dict[str, Callable[[Corpus, str, Scores], Scores]] = {
    "BM25": Corpus.bm25,
    "dense": Corpus.dense,
    "hybrid": Corpus.hybrid,
    "narrowed": Corpus.narrowed,
}


def ndcg(ranked: Sequence[str], relevant: set[str]) -> float:
    """nDCG@10 with binary relevance."""
    gains = [1.0 / math.log2(place + 2) for place, doc in enumerate(ranked[:DEPTH]) if doc in relevant]
    best = sum(1.0 / math.log2(place + 2) for place in range(min(DEPTH, len(relevant))))
    return sum(gains) / best if best else 0.0


def measure(pack: Pack, vectors: NDArray[np.float32], asked: NDArray[np.float32]) -> dict[str, tuple[float, float]]:
    """Method -> mean nDCG@10 (within a meeting, pooled)."""
    everything = Corpus(pack, np.arange(len(pack.ids)), vectors)
    by_meeting = {m: Corpus(pack, np.flatnonzero(pack.meetings == m), vectors) for m in sorted(set(pack.question_meetings))}
    table: dict[str, tuple[float, float]] = {}
    for name, method in METHODS.items():
        within: list[float] = []
        pooled: list[float] = []
        for (question_id, text), meeting, vector in zip(pack.questions, pack.question_meetings, asked, strict=True):
            for corpus, results in ((by_meeting[meeting], within), (everything, pooled)):
                order = np.argsort(-method(corpus, text, vector), kind="stable")
                results.append(ndcg([corpus.ids[i] for i in order[:DEPTH]], pack.relevant[question_id]))
        table[name] = float(np.mean(within)), float(np.mean(pooled))
    return table


def kept_narrowed(pack: Pack, vectors: NDArray[np.float32], asked: NDArray[np.float32]) -> float:
    """Which share of the hybrid's first ten of all passages is among the narrowed one's, on average."""
    everything = Corpus(pack, np.arange(len(pack.ids)), vectors)

    def first(method: Callable[[str, Scores], Scores], text: str, vector: Scores) -> set[int]:
        return set(np.argsort(-method(text, vector), kind="stable")[:DEPTH].tolist())

    both = [
        first(everything.hybrid, text, vector) & first(everything.narrowed, text, vector)
        for (_, text), vector in zip(pack.questions, asked, strict=True)
    ]
    return sum(map(len, both)) / (DEPTH * len(both))


def embed(texts: Sequence[str], cache: VectorCache, embedder: Embedder) -> NDArray[np.float32]:
    """One vector a text, out of the cache where it has them."""
    keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
    by_key = dict(zip(keys, texts, strict=True))
    missing = cache.missing(keys)
    for at in range(0, len(missing), _SAVED_AT_ONCE):
        some = missing[at : at + _SAVED_AT_ONCE]
        cache.store(dict(zip(some, embedder.embed([by_key[key] for key in some]), strict=True)))
    found = cache.fetch(keys)
    return np.stack([found[key] for key in keys])


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path)
    parser.add_argument("--meetings", type=int, help="only the first N meetings")
    parser.add_argument("--cache", type=Path, default=Path(".meterline/benchmarks/retrieval.sqlite"), help="where vectors are kept")
    given = parser.parse_args(arguments)
    pack = read_pack(given.pack, given.meetings)
    embedder = Embedder()
    cache = VectorCache(given.cache, embedder.fingerprint, DIMENSIONS)
    vectors = embed(pack.texts, cache, embedder)
    asked = embed([text for _, text in pack.questions], cache, embedder)
    print(f"nDCG@{DEPTH}: {len(pack.questions)} questions, {len(pack.ids)} passages, {len(set(pack.meetings.tolist()))} meetings")
    print(f"{'':8}{'within':>8}{'pooled':>8}")
    for name, (within, pooled) in measure(pack, vectors, asked).items():
        print(f"{name:8}{within:8.3f}{pooled:8.3f}")
    print(f"Of the hybrid's first {DEPTH} of all passages, narrowed has {kept_narrowed(pack, vectors, asked):.1%}")


if __name__ == "__main__":
    main()
