"""Tables into files, byte for byte the same on every run: Parquet for the fact table, CSV and JSON lines for the rest."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from meterline_tools.demo.axis import Axis
from meterline_tools.demo.pricing import STATUSES
from meterline_tools.demo.usage import MONEY, Dimensions, Rows

if TYPE_CHECKING:
    import pyarrow as pa

WHOLE = ("active_users", "jobs_succeeded", "jobs_failed")
DIGITS = {"consumed_quantity": 4, "compute_hours": 3, "avg_utilization": 3, "spill_gb": 3, "gb_scanned": 2, "gb_stored": 2, "gb_egress": 3}
Record = dict[str, Any]


def usage_table(rows: Rows, dims: Dimensions, axis: Axis) -> pa.Table:
    """The rows as an Arrow table with the canonical columns of usage_daily."""
    import pyarrow as pa

    def named(names: Sequence[str | None], codes: Any) -> pa.Array:
        return pa.array(list(names), pa.string()).take(pa.array(np.where(codes < 0, len(names) - 1, codes)))

    n = len(rows)
    ids = np.char.add("U", np.char.zfill(np.arange(1, n + 1).astype(str), 7))
    columns: dict[str, Any] = {
        "usage_id": pa.array(ids),
        "usage_date": pa.array(axis.days[rows.day].astype("datetime64[D]")),
        "account_id": named(dims.account_ids, rows.workload),
        "workload_id": named(dims.workload_ids, rows.workload),
        "sku_id": named(dims.skus, rows.workload),
        "region_id": named(dims.regions, rows.workload),
        "charge_category": named(["Usage", "Purchase"], rows.purchase.astype(np.int64)),
        "charge_class": named([None, "Correction"], rows.correction.astype(np.int64)),
        "contract_id": named([*dims.contract_ids, None], rows.contract),
        "commit_status": named([*STATUSES, None], rows.status),
    }
    for name in ("consumed_quantity", *MONEY, *(k for k in rows.numbers if k not in MONEY and k != "consumed_quantity")):
        values = rows.numbers[name]
        if name in WHOLE:
            columns[name] = pa.array(np.nan_to_num(np.round(values)).astype(np.int32), mask=np.isnan(values))
        else:
            columns[name] = pa.array(np.round(values, DIGITS.get(name, 4)), from_pandas=True)
    columns["ingested_at"] = pa.array(rows.ingested.astype("datetime64[s]"), pa.timestamp("s"))
    return pa.table(columns)


def write_parquet(path: Path, table: pa.Table) -> None:
    import pyarrow.parquet as pq

    pq.write_table(table, path, compression="zstd", row_group_size=131_072, store_schema=False)


def text(value: Any) -> str:
    """A value as CSV text: ISO dates, true/false, nothing for None, JSON for lists and objects."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case date():
            return value.isoformat()
        case list() | dict():
            return json.dumps(value, ensure_ascii=False, sort_keys=isinstance(value, dict))
        case float():
            return repr(round(value, 4))
    return str(value)


def write_csv(path: Path, columns: Sequence[str], records: Sequence[Mapping[str, Any]]) -> None:
    """Records as CSV with the given header; missing keys are empty (NULL)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([text(r.get(c)) for c in columns] for r in records)
    path.write_text(out.getvalue(), encoding="utf-8")


def write_jsonl(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    lines = [json.dumps({k: _json(v) for k, v in r.items() if v is not None}, ensure_ascii=False) for r in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _json(value: Any) -> Any:
    return text(value) if isinstance(value, date) else value


def digest(path: Path) -> str:
    """sha256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
