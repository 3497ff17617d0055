"""Note files into rows of the table `note`.

The account comes from an `account:` line at the top (front matter), else from the folder the file lies in
(notes/<account id or name>/…), else from a start of the file name like `K100-2026-06-03-call.txt`. The date comes
from a `date:` line, else from the file name. Ids follow from the file's path, so that a file that
is mended replaces its note.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from meterline_tools.warehouse.loading import text, transcripts
from meterline_tools.warehouse.loading.files import Source
from meterline_tools.warehouse.loading.merge import SNAP
from meterline_tools.warehouse.loading.report import FileRefused

NO_ACCOUNT = "no account: put it under notes/<account>/ or add an `account:` line at the top"
NO_DATE = "no date: name the file like 2026-06-03-title.md or add a `date:` line at the top"
_DATE = re.compile(r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_FIELD = re.compile(r"^([A-Za-z_ ]{2,24}):[ \t]*(.+?)[ \t]*$")
_FIELDS = frozenset(
    {"account", "account_id", "date", "occurred_at", "type", "note_type", "title", "author", "language", "sensitivity", "id", "created_at"}
)
_TYPES = {".vtt": "transcript", ".srt": "transcript", ".json": "transcript", ".md": "call_note", ".txt": "call_note"}


@dataclass
class AccountNames:
    """Finds an account by id, name or alias, in any case."""

    by_name: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, connection: DuckDBPyConnection) -> AccountNames:
        names = cls()
        for account_id, name, aliases in connection.execute(f"SELECT account_id, account_name, aliases FROM {SNAP}.account").fetchall():
            for known in (account_id, name, *json.loads(aliases or "[]")):
                names.by_name.setdefault(_plain(str(known)), set()).add(account_id)
        return names

    def find(self, given: str) -> str | None:
        """The account's id; None when nobody or more than one is called that."""
        found = self.by_name.get(_plain(given), set())
        return next(iter(found)) if len(found) == 1 else None


def note_row(source: Source, accounts: AccountNames) -> dict[str, Any]:
    """One file as a row of `note`. FileRefused when it cannot be placed."""
    encoding, _ = text.find_encoding(source.path)
    with text.open_text(source.path, encoding) as handle:
        content = handle.read().replace("\r\n", "\n").lstrip("\ufeff")
    suffix = source.path.suffix.lower()
    fields: dict[str, Any] = {}
    if suffix == ".json":
        turns, fields = transcripts.parse_json(content)
    elif suffix in (".vtt", ".srt"):
        fields, content = _front_matter(content)
        turns = transcripts.parse_vtt(content) if suffix == ".vtt" else transcripts.parse_srt(content)
    else:
        fields, content = _front_matter(content)
        turns = transcripts.parse_plain(content)
    body = content.strip("\n") if suffix in (".txt", ".md") else transcripts.body_of(turns)
    if not body.strip():
        raise FileRefused("the note is empty")
    occurred = _moment(fields, source)
    return {
        "note_id": str(fields.get("id") or "note-" + hashlib.sha256(source.name.encode()).hexdigest()[:12]),
        "account_id": _account(fields, source, accounts),
        "author_rep_id": fields.get("author"),
        "note_type": str(fields.get("type") or fields.get("note_type") or ("transcript" if turns else _TYPES[suffix])),
        "occurred_at": occurred.isoformat(),
        "created_at": fields.get("created_at"),
        "title": str(fields.get("title") or _title(source.path)),
        "language": fields.get("language"),
        "body": body,
        "turns": json.dumps(turns, ensure_ascii=False) if turns else None,
        "sensitivity": fields.get("sensitivity"),
    }


def _front_matter(content: str) -> tuple[dict[str, Any], str]:
    """(`name: value` lines at the top, the rest): between --- lines, or bare lines before the first other one."""
    lines = content.split("\n")
    fenced = lines and lines[0].strip() == "---"
    fields: dict[str, Any] = {}
    for number, line in enumerate(lines[1:] if fenced else lines, start=1 if fenced else 0):
        if fenced and line.strip() == "---":
            return fields, "\n".join(lines[number + 1 :])
        match = _FIELD.match(line)
        name = match[1].strip().lower().replace(" ", "_") if match else ""
        if match and (fenced or name in _FIELDS):
            fields[name] = match[2].strip("\"'")
        elif not fenced:
            return fields, "\n".join(lines[number:])
    return (fields, "") if not fenced else ({}, content)


def _account(fields: dict[str, Any], source: Source, accounts: AccountNames) -> str:
    said = fields.get("account") or fields.get("account_id")
    if said:
        found = accounts.find(str(said))
        if found is None:
            raise FileRefused(f"account '{said}' is not one account of the account table")
        return found
    folders = [part for part in Path(source.name).parts[:-1] if part.lower() != "notes"]
    start = re.split(_DATE, source.path.stem)[0]
    for given in [*reversed(folders), start]:
        found = accounts.find(given)
        if found:
            return found
    raise FileRefused(NO_ACCOUNT)


def _moment(fields: dict[str, Any], source: Source) -> datetime:
    said = fields.get("date") or fields.get("occurred_at")
    if said:
        try:
            moment = datetime.fromisoformat(str(said))
        except ValueError:
            raise FileRefused(f"date '{said}' is not like 2026-06-03 or 2026-06-03T14:00:00Z") from None
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    match = _DATE.search(source.path.stem)
    if match is None:
        raise FileRefused(NO_DATE)
    try:
        day = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise FileRefused(NO_DATE) from None
    return datetime(day.year, day.month, day.day)


def _title(path: Path) -> str:
    return re.sub(r"[-_ ]+", " ", _DATE.sub("", path.stem)).strip() or path.stem


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.lower()).strip()
