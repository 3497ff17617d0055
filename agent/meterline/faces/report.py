"""Load reports and coverage as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from meterline.faces.terminal import show
from meterline.render import clean

if TYPE_CHECKING:
    from meterline_tools.warehouse.coverage import Asked, ColumnLine, Coverage
    from meterline_tools.warehouse.loading.report import Check, FileReport, FileStatus, LoadReport

REJECTS_SHOWN = 3
NOTES_SHOWN = 6
"""Note files named for one reason, and remarks about single notes; `--json` has all."""
EXAMPLES_SHOWN = 5
"""Offences named behind a failed check; `--json` has up to twenty."""
_STATUS = {
    "loaded": ("loaded", "green"),
    "unchanged": ("unchanged", "dim"),
    "rejected_rows": ("rows rejected", "yellow"),
    "refused": ("refused", "red"),
    "ignored": ("ignored", "dim"),
}
_OUTCOME = {
    "loaded": "Loaded",
    "unchanged": "Nothing changed: all of this is loaded already",
    "dry_run": "Checked only (dry run): nothing was changed",
    "refused": "Refused: what was loaded before is still there, untouched",
}


def print_report(console: Console, report: LoadReport) -> None:
    """What happened to each file, what was left out and why, what the checks found."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("File", "Status"):
        table.add_column(title, overflow="fold")
    for title in ("Rows", "New", "Changed", "Rejected"):
        table.add_column(title, justify="right", no_wrap=True)
    for status, label, files in _lines(report.files):
        counts = (sum(getattr(file, count) for file in files) for count in ("rows", "inserted", "updated", "rejected"))
        text, style = ("held back", "yellow") if report.status == "refused" and status == "loaded" else _STATUS[status]
        table.add_row(Text(label), Text(text, style=style), *(Text(f"{count:,}" if count else "-") for count in counts))
    assumed = [Text(f"Assumed: {clean(assumption)}") for assumption in report.assumptions]
    checks = map(_check, [*report.failures, *report.warnings])
    show(console, Group(table, *_remarks(report.files), *checks, *assumed, Text(""), _outcome(report)))


def _lines(files: list[FileReport]) -> Iterator[tuple[FileStatus, str, list[FileReport]]]:
    """A line for each file; transcripts and other notes that share a status are one line together."""
    notes: dict[FileStatus, list[FileReport]] = {}
    for file in files:
        if _is_note(file):
            notes.setdefault(file.status, []).append(file)
        else:
            name = clean(file.file)
            yield file.status, name if file.table in (None, _stem(file.file)) else f"{name} (as {file.table})", [file]
    for status, together in notes.items():
        yield status, clean(together[0].file) if len(together) == 1 else f"{len(together):,} note files", together


def _stem(file: str) -> str:
    """account.csv.gz is named account."""
    return Path(file).name.partition(".")[0]


def _remarks(files: list[FileReport]) -> Iterator[Text]:
    """Why files were refused and rows rejected, and what was assumed about a file; tables first, notes together."""
    tables = [file for file in files if not _is_note(file)]
    yield from _about_tables(tables)
    yield from _about_notes([file for file in files if _is_note(file)])


def _about_notes(files: list[FileReport]) -> Iterator[Text]:
    """One line for all notes that were refused for one reason, and what was assumed about some."""
    refused: dict[str, list[str]] = {}
    for file in files:
        if file.reason:
            refused.setdefault(file.reason, []).append(clean(file.file))
    for reason, names in refused.items():
        more = f" and {len(names) - NOTES_SHOWN} more" if len(names) > NOTES_SHOWN else ""
        yield Text(f"{', '.join(names[:NOTES_SHOWN])}{more}: {clean(reason)}", style="red")
    assumed = [f"{clean(file.file)}: {clean(note)}" for file in files for note in file.notes]
    yield from (Text(line, style="dim") for line in assumed[:NOTES_SHOWN])
    if len(assumed) > NOTES_SHOWN:
        yield Text(f"… and {len(assumed) - NOTES_SHOWN} more such remarks about notes, all of them with --json", style="dim")


def _is_note(file: FileReport) -> bool:
    """Whether a file is one note, and not a table of them."""
    return file.table == "note" and Path(file.file).stem != "note"


def _about_tables(files: list[FileReport]) -> Iterator[Text]:
    """Why a file was refused or rows of it were, and what was assumed, once for all files of which it is true."""
    for file in files:
        if file.reason:
            yield Text(f"{clean(file.file)}: {clean(file.reason)}", style="red" if file.status == "refused" else "")
        for reject in file.rejects[:REJECTS_SHOWN]:
            yield Text(
                f"{clean(file.file)} line {reject.line}{', ' * bool(reject.column)}{clean(reject.column)}: {clean(reject.reason)}",
                style="yellow",
            )
        if file.rejected > REJECTS_SHOWN and file.rejects_file:
            yield Text(f"{clean(file.file)}: all {file.rejected:,} rejected rows are in {file.rejects_file}", style="yellow")
    said: dict[str, list[str]] = {}
    for file in files:
        for note in file.notes:
            said.setdefault(note, []).append(clean(file.file))
    for note, names in said.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield Text(f"{names[0]}{more}: {clean(note)}", style="dim")


def _check(check: Check) -> Text:
    text = Text("Failed: " if check.level == "fail" else "Note: ", style="bold red" if check.level == "fail" else "yellow")
    text.append(clean(check.message), style="not bold default")
    shown = check.examples[:EXAMPLES_SHOWN] if check.level == "fail" else []
    return text.append(f" ({'; '.join(clean(example) for example in shown)})", style="not bold default") if shown else text


def _outcome(report: LoadReport) -> Text:
    text = Text(_OUTCOME[report.status], style="bold")
    parts = [f"{report.rows_total:,} rows"] if report.status == "loaded" else []
    parts += [f"{report.elapsed_s:.1f} s"] + ([f"snapshot {report.snapshot_id}"] if report.snapshot_id else [])
    text.append(f" · {' · '.join(parts)}", style="not bold dim")
    return text.append(f"\n{clean(report.reason)}", style="red") if report.reason else text


def print_coverage(console: Console, coverage: Coverage) -> None:
    """Each table with its rows, columns worth naming that are not filled, and what is off for want of them."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Table", no_wrap=True)
    table.add_column("Rows", justify="right", no_wrap=True)
    table.add_column("Without it", overflow="fold")
    for line in coverage["tables"]:
        table.add_row(Text(line["table"]), Text(f"{line['rows']:,}" if line["rows"] else "-"), Text(line["without"] or ""))
    gaps = [column for column in coverage["columns"] if column["without"]]
    show(console, Group(table, *((Text(""), _gaps(gaps)) if gaps else ())))


def print_columns(console: Console, columns: list[Asked]) -> None:
    """The columns of one table: which are needed, what they hold, and the words they may say."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in ("Column", "Needed", "Holds"):
        table.add_column(title, no_wrap=True)
    table.add_column("Words", overflow="fold")
    for column in columns:
        table.add_row(
            Text(column["column"]), Text("yes" if column["needed"] else ""), Text(column["kind"]), Text(", ".join(column["words"]))
        )
    show(console, table)


def _gaps(columns: list[ColumnLine]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("Column", no_wrap=True)
    table.add_column("Filled", justify="right", no_wrap=True)
    table.add_column("Without it", overflow="fold")
    for column in columns:
        table.add_row(Text(f"{column['table']}.{column['column']}"), Text(f"{column['filled']:.0%}"), Text(column["without"] or ""))
    return table
