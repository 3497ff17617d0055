"""What a load says about itself, file by file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

FileStatus = Literal["loaded", "rejected_rows", "refused", "unchanged", "ignored"]
LoadStatus = Literal["loaded", "unchanged", "refused", "dry_run"]


class FileRefused(Exception):
    """This file cannot be taken at all; the text says why and what to do. The rest of the load goes on."""


class Reject(BaseModel):
    """One row that was left out. `line` is the line in the file (1 is the first), or the row number in Parquet."""

    line: int
    column: str
    reason: str


class FileReport(BaseModel):
    file: str
    table: str | None = None
    status: FileStatus = "loaded"
    rows: int = 0
    """Rows read and understood."""
    inserted: int = 0
    updated: int = 0
    rejected: int = 0
    rejects: list[Reject] = Field(default_factory=list)
    """The first 20; all of them are in `rejects_file`."""
    rejects_file: str | None = None
    reason: str | None = None
    notes: list[str] = Field(default_factory=list)
    """What was assumed or left aside: unknown columns, defaults, encodings."""


class Check(BaseModel):
    """One of the importer's checks that found something. `fail` refuses the load, `warn` is for the coverage page."""

    name: str
    level: Literal["fail", "warn"]
    count: int
    message: str
    examples: list[str] = Field(default_factory=list)


class LoadReport(BaseModel):
    """The whole load. Nothing of a refused load is visible to any reader."""

    status: LoadStatus
    snapshot_id: str | None = None
    files: list[FileReport] = Field(default_factory=list)
    checks: list[Check] = Field(default_factory=list)
    assumptions: list[str] = Field(default_factory=list)
    reason: str | None = None
    rows_total: int = 0
    elapsed_s: float = 0.0

    @property
    def warnings(self) -> list[Check]:
        return [check for check in self.checks if check.level == "warn"]

    @property
    def failures(self) -> list[Check]:
        return [check for check in self.checks if check.level == "fail"]

    def to_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")
