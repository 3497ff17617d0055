"""What a quantity would cost: split as the account uses the products, tier by tier."""

from __future__ import annotations

from typing import Any

import pytest

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.size import size
from tests.tools.catalog.snapshot import load_company
from tests.tools.kit.crm_company import D1, KNOWN_AT, bench_on, shown

# In the 91 days up to 15 August (from 17 May on) A1 uses 60 of s1 and 20 of s2: three quarters to one.
TABLES = {
    "rep": "rep_id,full_name,role\nR1,Ada,core",
    "account": "account_id,account_name,owner_rep_id\nA1,Kiln & Loom,R1\nA2,Harbor Foods,R1\nA3,Zephyr Bank,R1",
    "sku": (
        "sku_id,sku_name,sku_family,consumed_unit,is_consumption\n"
        "s1,Old Engine,Compute,credit,true\ns2,Fast Engine,Compute,credit,true\ns3,Attic,Storage,gb_month,true"
    ),
    "price": (
        "price_id,sku_id,tier_from,tier_to,tier_period,unit_price,valid_from\n"
        "p1,s1,0,100,month,2,2020-01-01\np2,s1,100,,month,1,2020-01-01\np3,s2,0,,month,4,2020-01-01\np4,s3,0,,month,1,2020-01-01"
    ),
    "usage_daily": """usage_date,account_id,sku_id,consumed_quantity,effective_cost,ingested_at
2026-05-16,A1,s2,1000,10,2026-05-17 01:00:00
2026-05-17,A1,s1,40,10,2026-05-18 01:00:00
2026-08-15,A1,s1,20,10,2026-08-16 01:00:00
2026-08-14,A1,s2,20,10,2026-08-15 01:00:00
2026-08-14,A1,s3,500,10,2026-08-15 01:00:00
2026-08-14,A2,s2,700,10,2026-08-15 01:00:00""",
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return bench_on(load_company(tmp_path_factory.mktemp("size"), TABLES, {}, D1, KNOWN_AT))


def told(bench: Workbench, reply: dict[str, Any], figure: str) -> dict[str, object]:
    return {line["sku"]: shown(bench, line["figures"][figure]) for line in reply["lines"]}


def test_a_quantity_falls_on_the_products_of_a_family_as_the_account_uses_them_now(bench: Workbench) -> None:
    """200 credits are 150 of the one, 100 at 2 and 50 at 1, and 50 of the other at 4."""
    reply = size(bench, quantity=200, product="Compute", account="Kiln & Loom")
    assert told(bench, reply, "quantity") == {"s1": 150, "s2": 50}
    assert told(bench, reply, "net") == {"s1": 250, "s2": 200}
    assert shown(bench, reply["total"]["figures"]["net"]) == 450
    assert "The quantity is split as the account uses the products now" in reply["assumptions"]


def test_what_an_account_does_not_use_gets_no_part_of_the_quantity(bench: Workbench) -> None:
    reply = size(bench, quantity=10, product="Compute", account="Harbor Foods")
    assert told(bench, reply, "quantity") == {"s2": 10}


def test_of_an_account_that_uses_none_of_them_each_product_is_an_alternative(bench: Workbench) -> None:
    reply = size(bench, quantity=10, product="Compute", account="Zephyr Bank")
    assert (reply["alternatives"], told(bench, reply, "net")) == (True, {"s1": 20, "s2": 40})


def test_without_an_account_each_product_is_an_alternative_for_all_of_it(bench: Workbench) -> None:
    reply = size(bench, quantity=200, product="Compute")
    assert told(bench, reply, "quantity") == {"s1": 200, "s2": 200}
    assert told(bench, reply, "net") == {"s1": 300, "s2": 800}
    assert reply["alternatives"] is True


def test_no_quantity_prices_what_is_used_a_month_now(bench: Workbench) -> None:
    """60 in 91 days are 20.04 in 30.4; all of it in the first tier."""
    reply = size(bench, product="Compute", account="Kiln & Loom")
    assert told(bench, reply, "quantity") == pytest.approx({"s1": 60 / 91 * 30.4, "s2": 20 / 91 * 30.4})
    assert told(bench, reply, "net") == pytest.approx({"s1": 2 * 60 / 91 * 30.4, "s2": 4 * 20 / 91 * 30.4}, abs=0.005)


@pytest.mark.parametrize("quantity", [-1.0, 1e15, float("nan"), float("inf")])
def test_a_quantity_that_is_none_is_sent_back(bench: Workbench, quantity: float) -> None:
    with pytest.raises(ModelMustRetry, match="quantity must be a number of units"):
        size(bench, quantity=quantity, product="Compute")
