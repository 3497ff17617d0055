"""What a snapshot knows about itself, so that opening one needs no scan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import Column, MetaData, Table, Text

from meterline_tools.warehouse.asof import AsOf

META_TABLE = Table("snapshot_meta", MetaData(), Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
SNAPSHOT = "snapshot"
"""Name of the one row of META_TABLE whose value is a SnapshotMeta as JSON."""


class TableCoverage(BaseModel):
    """Row count of a table and, for each column that has any value, how many rows have one."""

    rows: int = 0
    filled: dict[str, int] = Field(default_factory=dict)


class SourceFile(BaseModel):
    """A file that is inside the snapshot: its name, the table it went to, sha256 of its bytes and of its mapping."""

    name: str
    table: str
    digest: str
    load: int


class SnapshotMeta(BaseModel):
    """Everything worth knowing at opening."""

    snapshot_id: str
    company: dict[str, Any] = Field(default_factory=dict)
    """Configured settings only; assumptions are worked out anew."""
    coverage: dict[str, TableCoverage] = Field(default_factory=dict)
    first_usage_date: date | None = None
    last_usage_date: date | None = None
    newest_ingested_at: datetime | None = None
    as_of: AsOf | None = None
    """The default as-of, resolved at load."""
    rolled_up: bool = False
    """Whether the rollup tables are there and reconcile with the raw rows."""
    loads: int = 0
    files: list[SourceFile] = Field(default_factory=list)
    warnings: list[dict[str, Any]] = Field(default_factory=list)
