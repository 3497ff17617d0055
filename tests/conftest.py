"""What all tests share: a clean environment, bounded property tests, and companies to ask about."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from meterline_tools.kit.bench import Workbench
from tests.companies import DemoCompany, SmallCompany, build_demo_company, load_folder, write_small_company
from tests.ember import MINIMUM, load_company, open_bench

_SET_BY_PEOPLE = ("METERLINE_", "OPENAI_", "ANTHROPIC_", "AZURE_OPENAI_", "LANGCHAIN_", "LANGSMITH_", "CHROMA_", "HF_", "OTEL_")
for _name in [name for name in os.environ if name.startswith(_SET_BY_PEOPLE)]:
    del os.environ[_name]

settings.register_profile("dev", max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("dev"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test works in a folder of its own: a forgotten `home` cannot touch a real workspace."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all workers of a run."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session")
def demo_company(shared_folder: Path) -> DemoCompany:
    """The demo company, small: 60 accounts over 500 days, generated and loaded once a run. Read it, never write."""
    return build_demo_company(shared_folder / "demo", seed=7, accounts=60, days=500)


@pytest.fixture
def small_company(tmp_path: Path) -> SmallCompany:
    """Files of a company that is not the demo: three tables, euros, a fiscal year from April. Not loaded yet."""
    return write_small_company(tmp_path / "vitrolux")


@pytest.fixture(scope="session")
def small_company_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with the small company loaded. Read it, never write."""
    folder = tmp_path_factory.mktemp("small")
    write_small_company(folder / "files")
    yield load_folder(folder / "files", folder / "home")


# Ember, made by hand: all of its tables, and its three required ones only.


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
