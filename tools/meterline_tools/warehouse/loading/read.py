"""One table file into a staging table, as it is: text for CSV and JSONL, typed for Parquet.

The staging table keeps the order of the file, so that its rowid is the record number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from duckdb import DuckDBPyConnection, InvalidInputException
from duckdb import Error as DuckError

from meterline_tools.warehouse.loading import text
from meterline_tools.warehouse.loading.mapping import TableMapping
from meterline_tools.warehouse.loading.report import FileRefused, Reject

STAGING = "staged_raw"
MAX_LINE_BYTES = 64 << 20
MAX_OPEN_QUOTES = 20
"""Lines with a quote that is never closed before a file is refused; each costs one more reading of the file."""
NULLS = ["", "NULL", "null", "\\N"]
"""Cells of a CSV file that mean: no value."""
OPEN_QUOTE = ("UNQUOTED VALUE", "LINE SIZE OVER MAXIMUM")
"""Errors of a record that may have swallowed the lines after it."""
CSV_REASONS = {
    "MISSING COLUMNS": "too few cells in this row",
    "TOO MANY COLUMNS": "too many cells in this row",
    "UNQUOTED VALUE": "a quote is opened and not closed, or text follows a closing quote",
    "LINE SIZE OVER MAXIMUM": "the row is too long",
    "INVALID ENCODING": "not readable text",
}


@dataclass
class Staged:
    """A file in the staging table, whose columns are c0, c1 …"""

    columns: dict[str, tuple[str, str]]
    """Column in the file -> (column in STAGING, engine type)."""
    path: Path
    rows: int = 0
    rejects: list[Reject] = field(default_factory=list)
    """Records that are no rows at all: too few cells, an open quote, broken JSON."""
    notes: list[str] = field(default_factory=list)
    encoding: str = "utf-8"
    delimiter: str | None = None

    def text(self, name: str) -> str:
        """SQL of a column as text."""
        return f"CAST({self.columns[name][0]} AS VARCHAR)"

    def locate(self, records: Iterable[int]) -> Iterator[tuple[int, int, list[str]]]:
        """(record, line, cells) of some records; Parquet and JSONL have no cells; the line of a Parquet row is its number."""
        broken = {reject.line for reject in self.rejects}
        if self.delimiter is None:
            return self._locate_uncut(broken, sorted(records))
        return text.locate_records(self.path, self.encoding, self.delimiter, broken, records)

    def _locate_uncut(self, broken: set[int], records: list[int]) -> Iterator[tuple[int, int, list[str]]]:
        if not records or self.path.suffix.lower() == ".parquet":
            return ((record, record + 1, []) for record in records)
        good = [line for line in text.filled_lines(self.path, self.encoding) if line not in broken]
        return ((record, good[record], []) for record in records)


def stage(connection: DuckDBPyConnection, path: Path, mapping: TableMapping, folder: Path) -> Staged:
    """Read a file into STAGING. FileRefused when it cannot be read as what its name says."""
    connection.execute(f"DROP TABLE IF EXISTS {STAGING}")
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            staged = _stage_parquet(connection, path)
        elif name.endswith((".jsonl", ".jsonl.gz")):
            staged = _stage_jsonl(connection, path, mapping, folder)
        else:
            staged = _stage_csv(connection, path, mapping, folder)
    except DuckError as problem:
        raise FileRefused(f"cannot be read: {str(problem).strip().splitlines()[0]}") from None
    staged.rows = _count(connection)
    if not staged.rows and not staged.rejects:
        raise FileRefused("the file has a header but no rows" if staged.delimiter else "the file has no rows")
    return staged


def _stage_parquet(connection: DuckDBPyConnection, path: Path) -> Staged:
    described = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
    columns = {row[0]: (f"c{place}", str(row[1])) for place, row in enumerate(described)}
    picked = ", ".join(f"{quote(name)} AS {column}" for name, (column, _) in columns.items())
    connection.execute(f"CREATE TEMP TABLE {STAGING} AS SELECT {picked} FROM read_parquet(?)", [str(path)])
    return Staged(columns, path)


def _stage_csv(connection: DuckDBPyConnection, path: Path, mapping: TableMapping, folder: Path) -> Staged:
    encoding, note = text.find_encoding(path, mapping.encoding)
    names, delimiter = text.find_header(path, encoding, mapping.delimiter)
    columns = {name: (f"c{place}", "VARCHAR") for place, name in enumerate(names)}
    options = (dict(columns.values()), delimiter)
    scanned = _scan_any_line_ends(connection, text.as_utf8(path, encoding, folder), options, folder)
    staged = Staged(columns, path, 0, [], [note] if note else [], encoding, delimiter)
    return _without_open_quotes(connection, staged, scanned, options, folder)


def _without_open_quotes(
    connection: DuckDBPyConnection, staged: Staged, scanned: Path, options: tuple[dict[str, str], str], folder: Path
) -> Staged:
    """Rejects the broken records. A quote that is never closed swallows the rows after it, so its line is blanked in a
    copy, which is read again, until only that line is lost."""
    opened: list[Reject] = []
    while True:
        broken = _broken_records(connection)
        found = next((reject for kind, reject in broken if kind in OPEN_QUOTE and text.has_open_quote(scanned, reject.line)), None)
        if found is None:
            staged.rejects = sorted([*opened, *(reject for _, reject in broken)], key=lambda reject: reject.line)
            return staged
        opened.append(found.model_copy(update={"reason": "a quote is opened and not closed"}))
        if len(opened) > MAX_OPEN_QUOTES:
            raise FileRefused(f"more than {MAX_OPEN_QUOTES} lines open a quote and do not close it, the first is line {opened[0].line}")
        scanned = _scan_any_line_ends(connection, text.without_line(scanned, found.line, folder), options, folder)
        staged.path, staged.encoding = scanned, "utf-8"


def _broken_records(connection: DuckDBPyConnection) -> list[tuple[str, Reject]]:
    """(kind, reject) of what the engine's CSV reader could not take for rows. Its own line numbers leave out blank lines;
    the byte where the broken line starts does not."""
    broken = connection.execute(
        "SELECT s.file_path, e.line_byte_position, first(e.error_type), first(e.error_message) FROM csv_errors AS e"
        " JOIN csv_scans AS s USING (scan_id, file_id) GROUP BY ALL ORDER BY e.line_byte_position"
    ).fetchall()
    if not broken:
        return []
    lines = text.lines_at(Path(broken[0][0]), [start - 1 for _, start, _, _ in broken])
    return [
        (str(kind), Reject(line=line, column="", reason=CSV_REASONS.get(kind, message.splitlines()[0])))
        for line, (_, _, kind, message) in zip(lines, broken, strict=True)
    ]


def _scan_any_line_ends(connection: DuckDBPyConnection, path: Path, options: tuple[dict[str, str], str], folder: Path) -> Path:
    """Scans a file in UTF-8, or a copy of it where its line ends are mixed; returns what was scanned."""
    try:
        _scan_csv(connection, path, *options)
    except InvalidInputException:
        path = text.with_plain_line_ends(path, "utf-8", folder)
        _scan_csv(connection, path, *options)
    return path


def _scan_csv(connection: DuckDBPyConnection, path: Path, columns: dict[str, str], delimiter: str) -> None:
    for table in ("csv_scans", "csv_errors"):
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {STAGING} AS SELECT * FROM read_csv(?, columns = ?, header = true, auto_detect = false, delim = ?,"
        " quote = '\"', escape = '\"', strict_mode = true, null_padding = false, nullstr = ?, max_line_size = ?,"
        " store_rejects = true, rejects_scan = 'csv_scans', rejects_table = 'csv_errors', rejects_limit = 0)",
        [str(path), columns, delimiter, NULLS, MAX_LINE_BYTES],
    )


def _stage_jsonl(connection: DuckDBPyConnection, path: Path, mapping: TableMapping, folder: Path) -> Staged:
    encoding, note = text.find_encoding(path, mapping.encoding)
    connection.execute("DROP TABLE IF EXISTS json_lines")
    connection.execute(
        "CREATE TEMP TABLE json_lines AS SELECT json FROM read_json_objects(?, format = 'newline_delimited',"
        " ignore_errors = true, maximum_object_size = ?)",
        [str(text.as_utf8(path, encoding, folder)), MAX_LINE_BYTES],
    )
    keys = connection.execute(
        "SELECT DISTINCT unnest(json_keys(json)) AS k FROM json_lines WHERE json_type(json) = 'OBJECT' ORDER BY k"
    ).fetchall()
    if not keys:
        raise FileRefused("no line is a JSON object")
    columns = {key: (f"c{place}", "VARCHAR") for place, (key,) in enumerate(keys)}
    is_object = "json IS NOT NULL AND json_type(json) = 'OBJECT'"
    picked = ", ".join(f"json->>{literal('$.' + quote(key))} AS {column}" for key, (column, _) in columns.items())
    bad = connection.execute(f"SELECT rowid FROM json_lines WHERE NOT coalesce({is_object}, false) ORDER BY 1").fetchall()
    lines = text.filled_lines(path, encoding) if bad else []
    rejects = [Reject(line=lines[number], column="", reason="not a JSON object") for (number,) in bad]
    connection.execute(f"CREATE TEMP TABLE {STAGING} AS SELECT {picked} FROM json_lines WHERE {is_object}")
    return Staged(columns, path, 0, rejects, [note] if note else [], encoding)


def _count(connection: DuckDBPyConnection) -> int:
    row = connection.execute(f"SELECT count(*) FROM {STAGING}").fetchone()
    return int(row[0]) if row else 0


def quote(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"
