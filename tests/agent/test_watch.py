"""meterline watch: the command, the contract, and that what was told once is not told again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from meterline.faces.cli import cli
from tests.tallow import load_tallow

EARLIER = "2026-06-26T12:00"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return load_tallow(tmp_path)


def printed(home: Path, *words: str) -> str:
    done = CliRunner().invoke(cli, ["watch", *words, "--home", str(home)], env={"COLUMNS": "80"}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return " ".join(done.output.split())


def test_each_alert_is_told_once_and_again_when_its_cause_came_on_file(home: Path) -> None:
    first = printed(home, "--as-of", EARLIER)
    assert "Beyond the usual: 2" in first
    assert "Elm Ports is up $120 a day[2] (up 60.0%[3]) against its usual since 22 Jun 2026[4]" in first
    later = printed(home)
    assert "Beyond the usual: 1[1]. First by money and surprise: Birch Rail" in later
    assert "on file as a new use case in production" in later
    assert "Not told: 1[6] told before and unchanged." in later
    assert "meterline watch --all" in later
    assert "Beyond the usual: 2" in printed(home, "--all")


def test_a_second_watch_of_the_same_data_says_that_nothing_is_new(home: Path) -> None:
    assert "Beyond the usual: 2" in printed(home)
    again = printed(home)
    assert "Nothing new since you last looked. Told before, and unchanged: 2" in again
    assert "Elm Ports" not in again
    assert "meterline watch --all" in again
    assert "Beyond the usual: 2" in printed(home, "--all")


def test_the_coffee_of_the_same_morning_does_not_quiet_the_watch(home: Path) -> None:
    poured = CliRunner().invoke(cli, ["coffee", "--home", str(home)], catch_exceptions=False)
    assert "Elm Ports" in poured.output
    assert "Beyond the usual: 2" in printed(home)


def test_what_one_direction_left_untold_is_told_by_the_next_watch(home: Path) -> None:
    assert "No drop" in printed(home, "--only", "drops")
    assert "Beyond the usual: 2" in printed(home)


def test_a_rep_hears_of_their_own_book_and_how_far_to_trust_it(home: Path) -> None:
    out = printed(home, "--as", "RC")
    assert "No surge or drop" in out
    assert "less than one false alarm a quarter" in out
    assert "Elm" not in out


def test_no_line_is_wider_than_the_terminal(home: Path) -> None:
    done = CliRunner().invoke(cli, ["watch", "--home", str(home)], env={"COLUMNS": "80"})
    assert max(len(line) for line in done.output.splitlines()) <= 80


def test_json_is_the_answer_contract(home: Path) -> None:
    done = CliRunner().invoke(cli, ["watch", "--json", "--only", "surges", "--home", str(home)])
    answer = json.loads(done.output)
    assert answer["answer_type"] == "ANSWER"
    assert answer["withheld"] == []
    sizes = [figure["value"] for figure in answer["figures"] if figure["label"] == "Against the usual, a day"]
    assert sizes == [120.0, 60.0]
