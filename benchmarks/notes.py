"""Speed of the notes index: how many notes are indexed a second, and how long a search takes over few and many passages.

    python -m benchmarks.notes [--passages N ...] [--searches N]

A company with made-up notes is loaded and searched as any other: words, vectors, fusion, filters, neighbours, each hit
read again from the warehouse. Only the vectors of its passages are made up, as real ones shifted at random (the model
would take hours for 100,000 passages); those of the questions are the packaged model's. The index rate is measured
with the model, on notes of 60 to 400 words. CPU times tell more than those of the clock where a machine is shared.
"""

from __future__ import annotations

import argparse
import csv
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import accumulate, chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.child import peak_mb
from meterline_tools.kit.notes import note_store
from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.model import Embedder
from meterline_tools.notes.shelf import Shelf
from meterline_tools.warehouse.engines import Warehouse, open_warehouse
from meterline_tools.warehouse.load import load

SIZES = (1_100, 100_000)
SEARCHES = 200
AIM_MS = 60
NOTES_EMBEDDED = 30
ACCOUNTS, GROUP = 400, 60
WORDS_A_PASSAGE = 45
_REAL = 32
"""Passages that the model does embed; all others lie about them."""
_START = date(2025, 1, 1)
_TOPICS = (
    "migration budget renewal invoice outage connector dashboard security audit region pipeline backfill orders finance price "
    "discount contract workspace cluster schedule nightly hourly retention storage team lead project freeze launch pilot rollout"
)
_ABOUT = _TOPICS.split()
_SYLLABLES = ["pla", "ve", "tor", "min", "ka", "ri", "do", "len", "su", "ta", "mo", "ver", "shi", "ban", "gu"]
_ELSE = [a + b + c for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES]
_COMMON = list(accumulate(1 / rank for rank in range(1, len(_ELSE) + 1)))
"""Few words are frequent and most are rare, as in any language."""


class MadeUpVectors(Embedder):
    """The packaged model for the first few texts; every other text gets one of their vectors, shifted at random."""

    fingerprint = "made-up"

    def __init__(self) -> None:
        super().__init__()
        self._dice = np.random.default_rng(7)
        self._real: NDArray[np.float32] | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if self._real is None:
            self._real = super().embed(texts[:_REAL])
        vectors = self._real[self._dice.integers(len(self._real), size=len(texts))]
        shifted = vectors + 0.04 * self._dice.standard_normal(vectors.shape).astype(np.float32)
        unit: NDArray[np.float32] = shifted / np.linalg.norm(shifted, axis=1, keepdims=True)
        return unit


class RealVectors(Embedder):
    """The packaged model, on an index of made-up vectors."""

    fingerprint = MadeUpVectors.fingerprint


def write_company(folder: Path, notes: int) -> None:
    """The three tables that every company has, and its notes."""
    folder.mkdir(parents=True)
    accounts = [f"A{n:03}" for n in range(ACCOUNTS)]
    _write(folder / "rep.csv", ["rep_id", "full_name", "email", "role"], [["R1", "Ann Reyes", "ann@vendor.test", "rep"]])
    _write(folder / "account.csv", ["account_id", "account_name", "owner_rep_id"], [[a, f"Company {a}", "R1"] for a in accounts])
    columns = ["account_id", "usage_date", "workload_id", "sku_id", "usage_quantity", "effective_cost", "ingested_at"]
    _write(folder / "usage_daily.csv", columns, [[a, _START, "W1", "S1", 1, 1, _START + timedelta(days=1)] for a in accounts])
    columns = ["note_id", "account_id", "author_rep_id", "note_type", "occurred_at", "created_at", "title", "body"]
    _write(folder / "note.csv", columns, (made_up(n) for n in range(notes)))


def _write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(chain([columns], rows))


def made_up(number: int) -> list[object]:
    """A call note; the same number is always the same note."""
    dice = random.Random(number)
    sentences = [" ".join(_said(dice, dice.randint(6, 18))).capitalize() + "." for _ in range(dice.randint(8, 30))]
    moment = datetime.combine(_START, datetime.min.time()) + timedelta(hours=number % 14_000)
    return [f"N{number}", f"A{number % ACCOUNTS:03}", "R1", "call_note", moment, moment, f"Call {number}", " ".join(sentences)]


def _said(dice: random.Random, count: int) -> list[str]:
    return [dice.choice(_ABOUT) if dice.random() < 0.2 else word for word in dice.choices(_ELSE, cum_weights=_COMMON, k=count)]


def questions(count: int) -> list[str]:
    dice = random.Random(7)
    return [f"What did they say about the {dice.choice(_ABOUT)} and the {dice.choice(_ABOUT)}?" for _ in range(count)]


