"""A company as its files tell it: an in-memory DuckDB over the very files that `load` takes.

Nothing here uses Meterline's own loader, views or catalogue, so that expected figures are an independent
computation.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

_EXPRESSION = re.compile(r"(\w+)\s*(?:([+-])\s*(\d+))?")


class CompanyFiles:
    """Tables as views over a folder of CSV, Parquet or JSONL files, with the clock its company.yaml implies."""

    def __init__(self, folder: Path, *, d1: date | None = None) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        for path in sorted(folder.iterdir()):
            reader = _reader(path)
            if reader:
                table = path.name.split(".")[0]
                self.connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {reader}", [str(path)])
        config: dict[str, Any] = yaml.safe_load((folder / "company.yaml").read_text(encoding="utf-8"))
        self.known_at: datetime = datetime.fromisoformat(str(config["as_of"]).replace("Z", "")).replace(tzinfo=None)
        self.d1: date = d1 or self._last_complete_day(int(config.get("settle_lag_days", 3)))
        self.start_month = int(config.get("fiscal_year_start_month", 1))

    def one(self, sql: str, **params: Any) -> Any:
        """The single value of a query."""
        row = self.row(sql, **params)
        return row[0] if row else None

    def row(self, sql: str, **params: Any) -> tuple[Any, ...] | None:
        used = {name: value for name, value in params.items() if f"${name}" in sql}
        found: tuple[Any, ...] | None = self.connection.execute(sql, used).fetchone()
        return found

    def day(self, expression: str) -> date:
        """A day: `d1`, `d1-29`, `fy0` (start of the fiscal year of d1), `fq0` (of the quarter), or ISO."""
        try:
            return date.fromisoformat(expression)
        except ValueError:
            match = _EXPRESSION.fullmatch(expression.strip())
        if match is None:
            raise ValueError(f"'{expression}' is no day expression")
        anchors = {"d1": self.d1, "fy0": self._period_start(12), "fq0": self._period_start(3), "known": self.known_at.date()}
        day = anchors[match.group(1)]
        shift = int(match.group(3) or 0) * (-1 if match.group(2) == "-" else 1)
        return day + timedelta(days=shift)

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

    def _period_start(self, months: int) -> date:
        """First day of the fiscal period of `months` months that holds d1."""
        elapsed = (self.d1.month - self.start_month) % 12 % months
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
        return "read_csv(?, header = true, sample_size = -1)"
    if name.endswith(".parquet"):
        return "read_parquet(?)"
    return "read_json_auto(?)" if name.endswith((".jsonl", ".jsonl.gz")) else None
