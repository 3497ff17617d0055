"""One load, from files to a published snapshot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.company import Company, read_company
from meterline_tools.warehouse.loading.checks import run_checks
from meterline_tools.warehouse.loading.files import Source
from meterline_tools.warehouse.loading.ingest import Ingest, KeepRejects
from meterline_tools.warehouse.loading.ledger import Ledger
from meterline_tools.warehouse.loading.mapping import Mapping, read_yaml
from meterline_tools.warehouse.loading.originals import keep_original
from meterline_tools.warehouse.loading.report import Check, FileReport, LoadReport, LoadStatus
from meterline_tools.warehouse.loading.snapshot import build_rollups, describe, missing_tables, open_staging, read_published_meta, seal
from meterline_tools.warehouse.meta import SnapshotMeta
from meterline_tools.warehouse.store import Store

Progress = Callable[[int, int, str], None]
"""Called with (bytes done, bytes in all, what is being done)."""


class Job:
    """The state of one load. Used once: `Job(...).run()`."""

    def __init__(
        self, store: Store, folder: Path, sources: list[Source], mapping: Mapping, overrides: dict[str, Any], progress: Progress
    ) -> None:
        self._store = store
        self._folder = folder
        self._sources = sources
        self._mapping = mapping
        self._overrides = {name: value for name, value in overrides.items() if value is not None}
        self._progress = progress
        current = store.current()
        self._published = store.path_of(current) if current else None
        self._before = read_published_meta(self._published) if self._published else None
        self._number = (self._before.loads if self._before else 0) + 1
        self._ledger = Ledger(list(self._before.files) if self._before else [], mapping, self._number)
        self._files: list[FileReport] = []
        self._originals: list[tuple[str, Source]] = []

    def run(self, *, dry_run: bool) -> LoadReport:
        """Build, check and, unless it is a dry run, publish."""
        settings = self._settings()
        if self._before is not None and self._holds_everything(settings):
            return self._report("unchanged", self._before)
        staged = self._folder / "next.duckdb"
        with open_staging(staged, self._published, self._folder) as connection:
            meta, checks, company, reason = self._build(connection, settings, dry_run)
            if meta is None:
                return self._report("refused", None, checks, company, reason)
            if self._before is not None and meta.snapshot_id == self._before.snapshot_id:
                return self._report("unchanged", self._before, checks, company)
            if dry_run:
                return self._report("dry_run", meta, checks, company)
            seal(connection, meta)
        for note_id, source in self._originals:
            keep_original(self._store.home, note_id, source.name, source.path)
        self._store.publish(staged, meta.snapshot_id)
        return self._report("loaded", meta, checks, company)

    def _build(
        self, connection: DuckDBPyConnection, settings: dict[str, Any], dry_run: bool
    ) -> tuple[SnapshotMeta | None, list[Check], Company, str | None]:
        """Everything between opening and sealing. No meta: the load is refused, for the reason given."""
        keep: KeepRejects = (lambda _: None) if dry_run else self._rejects_path
        ingest = Ingest(connection, self._mapping, read_company(settings), self._ledger, self._folder, keep)
        self._read_all(ingest)
        if "currency" not in settings and len(ingest.currencies) == 1:
            settings = settings | {"currency": next(iter(ingest.currencies))}
        company = read_company(settings)
        checks = sorted(ingest.checks + run_checks(connection, company, ingest.currencies), key=lambda check: check.level != "fail")
        reason = _refusal(checks, missing_tables(connection))
        if reason:
            return None, checks, company, reason
        self._progress(1, 1, "rolling up")
        rolled_up = build_rollups(connection)
        meta = describe(connection, company, self._before)
        meta.rolled_up, meta.loads, meta.files = rolled_up, self._number, self._ledger.files
        meta.warnings = [check.model_dump() for check in checks]
        return meta, checks, company, None

    def _read_all(self, ingest: Ingest) -> None:
        tables = [source for source in self._sources if source.kind == "table"]
        notes = [source for source in self._sources if source.kind == "note"]
        sizes = {source.name: source.path.stat().st_size for source in tables + notes}
        done, total = 0, sum(sizes.values())
        for source in tables:
            self._progress(done, total, source.name)
            self._files.append(ingest.table(source))
            done += sizes[source.name]
        if notes:
            self._progress(done, total, f"{len(notes)} notes")
            self._files += ingest.notes(notes)
            self._originals = ingest.originals
        self._files += self._left_aside()
        self._progress(total, total, "checking")

    def _settings(self) -> dict[str, Any]:
        """Configured settings: what was known, then company.yaml, the mapping, the options. UserError when one is wrong."""
        settings = dict(self._before.company) if self._before else {}
        for source in self._sources:
            if source.kind == "company":
                settings |= read_yaml(source.path)
        settings |= self._mapping.company | self._overrides
        read_company(settings)
        return settings

    def _holds_everything(self, settings: dict[str, Any]) -> bool:
        """Whether every file is inside the snapshot already and no setting changes."""
        assert self._before is not None
        wanted = [source for source in self._sources if source.kind in ("table", "note")]
        if read_company(settings) != read_company(self._before.company) or not all(self._ledger.holds(source) for source in wanted):
            return False
        self._files = [FileReport(file=source.name, table=source.table, status="unchanged") for source in wanted] + self._left_aside()
        return True

    def _left_aside(self) -> list[FileReport]:
        return [
            FileReport(file=source.name, status="ignored" if source.kind == "ignored" else "refused", reason=source.reason)
            for source in self._sources
            if source.kind in ("ignored", "refused")
        ]

    def _rejects_path(self, file_name: str) -> Path:
        return self._store.rejects_folder(self._number) / (file_name.replace("/", "__") + ".rejects.csv")

    def _report(
        self,
        status: LoadStatus,
        meta: SnapshotMeta | None,
        checks: list[Check] | None = None,
        company: Company | None = None,
        reason: str | None = None,
    ) -> LoadReport:
        published = meta if status != "refused" else self._before
        return LoadReport(
            status=status,
            snapshot_id=published.snapshot_id if published else None,
            files=self._files,
            checks=checks if checks is not None else [Check.model_validate(warning) for warning in (meta.warnings if meta else [])],
            assumptions=(company or read_company(meta.company if meta else {})).assumptions,
            reason=reason,
            rows_total=sum(coverage.rows for coverage in published.coverage.values()) if published else 0,
        )


def _refusal(checks: list[Check], missing: list[str]) -> str | None:
    """Why a load cannot be taken; None when it can."""
    failed = [check for check in checks if check.level == "fail"]
    if missing:
        lost = f"a company needs rows in rep, account and usage_daily; there are none in {', '.join(missing)}"
        return lost + "".join(f"; {check.message}" for check in failed[:1])
    return f"{len(failed)} check{'s' if len(failed) > 1 else ''} failed; nothing was changed" if failed else None
