"""Text files as they come: byte order marks, encodings, compression, delimiters, line numbers."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import IO, cast

from meterline_tools.warehouse.loading.report import FileRefused

FALLBACK = "cp1252"
_JAPANESE = ("cp932", "euc_jp")
DELIMITERS = ",;\t|"
_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_WITHOUT_MARK = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of a file, decompressed when it is called .gz."""
    return cast(IO[bytes], gzip.open(path, "rb")) if path.suffix.lower() == ".gz" else path.open("rb")


def find_encoding(path: Path, wanted: str | None = None) -> tuple[str, str | None]:
    """(encoding, note): the wanted one, else the byte order mark's, UTF-8, or Windows-1252 with a note that says so.

    The whole file is decoded once, so that nothing later meets a broken byte. FileRefused when no encoding fits.
    """
    with _readable(path) as handle:
        head = handle.read(4)
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    encoding = wanted or marked or "utf-8"
    broken = _first_broken_line(path, encoding)
    if broken is None:
        return encoding, None
    if wanted or marked or _first_broken_line(path, FALLBACK) is not None:
        raise FileRefused(f"line {broken} is not {encoding} text; save the file as UTF-8 or set `encoding` for this table in a mapping")
    return FALLBACK, f"not UTF-8 (line {broken}), read as Windows-1252; if names look wrong, set `encoding` in a mapping"


def decode_note(raw: bytes) -> tuple[str, str | None]:
    """(text with plain line ends, remark) of a note: people save them in anything, so no bytes are refused.

    FileRefused for what is no text.
    """
    decoded, encoding = as_written(raw)
    remark = None if encoding.startswith("utf") else f"not UTF-8, read as {encoding}; if letters look wrong, save it as UTF-8"
    return decoded.replace("\r\n", "\n").replace("\r", "\n"), remark


def as_written(raw: bytes) -> tuple[str, str]:
    """(text without its byte order mark, encoding) of a note.

    The byte order mark decides, then UTF-8, then UTF-16 without a mark (every other byte is zero), the Japanese
    encodings where they give Japanese, Windows-1252, and Latin-1 for the rest. FileRefused for what is no text.
    """
    marked = next((name for mark, name in _WITHOUT_MARK if raw.startswith(mark)), None)
    head = raw[:4096]
    if marked is None and head.count(0) > len(head) // 4:
        marked = "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be"
    elif marked is None and b"\0" in head:
        raise FileRefused("not a text file")
    for encoding in (marked,) if marked else ("utf-8", *_JAPANESE, FALLBACK, "latin-1"):
        try:
            decoded = raw.decode(encoding, "replace" if marked else "strict").lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
        if encoding not in _JAPANESE or _reads_japanese(decoded):
            return decoded, encoding
    raise FileRefused("not a text file")


def _reads_japanese(decoded: str) -> bool:
    """Whether nearly all that is not ASCII is Japanese, kana among it: in a wrong encoding it would be a jumble."""
    foreign = [c for c in decoded if c > "\x7f"]
    japanese = sum("\u3000" <= c <= "\u30ff" or "\u4e00" <= c <= "\u9fff" or "\uff00" <= c <= "\uff60" for c in foreign)
    return any("\u3040" <= c <= "\u30ff" for c in foreign) and japanese > 0.95 * len(foreign)


def as_utf8(path: Path, encoding: str, folder: Path) -> Path:
    """A plain UTF-8 copy in `folder`, or the file itself when it is plain UTF-8 already."""
    if encoding in ("utf-8", "utf-8-sig"):
        return path
    copy = folder / f"utf8-{abs(hash(path))}.txt"
    with open_text(path, encoding) as source, copy.open("w", encoding="utf-8", newline="") as target:
        while chunk := source.read(_CHUNK):
            target.write(chunk)
    return copy


def with_plain_line_ends(path: Path, encoding: str, folder: Path) -> Path:
    """A UTF-8 copy in `folder` whose lines all end alike: the engine's CSV reader gives up on mixed line ends."""
    copy = folder / f"lines-{abs(hash(path))}.txt"
    with (
        io.TextIOWrapper(open_bytes(path), encoding=encoding, newline=None) as source,
        copy.open("w", encoding="utf-8", newline="") as target,
    ):
        while chunk := source.read(_CHUNK):
            target.write(chunk)
    return copy


