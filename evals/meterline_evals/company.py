"""A company as its files tell it: an in-memory DuckDB over the very files that `load` takes.

Nothing here uses Meterline's own loader, views or catalogue, so that expected figures are an independent
computation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from meterline_tools.warehouse.schema import TABLES

_EXPRESSION = re.compile(r"(\w+)\s*(?:([+-])\s*(\d+))?")


# Usage that counts: usage charges of consumption SKUs, known by the time of knowledge, on complete days.
_COUNTED = """
    CREATE TABLE counted_usage AS
    SELECT u.*, s.sku_name, s.sku_family, s.consumed_unit, s.launched_on, a.account_name, a.industry, a.region, a.segment, a.motion,
           a.plan, a.country, a.owner_rep_id, coalesce(nullif(a.parent_account_id, ''), a.account_id) AS family_id
    FROM usage_daily u LEFT JOIN sku s USING (sku_id) JOIN account a USING (account_id)
    WHERE coalesce(u.charge_category, 'Usage') = 'Usage' AND coalesce(s.is_consumption, true)
      AND u.ingested_at <= $known AND u.usage_date <= $d1
"""
# Credit follows the primary assignments of each day; an account without any belongs to its owner.
_CREDITED = """
    CREATE TABLE credited_usage AS
    SELECT u.*, r.full_name, r.manager_rep_id, u.effective_cost * coalesce(x.credit_pct, 1) AS credited
    FROM counted_usage u
    LEFT JOIN account_assignment x ON x.account_id = u.account_id AND x.assignment_role = 'primary'
      AND u.usage_date >= CAST(x.valid_from AS DATE)
      AND (x.valid_to IS NULL OR u.usage_date < CAST(x.valid_to AS DATE))
    JOIN rep r ON r.rep_id = coalesce(x.rep_id,
      CASE WHEN NOT EXISTS (SELECT 1 FROM account_assignment y
                            WHERE y.account_id = u.account_id AND y.assignment_role = 'primary') THEN u.owner_rep_id END)
