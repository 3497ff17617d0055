"""The mapping that adapts foreign file and column names.

A YAML file; every part is optional:

    company:                      # settings of Company
      currency: EUR
      fiscal_year_start_month: 4
    files:                        # file name -> canonical table, or "ignore"
      acct_master.csv: account
    tables:
      account:
        columns:                  # canonical column: column in the file
          account_id: CUST_ID
          account_name: Customer Name
        constants:                # canonical column: value for every row
          segment: enterprise
        date_format: "%d.%m.%Y"   # strptime format of dates that are not ISO
        timestamp_format: "%d.%m.%Y %H:%M"
        decimal: ","              # "1.234,5" is read as 1234.5
        delimiter: ";"            # default: found by looking at the header
        encoding: cp1252          # default: UTF-8, else Windows-1252 with a warning
      usage_daily:
        constants:
          ingested_at: usage_date+1   # a day (midnight UTC) so many days after the usage date
"""

from __future__ import annotations

import hashlib
import json
import re
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
    date_format: str | None = None
    timestamp_format: str | None = None
    decimal: Literal[".", ","] = "."
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    encoding: str | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                "".encode(value)
            except LookupError:
                raise ValueError(f"unknown encoding '{value}'") from None
        return value


class Mapping(BaseModel):
    """A whole mapping file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    company: dict[str, Any] = Field(default_factory=dict)
    files: dict[str, str] = Field(default_factory=dict)
    tables: dict[str, TableMapping] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_exist(self) -> Mapping:
        for name in [*self.files.values(), *self.tables]:
            if name not in TABLES and name != IGNORE:
                raise ValueError(nearest_hint("table", name, _near(name, list(TABLES))))
        for name, table in self.tables.items():
            for column in [*table.columns, *table.constants]:
                if column not in TABLES[name].c:
                    raise ValueError(nearest_hint(f"column of {name}", column, _near(column, list(TABLES[name].c.keys()))))
        return self

    def of(self, table: str) -> TableMapping:
        return self.tables.get(table, TableMapping())

    def digest(self, table: str) -> str:
        """Changes when files of the table would be read in another way."""
        text = json.dumps(self.of(table).model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


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


def _near(given: str, names: list[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(given.lower(), names, n=3, cutoff=0.5)
