"""An index that was changed step by step finds what one finds that was built at once, and a step costs what changed."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from meterline_tools.notes.index import NoteStore
from meterline_tools.notes.results import Hit
from meterline_tools.notes.shelf import Manifest, Shelf
from tests.tools.notes.conftest import LetterEmbedder
from tests.tools.notes.corpus import BOREAL, KESTREL, Row, note, provider

ACCOUNTS = (KESTREL, BOREAL, None)
TOPICS = "order history budget renewal migration outage region storage invoice discount schedule Vertrag Kündigung läuft nicht"
WORDS = TOPICS.split()
QUESTIONS = ("order history", "the budget of the renewal", "outage in a region", "Is the contract cancelled?", "discount")


def made_up(number: int, dice: random.Random, **columns: Any) -> Row:
    sentences = (" ".join(dice.choices(WORDS, k=dice.randint(5, 12))).capitalize() + "." for _ in range(dice.randint(1, 9)))
    day = f"2026-0{1 + number % 6}-{1 + number % 28:02}"
    return note(f"N-{number:03}", ACCOUNTS[number % 3], day, body=" ".join(sentences), **columns)


START = [made_up(number, random.Random(number)) for number in range(60)]


@pytest.fixture(scope="module")
def _built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("steps")
    opened(home, START, "start").ensure()
    return home


@pytest.fixture
def home(_built: Path, tmp_path: Path) -> Path:
    shutil.copytree(_built, tmp_path / "home")
    return tmp_path / "home"


def opened(home: Path, rows: list[Row], snapshot: str, **more: Any) -> NoteStore:
    return NoteStore(home, provider(rows), snapshot=snapshot, embedder=more.pop("embedder", None) or LetterEmbedder(), **more)


def manifest(home: Path) -> Manifest:
    current = Shelf(home / "notes").current()
    assert current is not None
    return current


def changed(rows: list[Row], number: int, dice: random.Random) -> list[Row]:
    """One to three of: a note that came, one that went, one that says something else, one that was closed, a copy, a later version."""
    rows = list(rows)
    for each in range(dice.randint(1, 3)):
        at = dice.randrange(len(rows))
        new = made_up(100 + 10 * number + each, dice)
        match dice.choice(["came", "went", "rewritten", "closed", "copied", "corrected"]):
            case "came":
                rows.append(new)
            case "went":
                del rows[at]
            case "rewritten":
                rows[at] = rows[at] | {"body": new["body"]}
            case "closed":
                rows[at] = rows[at] | {"sensitivity": "restricted"}
            case "copied":
                rows.append(new | {"account_id": rows[at]["account_id"], "body": rows[at]["body"]})
            case "corrected":
                rows.append(new | {"account_id": rows[at]["account_id"], "supersedes_note_id": rows[at]["note_id"]})
    return rows


def found(store: NoteStore, question: str, accounts: list[str] | None) -> list[tuple[Any, ...]]:
    def told(hit: Hit) -> tuple[Any, ...]:
        return hit.note_id, hit.turn, hit.start, hit.end, hit.copies, pytest.approx(hit.score, abs=2e-3)

    result = store.search(question, account_ids=accounts, limit=50)
    assert result.status.state == "ready"
    return [told(hit) for hit in result.hits]


@pytest.mark.parametrize("seed", range(3))
def test_an_index_built_in_steps_finds_what_one_built_at_once_finds(home: Path, tmp_path: Path, seed: int) -> None:
    dice, rows = random.Random(seed), START
    for step in range(5):
        rows = changed(rows, step, dice)
        assert opened(home, rows, f"step {step}").ensure().state in ("rebuilt", "ready")
    at_once = opened(tmp_path / "at once", rows, "end")
    at_once.ensure()
    in_steps = opened(home, rows, "step 4")

    assert len(manifest(home).pieces) > 1
    for question in QUESTIONS:
        for accounts in (None, [KESTREL], [BOREAL]):
            assert found(in_steps, question, accounts) == found(at_once, question, accounts)


def test_what_is_added_is_all_that_is_written(home: Path) -> None:
    (first,) = manifest(home).pieces
    untouched = {file: file.stat().st_mtime_ns for file in (home / "notes" / first.name).rglob("*")}
    opened(home, [*START, note("N-100", KESTREL, "2026-07-01", body="A word about the fair.")], "next").ensure()
    before, added = manifest(home).pieces

    assert (before, added.passages) == (first, 1)
    assert {file: file.stat().st_mtime_ns for file in untouched} == untouched


def test_segments_stay_few_and_a_fifth_of_changes_makes_one_of_them_again(home: Path) -> None:
    rows, counts = list(START), []
    for number in range(100, 113):
        rows.append(note(f"N-{number}", KESTREL, "2026-07-01", body=f"Fair number {number}."))
        opened(home, rows, str(number)).ensure()
        counts.append([piece.passages for piece in manifest(home).pieces][1:])

    assert counts[:7] == [[1], [2], [2, 1], [4], [4, 1], [4, 2], [4, 2, 1]]  # as the digits of a binary counter
    assert counts[-2:] == [[8, 4], []]  # the thirteenth is more than a fifth of sixty


def held(home: Path) -> bytes:
    """All that the files of the segments hold."""
    folders = [home / "notes" / piece.name for piece in manifest(home).pieces]
    return b"".join(file.read_bytes() for folder in folders for file in sorted(folder.rglob("*")) if file.is_file())


@pytest.mark.parametrize("how", ["deleted", "closed", "rewritten"])
def test_of_a_note_that_went_no_word_stays_and_nothing_else_is_written_again(home: Path, how: str) -> None:
    secret = note("N-100", KESTREL, "2026-07-01", title="Zeppelin", body="The zeppelin lands at noon.")
    others, before = [*START, note("N-101", BOREAL, "2026-07-01", body="A word about the fair.")], manifest(home)
    opened(home, [*others, secret], "came").ensure()
    assert b"zeppelin" in held(home)
    instead = {
        "deleted": [],
        "closed": [secret | {"sensitivity": "restricted"}],
        "rewritten": [secret | {"title": "Ship", "body": "Noon."}],
    }
    embedder = LetterEmbedder()
    opened(home, [*others, *instead[how]], how, embedder=embedder).ensure()

    assert b"zeppelin" not in held(home).lower()
    assert (b"N-100" in held(home)) == (how == "rewritten")
    assert (manifest(home).graph, manifest(home).pieces[0]) == (before.graph, before.pieces[0])
    assert embedder.embedded == (how == "rewritten")


def test_a_note_of_the_first_segment_that_was_closed_leaves_it_and_the_graph_stands(home: Path) -> None:
    before, closed = manifest(home), START[1] | {"sensitivity": "restricted"}
    embedder = LetterEmbedder()
    opened(home, [START[0], *START[2:], closed], "closed", embedder=embedder).ensure()
    narrowed = opened(home, [START[0], *START[2:], closed], "closed", few=0).search(str(closed["body"]), limit=50)

    assert b"N-001" not in held(home)
    assert manifest(home).graph == before.graph
    assert embedder.embedded == 0
    assert narrowed.status.message is None
    assert "N-001" not in {hit.note_id for hit in narrowed.hits}


def test_when_a_fifth_of_the_graph_is_gone_everything_is_made_anew(home: Path) -> None:
    graphs = [manifest(home).graph]
    for gone in (3, 6, 30):
        opened(home, START[gone:], f"{gone} gone").ensure()
        graphs.append(manifest(home).graph)

    assert graphs[0] == graphs[1] == graphs[2] != graphs[3]
    assert len(manifest(home).pieces) == 1


def test_what_came_after_the_graph_was_made_is_found_beside_it(home: Path) -> None:
    rows = [*START[1:], note("N-100", KESTREL, "2026-07-01", body="The order history load of the fair.")]
    opened(home, rows, "next").ensure()
    narrowed, exact = (opened(home, rows, "next", few=few).search("order history load of the fair", limit=50) for few in (0, 1000))

    assert narrowed.hits[0].note_id == exact.hits[0].note_id == "N-100"
    assert [hit.note_id for hit in narrowed.hits] == [hit.note_id for hit in exact.hits]
