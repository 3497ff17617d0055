"""A workspace that is not there yet, and a folder with the three tables of a tiny company."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.warehouse.tiny import write_three_tables


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_three_tables(tmp_path / "files", days=5)
