"""What came of an action that was done, in money a month and as a share of what was estimated."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.kept_savings import measured_actions, named_in
from meterline_tools.receipts import Entity
from tests.tools.catalog.snapshot import load_company
from tests.tools.kit.crm_company import D1, KNOWN_AT, bench_on, shown

AGREED, CLOSED = date(2026, 6, 15), date(2026, 6, 29)
KILN = Entity(type="account", id="A1", name="Kiln & Loom")
MONTH = 30.4


def bench_with(folder: Path, before: float, after: float) -> Workbench:
    """A bench on a company whose workload "nightly load" cost `before` a day until the action was done and `after` since."""
    days = [D1 - timedelta(days=n) for n in range(120)]
    lines = [f"{day},A1,W1,{before if day <= CLOSED else after},2026-08-16 01:00:00" for day in days]
    tables = {
        "rep": "rep_id,full_name,role\nR1,Ada,core",
        "account": "account_id,account_name,owner_rep_id\nA1,Kiln & Loom,R1",
        "workload": "workload_id,account_id,workload_name\nW1,A1,nightly load\nW2,A1,nightly load test",
        "usage_daily": "\n".join(["usage_date,account_id,workload_id,effective_cost,ingested_at", *lines]),
    }
    return bench_on(load_company(folder, tables, {}, D1, KNOWN_AT))


def action(estimate: float | None, description: str = "Run the nightly load on changed rows only") -> dict[str, object]:
    return {"action_id": "T1", "description": description, "agreed": AGREED, "closed": CLOSED, "est_impact_usd_month": estimate}


def test_a_saving_is_a_positive_share_of_the_estimate_and_a_negative_change(tmp_path: Path) -> None:
    """From 50 to 30 a day: 608 a month less, of an estimate of 760 less that is four fifths."""
    bench = bench_with(tmp_path, 50, 30)
    (reply,) = measured_actions(bench, KILN, [action(-760.0)])
    figures = reply["figures"]
    assert reply["outcome"] == "fell"
    assert shown(bench, figures["before"]) == pytest.approx(50 * MONTH, rel=0.01)
    assert shown(bench, figures["after"]) == pytest.approx(30 * MONTH, rel=0.01)
    assert shown(bench, figures["change"]) == pytest.approx(-20 * MONTH, rel=0.01)
    assert shown(bench, figures["share"]) == pytest.approx(0.8, rel=0.01)


@pytest.mark.parametrize(("before", "after", "estimate"), [(30, 50, -760.0), (50, 30, 760.0), (50, 30, 0.0), (50, 30, None)])
def test_what_rose_or_was_estimated_as_no_saving_has_no_share(tmp_path: Path, before: float, after: float, estimate: float | None) -> None:
    (reply,) = measured_actions(bench_with(tmp_path, before, after), KILN, [action(estimate)])
    assert "share" not in reply["figures"]
    assert reply["outcome"] == ("fell" if after < before else "rose")


def test_an_action_that_names_no_workload_is_not_measured(tmp_path: Path) -> None:
    assert measured_actions(bench_with(tmp_path, 50, 30), KILN, [action(-760.0, "Send the price sheet")]) == []


def test_the_longer_name_hides_the_one_inside_it_and_joints_do_not_matter() -> None:
    names = {"W1": "nightly load", "W2": "nightly load test", "W3": "!?"}
    assert named_in("Stop the nightly_load-test at noon", names) == ["W2"]
    assert named_in("Stop the nightly_load-test and the Nightly Load", names) == ["W1", "W2"]
    assert named_in("Stop the nightly loads", names) == []
