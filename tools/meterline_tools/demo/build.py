"""Builds the whole demo company and writes the files that `load` takes, and the truth that it never takes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from meterline_tools.errors import UserError

MIN_DAYS = 400
TRUTH_DIR = ".truth"
Progress = Callable[[int, int, str], None]
"""Told (steps done, steps in all, what comes next), as by `load`."""


@dataclass(frozen=True)
class Manifest:
    """What was written: the folder to load, the truth beside it, and row counts and sha256 per file."""

    out: Path
    truth: Path
    seed: int
    accounts: int
    days: int
    as_of: datetime
    rows: dict[str, int]
    digests: dict[str, str]


def generate(out: Path, seed: int = 7, accounts: int = 150, days: int = 748, progress: Progress | None = None) -> Manifest:
    """Writes the company under `out`. Same seed and sizes, same bytes. Files of an earlier run in `out` are replaced."""
    if days < MIN_DAYS:
        raise UserError(f"The demo company needs at least {MIN_DAYS} days, so that a year ago exists. Asked for {days}.")
    from meterline_tools.demo.company import build_company
    from meterline_tools.demo.population import segment_sizes

    segment_sizes(accounts)
    _clear(out)
    return build_company(out, seed, accounts, days, progress or (lambda done, total, what: None))


def _clear(out: Path) -> None:
    """Removes what an earlier run wrote; a folder with anything else in it is left alone."""
    if not out.exists() or not any(out.iterdir()):
        return
    if not (out / TRUTH_DIR).is_dir():
        raise UserError(f"{out} is not empty and holds no demo company. Choose another folder for --out.")
    shutil.rmtree(out)
