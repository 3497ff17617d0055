"""A process that dies while it builds the index harms nothing: the next one finds the old index or makes the new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import meterline_tools
from meterline_tools.notes.index import NoteStore
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import KESTREL, ROWS, note, provider

NEW_ROWS = [*ROWS, *(note(f"N-1{i:02}", KESTREL, "2026-07-30", body=f"Renewal talk number {i}.") for i in range(70))]
ONE_MORE = NEW_ROWS[: len(ROWS) + 1]
BUILD = """
import os, signal, sys
from pathlib import Path
from meterline_tools.notes import chroma, lexicon, segment, shelf, vectors
from meterline_tools.notes.index import NoteStore
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import provider
from tests.tools.notes.test_killed import NEW_ROWS, ONE_MORE, ROWS

def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

owner, name = {
    "while embedding": (LetterEmbedder, "embed"),
    "before the index is written": (chroma, "build"),
    "before the index is read back": (chroma, "_check"),
    "while one more segment is written": (lexicon.Postings, "save"),
    "before one more segment is pointed at": (shelf.Shelf, "point"),
    "before what it replaces is swept": (shelf.Shelf, "_sweep"),
    "before one more segment is written without what went": (segment.Segment, "without"),
    "before the pointer is swapped": (shelf.Shelf, "point"),
    "before the old index is swept": (shelf.Shelf, "_sweep"),
    "while vectors are pruned": (vectors.VectorCache, "keep_only"),
}[sys.argv[2]]
setattr(owner, name, die)
rows = ROWS[1:] if "went" in sys.argv[2] else ONE_MORE if "one more" in sys.argv[2] or "replaces" in sys.argv[2] else NEW_ROWS
NoteStore(Path(sys.argv[1]), provider(rows), snapshot="next", embedder=LetterEmbedder()).ensure()
"""


@pytest.mark.drill
@pytest.mark.parametrize(
    "moment",
    [
        "while embedding",
        "before the index is written",
        "before the index is read back",
        "while one more segment is written",
        "before one more segment is pointed at",
        "before what it replaces is swept",
        "before one more segment is written without what went",
        "before the pointer is swapped",
        "before the old index is swept",
        "while vectors are pruned",
    ],
)
def test_a_kill_at_any_moment_is_harmless(home: Path, moment: str) -> None:
    paths = f"{Path(meterline_tools.__file__).parents[1]}:{Path(__file__).parents[3]}"
    died = subprocess.run([sys.executable, "-c", BUILD, str(home), moment], env={"PYTHONPATH": paths}, capture_output=True, check=False)
    old, new = (
        NoteStore(home, provider(rows), snapshot=snapshot, embedder=LetterEmbedder())
        for rows, snapshot in ((ROWS, "corpus"), (NEW_ROWS, "next"))
    )

    assert died.returncode == -9, died.stderr
    assert old.search("order history load", account_ids=[KESTREL]).hits
    assert new.ensure().state in ("ready", "rebuilt")
    assert new.search("renewal talk", account_ids=[KESTREL]).status.message is None
