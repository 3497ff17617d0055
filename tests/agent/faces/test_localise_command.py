"""`meterline localise` at a terminal."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path

import pytest

from meterline.faces.cli import main

REGIONS, SKUS = ("east", "north", "south", "west"), ("etl-small", "etl-large", "reporting")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Expected 1,000.25 in each of 12 leaves; region west doubled, reporting in the north fell to a fifth, the rest rose by 1."""
    path = tmp_path / "usage.csv"
    lines = ["region,sku,real,predict"]
    for region, sku in product(REGIONS, SKUS):
        factor = 2.0 if region == "west" else 0.2 if (region, sku) == ("north", "reporting") else 1.0
        lines.append(f"{region},{sku},{1000.25 * factor + (1 if factor == 1 else 0)},1000.25")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(["localise", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def number(text: str) -> int:
    return int(text.replace(",", ""))


def test_the_table_fits_a_narrow_terminal_and_adds_up(
    table: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, out, _ = run(capsys, str(table), "--actual", "real", "--expected", "predict")
    lines = out.splitlines()
    assert code == 0
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["Slice", "Actual", "Expected", "Change", "Share", "Confidence"]
    assert lines[1].startswith("region=west")
    assert "+3,001" in lines[1]
    changes = [number(re.split(r"\s{2,}", line)[3]) for line in lines[1:]]
    assert sum(changes[:-1]) == changes[-1] == 2209  # 3 x 1000.25 - 800.2 + 8, rounded


def test_json_has_everything(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, str(table), "--actual", "real", "--expected", "predict", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["slices"][0]["where"] == {"region": "west"}
    assert found["slices"][0]["contribution"] == pytest.approx(3000.75)
    assert sum(each["contribution"] for each in found["slices"]) + found["rest"]["contribution"] == pytest.approx(found["change"])
    assert set(found["slices"][0]) == {"where", "actual", "expected", "contribution", "share", "size", "confidence", "leaves"}


def test_a_floor_and_attributes_are_handed_over(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--actual", "real", "--expected", "predict", "--json", "--min-share", "0.1", "--attributes", "sku, region")
    _, out, _ = run(capsys, str(table), *options)
    assert [each["where"] for each in json.loads(out)["slices"]] == [{"region": "west"}]


def test_when_nothing_stands_out_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flat.csv"
    path.write_text("region,actual,expected\neast,10,10\nwest,12,12\n", encoding="utf-8")
    _, out, _ = run(capsys, str(path))
    assert "No slice stands out" in out


def test_a_missing_column_ends_with_what_there_is(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, str(table))
    assert code == 2
    assert "Unknown column 'actual'. Nearest: region, sku, real, predict." in err


def test_what_everything_did_alike_is_said_beside_what_departs_from_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "alike.csv"
    lines = ["region,sku,actual,expected"]
    for region, sku in product([*REGIONS, "centre"], SKUS):
        lines.append(f"{region},{sku},{300 if (region, sku) == ('west', 'reporting') else 120},100")
    path.write_text("\n".join(lines), encoding="utf-8")
    _, out, _ = run(capsys, str(path))
    assert out.splitlines()[1].startswith("region=west, sku=reporting")
    assert "most of it changed alike, by +20.0%" in " ".join(out.split())


@pytest.mark.parametrize(("actual", "expected", "said"), [(0, 100, "changed alike, by -100.0%"), (100, 0, "most of the table is new")])
def test_a_table_that_ended_or_began_as_a_whole_is_told_as_that(
    actual: int, expected: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "whole.csv"
    lines = [f"{region},{sku},{actual},{expected}" for region, sku in product(REGIONS, SKUS)]
    path.write_text("\n".join(["region,sku,actual,expected", *lines]), encoding="utf-8")
    _, out, _ = run(capsys, str(path))
    assert out.startswith("Slice")
    assert out.splitlines()[1].startswith("Rest")
    assert said in " ".join(out.split())
