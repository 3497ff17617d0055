"""The conditions under which all other tests run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
HEAVY = {"sqlalchemy", "duckdb", "pydantic", "rich", "langchain", "langchain_core", "fastapi", "numpy", "chromadb", "openai"}


def test_a_connection_to_a_public_address_is_blocked() -> None:
    """203.0.113.0/24 is reserved for documentation: nobody is there, and the guard stops us before we ask."""
    with socket.socket() as connection, pytest.raises(RuntimeError, match="Network is disabled"):
        connection.connect(("203.0.113.7", 443))


def test_loopback_stays_open() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            assert client.getpeername() == server.getsockname()


def test_no_key_and_no_setting_of_the_person_reaches_a_test() -> None:
    assert [name for name in os.environ if name.startswith(("OPENAI_", "METERLINE_", "LANGSMITH_"))] == []


def test_property_tests_are_bounded() -> None:
    assert settings().max_examples <= 50


def test_every_make_target_is_listed_by_help() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} >= {"demo", "test", "lint", "bench", "drills", "eval", "help", "lock"}


def test_ci_runs_the_target_that_everyone_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")


def test_the_command_line_helps_without_loading_anything_heavy() -> None:
    program = "import sys; import meterline.faces.cli; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "duckdb", "pydantic", "rich", "langchain", "langchain_core", "fastapi", "numpy", "chromadb", "openai"} & set(
        loaded
    )
