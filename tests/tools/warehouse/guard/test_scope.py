"""Free SQL sees exactly what its asker sees: no more through any trick, and no less."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from meterline.desk import Desk
from meterline.settings import Settings
from meterline_tools.errors import ToolFailed
from meterline_tools.kit.bench import Workbench
from meterline_tools.warehouse.guard.scoped import scoped_sql
from meterline_tools.warehouse.sandbox.pool import Sandbox
from meterline_tools.warehouse.store import Store
from tests.companies import DemoCompany


@pytest.fixture(scope="module")
def desk(demo_company: DemoCompany) -> Iterator[Desk]:
    desk = Desk.open(Settings(home=demo_company.home))
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def sandbox(demo_company: DemoCompany) -> Iterator[Sandbox]:
    made = Sandbox(Store(demo_company.home).current_path())
    yield made
    made.close()


def run(sandbox: Sandbox, bench: Workbench, sql: str) -> list[tuple[object, ...]]:
    return sandbox.run(scoped_sql(sql, bench.views, bench.warehouse.engine.dialect, 1000), rows=1000).rows


def people(demo: DemoCompany) -> list[str]:
    rows = duckdb.execute(f"SELECT rep_id FROM '{demo.files / 'rep.csv'}' WHERE end_date IS NULL ORDER BY rep_id").fetchall()
    return [row[0] for row in rows]


def own_accounts(demo: DemoCompany, rep: str, day: str) -> set[str]:
    """The accounts of a person's tree on a day, from the files: assigned in any role, or owned while nobody is primary."""
    rep_file, accounts, assigned = (demo.files / f"{name}.csv" for name in ("rep", "account", "account_assignment"))
    sql = f"""
        WITH RECURSIVE tree(rep_id) AS (
          SELECT $rep UNION SELECT r.rep_id FROM '{rep_file}' r JOIN tree t ON r.manager_rep_id = t.rep_id),
        valid AS (SELECT * FROM '{assigned}' WHERE valid_from <= CAST($day AS DATE) AND (valid_to IS NULL OR valid_to > CAST($day AS DATE)))
        SELECT account_id FROM valid WHERE rep_id IN (SELECT rep_id FROM tree)
        UNION SELECT account_id FROM '{accounts}' WHERE owner_rep_id IN (SELECT rep_id FROM tree)
          AND account_id NOT IN (SELECT account_id FROM valid WHERE assignment_role = 'primary')"""
    return {row[0] for row in duckdb.execute(sql, {"rep": rep, "day": day}).fetchall()}


def sees_everything(demo: DemoCompany, rep: str) -> bool:
    row = duckdb.execute(f"SELECT role, manager_rep_id FROM '{demo.files / 'rep.csv'}' WHERE rep_id = ?", [rep]).fetchone()
    return row is not None and row[1] is None


def test_every_person_sees_exactly_their_accounts(desk: Desk, sandbox: Sandbox, demo_company: DemoCompany) -> None:
    every = {row[0] for row in duckdb.execute(f"SELECT account_id FROM '{demo_company.files / 'account.csv'}'").fetchall()}
    for rep in people(demo_company):
        bench = desk.workbench(rep, None)
        seen = {row[0] for row in run(sandbox, bench, "SELECT account_id FROM account")}
        expected = every if sees_everything(demo_company, rep) else own_accounts(demo_company, rep, bench.asof.d1.isoformat())
        assert seen == expected, rep
        used = {row[0] for row in run(sandbox, bench, "SELECT DISTINCT account_id FROM usage_daily")}
        assert used <= expected, rep


TRICKS = [
    "SELECT DISTINCT account_id FROM usage_daily WHERE account_id = 'none' OR 1 = 1",
    "SELECT account_id FROM account UNION SELECT account_id FROM usage_daily UNION SELECT account_id FROM contract",
    "SELECT u.account_id FROM usage_daily u RIGHT JOIN account a ON true",
    "SELECT a.account_id FROM account a FULL JOIN contract c ON 1 = 0",
    "SELECT account_id FROM account a WHERE NOT EXISTS (SELECT 1 FROM usage_daily u WHERE u.account_id = a.account_id) OR true",
    "WITH w AS (SELECT account_id FROM account) SELECT account_id FROM w EXCEPT SELECT 'none'",
    "SELECT parent.account_id FROM account AS usage_daily, account AS parent",
    "SELECT scope_value FROM change_event WHERE scope_type = 'account'",
    "SELECT account_id FROM support_ticket UNION SELECT account_id FROM activity UNION SELECT account_id FROM qbr",
    "SELECT u.account_id FROM use_case_event e JOIN use_case u USING (use_case_id)",
    "SELECT account_id FROM credit WHERE rep_id IS NOT NULL AND valid_to > DATE '2900-01-01'",
]


@pytest.mark.parametrize("trick", TRICKS)
def test_no_trick_widens_the_sight(desk: Desk, sandbox: Sandbox, demo_company: DemoCompany, trick: str) -> None:
    rep = next(
        rep for rep in people(demo_company) if not sees_everything(demo_company, rep) and own_accounts(demo_company, rep, "2026-08-15")
    )
    bench = desk.workbench(rep, None)
    expected = own_accounts(demo_company, rep, bench.asof.d1.isoformat())
    credited = duckdb.execute(
        f"SELECT account_id FROM '{demo_company.files / 'account_assignment.csv'}' WHERE rep_id = ?", [rep]
    ).fetchall()
    allowed = expected | ({row[0] for row in credited} if "credit" in trick else set())
    assert {row[0] for row in run(sandbox, bench, trick) if row[0]} <= allowed


def test_an_error_is_no_oracle_about_the_rows_of_others(desk: Desk, sandbox: Sandbox, demo_company: DemoCompany) -> None:
    """A cast that fails for one foreign account only: it must not fail for whoever cannot see that account."""
    rep = next(
        rep for rep in people(demo_company) if not sees_everything(demo_company, rep) and own_accounts(demo_company, rep, "2026-08-15")
    )
    bench = desk.workbench(rep, None)
    own = own_accounts(demo_company, rep, bench.asof.d1.isoformat())
    every = [row[0] for row in duckdb.execute(f"SELECT account_id FROM '{demo_company.files / 'account.csv'}'").fetchall()]
    foreign = next(account for account in every if account not in own)
    probe = "SELECT count(*) FROM account WHERE CAST(CASE WHEN account_id = '{}' THEN 'x' ELSE '1' END AS INTEGER) = 1"
    assert run(sandbox, bench, probe.format(foreign)) == [(len(own),)]
    with pytest.raises(ToolFailed):
        run(sandbox, bench, probe.format(next(iter(own))))
