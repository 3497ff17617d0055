"""The mapping that adapts foreign file and column names.

A YAML file; every part is optional:

    company:                      # settings of Company
      currency: EUR
      fiscal_year_start_month: 4
    files:                        # file name, or a pattern of names -> canonical table, or "ignore"
      acct_master.csv: account
      "billing_*.csv": usage_daily
      billing_2026.jsonl:         # a file unlike the others of its table: what it says stands in place of what the table says
        table: usage_daily
        columns: {usage_date: day, account_id: customer}
        decimal: "."
    tables:
      account:
        columns:                  # canonical column: column in the file
          account_id: CUST_ID
          account_name: Customer Name
        constants:                # canonical column: value for every row
          segment: enterprise
        values:                   # canonical column: {word in the file: word of ours}; "" for no value
          plan: {Pro: standard, Gratis: free}
        leave_out:                # canonical column: values whose rows are not taken at all
          account_id: [TEST-1]
        date_format: "%d.%m.%Y"   # strptime format of dates that are not ISO (2026-07-31 is read beside it)
        timestamp_format: "%d.%m.%Y %H:%M"   # default: date_format, alone or with 12:30 or 12:30:00 behind it
        decimal: ","              # "1.234,5" is read as 1234.5
        delimiter: ";"            # default: found by looking at the header
        encoding: cp1252          # default: UTF-8, else Windows-1252 with a warning
        repeated: once            # rows without an id that equal another of their file in every column: once, or each (the default)
      usage_daily:
        constants:
          ingested_at: usage_date+1   # a day (midnight UTC) so many days after the usage date
"""

from __future__ import annotations

import hashlib
import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from meterline_tools.errors import UserError, nearest_hint
from meterline_tools.warehouse.schema import TABLES

IGNORE = "ignore"
DAYS_AFTER = re.compile(r"^usage_date\s*\+\s*(\d{1,3})$")


class TableMapping(BaseModel):
    """How the files of one table are read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: dict[str, str] = Field(default_factory=dict)
    constants: dict[str, str | int | float | bool] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    leave_out: dict[str, list[str]] = Field(default_factory=dict)
    date_format: str | None = None
    timestamp_format: str | None = None
    decimal: Literal[".", ","] = "."
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    encoding: str | None = None
    repeated: Literal["each", "once"] = "each"

    @field_validator("columns", mode="before")
    @classmethod
    def _names_are_text(cls, value: Any) -> Any:
        """A column called No or 2026 is a truth value or a number to YAML, unless it is quoted."""
        if isinstance(value, dict) and any(isinstance(name, bool) for name in value.values()):
            raise ValueError('put the name in quotes: YAML takes No, Yes, On and Off for true or false ("No")')
        return {column: str(name) for column, name in value.items()} if isinstance(value, dict) else value

    @field_validator("values", "leave_out", mode="before")
    @classmethod
    def _words_are_text(cls, value: Any) -> Any:
        """Numbers stand for how they are written, nothing for no value; Yes and No would be lost, as in `columns`."""
        return {column: _as_text(told) for column, told in value.items()} if isinstance(value, dict) else value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                "".encode(value)
            except LookupError:
                raise ValueError(f"unknown encoding '{value}'") from None
        return value


class FileMapping(TableMapping):
    """How one file, or files named alike, are read where they are unlike the others of their table."""

    table: str


class Mapping(BaseModel):
    """A whole mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, str | FileMapping] = Field(default_factory=dict)
    tables: dict[str, TableMapping] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_exist(self) -> Mapping:
        told = [(entry.table, entry) if isinstance(entry, FileMapping) else (entry, TableMapping()) for entry in self.files.values()]
        for name, table in [*told, *self.tables.items()]:
            if name == IGNORE:
                continue
            if name not in TABLES:
                raise ValueError(nearest_hint("table", name, _near(name, list(TABLES))))
            known = list(TABLES[name].c.keys())
            wrong = [c for c in (*table.columns, *table.constants, *table.values, *table.leave_out) if c not in known]
            if wrong:
                unknown = " ".join(nearest_hint(f"column of {name}", column, _near(column, known)) for column in dict.fromkeys(wrong))
                raise ValueError(f"{unknown} Its columns: {', '.join(known)}.")
        return self

    def table_of(self, file: str) -> str | None:
        """The table (or `ignore`) that a file is said to be; None where nothing is said of it."""
        entry = self._entry(file)
        return entry.table if isinstance(entry, FileMapping) else entry

    def of(self, table: str, file: str = "") -> TableMapping:
        """How a file of a table is read: as its table, but for what is said of the file itself."""
        general, entry = self.tables.get(table, TableMapping()), self._entry(file)
        if not isinstance(entry, FileMapping):
            return general
        own = {name: getattr(entry, name) for name in entry.model_fields_set - {"table"}}
        return general.model_copy(update=own)

    def digest(self, table: str, file: str) -> str:
        """Changes when the file would be read in another way."""
        text = json.dumps(self.of(table, file).model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def _entry(self, file: str) -> str | FileMapping | None:
        """What `files` says of a file: by its path, else its name, else the first pattern that fits its name."""
        name = file.rpartition("/")[2]
        exact = self.files.get(file) or self.files.get(name)
        return exact or next((entry for pattern, entry in self.files.items() if fnmatch(name, pattern)), None)


def read_mapping(path: Path | None) -> Mapping:
    """The mapping in a file, or an empty one. UserError says what is wrong and where."""
    if path is None:
        return Mapping()
    content = read_yaml(path)
    try:
        return Mapping.model_validate(content)
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        text = first["msg"].removeprefix("Value error, ")
        raise UserError(f"Mapping {path.name}: {where + ': ' if where else ''}{text}") from None


def read_yaml(path: Path) -> dict[str, Any]:
    """A YAML file that holds a mapping of names to values; empty is fine."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise UserError(f"{path.name} cannot be read: {str(problem).splitlines()[0]}") from None
    if content is not None and not isinstance(content, dict):
        raise UserError(f"{path.name} must hold names and values (key: value), not a {type(content).__name__}.")
    return content or {}


def _as_text(told: Any) -> Any:
    """Words of a mapping as text, within lists and translations."""
    if isinstance(told, bool):
        raise ValueError('put the word in quotes: YAML takes No, Yes, On and Off for true or false ("No")')
    if isinstance(told, dict):
        return {_as_text(theirs): _as_text(ours) for theirs, ours in told.items()}
    if isinstance(told, list):
        return [_as_text(word) for word in told]
    return "" if told is None else str(told)


def _near(given: str, names: list[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(given.lower(), names, n=3, cutoff=0.5)