def has_open_quote(path: Path, line: int) -> bool:
    """Whether a line (1 is the first) of a file in UTF-8 opens a quote that it does not close."""
    with open_bytes(path) as handle:
        return next(islice(handle, line - 1, None), b"").count(b'"') % 2 == 1


def without_line(path: Path, line: int, folder: Path) -> Path:
    """A copy in `folder` in which one line is blank, so that all others keep their numbers."""
    copy = folder / f"without-{line}-{abs(hash(path))}.csv"
    with open_bytes(path) as source, copy.open("wb") as target:
        target.writelines(b"\n" if number == line else content for number, content in enumerate(source, start=1))
    return copy


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """A text file with its line ends as they are."""
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, newline="")


def find_header(path: Path, encoding: str, delimiter: str | None) -> tuple[list[str], str]:
    """(column names, delimiter) of a CSV file. FileRefused for an empty file, names that are missing or given twice."""
    with open_text(path, "utf-8-sig" if encoding == "utf-8" else encoding) as handle:
        start = handle.readline()
        while start and not start.strip("\r\n"):
            start = handle.readline()
        if not start.strip():
            raise FileRefused("the file is empty")
        found = delimiter or max(DELIMITERS, key=start.count)
        names = [name.strip() for name in next(csv.reader([start], delimiter=found))]
    if any(not name for name in names):
        raise FileRefused(f"the header has no name for column {names.index('') + 1}")
    lowered = [name.lower() for name in names]
    twice = sorted({name for name in lowered if lowered.count(name) > 1})
    if twice:
        raise FileRefused(f"the header names {', '.join(twice)} twice")
    return names, found


def filled_lines(path: Path, encoding: str) -> list[int]:
    """Line numbers of the lines that are not blank, in order: what a JSON Lines reader takes for its lines."""
    with open_text(path, "utf-8-sig" if encoding == "utf-8" else encoding) as handle:
        return [number for number, line in enumerate(handle, start=1) if line.strip()]


def lines_at(path: Path, positions: list[int]) -> list[int]:
    """Line numbers (1 is the first) of some byte positions, which must be in order. A line break belongs to the line it ends;
    a position on one means the line after it."""
    lines, seen, line = [], 0, 1
    with open_bytes(path) as handle:
        for position in positions:
            while seen < position:
                chunk = handle.read(min(_CHUNK, position - seen))
                if not chunk:
                    break
                seen += len(chunk)
                line += chunk.count(b"\n")
            here = handle.read(2)
            seen += len(here)
            breaks = len(here) - len(here.lstrip(b"\r\n"))
            line += here[:breaks].count(b"\n")
            lines.append(line)
            line += here[breaks:].count(b"\n")
    return lines


def locate_records(
    path: Path, encoding: str, delimiter: str, broken: set[int], wanted: Iterable[int]
) -> Iterator[tuple[int, int, list[str]]]:
    """(record, line, cells) for the wanted record numbers (0 is the first after the header).

    Counts as the engine does: blank lines, and what starts on a `broken` line, are no records. Reads the
    file again, row by row, which is slow; only called when there is something to show.
    """
    left = sorted(set(wanted), reverse=True)
    with open_text(path, "utf-8-sig" if encoding == "utf-8" else encoding) as handle:
        reader = csv.reader(handle, delimiter=delimiter)
        next((row for row in reader if row), None)
        record, line = -1, reader.line_num
        for cells in reader:
            started, line = line + 1, reader.line_num
            if not cells or started in broken:
                continue
            record += 1
            if left and record == left[-1]:
                left.pop()
                yield record, started, cells
            if not left:
                return


def _first_broken_line(path: Path, encoding: str) -> int | None:
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    with _readable(path) as handle:
        while True:
            chunk = handle.read(_CHUNK)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as problem:
                return lines + chunk[: problem.start].count(b"\n")
            if not chunk:
                return None
            lines += chunk.count(b"\n")


class _readable:
    """Open bytes; whatever goes wrong while reading refuses the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> IO[bytes]:
        try:
            self._handle = open_bytes(self._path)
        except OSError as problem:
            raise FileRefused(f"cannot be read: {problem.strerror or problem}") from None
        return self._handle

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        self._handle.close()
        if isinstance(problem, EOFError | gzip.BadGzipFile | OSError):
            raise FileRefused(f"cannot be read: {problem}; it may be cut short") from None
