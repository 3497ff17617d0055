"""A load that is killed at any moment leaves the state before it, readable and loadable."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.schema import usage_daily
from meterline_tools.warehouse.store import Store
from tests.tools.warehouse.tiny import write_three_tables

KILLED_AT = """
import os, signal, sys
from pathlib import Path
from meterline_tools.warehouse import store
from meterline_tools.warehouse.loading import ingest, job

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

def after(real):
    def run(*args, **kwargs):
        real(*args, **kwargs)
        die()
    return run

moment, home, folder = sys.argv[1:]
if moment == "while reading":
    ingest.merge = die
elif moment == "before checks":
    job.run_checks = die
elif moment == "while rolling up":
    job.build_rollups = die
elif moment == "before sealing":
    job.seal = die
elif moment == "after sealing":
    job.seal = after(job.seal)
elif moment == "before the pointer":
    real = store.flush
    store.flush = lambda path: die() if path.name.startswith(".CURRENT") else real(path)
elif moment == "after the pointer":
    store.Store.sweep = lambda self: die() if self.current() != sys.argv[0] and list(self.folder.glob(".staging-*")) else None

from meterline_tools.warehouse.load import load
load(Path(home), [Path(folder)])
"""
BEFORE = ("while reading", "before checks", "while rolling up", "before sealing", "after sealing", "before the pointer")


def killed(moment: str, home: Path, folder: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-c", KILLED_AT, moment, str(home), str(folder)],
        env={"PYTHONPATH": str(root / "tools")},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def count(home: Path) -> int:
    warehouse = open_warehouse(home)
    rows = warehouse.run(select(func.count()).select_from(usage_daily)).rows
    warehouse.close()
    return int(rows[0][0])


@pytest.mark.parametrize("moment", BEFORE)
def test_a_killed_load_leaves_what_was_there(tmp_path: Path, moment: str) -> None:
    home = tmp_path / "home"
    first = load(home, [write_three_tables(tmp_path / "small", days=2)])
    larger = write_three_tables(tmp_path / "larger", days=4)
    killed(moment, home, larger)
    assert (Store(home).current(), count(home)) == (first.snapshot_id, 6)
    assert load(home, [larger]).status == "loaded"
    assert count(home) == 12
    left = [path.name for path in (home / "warehouse").iterdir() if path.name.startswith(".") or path.suffix == ".wal"]
    assert left == []


def test_killed_after_the_pointer_the_new_state_stands(tmp_path: Path) -> None:
    home = tmp_path / "home"
    load(home, [write_three_tables(tmp_path / "small", days=2)])
    larger = write_three_tables(tmp_path / "larger", days=4)
    killed("after the pointer", home, larger)
    assert count(home) == 12
    assert load(home, [larger]).status == "unchanged"


def test_the_very_first_load_killed_leaves_an_empty_workspace(tmp_path: Path) -> None:
    folder = write_three_tables(tmp_path / "files", days=2)
    killed("after sealing", tmp_path / "home", folder)
    assert Store(tmp_path / "home").current() is None
    assert load(tmp_path / "home", [folder]).status == "loaded"
