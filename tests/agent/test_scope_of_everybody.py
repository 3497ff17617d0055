"""Everybody sees exactly their accounts: all people, all accounts, through free SQL and through the tools of the kit.

What each person should see is worked out from the company's files, apart from our views.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from meterline.desk import Desk
from meterline.settings import Settings
from meterline.toolbelt import call_tool
from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.run_sql import run_sql
from tests.companies import DemoCompany

NOT_VISIBLE = "not found or not visible to you"


@pytest.fixture(scope="module")
def desk(demo_company: DemoCompany) -> Iterator[Desk]:
    desk = Desk.open(Settings(home=demo_company.home))
    yield desk
    desk.close()


class Files:
    """The company's files, and who may see what by them."""

    def __init__(self, demo: DemoCompany, day: str) -> None:
        self._path = {name: f"'{demo.files / name}.csv'" for name in ("rep", "account", "account_assignment")}
        self._day = day

    def people(self) -> list[str]:
        """Everybody who still works there: first those with the fewest accounts, so that a sample has foreign ones."""
        return [row[0] for row in duckdb.execute(f"SELECT rep_id FROM {self._path['rep']} WHERE end_date IS NULL ORDER BY 1").fetchall()]

    def names(self) -> dict[str, str]:
        return dict(duckdb.execute(f"SELECT account_id, account_name FROM {self._path['account']} ORDER BY 1").fetchall())

    def seen_by(self, rep: str) -> set[str]:
        """Accounts of the tree below somebody, assigned in any role on the day, or owned while nobody is primary; all for the head."""
        head = duckdb.execute(f"SELECT manager_rep_id IS NULL FROM {self._path['rep']} WHERE rep_id = ?", [rep]).fetchone()
        if head and head[0]:
            return set(self.names())
        sql = f"""
            WITH RECURSIVE tree(rep_id) AS (
              SELECT $rep UNION SELECT r.rep_id FROM {self._path["rep"]} r JOIN tree t ON r.manager_rep_id = t.rep_id),
            valid AS (SELECT * FROM {self._path["account_assignment"]}
                      WHERE valid_from <= CAST($day AS DATE) AND (valid_to IS NULL OR valid_to > CAST($day AS DATE)))
            SELECT account_id FROM valid WHERE rep_id IN (SELECT rep_id FROM tree)
            UNION SELECT account_id FROM {self._path["account"]} WHERE owner_rep_id IN (SELECT rep_id FROM tree)
              AND account_id NOT IN (SELECT account_id FROM valid WHERE assignment_role = 'primary')"""
        return {row[0] for row in duckdb.execute(sql, {"rep": rep, "day": self._day}).fetchall()}


@pytest.fixture(scope="module")
def files(desk: Desk, demo_company: DemoCompany) -> Files:
    return Files(demo_company, desk.workbench(None, None).asof.d1.isoformat())


def told(bench: Workbench, reply: dict[str, Any]) -> str:
    """All that a call leaves behind, but its arguments."""
    receipts = [receipt.model_dump(mode="json", exclude={"arguments", "sql", "params"}) for receipt in bench.book.receipts.values()]
    held = [each.model_dump(mode="json") for each in (*bench.book.figures.values(), *bench.book.citations.values())]
    return json.dumps([reply, receipts, held], default=str, ensure_ascii=False)


# Account by account: what is asked of one, and whether the reply knows it.
ONE: dict[str, Callable[[str], dict[str, Any]]] = {
    "query_metrics": lambda a: {"metrics": ["M01"], "filters": {"account": [a]}, "window": "last 30 days"},
    "commitments": lambda a: {"account": a},
    "use_cases": lambda a: {"account": a},
    "search_notes": lambda a: {"query": "contract renewal", "account": a, "limit": 1},
    "find_savings": lambda a: {"account": a},
    "promises": lambda a: {"account": a},
    "explain_change": lambda a: {"account": a},
    "forecast": lambda a: {"account": a},
    "activities": lambda a: {"account": a},
    "restatement": lambda a: {"account": a},
}
# Everything in sight at once.
ALL: dict[str, dict[str, Any]] = {
    "query_metrics": {"metrics": ["M01"], "group_by": ["account"], "window": "last 30 days"},
    "commitments": {},
    "use_cases": {"limit": 200},
    "activities": {"limit": 50},
    "known_causes": {"limit": 50},
    "morning_coffee": {},
    "restatement": {"limit": 50},
    "search_notes": {"query": "renewal price migration", "limit": 20},
}


