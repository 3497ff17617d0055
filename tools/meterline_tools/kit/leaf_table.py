"""A table of leaves from a file: CSV (also .gz) or Parquet, with an actual and an expected column, the others attributes."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import UserError, nearest_hint

if TYPE_CHECKING:
    import pyarrow as pa

    from meterline_tools.insight.changes import Leaves

DELIMITERS = ",;\t|"
THOUSANDS = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?")


def read_leaves(path: Path, actual: str, expected: str, attributes: Sequence[str] = ()) -> Leaves:
    """The leaves of a file. Without `attributes`, every column but the two amounts is one. An empty amount counts as 0.

    Raises UserError when the file cannot be read, a column is missing, or a cell is no number (with its line).
    """
    from meterline_tools.insight.changes import Leaves

    table = _parquet(path) if path.suffix == ".parquet" else _csv(path)
    names = _checked(path, table.column_names, actual, expected, attributes)
    if not table.num_rows:
        raise UserError(f"{path.name} has a header but no rows.")
    amounts = [_amounts(path, table, column) for column in (actual, expected)]
    return Leaves.from_codes({name: _codes(table.column(name)) for name in names}, *amounts)


def _checked(path: Path, columns: list[str], actual: str, expected: str, attributes: Sequence[str]) -> list[str]:
    """The attributes, when all columns asked for are there."""
    if twice := sorted({column for column in columns if columns.count(column) > 1}):
        raise UserError(f"{path.name} has two columns named '{twice[0]}'.")
    for option, column in (("actual", actual), ("expected", expected), *(("attributes", column) for column in attributes)):
        if column not in columns:
            raise UserError(f"{path.name}: {nearest_hint('column', column, columns)} Name yours with --{option}.")
    if actual == expected:
        raise UserError("The actual and the expected amount are in two columns: name both, with --actual and --expected.")
    if both := sorted({actual, expected} & set(attributes)):
        raise UserError(f"'{both[0]}' is an amount, so it cannot be an attribute.")
    names = list(dict.fromkeys(attributes)) or [column for column in columns if column not in (actual, expected)]
    if not names:
        raise UserError(f"{path.name} has no column besides '{actual}' and '{expected}': there is nothing to tell slices by.")
    return names


def _parquet(path: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path.name} cannot be read as Parquet: {_first_line(error)}") from error


def _csv(path: Path) -> pa.Table:
    """All columns as text, empty ones too: what is a number is checked afterwards, by cell."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    header = _header(path)
    delimiter = max(DELIMITERS, key=header.count) if header else ","
    try:
        names = next(csv.reader([header], delimiter=delimiter))
        return arrow.read_csv(
            path,
            parse_options=arrow.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowException, OSError) as error:
        raise UserError(f"{path.name} cannot be read as CSV: {_first_line(error)}") from error


def _header(path: Path) -> str:
    try:
        with _opened(path) as lines:
            header = next((line for line in lines if line.strip()), "").strip("\r\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8 text: save it as CSV UTF-8, or as Parquet.") from error
    except (OSError, EOFError) as error:
        raise UserError(f"{path.name} cannot be read: {_first_line(error)}") from error
    if not header:
        raise UserError(f"{path.name} is empty.")
    return header


def _opened(path: Path) -> Any:
    return gzip.open(path, "rt", encoding="utf-8-sig", newline="") if path.suffix == ".gz" else path.open(encoding="utf-8-sig", newline="")


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def _codes(column: pa.ChunkedArray) -> tuple[Any, list[Any]]:
    """Codes and labels; a null has a code of its own."""
    import numpy as np
    import pyarrow as pa

    whole = column.combine_chunks()
    if not pa.types.is_dictionary(whole.type):
        whole = whole.dictionary_encode()
    labels = [
        value if value is None or isinstance(value, str | bool | int | float) else str(value) for value in whole.dictionary.to_pylist()
    ]
    codes = whole.indices.fill_null(len(labels)).to_numpy(zero_copy_only=False).astype(np.int32)
    labels = [None if label == "" else label for label in labels]
    return codes, [*labels, None]


def _amounts(path: Path, table: pa.Table, name: str) -> Any:
    """A column as numbers; empty cells are 0."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    column = table.column(name)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.utf8_trim_whitespace(column)
        column = pc.if_else(pc.equal(column, ""), "0", column)
    try:
        numbers = pc.fill_null(pc.cast(column, pa.float64()), 0.0).to_numpy(zero_copy_only=False)
    except pa.ArrowException:
        numbers = np.array([_number(value) for value in column.to_pylist()])
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if wrong.size:
        row = int(wrong[0])
        written = f"{path.name}, {_line(path, row)}: '{column[row].as_py()}' in column '{name}'"
        raise UserError(f"{written} is not a number. Write it as 1234.50 or 1,234.50; leave a missing one empty.")
    return numbers


def _number(value: Any) -> float:
    """Thousands may be set apart by commas; NaN for what is no number."""
    if isinstance(value, str) and THOUSANDS.fullmatch(value):
        value = value.replace(",", "")
    try:
        return float(value if value is not None else 0.0)
    except (TypeError, ValueError):
        return float("nan")


def _line(path: Path, row: int) -> str:
    """Where row `row` (from 0) of a file begins: its line in a CSV, blank lines and line breaks within cells counted."""
    if path.suffix == ".parquet":
        return f"row {row + 1}"
    with _opened(path) as lines:
        reader = csv.reader(lines, delimiter=max(DELIMITERS, key=_header(path).count))
        filled = 0
        before = 0
        for cells in reader:
            if any(cells):
                if filled == row + 1:
                    break
                filled += 1
            before = reader.line_num
    return f"line {before + 1}"
