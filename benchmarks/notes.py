"""Speed of the notes index: how many notes are indexed a second, and how long a search takes over few and many passages.

    python -m benchmarks.notes [--passages N ...] [--searches N]

The notes are made up out of a few hundred words, in sizes as people write them. Their vectors are made up too
(a real model would take hours for 100,000 passages), the questions' are the packaged model's: so a search costs what
it costs. The index rate is measured with the model, on notes of 60 to 400 words.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.model import DIMENSIONS, Embedder

SIZES = (1_100, 100_000)
SEARCHES = 200
NOTES_EMBEDDED = 30
ACCOUNTS = 400
_START = datetime(2025, 1, 1)
_ABOUT = [
    "migration",
    "budget",
    "renewal",
    "invoice",
    "outage",
    "connector",
    "dashboard",
    "security",
    "audit",
    "region",
    "pipeline",
    "backfill",
    "orders",
    "finance",
    "price",
    "discount",
    "contract",
    "workspace",
    "cluster",
    "schedule",
    "nightly",
    "hourly",
    "retention",
    "storage",
    "team",
    "lead",
    "project",
    "freeze",
    "launch",
    "pilot",
    "rollout",
]
_ELSE = [f"{a}{b}{c}" for a in ("pla", "ve", "tor", "min", "ka") for b in ("ri", "do", "len", "su") for c in ("n", "ta", "mo", "ver", "s")]


class MadeUpVectors(Embedder):
    """The packaged model for one text (a question), random directions for many (the passages of a build)."""

    fingerprint = "made-up"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if len(texts) == 1:
            return super().embed(texts)
        seed = int(hashlib.sha256(texts[0].encode()).hexdigest()[:8], 16)
        vectors = np.random.default_rng(seed).standard_normal((len(texts), DIMENSIONS)).astype(np.float32)
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


class MadeUpNotes:
    """Call notes by number: the same number is always the same note. A stand-in for the warehouse."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __call__(self, accounts: Collection[str] | None = None, notes: Collection[str] | None = None) -> Iterator[Mapping[str, Any]]:
        wanted = range(self.count) if notes is None else sorted(int(n.removeprefix("N")) for n in notes)
        return (made_up(n) for n in wanted if accounts is None or f"A{n % ACCOUNTS}" in accounts)


@lru_cache(maxsize=4096)
def made_up(number: int) -> dict[str, Any]:
    dice = random.Random(number)
    sentences = [" ".join(_word(dice) for _ in range(dice.randint(6, 18))).capitalize() + "." for _ in range(dice.randint(8, 30))]
    moment = _START + timedelta(hours=number % 14_000)
    return {
        "note_id": f"N{number}",
        "account_id": f"A{number % ACCOUNTS}",
        "note_type": "call_note",
        "occurred_at": moment,
        "created_at": moment,
        "title": f"Call {number}",
        "body": " ".join(sentences),
    }


def _word(dice: random.Random) -> str:
    return dice.choice(_ABOUT) if dice.random() < 0.2 else dice.choice(_ELSE)


def questions(count: int) -> list[str]:
    dice = random.Random(7)
    return [f"What did they say about the {dice.choice(_ABOUT)} and the {dice.choice(_ABOUT)}?" for _ in range(count)]


def store_of(home: Path, passages: int) -> NoteStore:
    """An index of about so many passages."""
    each = statistics.mean(len(made_up(n)["body"].split()) for n in range(50)) / 45
    return NoteStore(home, MadeUpNotes(round(passages / each)), snapshot="made up", embedder=MadeUpVectors())


def searches(store: NoteStore, count: int) -> tuple[float, list[float]]:
    """Seconds to the first answer in this process, then milliseconds of each further one."""
    first, *others = questions(count + 1)
    started = time.perf_counter()
    assert store.search(first).hits
    opened = time.perf_counter() - started
    took = []
    for question in others:
        started = time.perf_counter()
        assert store.search(question).hits
        took.append((time.perf_counter() - started) * 1000)
    return opened, took


def index_rate(home: Path) -> tuple[float, float]:
    """Notes and passages a second of a build with the packaged model."""
    done: list[int] = []
    store = NoteStore(home, MadeUpNotes(NOTES_EMBEDDED), snapshot="made up")
    started = time.perf_counter()
    store.ensure(lambda step, at, total: done.append(total))
    took = time.perf_counter() - started
    return NOTES_EMBEDDED / took, done[-1] / took


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=SIZES)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="meterline-bench-") as folder:
        for passages in given.passages:
            home = Path(folder) / str(passages)
            started = time.perf_counter()
            built = store_of(home, passages).ensure()
            took = time.perf_counter() - started
            opened, milliseconds = searches(store_of(home, passages), given.searches)
            p50, p95 = statistics.median(milliseconds), statistics.quantiles(milliseconds, n=20, method="inclusive")[18]
            print(f"{built.message}")
            print(
                f"  about {passages:,} passages: search p50 {p50:.0f} ms, p95 {p95:.0f} ms (aim: under 60 ms), the first {opened:.2f} s, "
                f"n={given.searches}; built in {took:.0f} s without the model; peak memory {peak_mb():,.0f} MB"
            )
        notes, cut = index_rate(Path(folder) / "rate")
        print(f"Index rate with the model: {notes:.1f} notes/s, {cut:.1f} passages/s ({NOTES_EMBEDDED} notes)")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
