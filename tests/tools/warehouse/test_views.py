"""The views: one doorway to usage, credit by date, and a law that holds on any data."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import CTE, make_url, select
from sqlalchemy.engine.interfaces import Dialect

from meterline_tools.principal import LOCAL_ADMIN, Principal, Scope
from meterline_tools.warehouse.asof import AsOf
from meterline_tools.warehouse.engines import Warehouse
from meterline_tools.warehouse.schema import TABLES
from meterline_tools.warehouse.views import NAMED_VIEWS, Views
from tests.tools.warehouse.tiny import in_memory, usage

START = date(2026, 1, 1)
LATER = AsOf(known_at=datetime(2027, 1, 1), d1=date(2026, 12, 31))
ACCOUNTS = ("A", "B", "C")
Tables = dict[str, list[dict[str, Any]]]
PEOPLE = ("R1", "R2", "R3")


def day(number: int) -> date:
    return START + timedelta(days=number)


def rows_of(warehouse: Warehouse, view: CTE) -> list[dict[str, Any]]:
    return warehouse.run(select(view)).dicts()


def by_day(warehouse: Warehouse, view: CTE) -> dict[date, float]:
    total: dict[date, float] = defaultdict(float)
    for row in rows_of(warehouse, view):
        total[row["usage_date"]] += row["usd"]
    return total


_assignment = st.builds(
    lambda account, rep, role, start, length, credit: {
        "account_id": account,
        "rep_id": rep,
        "assignment_role": role,
        "valid_from": day(start),
        "valid_to": day(start + length) if length else None,
        "credit_pct": credit,
    },
    st.sampled_from(ACCOUNTS),
    st.sampled_from(PEOPLE),
    st.sampled_from(["primary", "primary", "se"]),
    st.integers(-5, 25),
    st.integers(0, 20),
    st.sampled_from([1.0, 0.6, 0.4, 0.25, 0.0]),
)
_usage = st.builds(
    lambda account, number, usd, category, late: {
        "account_id": account,
        "usage_date": day(number),
        "effective_cost": usd,
        "charge_category": category,
        "ingested_at": datetime(2026, 1, 1) + timedelta(days=number + late),
    },
    st.sampled_from(ACCOUNTS),
    st.integers(0, 20),
    st.floats(-500, 5000).map(lambda usd: round(usd, 2)),
    st.sampled_from([None, "Usage", "Purchase"]),
    st.integers(0, 6),
)
_owners = st.lists(st.sampled_from([None, *PEOPLE]), min_size=3, max_size=3)


def company(
    usage_rows: list[dict[str, Any]], assignments: list[dict[str, Any]], owners: list[str | None]
) -> dict[str, list[dict[str, Any]]]:
    return {
        "rep": [{"rep_id": rep, "full_name": rep, "role": "core"} for rep in PEOPLE],
        "account": [{"account_id": a, "account_name": a, "owner_rep_id": owner} for a, owner in zip(ACCOUNTS, owners, strict=True)],
        "usage_daily": [{"usage_id": f"U{n}", **row} for n, row in enumerate(usage_rows)],
        "account_assignment": [{"assignment_id": f"X{n}", **row} for n, row in enumerate(assignments)],
    }


@pytest.mark.parametrize(("engine", "rolled_up"), [("duckdb", True), ("sqlite", True), ("sqlite", False)])
@settings(max_examples=25)
@given(usage_rows=st.lists(_usage, max_size=30), assignments=st.lists(_assignment, max_size=8), owners=_owners)
def test_on_each_day_credited_and_uncredited_make_the_total(
    engine: str, rolled_up: bool, usage_rows: list[dict[str, Any]], assignments: list[dict[str, Any]], owners: list[str | None]
) -> None:
    warehouse = in_memory(company(usage_rows, assignments, owners), engine=engine, rolled_up=rolled_up, reuse=True)
    views = Views(warehouse, LATER, LOCAL_ADMIN)
    total, credited, uncredited = (by_day(warehouse, view()) for view in (views.account_day, views.rep_day, views.uncredited_day))
    expected: dict[date, float] = defaultdict(float)
    for row in usage_rows:
        if row["charge_category"] != "Purchase":
            expected[row["usage_date"]] += row["effective_cost"]
    assert set(total) == set(expected)
    for when, usd in total.items():
        assert usd == pytest.approx(expected[when], abs=1e-6)
        assert credited[when] + uncredited[when] == pytest.approx(usd, abs=1e-6)


@settings(max_examples=25)
@given(
    usage_rows=st.lists(_usage, max_size=20),
    assignments=st.lists(_assignment, max_size=8),
    owners=_owners,
    people=st.sets(st.sampled_from(PEOPLE), max_size=2),
    known_after=st.integers(0, 30),
)
def test_a_scope_never_widens(
    usage_rows: list[dict[str, Any]], assignments: list[dict[str, Any]], owners: list[str | None], people: set[str], known_after: int
) -> None:
    asof = AsOf(known_at=datetime(2026, 1, 1) + timedelta(days=known_after), d1=day(known_after))
    more: Tables = {
        "note": [
            {"note_id": f"N{n}", "account_id": a, "author_rep_id": "R1", "note_type": "call_note", "occurred_at": datetime(2026, 1, 1 + n)}
            for n, a in enumerate((*ACCOUNTS, None))
        ],
        "quota": [
            {"quota_id": f"Q{r}", "fiscal_year": 2026, "rep_id": r, "quota_type": "x", "snapped_on": START, "version": 1} for r in PEOPLE
        ],
        "use_case": [{"use_case_id": f"C{a}", "account_id": a, "use_case_name": a, "stage": "live"} for a in ACCOUNTS],
        "use_case_event": [
            {"event_id": f"E{a}", "use_case_id": f"C{a}", "event_at": datetime(2026, 1, 3), "event_type": "x"} for a in ACCOUNTS
        ],
        "contract": [
            {"contract_id": f"K{a}", "account_id": a, "contract_type": "commit", "start_date": START, "end_date": day(300)}
            for a in ACCOUNTS
        ],
    }
    warehouse = in_memory(company(usage_rows, assignments, owners) | more, engine="sqlite", reuse=True)
    rep = Principal(user_id="x", role="rep", scope=Scope(rep_ids=frozenset(people)), rep_id="x")
    narrow, wide = Views(warehouse, asof, rep), Views(warehouse, asof, LOCAL_ADMIN)
    visible = {row["account_id"] for row in rows_of(warehouse, narrow.accounts())}
    for name, view in [*NAMED_VIEWS.items(), *((f"v_{table}", _table_view(table)) for table in TABLES)]:
        mine, everything = rows_of(warehouse, view(narrow)), rows_of(warehouse, view(wide))
        assert all(row in everything for row in mine), name
        for row in mine:
            own = row.get("rep_id") in people or row.get("author_rep_id") in people
            assert own or row.get("account_id", row.get("use_case_id", "").removeprefix("C")) in visible, name
    expected = {
        account
        for account, owner in zip(ACCOUNTS, owners, strict=True)
        if any(a["account_id"] == account and a["rep_id"] in people and _valid(a, asof.d1) for a in assignments)
        or (
            owner in people
            and not any(a["account_id"] == account and a["assignment_role"] == "primary" and _valid(a, asof.d1) for a in assignments)
        )
    }
    assert visible == expected


def _table_view(table: str) -> Any:
    return lambda views: views.table(table)


def _valid(assignment: dict[str, Any], when: date) -> bool:
    return bool(assignment["valid_from"] <= when and (assignment["valid_to"] is None or when < assignment["valid_to"]))


def handover() -> dict[str, list[dict[str, Any]]]:
    """A: R1 until 3 Jan, nobody on 4 and 5 Jan, then 60/40 R2 and R3. B: its owner R1. C: nobody. 100 dollars a day each."""
    rows = [
        {"account_id": a, "usage_date": day(n), "effective_cost": 100.0, "ingested_at": datetime(2026, 1, 2 + n)}
        for a in ACCOUNTS
        for n in range(8)
    ]
    assignments = [
        {
            "account_id": "A",
            "rep_id": "R1",
            "assignment_role": "primary",
            "valid_from": date(2025, 1, 1),
            "valid_to": day(3),
            "credit_pct": 1.0,
        },
        {"account_id": "A", "rep_id": "R2", "assignment_role": "primary", "valid_from": day(5), "valid_to": None, "credit_pct": 0.6},
        {"account_id": "A", "rep_id": "R3", "assignment_role": "primary", "valid_from": day(5), "valid_to": None, "credit_pct": 0.4},
        {"account_id": "A", "rep_id": "R1", "assignment_role": "se", "valid_from": day(0), "valid_to": day(2), "credit_pct": 1.0},
    ]
    return company(rows, assignments, [None, "R1", None])


def test_credit_follows_the_assignment_of_the_day() -> None:
    warehouse = in_memory(handover())
    credited: dict[tuple[str, str], float] = defaultdict(float)
    views = Views(warehouse, LATER, LOCAL_ADMIN)
    for row in rows_of(warehouse, views.rep_day()):
        credited[row["rep_id"], row["account_id"]] += row["usd"]
    # A: 3 days to R1, 3 days split 60/40; B: 8 days to its owner.
    assert dict(credited) == {("R1", "A"): 300.0, ("R2", "A"): 180.0, ("R3", "A"): 120.0, ("R1", "B"): 800.0}
    uncredited = {(row["account_id"], row["usage_date"]): row["usd"] for row in rows_of(warehouse, views.uncredited_day())}
    assert uncredited == {("A", day(3)): 100.0, ("A", day(4)): 100.0} | {("C", day(n)): 100.0 for n in range(8)}


def test_a_rep_keeps_the_credit_of_an_account_that_was_handed_over_but_does_not_see_it() -> None:
    warehouse = in_memory(handover())
    views = Views(warehouse, LATER, Principal(user_id="R1", role="rep", scope=Scope(rep_ids=frozenset({"R1"})), rep_id="R1"))
    assert {row["account_id"] for row in rows_of(warehouse, views.accounts())} == {"B"}
    assert {row["account_id"] for row in rows_of(warehouse, views.account_day())} == {"B"}
    assert sum(row["usd"] for row in rows_of(warehouse, views.rep_day()) if row["account_id"] == "A") == 300.0


@pytest.mark.parametrize(("on", "sees"), [(day(2), {"A", "B"}), (day(3), {"B"})])
def test_on_the_day_an_assignment_ends_its_account_is_out_of_sight(on: date, sees: set[str]) -> None:
    """Spans are half-open: R1 holds A up to and with 2 January."""
    warehouse = in_memory(handover())
    asof = AsOf(known_at=datetime(2027, 1, 1), d1=on)
    views = Views(warehouse, asof, Principal(user_id="R1", role="rep", scope=Scope(rep_ids=frozenset({"R1"})), rep_id="R1"))
    assert {row["account_id"] for row in rows_of(warehouse, views.accounts())} == sees


@pytest.mark.parametrize("rolled_up", [True, False])
def test_rolled_up_utilisation_is_weighted_by_hours(rolled_up: bool) -> None:
    """One hour at 90% and three at 30%: 45%, not 60%; a row without hours carries no weight."""
    busy = [usage(n, "A", START, 1.0, avg_utilization=u, compute_hours=h) for n, (u, h) in enumerate(((0.9, 1.0), (0.3, 3.0), (0.5, None)))]
    warehouse = in_memory({"account": [{"account_id": "A", "account_name": "A"}], "usage_daily": busy}, rolled_up=rolled_up)
    rows = rows_of(warehouse, Views(warehouse, LATER, LOCAL_ADMIN).usage())
    if rolled_up:
        assert [row["avg_utilization"] for row in rows] == [pytest.approx(0.45)]
    else:
        assert sorted(row["avg_utilization"] for row in rows) == [0.3, 0.5, 0.9]


def test_usage_leaves_out_what_is_no_consumption_and_nets_corrections() -> None:
    tables: Tables = {
        "account": [{"account_id": "A", "account_name": "A"}],
        "sku": [
            {"sku_id": "run", "sku_name": "Run", "sku_family": "compute", "consumed_unit": "credit", "is_consumption": True},
            {"sku_id": "help", "sku_name": "Help", "sku_family": "support", "consumed_unit": "month", "is_consumption": False},
        ],
        "usage_daily": [
            usage(1, "A", START, 100.0, sku_id="run"),
            usage(2, "A", START, 50.0, sku_id="help"),
            usage(3, "A", START, 1000.0, charge_category="Purchase"),
            usage(4, "A", START, 7.0, sku_id="nobody described this one"),
            usage(5, "A", START, -30.0, sku_id="run", charge_class="Correction", ingested_at=datetime(2026, 1, 20)),
        ],
    }
    for rolled_up in (True, False):
        warehouse = in_memory(tables, rolled_up=rolled_up)
        views = Views(warehouse, LATER, LOCAL_ADMIN)
        rows = rows_of(warehouse, views.usage())
        assert sum(row["effective_cost"] for row in rows) == 77.0
        assert {(row["sku_family"], row["consumed_unit"]) for row in rows} == {("compute", "credit"), (None, None)}


@pytest.mark.parametrize("rolled_up", [True, False])
def test_an_older_time_of_knowledge_does_not_see_a_later_correction_even_with_rollups(rolled_up: bool) -> None:
    """What came in at that very moment was known at it."""
    tables: Tables = {
        "account": [{"account_id": "A", "account_name": "A"}],
        "usage_daily": [
            usage(1, "A", START, 100.0),
            usage(2, "A", START, -30.0, charge_class="Correction", ingested_at=datetime(2026, 1, 20)),
            usage(3, "A", day(9), 5.0),
        ],
    }
    warehouse = in_memory(tables, rolled_up=rolled_up)
    before = Views(warehouse, AsOf(known_at=datetime(2026, 1, 19), d1=day(8)), LOCAL_ADMIN)
    after = Views(warehouse, AsOf(known_at=datetime(2026, 1, 20), d1=day(8)), LOCAL_ADMIN)
    assert (before.settled, after.settled) == (False, rolled_up)
    for views, known in ((before, 100.0), (after, 70.0)):
        assert [row["usd"] for row in rows_of(warehouse, views.account_day())] == [known]
        assert sum(row["effective_cost"] for row in rows_of(warehouse, views.usage())) == known


def test_events_notes_and_use_cases_are_only_seen_once_they_were_known() -> None:
    known = datetime(2026, 1, 10, 12)
    tables: Tables = {
        "account": [{"account_id": "A", "account_name": "A"}],
        "change_event": [
            {"change_id": "old", "change_type": "release", "title": "t", "starts_on": START, "known_at": known},
            {"change_id": "new", "change_type": "release", "title": "t", "starts_on": START, "known_at": known + timedelta(seconds=1)},
            {"change_id": "always", "change_type": "holiday", "title": "t", "starts_on": START, "known_at": None},
        ],
        "note": [
            {
                "note_id": "late entry",
                "account_id": "A",
                "note_type": "email",
                "occurred_at": START,
                "created_at": known + timedelta(days=1),
            },
            {"note_id": "no entry date", "account_id": "A", "note_type": "email", "occurred_at": datetime(2026, 1, 2), "created_at": None},
        ],
    }
    warehouse = in_memory(tables)
    views = Views(warehouse, AsOf(known_at=known, d1=day(6)), LOCAL_ADMIN)
    assert {row["change_id"] for row in rows_of(warehouse, views.table("change_event"))} == {"old", "always"}
    assert {row["note_id"] for row in rows_of(warehouse, views.table("note"))} == {"no entry date"}


def _dialects() -> list[Dialect]:
    urls = ("duckdb://", "sqlite://", "postgresql+psycopg://")
    return [make_url(url).get_dialect()() for url in urls]


@pytest.mark.parametrize("rolled_up", [True, False])
def test_every_view_compiles_for_each_dialect_and_says_what_it_holds(rolled_up: bool) -> None:
    warehouse = in_memory(handover(), rolled_up=rolled_up)
    rep = Principal(user_id="R1", role="rep", scope=Scope(rep_ids=frozenset({"R1"})), rep_id="R1")
    for principal in (LOCAL_ADMIN, rep):
        views = Views(warehouse, LATER, principal)
        for view in [*(build(views) for build in NAMED_VIEWS.values()), *(views.table(name) for name in TABLES)]:
            for dialect in _dialects():
                sql = str(select(view).compile(dialect=dialect))
                assert f"WITH {view.name} AS" in sql.replace("\n", " ") or f"{view.name} AS" in sql
                assert "/* " in sql


def test_a_view_asked_for_twice_is_one_view_and_can_be_joined_with_itself() -> None:
    warehouse = in_memory(handover())
    views = Views(warehouse, LATER, LOCAL_ADMIN)
    now, before = views.account_day(), views.account_day().alias("before")
    pairs = warehouse.run(
        select(now.c.account_id).join(before, (before.c.account_id == now.c.account_id) & (before.c.usage_date < now.c.usage_date))
    )
    assert len(pairs.rows) == 3 * (8 * 7 // 2)
