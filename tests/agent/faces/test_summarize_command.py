"""`meterline summarize FILE|-`: a fresh dictation at a terminal, against a company whose people and accounts are known."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from meterline.faces.cli import main
from tests.companies import load_folder
from tests.talk import write_talk

DICTATION = (
    "ok so just out of the call with nimbus air um they decided to move the fare reports in september "
    "and ivo lind will send them the sizing by friday also we need to book the training "
    "and they are worried about the cut over weekend"
)
"""Said on Wednesday, 1 July 2026; its Friday is the third."""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talk-cli")
    return load_folder(write_talk(folder / "files"), folder / "home")


class Terminal:
    """Runs the command in a workspace of its own: (exit code, what was printed, what was complained of)."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self.capsys, self.patch = capsys, monkeypatch
        monkeypatch.setenv("METERLINE_HOME", str(home))

    def __call__(self, *arguments: str, typed: bytes = b"") -> tuple[int, str, str]:
        code = 0
        self.patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8"))
        try:
            main(["summarize", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self.capsys.readouterr()
        return code, out, err

    def answer(self, *arguments: str, typed: bytes = b"") -> dict[str, Any]:
        code, out, err = self(*arguments, "--json", typed=typed)
        assert code == 0, err
        found: dict[str, Any] = json.loads(out)
        return found


@pytest.fixture
def summarize(loaded: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    shutil.copytree(loaded, tmp_path / "home")
    return Terminal(tmp_path / "home", capsys, monkeypatch)


@pytest.fixture
def dictated(tmp_path: Path) -> Path:
    path = tmp_path / "dictation.txt"
    path.write_text(DICTATION, encoding="utf-8")
    return path


def actions(answer: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    """(what, owner, due) of each action item, from the receipt."""
    rows = [dict(zip(r["columns"], row, strict=True)) for r in answer["receipts"] if "owner" in r["columns"] for row in r["rows"]]
    return [(r["words"], r["owner"], r["due"]) for r in rows if r["kind"] == "action"]


def test_a_dictation_becomes_decisions_risks_and_who_does_what_by_when(summarize: Terminal, dictated: Path) -> None:
    answer = summarize.answer(str(dictated))
    assert actions(answer) == [
        ("ivo lind will send them the sizing by friday", "Ivo Lind", "2026-07-03"),
        ("we need to book the training", "we", None),
    ]
    assert "not stated" in answer["text"]  # when the training is booked
    assert {f["label"]: f["value"] for f in answer["figures"]} | {"Decisions in the text": 1, "Risks in the text": 1} == {
        f["label"]: f["value"] for f in answer["figures"]
    }
    printed = [f["value"] for f in answer["figures"] if f["label"] == "As said"]
    assert printed
    assert all(words in DICTATION for words in printed)


def test_it_is_kept_with_the_account_it_names_and_found_by_later_questions(
    summarize: Terminal, dictated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "The note on Nimbus Air is kept as S-" in summarize(str(dictated))[1]
    main(["ask", "Which accounts mention the cut over?"])
    assert "Nimbus Air" in capsys.readouterr().out


def test_a_second_run_keeps_nothing_twice(summarize: Terminal, dictated: Path) -> None:
    first, second = summarize(str(dictated))[1], summarize("-", typed=DICTATION.encode())[1]
    assert "is kept as" in first
    assert "nothing was changed" in second


def test_standard_input_is_read_and_need_not_be_kept(summarize: Terminal) -> None:
    answer = summarize.answer("-", "--no-save", typed=DICTATION.encode())
    assert "not kept" in answer["headline"]
    assert len(actions(answer)) == 2


def test_the_day_of_the_talk_moves_its_due_dates(summarize: Terminal, dictated: Path) -> None:
    assert actions(summarize.answer(str(dictated), "--on", "2026-06-08"))[0][2] == "2026-06-12"


def test_a_text_that_names_no_account_is_asked_about_and_not_kept(summarize: Terminal) -> None:
    text = b"they want a quote for the second region and we will send it on monday"
    answer = summarize.answer("-", typed=text)
    assert answer["answer_type"] == "CLARIFY"
    named = summarize.answer("-", "--account", "Mesa Tiles", typed=text)
    assert named["headline"].startswith("The note on Mesa Tiles is kept as S-")


def test_an_account_out_of_sight_and_one_that_is_not_there_read_the_same(summarize: Terminal, dictated: Path) -> None:
    foreign = summarize(str(dictated), "--account", "Nimbus Air", "--as", "per@talk.example")
    missing = summarize(str(dictated), "--account", "Nowhere Ltd", "--as", "per@talk.example")
    assert "not found or not visible to you" in foreign[1] + foreign[2]
    assert (foreign[1] + foreign[2]).replace("Nimbus Air", "X") == (missing[1] + missing[2]).replace("Nowhere Ltd", "X")


def test_a_summary_is_written_to_a_file_as_markdown(summarize: Terminal, dictated: Path, tmp_path: Path) -> None:
    code, _, err = summarize(str(dictated), "--out", str(tmp_path / "sum.md"))
    written = (tmp_path / "sum.md").read_text(encoding="utf-8")
    assert (code, written.startswith("# The note on Nimbus Air")) == (0, True)
    assert "Written to" in err


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "missing.txt", "cannot be read"),
        (lambda folder: folder, "cannot be read"),
        (lambda folder: _file(folder, b""), "no text"),
        (lambda folder: _file(folder, b" \n\t "), "no text"),
        (lambda folder: _file(folder, b"a" * 2_000_001), "too long"),
    ],
    ids=["no such file", "a folder", "empty", "blank", "too long"],
)
def test_what_cannot_be_summed_up_ends_with_a_plain_sentence(summarize: Terminal, tmp_path: Path, make: Any, says: str) -> None:
    code, out, err = summarize(str(make(tmp_path)))
    assert code != 0
    assert says in err
    assert "Traceback" not in out + err


def test_text_of_an_older_windows_program_is_read(summarize: Terminal, tmp_path: Path) -> None:
    answer = summarize.answer(str(_file(tmp_path, "Call with Nimbus Air: Müller will send the café plan tomorrow.".encode("cp1252"))))
    assert any("Müller will send the café plan tomorrow." in words for words, _, _ in actions(answer))


def _file(folder: Path, raw: bytes) -> Path:
    path = folder / "text.txt"
    path.write_bytes(raw)
    return path
