"""The company of the reviews and the coffee, loaded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from meterline_tools.kit.bench import Workbench
from meterline_tools.principal import LOCAL_ADMIN, Principal
from tests.ember import open_bench
from tests.tallow import load_tallow

Opened = Callable[..., Workbench]


@pytest.fixture(scope="session")
def tallow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return load_tallow(tmp_path_factory.mktemp("tallow"))


@pytest.fixture
def tallow(tallow_home: Path) -> Iterator[Opened]:
    """A workbench of anybody: tallow() is the local admin, tallow(principal) somebody else."""
    opened: list[Workbench] = []

    def bench(principal: Principal = LOCAL_ADMIN, home: Path = tallow_home) -> Workbench:
        opened.append(open_bench(home, principal))
        return opened[-1]

    yield bench
    for each in opened:
        each.warehouse.close()
