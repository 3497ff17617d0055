"""Builds the whole demo company and writes the files that `load` takes, and the truth that it never takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from meterline_tools.errors import UserError

MIN_DAYS = 400
TRUTH_DIR = ".truth"
Progress = Callable[[str], None]


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
    """Writes the company under `out`. Same seed and sizes, same bytes. `progress` hears the name of each step."""
    if days < MIN_DAYS:
        raise UserError(f"The demo company needs at least {MIN_DAYS} days, so that a year ago exists. Asked for {days}.")
    from meterline_tools.demo.company import build_company
    from meterline_tools.demo.population import segment_sizes

    segment_sizes(accounts)
    return build_company(out, seed, accounts, days, progress or (lambda step: None))
