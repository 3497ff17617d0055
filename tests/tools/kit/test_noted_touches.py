"""Without a contact log, the last touch of a customer is read from the dates of notes, and that is said."""

from __future__ import annotations

from typing import Any

import pytest

from meterline_tools.kit import TOOLS
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.noted_touches import FROM_NOTES
from tests.tools.catalog.snapshot import Company, load_company, person
from tests.tools.kit.crm_company import D1, KNOWN_AT, TABLES, bench_on, shown

NOTES = """
    note_id,account_id,author_rep_id,note_type,occurred_at,created_at,title,body,sensitivity
    n1,A1,R1,call_note,2026-06-03 09:00:00,2026-06-03 10:00:00,Call,They need 300 boards by March and decide on Friday.,
    n2,A1,R1,email,2026-07-09 09:00:00,2026-07-09 10:00:00,Mail,Thanks for the drawings.,
    n3,A1,R1,internal_memo,2026-07-20 09:00:00,2026-07-20 10:00:00,Memo,We should see them more often.,
    n4,A1,R1,call_note,2026-07-25 09:00:00,2026-07-25 10:00:00,Call,Between us only.,restricted
    n5,A3,R2,transcript,2026-05-01 09:00:00,2026-05-01 10:00:00,Call,Hello.,
    n6,A3,R2,call_note,2026-06-01 09:00:00,2026-12-01 10:00:00,Call,Written down half a year later.,
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    tables = {name: text for name, text in TABLES.items() if name != "activity"} | {"note": NOTES}
    return load_company(tmp_path_factory.mktemp("noted"), tables, {}, D1, KNOWN_AT)


def log(bench: Workbench, **arguments: Any) -> dict[str, Any]:
    return TOOLS["activities"](bench, view="log", **arguments)


def dates(bench: Workbench, reply: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["type"], str(shown(bench, row["figures"]["date"]))[:10]) for row in reply["rows"]]


def test_talks_and_messages_are_touches_memos_and_restricted_notes_are_none(company: Company) -> None:
    bench = bench_on(company)
    reply = log(bench, account="A1")
    assert dates(bench, reply) == [("email", "2026-07-09"), ("call", "2026-06-03")]
    assert reply["assumptions"] == [FROM_NOTES]


def test_the_last_conversation_is_no_mail_and_is_worth_what_its_note_says(company: Company) -> None:
    last = log(bench_on(company), account="A1")["last"]
    assert (last["touch"]["activity_id"], last["conversation"]["activity_id"], last["substantive"]["activity_id"]) == ("n2", "n1", "n1")
    assert last["touch"]["citations"] == []


def test_a_note_that_was_not_yet_written_is_no_touch_yet(company: Company) -> None:
    bench = bench_on(company)
    assert dates(bench, log(bench, account="A3")) == [("call", "2026-05-01")]


def test_a_rep_sees_the_touches_of_the_own_book_only(company: Company) -> None:
    mine = bench_on(company, person("R2"))
    assert {row["account"]["id"] for row in log(mine)["rows"]} == {"A3"}


def test_other_views_still_need_the_log(company: Company) -> None:
    reply = TOOLS["activities"](bench_on(company), view="silent")
    assert reply["not_available"] == [{"what": "activities", "reason": "no activities loaded"}]
