"""Files that passed through several programs, and loads beside an open reader."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from meterline_tools.warehouse.engines import open_warehouse
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.schema import rep
from tests.companies import SmallCompany


def test_mixed_line_ends_are_read(small_company: SmallCompany, tmp_path: Path) -> None:
    with (small_company.folder / "rep.csv").open("a", newline="") as handle:  # the rest of the file ends its lines with \r\n
        handle.write("V8,Ada Unix,ada@vitrolux.example,hunter,V1\n")
    report = load(tmp_path / "home", [small_company.folder])
    assert {f.table: f.rows for f in report.files}["rep"] == 4


def test_a_load_beside_an_open_reader_in_one_process(small_company: SmallCompany, tmp_path: Path) -> None:
    home = tmp_path / "home"
    load(home, [small_company.folder])
    reader = open_warehouse(home)
    people = select(func.count()).select_from(rep)
    assert reader.run(people).rows == [(3,)]
    with (small_company.folder / "rep.csv").open("a", newline="") as handle:
        handle.write("V8,Ada Unix,ada@vitrolux.example,hunter,V1\r\n")
    assert load(home, [small_company.folder]).status == "loaded"
    assert reader.run(people).rows == [(3,)]  # what it opened stays as it was
    assert open_warehouse(home).run(people).rows == [(4,)]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(small_company: SmallCompany, tmp_path: Path) -> None:
    path = small_company.folder / "rep.csv"
    head, first, *others = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([head, first, b'V8,"Ada Open,ada@vitrolux.example,hunter,V1\n', *others]))
    report = next(f for f in load(tmp_path / "home", [small_company.folder]).files if f.table == "rep")
    assert (report.status, report.rows) == ("rejected_rows", 1 + len(others))
    assert [(r.line, r.reason) for r in report.rejects] == [(3, "a quote is opened and not closed")]


def test_a_file_of_open_quotes_is_refused(small_company: SmallCompany, tmp_path: Path) -> None:
    with (small_company.folder / "rep.csv").open("a", newline="") as handle:
        handle.writelines(f'W{n},"Ada {n},ada@vitrolux.example,hunter,V1\n' for n in range(50))
    report = next(f for f in load(tmp_path / "home", [small_company.folder]).files if f.table == "rep")
    assert report.status == "refused"
    assert report.reason is not None and "the first is line 5" in report.reason
