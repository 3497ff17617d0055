"""Files into the snapshot that is being built, each with its report."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.company import Company
from meterline_tools.warehouse.loading.convert import TYPED, convert, repeated_records
from meterline_tools.warehouse.loading.files import Source
from meterline_tools.warehouse.loading.ledger import Ledger
from meterline_tools.warehouse.loading.mapping import Mapping, TableMapping
from meterline_tools.warehouse.loading.merge import Merged, merge, reject_repeated_keys
from meterline_tools.warehouse.loading.naming import plan_columns
from meterline_tools.warehouse.loading.note_files import note_row
from meterline_tools.warehouse.loading.read import Staged, stage
from meterline_tools.warehouse.loading.rejects import SHOWN, Rejected, collect_rejects, keep_rejects, missing_date_check
from meterline_tools.warehouse.loading.report import Check, FileRefused, FileReport
from meterline_tools.warehouse.loading.speakers import People
from meterline_tools.warehouse.loading.translate import convert_money
from meterline_tools.warehouse.loading.whose import AccountNames

KeepRejects = Callable[[str], Path | None]
"""Where the rejects of a file are kept; None: nowhere (a dry run)."""


class Ingest:
    """Takes files one after the other and gathers what the checks need to know about all of them."""

    def __init__(
        self, connection: DuckDBPyConnection, mapping: Mapping, company: Company, ledger: Ledger, folder: Path, keep: KeepRejects
    ) -> None:
        self._connection = connection
        self._company = company
        self._mapping = mapping
        self._ledger = ledger
        self._folder = folder
        self._keep = keep
        self.checks: list[Check] = []
        self.currencies: set[str] = set()
        """Currencies named by the usage files."""
        self.originals: list[tuple[str, Source]] = []
        """Note id and file, of each note that came as a file."""

    def table(self, source: Source) -> FileReport:
        """One table file."""
        report = FileReport(file=source.name, table=source.table)
        try:
            mapping = self._mapping.of(source.table or "", source.name)
            rejects, columns, merged = self._take(source.table or "", source.path, report, mapping)
        except FileRefused as problem:
            return report.model_copy(update={"status": "refused", "reason": str(problem)})
        if rejects:
            report.status = "rejected_rows"
            kept = self._keep(source.name)
            if kept:
                keep_rejects(rejects, columns, kept)
                report.rejects_file = str(kept)
        else:
            self._ledger.add(source)
            if not merged.inserted and not merged.updated:
                report.status = "unchanged"
        return report

    def notes(self, sources: list[Source]) -> list[FileReport]:
        """All note files: as one JSON Lines file they go through the same door as the tables, but past the mapping of a note table."""
        accounts, people = AccountNames.read(self._connection), People.read(self._connection)
        reports = {source.name: FileReport(file=source.name, table="note", rows=1) for source in sources}
        taken: list[Source] = []
        path = self._folder / "notes.jsonl"
        with path.open("w", encoding="utf-8") as handle:
            for source in sources:
                try:
                    row, remarks = note_row(source, accounts, people)
                    handle.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n")
                    taken.append(source)
                    reports[source.name].notes += remarks
                    self.originals.append((row["note_id"], source))
                except FileRefused as problem:
                    _refuse(reports[source.name], str(problem))
        if taken:
            rejects, _, _ = self._take("note", path, FileReport(file="notes", table="note"), TableMapping())
            for reject, _ in rejects:
                _refuse(reports[taken[reject.line - 1].name], f"{reject.column}: {reject.reason}")
        for source in taken:
            report = reports[source.name]
            if report.status == "loaded":
                report.status, report.inserted = ("unchanged", 0) if self._ledger.holds(source) else ("loaded", 1)
                self._ledger.add(source)
        return list(reports.values())

    def _take(self, table: str, path: Path, report: FileReport, mapping: TableMapping) -> tuple[list[Rejected], list[str], Merged]:
        """Read, convert and merge one file; counts and notes go into the report."""
        staged = stage(self._connection, path, mapping, self._folder)
        plan, assumed = plan_columns(table, list(staged.columns), mapping)
        converted = convert(self._connection, plan, staged, mapping)
        exchanged = convert_money(self._connection, TYPED, table, self._company)
        reject_repeated_keys(self._connection, plan, len(converted.problems) - 1)
        rejects = collect_rejects(self._connection, staged, converted.problems)
        merged = merge(self._connection, plan)
        if table == "usage_daily":
            named = self._connection.execute(f"SELECT DISTINCT charged_in FROM {TYPED} WHERE charged_in IS NOT NULL").fetchall()
            self.currencies |= {row[0] for row in named}
        equal = _equal_rows(self._connection, report.file, staged) if plan.derive_id and table == "usage_daily" else None
        found = (missing_date_check(report.file, rejects), _conflict(report.file, merged), equal)
        self.checks += [check for check in found if check]
        report.rows, report.inserted, report.updated = staged.rows, merged.inserted, merged.updated
        report.rejected = len(rejects)
        report.rejects = [reject for reject, _ in rejects[:SHOWN]]
        report.notes = staged.notes + assumed + plan.notes() + exchanged
        if converted.unwanted:
            report.notes.append(f"{converted.unwanted:,} rows were left out, as the mapping says (`leave_out`)")
        if repeated := merged.repeated + converted.repeated:
            report.notes.append(f"{repeated} rows stand in the file twice and were taken once")
        if table == "quota" and merged.updated:
            report.notes.append(f"{merged.updated} quota rows were edited in place; a new version keeps the old baseline readable")
        return rejects, list(staged.columns), merged


def _refuse(report: FileReport, reason: str) -> None:
    report.status, report.rows, report.reason = "refused", 0, reason


def _equal_rows(connection: DuckDBPyConnection, file: str, staged: Staged) -> Check | None:
    """A warning of usage rows that stand in the file again, word for word and without an id: an export's slip, or equal charges."""
    days = connection.execute(
        f"SELECT usage_date || ' (' || count(*) || ' rows)', count(*) FROM {TYPED} WHERE bad IS NULL"
        f" AND record IN ({repeated_records(staged)}) GROUP BY usage_date ORDER BY usage_date"
    ).fetchall()
    if not days:
        return None
    count = sum(rows for _, rows in days)
    return Check(
        name="equal_rows",
        level="warn",
        count=count,
        message=f"{file}: {count} usage rows equal another one in every column and are counted as well; if the export repeated itself,"
        " say `repeated: once` for its table in a mapping and load into a new workspace, as usage is never taken back",
        examples=[day for day, _ in days[:SHOWN]],
    )


def _conflict(file: str, merged: Merged) -> Check | None:
    if not merged.conflicts:
        return None
    return Check(
        name="duplicate_usage_id",
        level="fail",
        count=merged.conflict_count,
        message=f"{file}: {merged.conflict_count} usage ids came before with other content; usage is append-only: leave the old rows"
        " and send a Correction row (charge_class = Correction) with an id of its own for the difference",
        examples=merged.conflicts,
    )
