"""What `generate` writes: the files that `load` takes, the same bytes for the same seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from meterline_tools.demo import generate
from meterline_tools.errors import UserError
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.schema import TABLES
from tests.tools.demo.conftest import ACCOUNTS, DAYS, Files


def test_the_same_seed_gives_the_same_bytes_in_another_process(small: Files, tmp_path: Path) -> None:
    """Another process with another hash seed, so that no set or dict order can hide."""
    script = (
        "import sys; from pathlib import Path; from meterline_tools.demo import generate;"
        f"generate(Path(sys.argv[1]), seed=7, accounts={ACCOUNTS}, days={DAYS})"
    )
    paths = os.pathsep.join(str(Path(p).resolve()) for p in sys.path if p)
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "again")], check=True, env=environment)
    first, again = (
        {p.relative_to(root): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}
        for root in (small.manifest.out, tmp_path / "again")
    )
    assert first.keys() == again.keys()
    assert [name for name in first if first[name] != again[name]] == []


def test_another_seed_gives_another_company_with_the_same_cast(small: Files, tmp_path: Path) -> None:
    other = generate(tmp_path / "other", seed=8, accounts=ACCOUNTS, days=DAYS)
    same = {name for name in other.digests if other.digests[name] == small.manifest.digests.get(name)}
    assert "rep.csv" in same
    assert "usage_daily.parquet" not in same
    assert "account.csv" not in same


def test_every_table_has_rows_and_only_canonical_columns(small: Files) -> None:
    for name, table in TABLES.items():
        if name == "note":
            allowed = {c.name for c in table.columns}
            assert small.notes
            assert all(set(note) <= allowed for note in small.notes.values())
            continue
        columns = [row[0] for row in small.rows(f"DESCRIBE {name}")]
        assert columns == [c.name for c in table.columns], name
        assert small.value(f"SELECT count(*) FROM {name}") > 0, name


def test_the_loader_takes_it_whole_and_never_the_truth(small: Files, tmp_path: Path) -> None:
    report = load(tmp_path / "home", [small.manifest.out]).to_json()
    assert report["status"] == "loaded"
    assert {f["file"]: f["status"] for f in report["files"] if f["status"] != "loaded" or f["rejected"]} == {}
    assert not [f for f in report["files"] if "truth" in f["file"]]


def test_too_few_accounts_or_days_are_refused_with_the_minimum(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"at least 33 accounts"):
        generate(tmp_path / "a", accounts=10)
    with pytest.raises(UserError, match=r"at least 400 days"):
        generate(tmp_path / "b", days=90)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("keep me")
    with pytest.raises(UserError, match="not empty"):
        generate(tmp_path)
    assert (tmp_path / "letters.txt").read_text() == "keep me"


def test_the_smallest_company_still_has_every_named_account(tmp_path: Path) -> None:
    said: list[tuple[int, int, str]] = []
    files = Files(generate(tmp_path / "company", seed=3, accounts=33, days=400, progress=lambda *step: said.append(step)))
    assert files.value("SELECT count(*) FROM account") == 33
    assert {"Halvorsen Marine", "Harrow Textiles", "Ostara Biotech"} <= {e["account_name"] for e in files.truth} | {"Ostara Biotech"}
    assert not [e for e in files.truth if e["onset"] < "2025-07-15"], "stories before the first day are absent"
    assert said[0][:2] == (0, 5)
    assert said[-1][:2] == (5, 5)
