"""The allow-list of free SQL, read from policy.yaml once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from meterline_tools.yamls import parse_yaml


class Limits(BaseModel):
    """How large a statement may be. `rows` is the most that a LIMIT may ask for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    characters: int
    nodes: int
    depth: int
    ctes: int
    joins: int
    text: int
    rows: int


class Policy(BaseModel):
    """Node classes with their arguments, functions (and what to write instead of some), cast types, hidden tables, and limits of size."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limits: Limits
    nodes: dict[str, frozenset[str]]
    functions: frozenset[str]
    instead: dict[str, str]
    types: frozenset[str]
    hidden: frozenset[str]
    pseudo_columns: frozenset[str]


@cache
def load_policy() -> Policy:
    raw = parse_yaml(Path(__file__).with_name("policy.yaml").read_text(encoding="utf-8"))
    raw["functions"] = [name for group in raw["functions"] for name in group]
    return Policy.model_validate(raw)
