"""Rows of our own stand in the same view as the loaded ones: seen by the same eyes, known from the same moment."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from meterline_tools.principal import LOCAL_ADMIN, Principal, Scope
from meterline_tools.warehouse.asof import AsOf
from meterline_tools.warehouse.engines import Warehouse
from meterline_tools.warehouse.views import Views
from tests.tools.warehouse.tiny import in_memory

KNOWN = datetime(2026, 3, 1)
REP = Principal(user_id="R1", role="rep", scope=Scope(rep_ids=frozenset({"R1"})), rep_id="R1")


def entry(ident: str, account: str = "A", **more: Any) -> dict[str, Any]:
    plain = {"cause": "backfill", "durability": "one_time", "status": "confirmed", "excess_usd": 10.5, "confirmed_at": datetime(2026, 2, 1)}
    return {"annotation_id": ident, "account_id": account, "day": date(2026, 1, 5), **plain, **more}


def company(*loaded: dict[str, Any]) -> Warehouse:
    accounts = [{"account_id": "A", "account_name": "Ash", "owner_rep_id": "R1"}, {"account_id": "B", "account_name": "Beech"}]
    return in_memory({"account": accounts, "usage_annotation": list(loaded)})


def ledger(warehouse: Warehouse, own: list[dict[str, Any]], principal: Principal = LOCAL_ADMIN, known: datetime = KNOWN) -> dict[str, Any]:
    views = Views(warehouse, AsOf(known_at=known, d1=date(2026, 2, 28)), principal, own={"usage_annotation": own})
    return {row["annotation_id"]: row for row in warehouse.run(select(views.table("usage_annotation"))).dicts()}


def test_own_rows_are_added_with_their_types() -> None:
    found = ledger(company(entry("L1")), [entry("O1", excess_usd=-3.25, slice='{"workload_id": "it\'s"}')])
    assert set(found) == {"L1", "O1"}
    assert found["O1"]["day"] == date(2026, 1, 5)
    assert found["O1"]["excess_usd"] == -3.25
    assert found["O1"]["slice"] == '{"workload_id": "it\'s"}'
    assert found["O1"]["confirmed_by"] is None


def test_an_own_row_takes_the_place_of_the_loaded_one_with_its_key() -> None:
    found = ledger(company(entry("L1"), entry("L2")), [entry("L1", status="rejected")])
    assert {name: row["status"] for name, row in found.items()} == {"L1": "rejected", "L2": "confirmed"}


def test_own_rows_are_seen_by_those_who_see_the_account() -> None:
    own = [entry("O1", "A"), entry("O2", "B")]
    assert set(ledger(company(), own, REP)) == {"O1"}
    assert set(ledger(company(), own)) == {"O1", "O2"}


def test_own_rows_are_not_known_before_they_were_decided() -> None:
    own = [entry("O1", confirmed_at=datetime(2026, 2, 10))]
    assert not ledger(company(), own, known=datetime(2026, 2, 9))
    assert set(ledger(company(), own, known=datetime(2026, 2, 10))) == {"O1"}


def test_a_table_that_only_we_have_rows_of_counts_as_there() -> None:
    warehouse = company()
    asof = AsOf(known_at=KNOWN, d1=date(2026, 2, 28))
    assert not Views(warehouse, asof, LOCAL_ADMIN).has("usage_annotation")
    assert Views(warehouse, asof, LOCAL_ADMIN, own={"usage_annotation": [entry("O1")]}).has("usage_annotation")
