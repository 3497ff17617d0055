"""Free SQL: which statements may run, told by a table of them; and that nothing a statement does widens what its asker sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from meterline_tools.errors import ModelMustRetry, Refused
from meterline_tools.kit.bench import Workbench
from meterline_tools.warehouse.guard.policy import load_policy
from meterline_tools.warehouse.guard.scoped import readable, scoped_sql
from meterline_tools.warehouse.guard.screen import screen

LINES = [
    line.split("|", 1)
    for line in Path(__file__).with_name("statements.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
CASES = [(verdict.strip(), statement.strip().encode("raw_unicode_escape").decode("unicode_escape")) for verdict, statement in LINES]


def verdict_on(statement: str, bench: Workbench) -> tuple[str, str]:
    try:
        return "pass", scoped_sql(statement, bench.views, bench.warehouse.engine.dialect, 1000)
    except Refused as no:
        return "refuse", str(no)
    except ModelMustRetry as hint:
        return "retry", str(hint)


@pytest.mark.parametrize(("expected", "statement"), CASES, ids=[statement[:60] for _, statement in CASES])
def test_the_table_of_statements(ember: Workbench, expected: str, statement: str) -> None:
    verdict, text = verdict_on(statement, ember)
    assert verdict == expected, text


def test_there_are_many_of_each() -> None:
    counted = [verdict for verdict, _ in CASES]
    assert counted.count("pass") >= 80
    assert len(counted) - counted.count("pass") >= 100


@pytest.mark.parametrize("statement", [s for v, s in CASES if v == "pass"])
def test_what_passes_runs(ember: Workbench, statement: str) -> None:
    """On the engine itself, in the form it would run in: the allow-list holds nothing the engine does not know."""
    from sqlalchemy import text

    sql = scoped_sql(statement, ember.views, ember.warehouse.engine.dialect, 1000).replace(":", "\\:")
    with ember.warehouse.engine.connect() as connection:
        connection.execute(text(sql)).fetchall()


def test_a_smaller_limit_stays_and_a_larger_one_is_cut(ember: Workbench) -> None:
    dialect = ember.warehouse.engine.dialect
    assert scoped_sql("SELECT 1 LIMIT 3", ember.views, dialect, 10).endswith("LIMIT 3")
    assert scoped_sql("SELECT 1 LIMIT 99", ember.views, dialect, 10).endswith("LIMIT 11")
    assert scoped_sql("SELECT 1", ember.views, dialect, 10).endswith("LIMIT 11")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("SELECT " + ", ".join(["1"] * 1600), "too large"),
        ("SELECT " + "1 + " * 70 + "1", "too large"),
        ("SELECT " + "(" * 80 + "1" + ")" * 80, "too deeply nested"),
        ("SELECT '" + "x" * 400 + "'", "longer than 300"),
        ("SELECT 1 /*" + "x" * 9000 + "*/", "8,000 are the most"),
        ("SELECT * FROM " + " CROSS JOIN ".join(f"account a{n}" for n in range(17)), "15 joins"),
        ("SELECT * FROM acount", "account"),
        ("SELECT sume(effective_cost) FROM usage_daily", "sum"),
        ("SELECT * FROM account LIMIT ALL", "whole number"),
    ],
)
def test_a_hint_says_what_to_change(ember: Workbench, statement: str, words: str) -> None:
    verdict, text = verdict_on(statement, ember)
    assert verdict != "pass"
    assert words in text


def test_a_text_that_looks_like_sql_stays_a_text() -> None:
    passed = screen("SELECT '; DROP TABLE account --' AS x", {"account"}, set())
    assert passed.sql == "SELECT '; DROP TABLE account --' AS x"


def test_every_table_of_the_model_is_readable_but_the_hidden_ones() -> None:
    from meterline_tools.warehouse.schema import TABLES

    assert {name for name in TABLES if name not in readable()} == load_policy().hidden == {"note"}
