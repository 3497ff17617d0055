"""Who somebody is, and whose books they see."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from meterline_tools.errors import Refused
from meterline_tools.principal import LOCAL_ADMIN
from meterline_tools.warehouse.asof import AsOf
from meterline_tools.warehouse.engines import Warehouse
from meterline_tools.warehouse.principals import people_below, resolve_principal
from tests.tools.warehouse.tiny import REPS, in_memory

ASOF = AsOf(datetime(2026, 8, 18), date(2026, 8, 15))


@pytest.fixture(scope="module")
def warehouse() -> Warehouse:
    people = [{**rep, "manager_rep_id": rep["manager_rep_id"] or None} for rep in REPS]
    gone = {"rep_id": "R9", "full_name": "Gone By", "role": "core", "email": "gone@tessel.example", "end_date": date(2026, 8, 1)}
    lone_boss = {"rep_id": "S1", "full_name": "Side Boss", "role": "director", "email": "side@tessel.example"}
    below = {"rep_id": "S2", "full_name": "Side Rep", "role": "core", "email": "TWIN@tessel.example", "manager_rep_id": "S1"}
    twin = {"rep_id": "S3", "full_name": "Twin", "role": "core", "email": "twin@tessel.example", "manager_rep_id": "S1"}
    return in_memory({"rep": [*people, gone, lone_boss, below, twin]})


def test_nobody_in_particular_is_the_local_admin(warehouse: Warehouse) -> None:
    assert resolve_principal(warehouse, ASOF, None) is LOCAL_ADMIN


@pytest.mark.parametrize("who", ["R1", "r1", " ann@tessel.example ", "ANN@Tessel.Example"])
def test_a_rep_sees_the_own_book(warehouse: Warehouse, who: str) -> None:
    ann = resolve_principal(warehouse, ASOF, who)
    assert (ann.rep_id, ann.full_name, ann.role, set(ann.scope.rep_ids), ann.sees_everything) == ("R1", "Ann Reyes", "rep", {"R1"}, False)


def test_a_manager_sees_the_tree_below(warehouse: Warehouse) -> None:
    assert resolve_principal(warehouse, ASOF, "M1").scope.rep_ids == {"M1", "R1", "R2"}


def test_the_vp_at_the_top_sees_everything(warehouse: Warehouse) -> None:
    vera = resolve_principal(warehouse, ASOF, "vera@tessel.example")
    assert vera.sees_everything and vera.role == "leader"


def test_the_top_of_a_part_of_the_company_sees_that_part_only(warehouse: Warehouse) -> None:
    side = resolve_principal(warehouse, ASOF, "S1")
    assert not side.sees_everything and side.scope.rep_ids == {"S1", "S2", "S3"}


def test_whoever_heads_the_whole_tree_sees_everything_whatever_the_title() -> None:
    people = [
        {"rep_id": "1", "full_name": "A", "role": "Head of Sales"},
        {"rep_id": "2", "full_name": "B", "role": "AE", "manager_rep_id": "1"},
        {"rep_id": "3", "full_name": "C", "role": "AE", "manager_rep_id": "2"},
    ]
    assert resolve_principal(in_memory({"rep": people}), ASOF, "1").sees_everything


def test_the_only_rep_of_a_company_is_no_leader() -> None:
    alone = in_memory({"rep": [{"rep_id": "1", "full_name": "A", "role": "vp"}]})
    assert resolve_principal(alone, ASOF, "1").role == "rep"


@pytest.mark.parametrize("who", ["nobody@tessel.example", "", "  ", "R9", "gone@tessel.example", "twin@tessel.example", "' OR 1=1 --"])
def test_strangers_people_who_left_and_shared_addresses_are_refused(warehouse: Warehouse, who: str) -> None:
    with pytest.raises(Refused, match="may ask here"):
        resolve_principal(warehouse, ASOF, who)


@pytest.mark.parametrize(("last_day", "here"), [(date(2026, 8, 17), False), (date(2026, 8, 18), False), (date(2026, 8, 19), True)])
def test_a_person_may_ask_until_the_day_they_leave(last_day: date, here: bool) -> None:
    """The day of the end is the first without them; the moment of asking is 18 August."""
    company = in_memory({"rep": [{"rep_id": "R1", "full_name": "Ann", "role": "core", "end_date": last_day}]})
    if here:
        assert resolve_principal(company, ASOF, "R1").rep_id == "R1"
    else:
        with pytest.raises(Refused):
            resolve_principal(company, ASOF, "R1")


def test_a_circle_of_managers_ends_the_walk() -> None:
    assert people_below("a", {"a": "c", "b": "a", "c": "b"}) == {"a", "b", "c"}
