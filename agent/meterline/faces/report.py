"""Load reports and coverage as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from meterline.render import clean

if TYPE_CHECKING:
    from meterline_tools.warehouse.loading.report import Check, FileReport, LoadReport

REJECTS_SHOWN = 3
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
    for title in ("File", "Table", "Status"):
        table.add_column(title, overflow="fold")
    for title in ("Rows", "New", "Changed", "Rejected"):
        table.add_column(title, justify="right", no_wrap=True)
    for file in report.files:
        table.add_row(*_file_row(file))
    console.print(table)
    for line in _remarks(report.files):
        console.print(line)
    for check in [*report.failures, *report.warnings]:
        console.print(_check(check))
    for assumption in report.assumptions:
        console.print(Text(f"Assumed: {clean(assumption)}"))
    console.print()
    console.print(_outcome(report))


def _file_row(file: FileReport) -> Iterable[Text]:
    label, style = _STATUS[file.status]
    counts = (file.rows, file.inserted, file.updated, file.rejected)
    return (
        Text(clean(file.file)),
        Text(file.table or "-"),
        Text(label, style=style),
        *(Text(f"{count:,}" if count else "-") for count in counts),
    )


def _remarks(files: Iterable[FileReport]) -> Iterable[Text]:
    """Why files were refused and rows rejected, and what was assumed about a file."""
    for file in files:
        if file.reason:
            yield Text(f"{clean(file.file)}: {clean(file.reason)}", style="red" if file.status == "refused" else "")
        for reject in file.rejects[:REJECTS_SHOWN]:
            yield Text(f"{clean(file.file)} line {reject.line}, {clean(reject.column)}: {clean(reject.reason)}", style="yellow")
        if file.rejected > REJECTS_SHOWN and file.rejects_file:
            yield Text(f"{clean(file.file)}: all {file.rejected:,} rejected rows are in {file.rejects_file}", style="yellow")
        for note in file.notes:
            yield Text(f"{clean(file.file)}: {clean(note)}", style="dim")


def _check(check: Check) -> Text:
    text = Text("Failed: " if check.level == "fail" else "Note: ", style="bold red" if check.level == "fail" else "yellow")
    return text.append(clean(check.message), style="not bold default")


def _outcome(report: LoadReport) -> Text:
    text = Text(_OUTCOME[report.status], style="bold")
    parts = [f"{report.rows_total:,} rows"] if report.status == "loaded" else []
    parts += [f"{report.elapsed_s:.1f} s"] + ([f"snapshot {report.snapshot_id}"] if report.snapshot_id else [])
    text.append(f" · {' · '.join(parts)}", style="not bold dim")
    return text.append(f"\n{clean(report.reason)}", style="red") if report.reason else text


def print_coverage(console: Console, coverage: dict[str, Any]) -> None:
    """Each table with its rows, then what is off for want of the others."""
    console.print(Text(str(coverage)))
