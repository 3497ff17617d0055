"""The tool a model calls: hits with citations, within the asker's scope, on a company's own files."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from meterline_tools.catalog import load_catalog
from meterline_tools.catalog.calendar import FiscalCalendar
from meterline_tools.catalog.names import NameIndex
from meterline_tools.errors import NOT_VISIBLE, ModelMustRetry, Refused
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.notes import note_store, search_notes
from meterline_tools.notes.passages import read_note
from meterline_tools.principal import LOCAL_ADMIN
from meterline_tools.warehouse.asof import resolve_as_of
from meterline_tools.warehouse.engines import Warehouse, open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.principals import resolve_principal
from meterline_tools.warehouse.views import Views
from tests.companies import write_small_company
from tests.tools.notes.corpus import BOREAL, KESTREL, ROWS, SUZUKAKE, TAMARIND

ACCOUNTS = {KESTREL: "K-100", BOREAL: "K-200", TAMARIND: "K-300", SUZUKAKE: "K-400", None: None}
PAAL, JOANNA = "paal@vitrolux.example", "joanna@vitrolux.example"
BenchOf = Callable[..., Workbench]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Warehouse]:
    """The small company with the corpus as its notes: Pål has the first two accounts, Joanna the others."""
    folder = tmp_path_factory.mktemp("with_notes")
    write_small_company(folder / "files")
    with (folder / "files" / "note.jsonl").open("w", encoding="utf-8") as lines:
        for row in ROWS:
            ours = {"account_id": ACCOUNTS[row["account_id"]], "author_rep_id": "V2"}
            kept = {name: value for name, value in row.items() if not name.startswith(("author_name", "account_domain"))}
            lines.write(json.dumps(kept | ours, default=str, ensure_ascii=False) + "\n")
    load(folder / "home", [folder / "files"], mapping=None, dry_run=False, company={}, progress=None)
    return folder / "home", open_warehouse(folder / "home")


@pytest.fixture(scope="module")
def bench_of(loaded: tuple[Path, Warehouse]) -> BenchOf:
    home, warehouse = loaded
    notes = note_store(home, warehouse)

    def bench(asker: str | None = None, known_at: datetime | None = datetime(2026, 8, 15)) -> Workbench:
        asof = resolve_as_of(warehouse, known_at)
        principal = resolve_principal(warehouse, asof, asker) if asker else LOCAL_ADMIN
        views = Views(warehouse, asof, principal)
        company = warehouse.company
        calendar = FiscalCalendar(company.fiscal_year_start_month, company.fiscal_year_label)
        return Workbench(principal, warehouse, asof, calendar, load_catalog(), views, NameIndex(views, warehouse), notes)

    return bench


def test_hits_carry_citations_that_stand_in_the_source(bench_of: BenchOf) -> None:
    bench = bench_of()
    reply = search_notes(bench, query="Why are they loading the order history?", account="Kölner Lichtwerke", side="customer")
    sources = {row["note_id"]: read_note(row) for row in ROWS}
    first = bench.book.citations[reply["hits"][0]["citation"]]

    assert (first.source_id, first.turn, first.speaker, first.side) == ("N-01", 4, "Petra Lindholm", "customer")
    assert first.quote == "We are loading three years of order history once more, so that finance can compare the seasons."
    for hit in reply["hits"]:
        cited = bench.book.citations[hit["citation"]]
        assert sources[cited.source_id].source(cited.turn)[cited.start : cited.end] == cited.quote
        assert len(cited.quote.split()) <= 40


def test_the_receipt_lists_where_each_quotation_stands(bench_of: BenchOf) -> None:
    bench = bench_of()
    reply = search_notes(bench, query="budget", account="K-100", window="June 2026")
    receipt = bench.book.receipts[reply["receipt"]]

    assert (receipt.kind, receipt.tool) == ("notes", "search_notes")
    assert receipt.columns[:9] == ["note_id", "account_id", "turn", "start", "end", "date", "speaker", "side", "quote"]
    assert receipt.arguments["window"] == "2026-06-01 to 2026-06-30"
    assert len(receipt.rows) == len(reply["hits"]) > 0


def test_the_author_speaks_in_a_note_without_turns(bench_of: BenchOf) -> None:
    hit = search_notes(bench_of(), query="dashboard project growth", account="K-100")["hits"][0]

    assert (hit["speaker"], hit["side"], hit["account"], hit["account_name"]) == ("Pål Ødegård", "vendor", "K-100", "Kölner Lichtwerke")


def test_a_rep_finds_own_accounts_only(bench_of: BenchOf) -> None:
    assert {h["account"] for h in search_notes(bench_of(JOANNA), query="recall order history", limit=20)["hits"]} == {"K-300"}
    assert {h["account"] for h in search_notes(bench_of(PAAL), query="recall order history", limit=20)["hits"]} <= {"K-100", "K-200"}


@pytest.mark.parametrize("account", ["K-100", "Kölner Lichtwerke", "K-999", "Nobody & Sons"])
def test_a_foreign_account_and_none_at_all_are_told_apart_by_no_word(bench_of: BenchOf, account: str) -> None:
    with pytest.raises(Refused) as refusal:
        search_notes(bench_of(JOANNA), query="order history", account=account)

    assert str(refusal.value) == f"Account '{account}' {NOT_VISIBLE}."


def test_notes_of_later_knowledge_stay_unknown(bench_of: BenchOf) -> None:
    later = search_notes(bench_of(), query="auditors", account="K-100")["hits"]
    before = search_notes(bench_of(known_at=datetime(2026, 7, 20)), query="auditors", account="K-100")["hits"]

    assert "N-07" in {h["note_id"] for h in later}
    assert "N-07" not in {h["note_id"] for h in before}


def test_orders_to_machines_are_marked_in_hit_and_citation(bench_of: BenchOf) -> None:
    bench = bench_of()
    hit = search_notes(bench, query="previous instructions", account="K-100")["hits"][0]

    assert hit["flagged"] is True
    assert bench.book.citations[hit["citation"]].flagged is True


def test_control_characters_are_written_out_for_the_model_only(bench_of: BenchOf) -> None:
    bench = bench_of()
    hit = search_notes(bench, query="fixed pricing", account="K-300")["hits"][0]

    assert "\\u200b" in hit["text"]
    assert "\u200b" in bench.book.citations[hit["citation"]].quote


def test_an_empty_query_comes_back_with_a_hint(bench_of: BenchOf) -> None:
    with pytest.raises(ModelMustRetry, match="needs a query"):
        search_notes(bench_of(), query=" ")


def test_an_unknown_side_comes_back_with_the_known_ones(bench_of: BenchOf) -> None:
    with pytest.raises(ModelMustRetry, match="customer, vendor"):
        search_notes(bench_of(), query="budget", side="partner")
