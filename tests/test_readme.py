"""The README is true: its ```sh blocks run in order in an empty folder, and print what its ```output blocks say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

README = Path(__file__).resolve().parents[1] / "README.md"
_FENCE = re.compile(r"^```(sh|output)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """Commands, and pieces of text that they print, in this order."""

    commands: str
    expected: list[str]


def examples() -> Iterator[Example]:
    blocks = _FENCE.findall(README.read_text(encoding="utf-8"))
    for (kind, text), (next_kind, next_text) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if kind == "sh":
            yield Example(text, next_text.splitlines() if next_kind == "output" else [])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


def run(commands: str, folder: Path) -> str:
    beside_python = str(Path(sys.executable).parent)
    environment = {**os.environ, "PATH": f"{beside_python}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "100"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_each_example_prints_what_the_readme_says(folder: Path) -> None:
    """One test, since each block builds on what the ones before it left behind."""
    for example in examples():
        printed = run(example.commands, folder)
        at = 0
        for piece in example.expected:
            found = printed.find(piece, at)
            assert found >= 0, f"{example.commands}\ndid not print {piece!r} (in this place) but\n{printed}"
            at = found + len(piece)


def test_the_readme_names_every_command_and_no_other() -> None:
    from meterline.faces.cli import cli

    named = set(re.findall(r"meterline ([a-z]+)", README.read_text(encoding="utf-8")))
    known = set(cli.commands)
    assert named <= known
    assert known - named == set()
