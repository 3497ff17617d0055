"""The command line: what it hands to the desk, what it prints, how it ends."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from meterline.answer import Answer
from meterline.desk import Desk, as_json
from meterline.faces.cli import COMMANDS, main
from meterline.settings import Settings
from meterline_tools.errors import Refused, ToolFailed, Unavailable, UserError
from tests.agent.faces.scripted_desk import ScriptedDesk


class Terminal:
    """Runs commands against a scripted desk, and keeps what came out."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys
        self.settings: Settings | None = None

    def run(self, desk: ScriptedDesk, *arguments: str) -> tuple[int, str, str]:
        def opened(settings: Settings | None = None) -> ScriptedDesk:
            self.settings = settings
            return desk

        self.monkeypatch.setattr(Desk, "open", opened)
        code = 0
        try:
            main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = self.capsys.readouterr()
        return code, out, err


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.setenv("COLUMNS", "80")
    return Terminal(monkeypatch, capsys)


def test_ask_hands_over_the_question_with_who_when_and_where(terminal: Terminal, answer: Answer) -> None:
    desk = ScriptedDesk(answer)
    options = ["--as", "ines@vitrolux.example", "--as-of", "2026-06-30", "--thread", "t1", "--home", "there", "--model", "openai:x"]
    code, out, _ = terminal.run(desk, "ask", "How", "much?", *options)
    (question,) = desk.asked
    assert (code, question.text, question.asker, question.thread_id) == (0, "How much?", "ines@vitrolux.example", "t1")
    assert question.as_of == datetime(2026, 6, 30, 23, 59, 59)
    assert terminal.settings == Settings(home=Path("there"), model="openai:x")
    assert "Asked as ines@vitrolux.example" in out
    assert desk.calls == [("close", {})]


def test_who_asks_without_saying_so_is_the_local_admin_and_is_told(terminal: Terminal, answer: Answer) -> None:
    desk = ScriptedDesk(answer)
    _, out, _ = terminal.run(desk, "ask", "How much?")
    assert desk.asked[0].asker is None
    assert "Asked as local admin, who sees everything" in out


def test_json_is_the_contract_and_nothing_else(terminal: Terminal, answer: Answer) -> None:
    _, out, err = terminal.run(ScriptedDesk(answer), "ask", "How much?", "--json")
    assert json.loads(out) == json.loads(as_json(answer))
    assert err == ""


def test_show_sql_opens_the_receipts(terminal: Terminal, answer: Answer) -> None:
    _, out, _ = terminal.run(ScriptedDesk(answer), "ask", "How much?", "--show-sql")
    assert "SELECT account_id" in out


def test_explain_hands_over_account_and_window(terminal: Terminal, answer: Answer) -> None:
    desk = ScriptedDesk(answer)
    terminal.run(desk, "explain", "Zamek Ceramics", "--window", "June")
    assert desk.calls[0] == ("explain", {"account": "Zamek Ceramics", "window": "June", "asker": None, "as_of": None})


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (UserError("No company is loaded yet."), 2),
        (Refused("Account 'x' is not found or not visible to you."), 2),
        (ToolFailed("The query took too long."), 2),
        (Unavailable("The model is down."), 3),
    ],
)
def test_what_a_person_can_act_on_is_one_line_and_an_exit_code(terminal: Terminal, problem: Exception, code: int) -> None:
    assert terminal.run(ScriptedDesk(problem), "ask", "How much?") == (code, "", f"meterline: {problem}\n")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["ask"], "Missing argument 'QUESTION...'"),
        (["ask", "x", "--as-of", "yesterday"], "'yesterday' is not a date or time such as 2026-06-30 or 2026-06-30T12:00."),
        (["nothing"], "No such command 'nothing'"),
        (["load", "x", "--fiscal-year-start-month", "13"], "13 is not in the range 1<=x<=12"),
        (["brief", "Zamek", "--out", "brief.pdf"], "--out must end in .md or .html; it is 'brief.pdf'."),
        (["brief", "Zamek", "--out", "no/such/brief.md"], "There is no folder no/such to write the brief into."),
        (["serve", "--host", "0.0.0.0"], "--host 0.0.0.0 would let others in"),
        (["serve", "--host", "example.com"], "--host example.com would let others in"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(terminal: Terminal, arguments: list[str], text: str) -> None:
    code, out, err = terminal.run(ScriptedDesk(), *arguments)
    assert (code, out) == (2, "")
    assert text in err
    assert "Traceback" not in err


def test_a_time_with_a_zone_is_taken_to_utc(terminal: Terminal, answer: Answer) -> None:
    desk = ScriptedDesk(answer)
    terminal.run(desk, "ask", "x", "--as-of", "2026-06-30T12:00:00+02:00")
    assert desk.asked[0].as_of == datetime(2026, 6, 30, 10)


def test_a_chat_goes_on_in_one_thread_and_a_number_picks_a_reading(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, answer: Answer, question_back: Answer
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("How is Ines doing?\n2\n/sql\n/new\nAnd now?\n/quit\n"))
    desk = ScriptedDesk(question_back, answer, UserError("The question is empty."))
    code, out, err = terminal.run(desk, "chat")
    assert [(q.text, q.thread_id) for q in desk.asked] == [
        ("How is Ines doing?", None),
        ("Ines Prado (V9)", "t1"),
        ("And now?", None),
    ]
    assert code == 0
    assert "Receipt R1" in out
    assert err == "The question is empty.\n"


def test_a_reader_who_leaves_early_is_no_error(small_company_home: Path) -> None:
    command = f"{sys.executable} -m meterline.faces.cli coverage --home {small_company_home} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_helps_itself(terminal: Terminal) -> None:
    for command in COMMANDS:
        code, out, _ = terminal.run(ScriptedDesk(), str(command.name), "--help")
        assert code == 0
        assert out.startswith(f"Usage: meterline {command.name} ")
