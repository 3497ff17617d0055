"""Results kept over a snapshot: the same statement with the same values gives the same result, and room is kept to."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.remembered import LARGEST, LONG, Remembered, identity
from meterline_tools.warehouse.schema import account, usage_daily
from tests.tools.warehouse.tiny import write_three_tables


def test_a_statement_is_known_again_whoever_builds_it() -> None:
    one = select(account.c.account_id).where(account.c.account_id.in_(["A1", "A2"]))
    same = select(account.c.account_id).where(account.c.account_id.in_(["A1", "A2"]))
    assert identity(one) is not None
    assert identity(one) == identity(same)


def test_another_value_another_column_or_another_limit_is_another_statement() -> None:
    one = select(account.c.account_id).where(account.c.account_id == "A1")
    others = [
        select(account.c.account_id).where(account.c.account_id == "A2"),
        select(account.c.account_name).where(account.c.account_id == "A1"),
        one.limit(1),
        select(account.c.account_id).where(account.c.account_id.in_(["A1"])),
    ]
    assert len({identity(one), *map(identity, others)}) == 5


def test_the_result_not_looked_at_for_longest_makes_room() -> None:
    kept = Remembered[str](room=10)
    kept.keep("first", "a", 4)
    kept.keep("second", "b", 4)
    assert kept.get("first") == "a"
    kept.keep("third", "c", 4)  # 12 cells: two results have room, and the second was not looked at since
    assert (kept.get("first"), kept.get("second"), kept.get("third")) == ("a", None, "c")


def test_a_long_result_goes_before_a_short_one() -> None:
    kept = Remembered[str](room=2 * LONG)
    kept.keep("short", "a", 10)
    kept.keep("long", "b", LONG)
    kept.keep("longer", "c", LONG)  # ten cells too many: the short one is the oldest and stays
    assert (kept.get("short"), kept.get("long"), kept.get("longer")) == ("a", None, "c")


def test_a_very_large_result_is_not_kept() -> None:
    kept = Remembered[str]()
    kept.keep("large", "a", LARGEST + 1)
    assert kept.get("large") is None


def test_a_result_that_a_reader_changes_is_whole_for_the_next_one(tmp_path: Path) -> None:
    load(tmp_path / "home", [write_three_tables(tmp_path / "files", days=10)])
    warehouse = open_warehouse(tmp_path / "home")
    spent = select(usage_daily.c.account_id, func.sum(usage_daily.c.effective_cost)).group_by("account_id").order_by("account_id")
    first = warehouse.run(spent)
    rows = list(first.rows)
    first.rows.clear()
    first.params["more"] = 1
    again = warehouse.run(spent)
    warehouse.close()
    assert rows
    assert again.rows == rows
    assert "more" not in again.params
    assert again.sql == first.sql
