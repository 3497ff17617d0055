"""A small demo company (40 accounts, 420 days), generated once for all tests of this folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb
import pytest

from meterline_tools.demo import Manifest, generate

ACCOUNTS, DAYS = 40, 420
MEDIUM_SEED = 104


@dataclass
class Files:
    """The written files, opened with nothing but DuckDB's own readers."""

    manifest: Manifest

    @cached_property
    def sql(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        for path in sorted(self.manifest.out.glob("*.csv")):
            connection.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_csv('{path}', header = true, sample_size = -1)")
        connection.execute(f"CREATE VIEW usage_daily AS SELECT * FROM read_parquet('{self.manifest.out / 'usage_daily.parquet'}')")
        connection.execute(
            "CREATE VIEW net AS SELECT * FROM usage_daily WHERE charge_category = 'Usage' AND usage_date <= DATE '2026-08-15'"
        )
        return connection

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.sql.execute(query).fetchall()

    def value(self, query: str) -> Any:
        row = self.sql.execute(query).fetchone()
        assert row is not None
        return row[0]

    @cached_property
    def told(self) -> list[dict[str, Any]]:
        """Events that happened to one account, without the mass events."""
        return [e for e in self.truth if e["cause"] not in ("retail_peak", "upstream_api_change")]

    @cached_property
    def truth(self) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = json.loads(self.manifest.truth.read_text(encoding="utf-8"))["events"]
        return events

    def event(self, account: str, cause: str) -> dict[str, Any]:
        """The last event of that cause of a named account."""
        return [e for e in self.truth if (e["account_name"], e["cause"]) == (account, cause)][-1]

    @cached_property
    def notes(self) -> dict[str, dict[str, Any]]:
        lines = (self.manifest.out / "note.jsonl").read_text(encoding="utf-8").splitlines()
        return {note["note_id"]: note for note in map(json.loads, lines)}


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(generate(tmp_path_factory.mktemp("small") / "company", seed=7, accounts=ACCOUNTS, days=DAYS))


@pytest.fixture(scope="session")
def medium(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Large enough for a share of the whole taxonomy, in the words of the second author."""
    return Files(generate(tmp_path_factory.mktemp("medium") / "company", seed=MEDIUM_SEED, accounts=100, days=600))


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(generate(tmp_path_factory.mktemp("full") / "company", seed=7))
