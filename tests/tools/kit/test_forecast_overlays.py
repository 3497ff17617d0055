"""People's overlays: all are counted, what has nothing behind it is summed, and what is live already is left out."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.forecast import forecast
from tests.tools.catalog.snapshot import load_company
from tests.tools.kit.crm_company import bench_on, shown
from tests.tools.kit.test_forecast import TABLES

FORECAST = """forecast_id,account_id,period_month,source,version_date,amount_usd,overlay_reason,use_case_id,submitted_by
f2,A1,2026-09-01,model,2026-08-01,330,,,
o1,A1,2026-09-01,rep_overlay,2026-08-02,40,Live,U1,R1
o2,A2,2026-09-01,rep_overlay,2026-08-02,-90,Feels weak,,R2
o3,A3,2026-09-01,rep_overlay,2026-08-02,25,Feels strong,,R2
o4,A3,2026-09-01,manager_overlay,2026-08-03,30,Planned,U2,R1"""
CASES = """use_case_id,account_id,use_case_name,stage,created_at,actual_live_date
U1,A1,Loom telemetry,live,2026-05-01 00:00:00,2026-08-01
U2,A3,Vault,approved,2026-05-01 00:00:00,"""


def opened(folder: Path) -> Workbench:
    tables = TABLES | {"forecast": FORECAST, "use_case": CASES}
    return bench_on(load_company(folder, tables, {}, date(2026, 8, 15), datetime(2026, 8, 18, 12)))


def test_overlays_are_counted_and_summed_by_what_is_behind_them_the_largest_first(tmp_path: Path) -> None:
    """Nothing is behind -90 and 25; 40 is live since 1 August, so that consumption holds it; 30 has a use case."""
    bench = opened(tmp_path)
    told = forecast(bench, horizon="September 2026")["overlays"]
    assert {name: shown(bench, figure) for name, figure in told["figures"].items()} == {
        "count": 4,
        "unbacked_count": 2,
        "unbacked": -65,
        "in_actuals": 40,
        "in_actuals_count": 1,
    }
    assert [row["id"] for row in told["rows"]] == ["o2", "o1", "o4", "o3"]
    assert [row["id"] for row in told["rows"] if not row["added"]] == ["o1"]
    assert (told["count"], told["unbacked"], told["left_out"]) == (4, 2, 1)
