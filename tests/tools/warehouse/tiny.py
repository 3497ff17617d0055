"""Companies of a few rows: in memory on either engine, or as files in a folder."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, create_engine, delete, insert, select
from sqlalchemy.pool import StaticPool

from meterline_tools.warehouse.engines import Warehouse, open_warehouse
from meterline_tools.warehouse.load import LoadReport
from meterline_tools.warehouse.loading.report import FileReport
from meterline_tools.warehouse.meta import SnapshotMeta, TableCoverage
from meterline_tools.warehouse.rollups import ROLLUPS, account_day, select_account_days, select_usage_slices, usage_slice
from meterline_tools.warehouse.schema import METADATA, TABLES

Row = Mapping[str, Any]
URLS = {"duckdb": "duckdb:///:memory:", "sqlite": "sqlite://"}


def in_memory(
    tables: Mapping[str, Iterable[Row]], *, engine: str = "duckdb", rolled_up: bool = False, reuse: bool = False, **company: Any
) -> Warehouse:
    """A warehouse with just these rows; nothing is checked, so that laws can be tested on any data.

    `reuse` empties and fills one database again and again, for tests with many examples: the warehouse before is void.
    """
    database = _kept_database(engine) if reuse else _new_database(engine)
    rows = {name: [dict(row) for row in given] for name, given in tables.items()}
    with database.begin() as connection:
        for table in (*METADATA.tables.values(), *ROLLUPS.tables.values()) if reuse else ():
            connection.execute(delete(table))
        for name, given in rows.items():
            if given:
                connection.execute(
                    insert(TABLES[name]), [{column.name: row.get(column.name) for column in TABLES[name].c} for row in given]
                )
        if rolled_up:
            connection.execute(insert(usage_slice).from_select(list(usage_slice.c), select_usage_slices()))
            connection.execute(insert(account_day).from_select(list(account_day.c), select_account_days()))
    usage = rows.get("usage_daily", [])
    return Warehouse(
        database,
        SnapshotMeta(
            snapshot_id="memory",
            company=company,
            coverage={name: _coverage(rows.get(name, [])) for name in TABLES},
            first_usage_date=min((row["usage_date"] for row in usage), default=None),
            last_usage_date=max((row["usage_date"] for row in usage), default=None),
            newest_ingested_at=max((row["ingested_at"] for row in usage), default=None),
            rolled_up=rolled_up,
        ),
    )


def _new_database(engine: str) -> Engine:
    database = create_engine(URLS[engine], poolclass=StaticPool)
    METADATA.create_all(database)
    ROLLUPS.create_all(database)
    return database


_kept_database = cache(_new_database)


def _coverage(rows: list[dict[str, Any]]) -> TableCoverage:
    names = {name for row in rows for name, value in row.items() if value is not None}
    return TableCoverage(rows=len(rows), filled={name: sum(row.get(name) is not None for row in rows) for name in names})


def usage(number: int, account_id: str, day: date, usd: float | None, **more: Any) -> dict[str, Any]:
    """A usage row that reached us at 03:00 of the next day."""
    reached = datetime(day.year, day.month, day.day, 3) + timedelta(days=1)
    return {"usage_id": f"U{number}", "usage_date": day, "account_id": account_id, "effective_cost": usd, "ingested_at": reached} | more


def write(folder: Path, name: str, rows: Iterable[Row], *, delimiter: str = ",") -> Path:
    """A CSV file `name` in `folder` with the rows' own columns."""
    folder.mkdir(parents=True, exist_ok=True)
    given = [dict(row) for row in rows]
    columns = list(dict.fromkeys(column for row in given for column in row))
    with (folder / name).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(given)
    return folder / name


REPS: list[Row] = [
    {"rep_id": "V1", "full_name": "Vera Holm", "role": "vp", "email": "vera@tessel.example", "manager_rep_id": ""},
    {"rep_id": "M1", "full_name": "Max Orban", "role": "manager", "email": "max@tessel.example", "manager_rep_id": "V1"},
    {"rep_id": "R1", "full_name": "Ann Reyes", "role": "core", "email": "ann@tessel.example", "manager_rep_id": "M1"},
    {"rep_id": "R2", "full_name": "Bo Lind", "role": "core", "email": "bo@tessel.example", "manager_rep_id": "M1"},
    {"rep_id": "R3", "full_name": "Cy Adu", "role": "hunter", "email": "cy@tessel.example", "manager_rep_id": "V1"},
]
ACCOUNTS: list[Row] = [
    {"account_id": "A1", "account_name": "Arbor Foods", "owner_rep_id": "R1", "aliases": "Arbor; The Arborists"},
    {"account_id": "A2", "account_name": "Bluff Rail", "owner_rep_id": "R2", "aliases": ""},
    {"account_id": "A3", "account_name": "Cobalt Apps", "owner_rep_id": "", "aliases": ""},
]


def write_three_tables(folder: Path, *, days: int = 40, first: date = date(2026, 1, 1)) -> Path:
    """Reps, accounts and `days` days of usage: A1 10, A2 20, A3 5 dollars a day."""
    write(folder, "rep.csv", REPS)
    write(folder, "account.csv", ACCOUNTS)
    rows = [
        usage(number * 3 + place, account, first + timedelta(days=number), usd)
        for number in range(days)
        for place, (account, usd) in enumerate((("A1", 10.0), ("A2", 20.0), ("A3", 5.0)))
    ]
    write(folder, "usage_daily.csv", rows)
    return folder


def rows(home: Path, table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """All rows of a table, sorted."""
    warehouse = open_warehouse(home)
    found = warehouse.run(select(*(table.c[name] for name in columns))).rows
    warehouse.close()
    return sorted(found, key=repr)


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def of(report: LoadReport, name: str) -> FileReport:
    return next(file for file in report.files if file.file == name)


def failed(report: LoadReport) -> list[str]:
    return [check.name for check in report.failures]


def warned(report: LoadReport) -> list[str]:
    return [check.name for check in report.warnings]
