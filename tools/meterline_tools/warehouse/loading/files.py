"""Which files a load is about, and which table each belongs to."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from meterline_tools.errors import UserError
from meterline_tools.warehouse.loading.mapping import IGNORE, Mapping
from meterline_tools.warehouse.schema import TABLES

TABLE_SUFFIXES = (".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz")
NOTE_SUFFIXES = (".txt", ".md", ".docx", ".eml", ".vtt", ".srt", ".json")
COMPANY_FILES = ("company.yaml", "company.yml")
_PART = r"(?:[-_. ]*(?:part|p)?[-_. ]*\d[\d\-_.T]*)?"
_BY_LENGTH = sorted(TABLES, key=len, reverse=True)


@dataclass(frozen=True)
class Source:
    """One file of a load. `table` is None for what cannot be used; `reason` then says why."""

    path: Path
    name: str
    """Path below the folder that was given, with forward slashes; reports and note ids use it."""
    table: str | None
    kind: str
    """`table`, `note`, `company`, `ignored` or `refused`."""
    reason: str | None = None

    def digest(self) -> str:
        with self.path.open("rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()


def find_sources(paths: Iterable[Path], mapping: Mapping) -> list[Source]:
    """All files under the given paths, sorted by name. UserError when a path is missing or nothing is found."""
    sources: list[Source] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.is_file() and not _hidden(p.relative_to(path)))
            sources.extend(_classify(p, p.relative_to(path).as_posix(), mapping) for p in inside)
        elif path.is_file():
            sources.append(_classify(path, path.name, mapping))
        else:
            raise UserError(
                f"{path} does not exist. Give files or folders: {', '.join(TABLE_SUFFIXES)}, or notes {', '.join(NOTE_SUFFIXES)}."
            )
    if not any(source.kind in ("table", "note", "company") for source in sources):
        names = ", ".join(f"{name}.csv" for name in ("rep", "account", "usage_daily"))
        raise UserError(f"Nothing to load was found. Files are named after tables ({names} …) or named in a mapping.")
    return sources


def table_of(file_name: str) -> str | None:
    """The canonical table a file is named after: account.csv, Accounts.parquet, usage_daily_2026-07.csv.gz."""
    stem = file_name.lower()
    suffix = next((s for s in sorted(TABLE_SUFFIXES, key=len, reverse=True) if stem.endswith(s)), None)
    if suffix is None:
        return None
    stem = stem.removesuffix(suffix).replace("-", "_").replace(" ", "_")
    return next((name for name in _BY_LENGTH if re.fullmatch(rf"{name}s?{_PART}", stem)), None)


def _classify(path: Path, name: str, mapping: Mapping) -> Source:
    lower = path.name.lower()
    mapped = mapping.table_of(name)
    if lower in COMPANY_FILES and not mapped:
        return Source(path, name, None, "company")
    aside = "the mapping says to ignore it" if mapped == IGNORE else _not_data(lower)
    if aside:
        return Source(path, name, None, "ignored", aside)
    if lower.endswith(TABLE_SUFFIXES):
        table = mapped or table_of(path.name)
        advice = f"not named after a table: rename it, or add `files: {{{path.name}: TABLE}}` to a mapping"
        return Source(path, name, table, "table") if table else Source(path, name, None, "refused", advice)
    return Source(path, name, "note", "note")


def _not_data(lower: str) -> str | None:
    """Why a file is left aside, from its name alone."""
    if re.match(r"truth[\W_]", lower):
        return "a truth file is for grading and is never loaded"
    if lower.startswith(("readme", "license", "mapping.")):
        return "not company data"
    return None if lower.endswith(TABLE_SUFFIXES + NOTE_SUFFIXES) else "this kind of file is not read"


def _hidden(path: Path) -> bool:
    return any(part.startswith((".", "~$")) for part in path.parts)
