"""Running SQL: read-only, on time, truthful about what was left out, right under many threads."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from meterline_tools.errors import ToolFailed, Unavailable, UserError
from meterline_tools.principal import LOCAL_ADMIN
from meterline_tools.warehouse.asof import resolve_as_of
from meterline_tools.warehouse.engines import Warehouse, open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.schema import account, usage_daily
from meterline_tools.warehouse.statements import narrated
from meterline_tools.warehouse.store import NOTHING_LOADED, Store
from meterline_tools.warehouse.views import Views
from tests.tools.warehouse.tiny import write_three_tables


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engines")
    load(folder / "home", [write_three_tables(folder / "files", days=100)])
    return folder / "home"


@pytest.fixture
def warehouse(home: Path) -> Iterator[Warehouse]:
    opened = open_warehouse(home)
    yield opened
    opened.close()


def test_before_the_first_load_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No company is loaded yet") as caught:
        open_warehouse(tmp_path)
    assert str(caught.value) == NOTHING_LOADED


def test_a_damaged_snapshot_is_reported_as_unavailable(tmp_path: Path) -> None:
    load(tmp_path / "home", [write_three_tables(tmp_path / "files")])
    Store(tmp_path / "home").current_path().write_bytes(b"not a database")
    with pytest.raises(Unavailable, match="cannot be read"):
        open_warehouse(tmp_path / "home")


def test_a_result_tells_when_rows_were_left_out(warehouse: Warehouse) -> None:
    statement = select(usage_daily.c.usage_id).order_by(usage_daily.c.usage_id)
    assert [warehouse.run(statement, limit=limit).truncated for limit in (299, 300, 301)] == [True, False, False]
    assert len(warehouse.run(statement, limit=299).rows) == 299


def test_the_sql_of_a_result_runs_again_with_its_parameters(warehouse: Warehouse) -> None:
    views = Views(warehouse, resolve_as_of(warehouse), LOCAL_ADMIN)
    usage = views.usage()
    statement = narrated(
        select(usage.c.account_id, func.sum(usage.c.effective_cost).label("usd"))
        .where(usage.c.account_id.in_(["A1", "A3"]), usage.c.usage_date >= date(2026, 2, 1), usage.c.account_id != "A2")
        .group_by(usage.c.account_id)
        .order_by(usage.c.account_id),
        "what two accounts used since February",
    )
    result = warehouse.run(statement)
    # 100 days from 1 January end on 10 April, which reached us on the 11th; settled: 8 April. 1 February to 8 April: 67 days.
    assert result.rows == [("A1", 670.0), ("A3", 335.0)]
    assert "/* what two accounts used since February */" in result.sql
    assert "$account_id" in result.sql
    with warehouse.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        assert driver.execute(result.sql, result.params).fetchall() == result.rows


def test_a_query_is_stopped_at_its_deadline_and_the_connection_works_on(warehouse: Warehouse) -> None:
    left, right = func.range(30_000_000).table_valued("range").alias("a"), func.range(30_000).table_valued("range").alias("b")
    endless = select(func.count()).select_from(left.join(right, (left.c.range * right.c.range) % 7 == 3))
    started = time.perf_counter()
    with pytest.raises(ToolFailed, match=r"longer than 0\.2 s and was stopped"):
        warehouse.run(endless, deadline_s=0.2)
    assert time.perf_counter() - started < 5
    assert warehouse.run(select(func.count()).select_from(account)).rows == [(3,)]


def test_a_refused_query_names_the_reason_in_one_line(warehouse: Warehouse) -> None:
    with pytest.raises(ToolFailed, match=r"The warehouse refused the query: Catalog Error: Table with name nowhere") as caught:
        warehouse.run(select(text("x")).select_from(text("nowhere")))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "attack",
    [
        "DELETE FROM account",
        "CREATE TABLE x AS SELECT 1",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY account TO '/tmp/account.csv'",
        "ATTACH ':memory:' AS other",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "INSTALL httpfs",
    ],
)
def test_a_reader_can_neither_write_nor_leave_its_file(warehouse: Warehouse, attack: str) -> None:
    with (
        warehouse.engine.connect() as connection,
        pytest.raises(Exception, match=r"(?i)read-only|disabled|locked|cannot|permission|not allowed"),
    ):
        connection.exec_driver_sql(attack).fetchall()


def test_many_threads_get_right_answers(warehouse: Warehouse) -> None:
    # A shared DuckDB connection gives silently wrong, empty results here.
    def ask(seed: int) -> bool:
        length = random.Random(seed).randint(1, 90)
        first = date(2026, 1, 1) + timedelta(days=seed % 10)
        window = usage_daily.c.usage_date.between(first, first + timedelta(days=length - 1))
        found = warehouse.run(select(func.sum(usage_daily.c.effective_cost), func.count()).where(window)).rows
        return found == [(35.0 * length, 3 * length)]

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(400)))


def test_it_knows_what_is_there_without_asking(warehouse: Warehouse) -> None:
    assert warehouse.tables == {"rep", "account", "usage_daily"}
    assert warehouse.has("usage_daily", "effective_cost", "ingested_at")
    assert not warehouse.has("usage_daily", "effective_cost", "consumed_quantity")
    assert not warehouse.has("quota")


def test_an_import_of_an_absent_package_fails_at_once_and_asking_for_it_still_works() -> None:
    import importlib.util

    import numpy as np
    import pyarrow as pa

    from meterline_tools.warehouse.absent import answer_imports_at_once

    answer_imports_at_once("a_package_nobody_has")
    assert pa.array(np.array([1.5]), from_pandas=True)[0].as_py() == 1.5
    assert importlib.util.find_spec("a_package_nobody_has") is None
    with pytest.raises(ModuleNotFoundError, match="No module named 'a_package_nobody_has'"):
        importlib.import_module("a_package_nobody_has")


def test_the_engine_does_not_load_pandas_and_others_still_can(home: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from sqlalchemy import literal, select\n"
        "from meterline_tools.warehouse.engines import open_warehouse\n"
        "found = open_warehouse(Path(sys.argv[1])).run(select(literal(5))).rows\n"
        "assert found == [(5,)] and 'pandas' not in sys.modules\n"
        "import pandas; print(pandas.Series([1.5]).sum())"
    )
    done = subprocess.run([sys.executable, "-c", program, str(home)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "1.5", done.stderr
