"""What is left of a period: versions, overlays, days that are over, and sums that agree."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterline_tools.insight.forecast.landing import add_up, cells, share_left
from meterline_tools.insight.forecast.outlook import AccountOutlook
from meterline_tools.insight.forecast.overlays import Overlay, Row, in_force, judged, model_rows
from meterline_tools.insight.forecast.products import family_shares
from meterline_tools.insight.forecast.spread import bounds, total_spread

D1 = date(2026, 8, 15)
AUG, SEP, OCT = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1)


def row(ident: str, amount: float, *, account: str = "A", month: date = SEP, source: str = "model", day: int = 1, **more: object) -> Row:
    return Row(ident, account, None, month, source, date(2026, 8, day), amount, **more)  # type: ignore[arg-type]


def own(account: str, **months: tuple[float, float]) -> AccountOutlook:
    named = {"aug": AUG, "sep": SEP, "oct": OCT}
    mean = {named[m]: v[0] for m, v in months.items()}
    return AccountOutlook(account, "model", 104, mean, {named[m]: v[1] for m, v in months.items()}, mean)


def test_the_last_version_counts_and_reps_come_before_managers() -> None:
    rows = [
        row("m1", 900, day=1),
        row("m2", 1000, day=5),
        row("o2", -50, source="manager_overlay", use_case="U1"),
        row("o1", 200, source="rep_overlay", use_case="U1"),
        row("o0", 150, source="rep_overlay", use_case="U1", month=SEP, day=1),
    ]
    assert [r.id for r in in_force(rows)] == ["m2", "o1", "o2"]


def test_an_overlay_of_a_use_case_that_is_live_is_not_added_and_what_is_behind_each_is_told() -> None:
    rows = [
        row("o1", 200, source="rep_overlay", use_case="U1"),
        row("o2", 300, source="rep_overlay", use_case="U2"),
        row("o3", 40, source="rep_overlay", reason="see N-7"),
        row("o4", 60, source="rep_overlay", reason="feels strong", account="B"),
        row("o5", 70, source="rep_overlay", use_case="gone"),
    ]
    found = judged(rows, {"U2": date(2026, 6, 1)}, {"U1", "U2"}, {"A": ["N-7"]}, D1)
    assert {o.row.id: (o.in_actuals, o.backing) for o in found} == {
        "o1": (False, "use_case"),
        "o2": (True, "use_case"),
        "o3": (False, "note"),
        "o4": (False, "nothing"),
        "o5": (False, "nothing"),
    }


def test_a_use_case_that_goes_live_after_the_last_complete_day_is_not_in_actuals_yet() -> None:
    found = judged([row("o1", 200, source="rep_overlay", use_case="U1")], {"U1": date(2026, 8, 20)}, {"U1"}, {}, D1)
    assert not found[0].in_actuals


def test_a_month_that_runs_counts_by_the_days_that_are_left() -> None:
    """16 of August's 31 days come after the 15th: 3,100 leaves 1,600; overlays of 310 leave 160."""
    assert share_left(AUG, D1) == pytest.approx(16 / 31)
    models = model_rows([row("m", 3100, month=AUG)])
    overlays = [Overlay(row("o", 310, month=AUG, source="rep_overlay"), False, "use_case")]
    found = cells({"A": own("A", aug=(1500.0, 30.0))}, models, overlays, [AUG], D1)
    total = add_up([(cell, 1.0) for cell in found], alike=0.2)
    assert (total.model, total.overlay, total.total) == pytest.approx((1600, 160, 1760))
    assert total.own == 1500.0 and total.company_part == pytest.approx(1600)


def test_where_the_company_has_no_row_its_place_is_taken_and_said() -> None:
    found = cells({"A": own("A", sep=(1000.0, 50.0), oct=(1100.0, 60.0))}, model_rows([row("m", 900)]), [], [SEP, OCT], D1)
    assert [(c.source, c.model) for c in found] == [("company", 900), ("meterline", 1100.0)]


def test_a_company_interval_becomes_a_spread_and_without_one_the_models_width_is_taken() -> None:
    """(1,256.32 - 1,000) / (2 x 1.2816) = 100; without bounds 50 of 1,000 makes 45 of 900."""
    with_bounds = cells({}, model_rows([row("m", 1100, low=1000.0, high=1256.32)]), [], [SEP], D1)
    without = cells({"A": own("A", sep=(1000.0, 50.0))}, model_rows([row("m", 900)]), [], [SEP], D1)
    assert with_bounds[0].spread == pytest.approx(100.0)
    assert without[0].spread == pytest.approx(45.0)


def test_rows_by_family_make_one_model_row_unless_there_is_one_for_all() -> None:
    parts = [Row(f"f{n}", "A", family, SEP, "model", D1, amount) for n, (family, amount) in enumerate([("X", 60.0), ("Y", 40.0)])]
    assert model_rows(parts)[("A", SEP)].amount == 100.0
    assert model_rows([*parts, row("whole", 90)])[("A", SEP)].amount == 90


def test_spreads_add_up_between_independent_and_alike() -> None:
    """3 and 4: 5 when independent, 7 when alike, sqrt(.8 x 25 + .2 x 49) = 5.459 at a fifth."""
    assert [round(total_spread([3.0, 4.0], alike), 3) for alike in (0.0, 1.0, 0.2)] == [5.0, 7.0, 5.459]
    assert bounds(100.0, 50.0) == pytest.approx((35.92, 164.08))
    assert bounds(10.0, 50.0)[0] == 0.0


AMOUNT = st.floats(0, 1e6, allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(AMOUNT, AMOUNT, AMOUNT, AMOUNT, st.floats(0, 1)), min_size=1, max_size=6))
def test_accounts_and_months_add_up_to_the_whole(accounts: list[tuple[float, float, float, float, float]]) -> None:
    outlooks = {f"A{n}": own(f"A{n}", sep=(a, 1.0), oct=(b, 2.0)) for n, (a, b, _, _, _) in enumerate(accounts)}
    models = model_rows(row(f"m{n}", c, account=f"A{n}") for n, (_, _, c, _, _) in enumerate(accounts) if n % 2)
    source = "rep_overlay"
    rows = [row(f"o{n}", d, account=f"A{n}", source=source) for n, (_, _, _, d, _) in enumerate(accounts)]
    laid = [Overlay(overlay, n % 3 == 0, "nothing") for n, overlay in enumerate(rows)]
    parts = [(c, accounts[int(c.account[1:])][4]) for c in cells(outlooks, models, laid, [SEP, OCT], D1)]
    whole = add_up(parts, 0.2)
    for key in ("account", "month"):
        groups = {getattr(cell, key) for cell, _ in parts}
        sums = [add_up([(c, s) for c, s in parts if getattr(c, key) == group], 0.2) for group in groups]
        for name in ("model", "overlay", "total", "own", "company_part"):
            assert sum(getattr(s, name) for s in sums) == pytest.approx(getattr(whole, name), abs=1e-6)
        assert whole.high <= sum(s.high for s in sums) + 1e-6


def test_products_share_an_account_out_by_use_and_trend() -> None:
    """60 and 40 now; the second is to double: 60 to 80."""
    shares = family_shares({"X": 60.0, "Y": 40.0}, {"X": {SEP: 1.0}, "Y": {SEP: 2.0}}, SEP)
    assert shares == pytest.approx({"X": 60 / 140, "Y": 80 / 140})
    assert family_shares({"X": 0.0}, {}, SEP) == {}