"""


class CompanyFiles:
    """Tables as views over a folder of CSV, Parquet or JSONL files, with the clock its company.yaml implies.

    Tables and columns that the company did not bring are there, empty, so that one statement serves all companies;
    `has` tells which it brought.
    """

    def __init__(self, folder: Path, *, d1: date | None = None) -> None:
        self.folder = folder
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET enable_progress_bar = false")
        self.brought: set[str] = set()
        for path in sorted(folder.iterdir()):
            reader = _reader(path)
            if reader:
                self._read(path.name.split(".")[0], reader, path)
        self._fill_in()
        described = folder / "company.yaml"
        config: dict[str, Any] = yaml.safe_load(described.read_text(encoding="utf-8")) if described.exists() else {}
        self.known_at: datetime = self._known_at(config.get("as_of"))
        self.d1: date = d1 or self._last_complete_day(int(config.get("settle_lag_days", 3)))
        self.start_month = int(config.get("fiscal_year_start_month", 1))
        self._derived = False
        self._values: dict[str, Any] = {}

    def remembered(self, key: str, compute: Callable[[], Any]) -> Any:
        """A value worked out once: many figures are held against the same one."""
        if key not in self._values:
            self._values[key] = compute()
        return self._values[key]

    def derive(self) -> None:
        """Makes `counted_usage` (rows that count as consumption) and `credited_usage` (the same, by who is credited)."""
        if not self._derived:
            self.connection.execute(_COUNTED, {"known": self.known_at, "d1": self.d1})
            self.connection.execute(_CREDITED)
            self._derived = True

    def has(self, *tables: str) -> bool:
        """Whether the company brought all of these tables."""
        return set(tables) <= self.brought

    def _read(self, table: str, reader: str, path: Path) -> None:
        self.connection.execute(f'CREATE TABLE "{table}" AS SELECT * FROM {reader}', [str(path)])
        self.brought.add(table)

    def _fill_in(self) -> None:
        """Adds what the canonical model has and this company has not, as NULL."""
        for name, table in TABLES.items():
            if name not in self.brought:
                columns = ", ".join(f'"{column.name}" {column.type}' for column in table.columns)
                self.connection.execute(f'CREATE TABLE "{name}" ({columns})')
                continue
            present = set(self.names(f'SELECT column_name FROM (DESCRIBE "{name}")'))
            for column in table.columns:
                if column.name not in present:
                    self.connection.execute(f'ALTER TABLE "{name}" ADD COLUMN "{column.name}" {column.type}')

    def _known_at(self, configured: object) -> datetime:
        """The configured time of knowledge, else that of the newest row."""
        if configured is None:
            configured = self.one("SELECT max(ingested_at) FROM usage_daily")
        return datetime.fromisoformat(str(configured).replace("Z", "")).replace(tzinfo=None)

    def names(self, sql: str, **params: Any) -> list[str]:
        """The first column of a query, as text."""
        used = {name: value for name, value in params.items() if f"${name}" in sql}
        return [str(row[0]) for row in self.connection.execute(sql, used).fetchall()]

    def one(self, sql: str, **params: Any) -> Any:
        """The single value of a query."""
        row = self.row(sql, **params)
        return row[0] if row else None

    def row(self, sql: str, **params: Any) -> tuple[Any, ...] | None:
        used = {name: value for name, value in params.items() if f"${name}" in sql}
        found: tuple[Any, ...] | None = self.connection.execute(sql, used).fetchone()
        return found

    def day(self, expression: str) -> date:
        """A day: an ISO date, or an anchor with days added or taken, as in `d1-29`.

        Anchors: `d1` (last complete day), `known`, and first days of the periods that hold d1: `m0` (calendar month),
        `fq0` and `fy0` (fiscal); `pm0`, `pfq0`, `pfy0` are those before,
        `ppm0`, `ppfq0` those before them. `m0-1` thus ends the month before.
        """
        try:
            return date.fromisoformat(expression)
        except ValueError:
            match = _EXPRESSION.fullmatch(expression.strip())
        anchors: dict[str, Callable[[], date]] = {
            "d1": lambda: self.d1,
            "known": self.known_at.date,
            "m0": lambda: self.d1.replace(day=1),
            "fq0": lambda: self._period_start(3),
            "fy0": lambda: self._period_start(12),
            "pm0": lambda: self._period_start(1, before=1),
            "ppm0": lambda: self._period_start(1, before=2),
            "pfq0": lambda: self._period_start(3, before=1),
            "ppfq0": lambda: self._period_start(3, before=2),
            "pfy0": lambda: self._period_start(12, before=1),
        }
        if match is None or match.group(1) not in anchors:
            raise ValueError(f"'{expression}' is no day expression")
        day = anchors[match.group(1)]()
        shift = int(match.group(3) or 0) * (-1 if match.group(2) == "-" else 1)
        return day + timedelta(days=shift)

    def received(self, day: date) -> float:
        """How much of a day is in, of what the median of four same weekdays expects: the lesser of rows and cost."""
        return float(
            self.one(
                """WITH received AS (SELECT usage_date AS day, count(*) AS n, sum(effective_cost) AS cost FROM usage_daily
                                     WHERE ingested_at <= $known AND coalesce(charge_category, 'Usage') = 'Usage' AND charge_class IS NULL
                                     GROUP BY 1)
                   SELECT least(any_value(a.n) / median(b.n), any_value(a.cost) / median(b.cost))
                   FROM received a JOIN received b ON date_diff('day', b.day, a.day) IN (7, 14, 21, 28) WHERE a.day = $day""",
                known=self.known_at,
                day=day,
            )
            or 0
        )

    def _last_complete_day(self, settle_lag: int) -> date:
        """Latest settled day with at least 97% of the rows and of the cost that the median of four same weekdays expects."""
        found = self.one(
            """WITH received AS (SELECT usage_date AS day, count(*) AS n, sum(effective_cost) AS cost FROM usage_daily
                                 WHERE ingested_at <= $known AND coalesce(charge_category, 'Usage') = 'Usage' AND charge_class IS NULL
                                 GROUP BY 1),
                    judged AS (SELECT a.day, any_value(a.n) / median(b.n) AS rows_ratio, any_value(a.cost) / median(b.cost) AS cost_ratio
                               FROM received a JOIN received b ON date_diff('day', b.day, a.day) IN (7, 14, 21, 28) GROUP BY a.day)
               SELECT max(day) FROM judged WHERE least(rows_ratio, cost_ratio) >= 0.97 AND day <= $settled""",
            known=self.known_at,
            settled=self.known_at.date() - timedelta(days=settle_lag),
        )
        if found is None:
            raise ValueError("no usage day is complete; the company is too small to examine")
        return date.fromisoformat(str(found)[:10])

    def _period_start(self, months: int, before: int = 0) -> date:
        """First day of the fiscal period of `months` months that holds d1, or of one so many periods before."""
        elapsed = (self.d1.month - self.start_month) % 12 % months + before * months
        index = self.d1.year * 12 + self.d1.month - 1 - elapsed
        return date(index // 12, index % 12 + 1, 1)

    def fiscal_year_end(self) -> date:
        start = self._period_start(12)
        return date(start.year + 1, start.month, 1)

    def fiscal_year_label(self) -> int:
        """The year in which the fiscal year ends."""
        return (self.fiscal_year_end() - timedelta(days=1)).year


def _reader(path: Path) -> str | None:
    name = path.name
    if name.endswith((".csv", ".csv.gz")):
        return "read_csv(?, header = true, delim = ',', quote = '\"', escape = '\"', sample_size = -1)"
    if name.endswith(".parquet"):
        return "read_parquet(?)"
    return "read_json_auto(?)" if name.endswith((".jsonl", ".jsonl.gz")) else None