def refused(reply: dict[str, Any]) -> bool:
    """Whether a reply says that nothing of that name is there (as a refusal, or as arguments to mend)."""
    text = (reply.get("error") or {}).get("text", "")
    return NOT_VISIBLE in text


def check_free_sql(desk: Desk, files: Files, rep: str) -> None:
    expected = files.seen_by(rep)
    for sql in ("SELECT account_id FROM account", "SELECT account_id FROM account_assignment UNION SELECT account_id FROM account"):
        bench = desk.workbench(rep, None)
        run_sql(bench, sql=sql)
        (receipt,) = bench.book.receipts.values()
        assert {row[0] for row in receipt.rows} == expected, rep
    names = files.names()
    bench = desk.workbench(rep, None)
    run_sql(bench, sql=f"SELECT account_name FROM account WHERE account_id IN ({', '.join(repr(a) for a in names)})")
    (receipt,) = bench.book.receipts.values()
    assert {row[0] for row in receipt.rows} == {names[a] for a in expected}, rep


def check_overviews(desk: Desk, files: Files, rep: str) -> None:
    names, expected = files.names(), files.seen_by(rep)
    for tool, arguments in ALL.items():
        bench = desk.workbench(rep, None)
        text = told(bench, call_tool(TOOLS[tool], bench, arguments))
        for own in sorted((names[a] for a in expected), key=len, reverse=True):  # a name may be the beginning of another one's
            text = text.replace(own, "")
        leaked = [a for a in names if a not in expected and (f'"{a}"' in text or names[a] in text)]
        assert not leaked, (rep, tool, leaked)


def check_one(desk: Desk, files: Files, rep: str, account: str, tool: str) -> None:
    names, own = files.names(), files.seen_by(rep)
    seen = account in own
    for asked in (account, names[account]):
        bench = desk.workbench(rep, None)
        reply = call_tool(TOOLS[tool], bench, ONE[tool](asked))
        longer = [other for other in own if asked != names[other] and names[other].startswith(asked)]
        if not seen and longer:  # half of the name of one that is visible: it is about that one, and tells nothing of the other
            assert account not in told(bench, reply), (rep, account, tool)
            continue
        assert refused(reply) is not seen, (rep, account, tool, reply)
        if not seen:
            assert not bench.book.figures, (rep, account, tool)
            other = account if asked != account else names[account]
            assert other not in told(bench, reply), (rep, account, tool)


def test_some_people_see_exactly_their_accounts(desk: Desk, files: Files) -> None:
    partial = [rep for rep in files.people() if 0 < len(files.seen_by(rep)) < len(files.names())]
    for rep in (partial[0], partial[-1]):
        check_free_sql(desk, files, rep)
        check_overviews(desk, files, rep)
        own = files.seen_by(rep)
        foreign = next(a for a in files.names() if a not in own)
        for tool in ("query_metrics", "commitments", "search_notes"):
            check_one(desk, files, rep, foreign, tool)
            check_one(desk, files, rep, min(own), tool)


@pytest.mark.drill
def test_everybody_sees_exactly_their_accounts_through_free_sql_and_overviews(desk: Desk, files: Files) -> None:
    for rep in files.people():
        check_free_sql(desk, files, rep)
        check_overviews(desk, files, rep)


@pytest.mark.drill
@pytest.mark.parametrize("tool", sorted(ONE))
def test_everybody_and_every_account(desk: Desk, files: Files, tool: str) -> None:
    """No violation and no over-refusal over all people times all accounts; the slow tools take people of each kind."""
    quick = tool in ("query_metrics", "commitments", "use_cases")
    people = files.people() if quick else files.people()[::6]
    for rep in people:
        for account in files.names():
            check_one(desk, files, rep, account, tool)
