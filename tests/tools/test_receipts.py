"""Receipts: cells that JSON can hold, figures and digests that come out the same each time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from meterline_tools.receipts import ReceiptBook, digest_rows, plain, settled


def test_a_sum_reads_the_same_in_whatever_order_it_was_added_up() -> None:
    parts = [0.1, 18087.3, -2200.000001, 0.2, 0.3]
    assert len({sum(order) for order in permutations(parts)}) > 1
    assert {settled(sum(order)) for order in permutations(parts)} == {15887.899999}


def test_what_is_left_of_a_difference_of_equal_sums_is_zero() -> None:
    assert settled(0.1 + 0.2 - 0.3) == 0


@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_cents_are_never_lost(cents: int) -> None:
    assert round(settled(cents / 100), 2) == cents / 100


def test_cells_are_what_json_can_hold() -> None:
    assert [plain(value) for value in (date(2026, 6, 1), Decimal("1.50"), float("nan"), float("inf"), True, None, "x")] == [
        "2026-06-01",
        1.5,
        None,
        None,
        True,
        None,
        "x",
    ]


def test_figures_and_citations_are_numbered_in_order_and_a_span_cited_twice_keeps_its_id() -> None:
    book = ReceiptBook()
    receipt = book.add_receipt("metric", "query_metrics", ["usd"], [[0.1 + 0.2]])
    figure = book.add_figure(receipt, "net", 0.1 + 0.2, "EUR", cell=(0, "usd"))
    first = book.add_citation("note", "N1", "we re-load", "customer", turn=3)
    again = book.add_citation("note", "N1", "we re-load", "customer", turn=3)
    assert (receipt.id, figure.id, figure.value, figure.display) == ("R1", "F1", 0.3, "€0.30")
    assert (first.id, again.id) == ("C1", "C1")
    assert receipt.digest == digest_rows(["usd"], [[0.3]])


def test_parameters_keep_all_their_digits_so_that_the_statement_gives_the_same_rows_again() -> None:
    receipt = ReceiptBook().add_receipt("metric", "query_metrics", ["n"], [[1]], sql="select :w", params={"w": 0.1 + 0.2 * 18 / 92})
    assert receipt.params == {"w": 0.1 + 0.2 * 18 / 92}
