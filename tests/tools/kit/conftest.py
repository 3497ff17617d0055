"""The hand-made company, loaded once: all of it, and with its three required tables only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from meterline_tools.kit.bench import Workbench
from tests.ember import MINIMUM, load_company, open_bench


@pytest.fixture(scope="session")
def ember_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_company(tmp_path_factory.mktemp("ember"))


@pytest.fixture(scope="session")
def minimum_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_company(tmp_path_factory.mktemp("minimum"), tables=MINIMUM)


@pytest.fixture
def ember(ember_home: Path) -> Iterator[Workbench]:
    """All tables."""
    bench = open_bench(ember_home)
    yield bench
    bench.warehouse.close()


@pytest.fixture
def minimum(minimum_home: Path) -> Iterator[Workbench]:
    """Reps, accounts and usage, and nothing else."""
    bench = open_bench(minimum_home)
    yield bench
    bench.warehouse.close()
