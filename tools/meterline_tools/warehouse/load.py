"""`load`: files in, a new snapshot out, or nothing at all.

The next snapshot is built beside the current one, checked as a whole, and only then named by the
pointer. One file that cannot be read does not stop the others; a check that fails stops everything.
"""

from __future__ import annotations

import time
from collections.abc import Mapping as Settings
from pathlib import Path
from typing import Any

from meterline_tools.warehouse.loading.files import find_sources
from meterline_tools.warehouse.loading.job import Job, Progress
from meterline_tools.warehouse.loading.mapping import read_mapping
from meterline_tools.warehouse.loading.report import LoadReport
from meterline_tools.warehouse.store import Store

__all__ = ["LoadReport", "Progress", "load"]


def load(
    home: Path,
    paths: list[Path],
    *,
    mapping: Path | None = None,
    dry_run: bool = False,
    company: Settings[str, Any] | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load files and folders into the workspace `home`.

    `company` overrides settings of company.yaml and of the mapping. The report tells what became of each
    file; its status is `refused` when a check failed or a required table is missing, and then no reader
    sees anything of it. UserError when there is nothing to load, the mapping is wrong, or another load runs.
    """
    started = time.perf_counter()
    names = read_mapping(mapping)
    sources = find_sources(paths, names)
    store = Store(home)
    with store.lock(), store.scratch() as folder:
        job = Job(store, folder, sources, names, dict(company or {}), progress or _silent)
        report = job.run(dry_run=dry_run)
    report.elapsed_s = round(time.perf_counter() - started, 3)
    return report


def _silent(done: int, total: int, what: str) -> None:
    """No progress wanted."""