SCOPES: dict[str, Callable[[int], list[str] | None]] = {
    "all accounts": lambda n: None,
    f"{GROUP} accounts": lambda n: [f"A{(n + k) % ACCOUNTS:03}" for k in range(GROUP)],
    "one account": lambda n: [f"A{n % ACCOUNTS:03}"],
}
"""What the nth question is asked of."""


def timed(store: NoteStore, count: int, scope: Callable[[int], list[str] | None]) -> tuple[list[float], list[float]]:
    """Milliseconds of each search by the clock and of CPU, after a first one that opens what is needed."""
    first, *others = questions(count + 1)
    assert store.search(first, account_ids=scope(0)).hits
    clock, busy = [], []
    for n, question in enumerate(others):
        wall, cpu = time.perf_counter(), time.process_time()
        assert store.search(question, account_ids=scope(n)).status.message is None
        clock.append((time.perf_counter() - wall) * 1000)
        busy.append((time.process_time() - cpu) * 1000)
    return clock, busy


def spread(values: Sequence[float]) -> str:
    high = statistics.quantiles(values, n=20, method="inclusive")[18]
    return f"{statistics.median(values):>5.0f}{high:>6.0f}"


def search_table(folder: Path, passages: int, count: int) -> None:
    """Loads a company of about so many passages, indexes it and prints what searches took."""
    words = statistics.mean(len(str(made_up(n)[-1]).split()) for n in range(50))
    write_company(folder / "files", round(passages * WORDS_A_PASSAGE / words))
    assert load(folder / "home", [folder / "files"]).status == "loaded"
    with closing(open_warehouse(folder / "home")) as warehouse:
        wall, cpu = time.perf_counter(), time.process_time()
        built = note_store(folder / "home", warehouse, MadeUpVectors()).ensure()
        took = f"{time.perf_counter() - wall:.0f} s, CPU {time.process_time() - cpu:.0f} s"
        index = Shelf(folder / "home" / "notes").current()
        assert built.state == "rebuilt" and index is not None
        print(f"{sum(piece.passages for piece in index.pieces):,} passages indexed in {took}, vectors made up.")
        for name, scope in SCOPES.items():
            with closing(note_store(folder / "home", warehouse, RealVectors())) as store:
                clock, busy = timed(store, count, scope)
            print(f"  search, {name:<13} p50 and p95:{spread(clock)} ms, CPU{spread(busy)} ms (aim: p95 under {AIM_MS} ms)")
        print(one_more(folder / "home", warehouse))
    print(f"  n={count} each; peak memory {peak_mb():,.0f} MB")


def one_more(home: Path, warehouse: Warehouse) -> str:
    """What it took to bring the index up to date with one more note, kept beside the snapshot."""
    columns = ["note_id", "account_id", "author_rep_id", "note_type", "occurred_at", "created_at", "title", "body"]
    note = dict(zip(columns, ["S-1", *made_up(0)[1:]], strict=True)) | {
        "turns": None,
        "sensitivity": "internal",
        "supersedes_note_id": None,
    }
    embedder = MadeUpVectors()
    embedder.embed(["ready"])
    cpu = time.process_time()
    with closing(note_store(home, warehouse, embedder, own=[note], revision="one more")) as store:
        assert store.ensure().state == "rebuilt"
    return f"  one more note: CPU {time.process_time() - cpu:.2f} s until it is found"


def index_rate(folder: Path) -> None:
    """Prints notes and passages a second of a build with the packaged model."""
    write_company(folder / "files", NOTES_EMBEDDED)
    assert load(folder / "home", [folder / "files"]).status == "loaded"
    done: list[int] = []
    with closing(open_warehouse(folder / "home")) as warehouse:
        wall, cpu = time.perf_counter(), time.process_time()
        note_store(folder / "home", warehouse).ensure(lambda step, at, total: done.append(total))
    took, busy = time.perf_counter() - wall, time.process_time() - cpu
    made = {"notes": NOTES_EMBEDDED, "passages": done[-1]}
    rates = ", ".join(f"{count / took:.1f} {what}/s ({count / busy:.1f} a CPU second)" for what, count in made.items())
    print(f"Index rate with the model: {rates}; n={NOTES_EMBEDDED} notes")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, nargs="+", default=SIZES)
    parser.add_argument("--searches", type=int, default=SEARCHES)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="meterline-bench-") as folder:
        for passages in given.passages:
            search_table(Path(folder) / str(passages), passages, given.searches)
        index_rate(Path(folder) / "rate")


if __name__ == "__main__":
    main()
