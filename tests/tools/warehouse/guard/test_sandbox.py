"""The second wall: a process that is killed at the deadline, has little memory, and tells nothing of what its asker may not see."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from meterline_tools.errors import ToolFailed
from meterline_tools.kit.bench import Workbench
from meterline_tools.warehouse.guard.scoped import scoped_sql
from meterline_tools.warehouse.sandbox.pool import Sandbox
from meterline_tools.warehouse.store import Store


@pytest.fixture(scope="module")
def sandbox(ember_home: Path) -> Iterator[Sandbox]:
    made = Sandbox(Store(ember_home).current_path())
    yield made
    made.close()


def run(sandbox: Sandbox, bench: Workbench, sql: str, *, rows: int = 100, deadline_s: float = 10.0) -> list[tuple[object, ...]]:
    return sandbox.run(scoped_sql(sql, bench.views, bench.warehouse.engine.dialect, rows), rows=rows, deadline_s=deadline_s).rows


def test_it_answers_as_the_warehouse_does(sandbox: Sandbox, ember: Workbench) -> None:
    """Lumen Ovens: $200 and $100 a day from 1 January 2025, $50 more from 1 May 2026 to the last complete day, 28 June 2026."""
    rows = run(sandbox, ember, "SELECT account_id, sum(effective_cost) FROM usage_daily WHERE account_id = 'L1' GROUP BY 1")
    assert rows == [("L1", pytest.approx(544 * 300 + 59 * 50))]


def test_one_row_more_than_asked_tells_that_there_are_more(sandbox: Sandbox, ember: Workbench) -> None:
    sql = scoped_sql("SELECT usage_date FROM account_day", ember.views, ember.warehouse.engine.dialect, 5)
    result = sandbox.run(sql, rows=5)
    assert (len(result.rows), result.truncated) == (5, True)


def test_what_takes_too_long_is_stopped_and_the_next_one_runs(sandbox: Sandbox, ember: Workbench) -> None:
    endless = "SELECT count(*) FROM account_day a, account_day b, account_day c, account_day d"
    run(sandbox, ember, "SELECT 1")
    with pytest.raises(ToolFailed, match=r"took longer than 0\.5 s and was stopped"):
        run(sandbox, ember, endless, deadline_s=0.5)
    assert run(sandbox, ember, "SELECT 1") == [(1,)]


def test_a_bomb_of_allowed_functions_ends_in_an_error_not_in_the_machine(sandbox: Sandbox, ember: Workbench) -> None:
    """Each step makes the text eight times as long: 16 bytes become 17 gigabytes."""
    steps = "".join(f", t{n + 1} AS (SELECT concat({', '.join(['x'] * 8)}) AS x FROM t{n})" for n in range(10))
    with pytest.raises(ToolFailed, match="less at once"):
        run(sandbox, ember, f"WITH t0 AS (SELECT 'aaaaaaaaaaaaaaaa' AS x){steps} SELECT length(x) FROM t10")
    assert run(sandbox, ember, "SELECT 1") == [(1,)]


def test_an_error_of_a_value_does_not_tell_the_value(sandbox: Sandbox, ember: Workbench) -> None:
    with pytest.raises(ToolFailed) as problem:
        run(sandbox, ember, "SELECT CAST(account_name AS INTEGER) FROM account")
    assert "Lumen" not in str(problem.value)
    assert "TRY_CAST" in str(problem.value)


def test_an_error_of_the_statement_says_what_is_wrong(sandbox: Sandbox, ember: Workbench) -> None:
    with pytest.raises(ToolFailed, match="acount_name"):
        run(sandbox, ember, "SELECT acount_name FROM account")


@pytest.mark.parametrize(
    "statement", ["COPY (SELECT 1) TO 'x.csv'", "SELECT * FROM read_csv('/etc/passwd')", "SET memory_limit='9GB'", "CREATE TABLE t(x INT)"]
)
def test_the_engine_refuses_by_itself_what_the_screen_would(sandbox: Sandbox, statement: str) -> None:
    with pytest.raises(ToolFailed):
        sandbox.run(statement, rows=5)


def test_threads_get_their_own_answers(sandbox: Sandbox, ember: Workbench) -> None:
    found: dict[int, object] = {}

    def ask(n: int) -> None:
        found[n] = run(sandbox, ember, f"SELECT {n} AS n, count(*) FROM account_day")[0][0]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: n for n in range(6)}
