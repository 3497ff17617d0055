"""Note files into rows of the table `note`.

The account comes from an `account:` line at the top (front matter) or the file's own fields, else from the folder the
file lies in (notes/<account id or name>/…), else from a start of the file name like `K100-2026-06-03-call.txt`, else,
for an e-mail, from the mail domains of those who wrote and received it; else from the one account that the file's name,
its title or its opening names, or whose name begins like its folder, and then that is told. The date comes from a `date:` line, the mail's
or the export's own, else from the file name, else from the one day that the headings at the top name, which is told
too. Ids follow from the file's path, so that a file that is mended replaces its note. The body is the file's text from
its first line to its last, with lines joined that a margin broke: offsets into it are offsets into the file, after the
lines at the top.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from meterline_tools.warehouse.loading import text
from meterline_tools.warehouse.loading.files import Source
from meterline_tools.warehouse.loading.json_notes import known, read_json_note
from meterline_tools.warehouse.loading.language import find_language
from meterline_tools.warehouse.loading.mail import Mail, read_eml, read_pasted
from meterline_tools.warehouse.loading.moments import find_days, read_moment
from meterline_tools.warehouse.loading.report import FileRefused
from meterline_tools.warehouse.loading.speakers import People
from meterline_tools.warehouse.loading.transcripts import Turn, body_of, is_chat, parse_captions, parse_plain
from meterline_tools.warehouse.loading.whose import AccountNames
from meterline_tools.warehouse.loading.word import read_docx
from meterline_tools.warehouse.loading.wrapped import unwrapped

NO_ACCOUNT = "no account: put it under notes/<account>/ or add an `account:` line at the top"
NO_DATE = "no date: name the file like 2026-06-03-title.md or add a `date:` line at the top"
NO_ACCOUNTS = "not read: whose it is can only be told once the account table is loaded"
MOST_BYTES = 20_000_000
_DATE = re.compile(r"(?<!\d)(20\d{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_FIELD = re.compile(r"^([A-Za-z_ ]{2,24}):[ \t]*(.+?)[ \t]*$")
_FIELDS = frozenset(
    {"account", "account_id", "date", "occurred_at", "type", "note_type", "title", "author", "language", "sensitivity", "id", "created_at"}
)
_TOP_LINES, _HEADING_LENGTH = 3, 60
"""A day is looked for in so many lines at the top that are no longer than a heading and no sentence."""
_HEADING = re.compile(r"\A\s*#+[ \t]+(?P<title>\S[^\n]*?)[ \t]*\n\s*")
_STOPS = re.compile(r"[.!?。！？;]")
_DICTATED_WORDS, _DICTATED_RUN = 60, 60
"""A text of so many words, with less than one stop in so many, was dictated."""


@dataclass
class _Content:
    """One file, read: its body, turns if somebody speaks, what it says of itself, and the kind it must be (\"\": not told)."""

    body: str
    turns: list[Turn] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    domains: list[str] = field(default_factory=list)
    sender: str = ""


def note_row(source: Source, accounts: AccountNames, people: People) -> tuple[dict[str, Any], list[str]]:
    """One file as a row of `note`, and what was assumed. FileRefused when it cannot be placed."""
    content, remarks = _read(source)
    fields = content.fields
    if not accounts.names:
        raise FileRefused(NO_ACCOUNTS)
    if not content.body.strip():
        raise FileRefused("the note is empty")
    occurred = _moment(fields, source)
    if occurred is None:
        occurred = _named_at_the_top(content.body)
        remarks.append(f"dated {occurred:%Y-%m-%d}: read from its first lines")
    title = str(fields.get("title") or _title(source.path))
    account = _account(fields, source, accounts) or people.account_of(content.domains)
    if account is None:
        told = accounts.named_by(source.path, str(fields.get("title") or ""), content.body, content.domains)
        told = told or accounts.begun_by(_folders(source))
        if told is None:
            raise FileRefused(NO_ACCOUNT)
        account, where = told
        remarks.append(f"account {accounts.names.get(account, account)}: read from {where}")
    if guessed := people.place(content.turns, account):
        remarks.append(f"{', '.join(guessed)}: taken for the customer's side, as nobody of ours is called so")
    logged = read_moment(fields["created_at"]) if fields.get("created_at") else None
    return {
        "note_id": str(fields.get("id") or "note-" + hashlib.sha256(source.name.encode()).hexdigest()[:12]),
        "account_id": account,
        "author_rep_id": people.author(fields.get("author")) or people.one_of_us(content.sender),
        "note_type": _kind(source, content),
        "occurred_at": occurred.isoformat(),
        "created_at": logged.isoformat() if logged else fields.get("created_at"),
        "title": title,
        "language": fields.get("language") or find_language(content.body),
        "body": content.body,
        "turns": json.dumps(content.turns, ensure_ascii=False) if content.turns else None,
        "sensitivity": fields.get("sensitivity"),
    }, remarks


def _read(source: Source) -> tuple[_Content, list[str]]:
    if source.path.stat().st_size > MOST_BYTES:
        raise FileRefused(f"larger than {MOST_BYTES // 1_000_000} MB: split it, or leave out what is not a note")
    suffix, raw = source.path.suffix.lower(), source.path.read_bytes()
    if suffix == ".eml":
        return _of_mail(read_eml(raw), {}), []
    decoded, remark = (read_docx(raw), None) if suffix == ".docx" else text.decode_note(raw)
    remarks = [remark] if remark else []
    if suffix == ".json":
        found = read_json_note(decoded)
        return _Content(body_of(found.turns), found.turns, found.fields, found.kind), remarks
    fields, rest = _front_matter(decoded)
    if suffix in (".vtt", ".srt"):
        turns = parse_captions(rest)
        return _Content(body_of(turns), turns, fields | _remarked(rest), "transcript"), remarks
    mail = read_pasted(decoded if _begins_a_mail(decoded) else rest)
    if mail is not None:
        return _of_mail(mail, {} if _begins_a_mail(decoded) else fields), remarks
    turns, body = parse_plain(rest), rest.strip("\n")
    return _Content(body if turns else unwrapped(body), turns, fields, "chat" if is_chat(rest) else ""), remarks


def _begins_a_mail(decoded: str) -> bool:
    """Whether the lines at the top are an e-mail's own, so that its date and title are not ours to take."""
    return read_pasted(decoded) is not None


def _of_mail(mail: Mail, fields: dict[str, Any]) -> _Content:
    told = {name: value for name, value in (("title", mail.title), ("date", mail.date)) if value}
    return _Content(unwrapped(mail.body), [], told | fields, "email", mail.domains, mail.sender)


def _kind(source: Source, content: _Content) -> str:
    """What the file says, else what its make tells, else the words of its name and folders, else what it looks like."""
    said = str(content.fields.get("type") or content.fields.get("note_type") or "").strip().lower().replace(" ", "_")
    if said:
        return str(known()["also"].get(said, said))
    if content.kind:
        return content.kind
    named = {word for part in Path(source.name.lower()).parts for word in re.split(r"[\W_]+", part)}
    by_name = next((kind for kind, words in known()["kinds"].items() if not named.isdisjoint(words)), "")
    if content.turns or by_name == "transcript":
        return "chat" if by_name == "chat" else "transcript"
    return by_name or ("voice_dump" if _dictated(content.body) else "call_note")


def _dictated(body: str) -> bool:
    words = len(body.split())
    return words >= _DICTATED_WORDS and len(_STOPS.findall(body)) * _DICTATED_RUN < words and body.count("\n") * _DICTATED_RUN < words


def _front_matter(content: str) -> tuple[dict[str, Any], str]:
    """(`name: value` lines at the top, the rest): between --- lines, or bare lines before the first other one.

    A heading above bare lines is the title.
    """
    lines = content.split("\n")
    fenced = lines[0].strip() == "---"
    heading = _HEADING.match(content)
    fields: dict[str, Any] = {}
    first = 1 if fenced else heading[0].count("\n") if heading else 0
    for number, line in enumerate(lines[first:], start=first):
        if fenced and line.strip() == "---":
            return fields, "\n".join(lines[number + 1 :])
        name, value = _named(line)
        if name and (fenced or name in _FIELDS):
            fields[name] = value
        elif not fenced:
            return ({"title": heading["title"]} | fields if heading else fields, "\n".join(lines[number:])) if fields else ({}, content)
    return (fields, "") if not fenced else ({}, content)


def _remarked(captions: str) -> dict[str, Any]:
    """Fields told in the remarks (NOTE …) of a caption file."""
    told = (_named(line.removeprefix("NOTE").strip()) for line in captions.split("\n") if line.startswith("NOTE"))
    return {name: value for name, value in told if name in _FIELDS}


def _named(line: str) -> tuple[str, str]:
    """The name and value of a `name: value` line; two empty texts for any other line."""
    match = _FIELD.match(line)
    return (match[1].strip().lower().replace(" ", "_"), match[2].strip("\"'")) if match else ("", "")


def _account(fields: dict[str, Any], source: Source, accounts: AccountNames) -> str | None:
    said = fields.get("account") or fields.get("account_id")
    if said:
        found = accounts.find(str(said))
        if found is None:
            raise FileRefused(f"account '{said}' is not one account of the account table")
        return found
    start = re.split(_DATE, source.path.stem)[0]
    for given in [*_folders(source), start]:
        found = accounts.find(given)
        if found:
            return found
    return None


def _folders(source: Source) -> list[str]:
    """The folders a file lies in, the nearest first."""
    return [part for part in reversed(Path(source.name).parts[:-1]) if part.lower() != "notes"]


def _moment(fields: dict[str, Any], source: Source) -> datetime | None:
    """When the file or its name says it was; None when neither does."""
    said = fields.get("date") or fields.get("occurred_at")
    if said:
        moment = read_moment(said)
        if moment is None:
            raise FileRefused(f"date '{said}' is not like 2026-06-03 or 2026-06-03T14:00:00Z")
        return moment
    match = _DATE.search(source.path.stem)
    try:
        return datetime(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _named_at_the_top(body: str) -> datetime:
    """The one day that the headings at the top name. FileRefused for none or several."""
    top = [line.strip() for line in body.split("\n") if line.strip()][:_TOP_LINES]
    headings = [line for line in top if len(line) <= _HEADING_LENGTH and not line.endswith(".")]
    days = {day for line in headings for day in find_days(line)}
    if len(days) != 1:
        raise FileRefused(NO_DATE)
    return days.pop()


def _title(path: Path) -> str:
    return re.sub(r"[-_ ]+", " ", _DATE.sub("", path.stem)).strip() or path.stem
