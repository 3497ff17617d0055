"""A table of leaves from a file, and what is said about one that is not as it should be."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from meterline_tools.errors import UserError
from meterline_tools.kit.leaf_table import read_leaves
from meterline_tools.kit.localise import localise_file

PLAIN = "region,sku,real,predict\neast,s,10,9\nwest,s,20,21.5\n"


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_column_but_the_amounts_is_an_attribute(tmp_path: Path) -> None:
    leaves = read_leaves(written(tmp_path, PLAIN), "real", "predict")
    assert leaves.names == ("region", "sku")
    assert leaves.labels[0] == (None, "east", "west")
    assert (leaves.actual.tolist(), leaves.expected.tolist()) == ([10.0, 20.0], [9.0, 21.5])


def test_attributes_can_be_named(tmp_path: Path) -> None:
    assert read_leaves(written(tmp_path, PLAIN), "real", "predict", ["region"]).names == ("region",)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_are_seen(tmp_path: Path, delimiter: str) -> None:
    assert read_leaves(written(tmp_path, PLAIN.replace(",", delimiter)), "real", "predict").actual.tolist() == [10.0, 20.0]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    assert read_leaves(written(tmp_path, "\ufeff" + PLAIN), "real", "predict").names == ("region", "sku")


def test_compressed_and_parquet_files_say_the_same(tmp_path: Path) -> None:
    zipped = tmp_path / "table.csv.gz"
    zipped.write_bytes(gzip.compress(PLAIN.encode()))
    parquet = tmp_path / "table.parquet"
    pq.write_table(pa.table({"region": ["east", "west"], "sku": ["s", "s"], "real": [10, 20], "predict": [9.0, 21.5]}), parquet)
    for path in (zipped, parquet):
        leaves = read_leaves(path, "real", "predict")
        assert (leaves.actual.tolist(), leaves.expected.tolist()) == ([10.0, 20.0], [9.0, 21.5])


def test_thousands_may_be_set_apart_by_commas_and_other_commas_are_asked_about(tmp_path: Path) -> None:
    leaves = read_leaves(written(tmp_path, 'region,real,predict\neast,"1,234.50","-12,000"\n'), "real", "predict")
    assert (leaves.actual.tolist(), leaves.expected.tolist()) == ([1234.5], [-12000.0])
    with pytest.raises(UserError, match=r"'1234,5' in column 'real' is not a number\. Write it as 1234\.50 or 1,234\.50"):
        read_leaves(written(tmp_path, "region;real;predict\neast;1234,5;1\n"), "real", "predict")


def test_text_in_another_encoding_is_asked_for_as_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("region,real,predict\nköln,1,2\n".encode("latin-1"))
    with pytest.raises(UserError, match="is not UTF-8 text: save it as CSV UTF-8"):
        read_leaves(path, "real", "predict")


def test_an_empty_amount_is_none_of_it_and_an_empty_attribute_is_missing(tmp_path: Path) -> None:
    leaves = read_leaves(written(tmp_path, "region,real,predict\n,,9\nwest, 5 ,\n"), "real", "predict")
    assert (leaves.actual.tolist(), leaves.expected.tolist()) == ([0.0, 5.0], [9.0, 0.0])
    assert [leaves.labels[0][code] for code in leaves.codes[0]] == [None, "west"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"table\.csv is empty"),
        ("region,real,predict\n", "has a header but no rows"),
        ("region,real\neast,1\n", "Unknown column 'predict'. Nearest: region, real. Name yours with --expected."),
        ("real,predict\n1,2\n", "there is nothing to tell slices by"),
        ("region,region,real,predict\neast,x,1,2\n", "two columns named 'region'"),
        ("region,real,predict\neast,1,2\nwest,1\n", "Expected 3 columns, got 2"),
        ("region,real,predict\neast,1,2\nwest,12a,2\n", "line 3: '12a' in column 'real' is not a number"),
        ("region,real,predict\neast,1,2\nwest,1,nan\n", "line 3: 'nan' in column 'predict' is not a number"),
        ('region,real,predict\n\n"ea\nst",1,2\nwest,1,x\n', "line 5: 'x' in column 'predict' is not a number"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_leaves(written(tmp_path, text), "real", "predict")


def test_a_number_that_is_none_in_a_parquet_file_is_told_by_its_row(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    pq.write_table(pa.table({"region": ["east", "west"], "real": ["1", "much"], "predict": [1.0, 2.0]}), path)
    with pytest.raises(UserError, match="row 2: 'much' in column 'real' is not a number"):
        read_leaves(path, "real", "predict")


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read as Parquet"):
        read_leaves(written(tmp_path, "no parquet", "table.parquet"), "real", "predict")
    with pytest.raises(UserError, match="cannot be read"):
        read_leaves(written(tmp_path, "not compressed", "table.csv.gz"), "real", "predict")


@pytest.mark.parametrize(("actual", "attributes", "said"), [("predict", [], "two columns"), ("real", ["real"], "cannot be an attribute")])
def test_amounts_are_two_columns_and_no_attributes(tmp_path: Path, actual: str, attributes: list[str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_leaves(written(tmp_path, PLAIN), actual, "predict", attributes)


def test_a_file_is_localised(tmp_path: Path) -> None:
    lines = [f"{region},{sku},{20 if region == 'west' else 10},10" for region in ("east", "north", "south", "west") for sku in "pqr"]
    found = localise_file(written(tmp_path, "\n".join(["region,sku,real,predict", *lines])), actual="real", expected="predict")
    assert [(each["where"], each["contribution"]) for each in found["slices"]] == [({"region": "west"}, 30.0)]
    assert (found["change"], found["rest"]["contribution"]) == (30.0, 0.0)
