"""A company's own verified questions: phrases it teaches, with what they mean here.

    - ask: [the Tuesday number, tuesday numbers]
      intent: lookup
      metrics: [M01]
      group_by: [region]
      window: last week

What a phrase leaves open (an account, another period) is read from the rest of the question as usual. The built-in
analyst follows the phrase; a language model is shown the nearest ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from meterline_tools.catalog import load_catalog
from meterline_tools.errors import MeterlineError, UserError

CLOSE = 90.0
"""Likeness (0 to 100) from which a phrase counts as said; a slip or two in a word stays above it."""
SHOWN = 3
"""Examples a language model is shown."""


class Taught(BaseModel):
    """A phrase, or several of one meaning, with the figures it stands for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: tuple[str, ...]
    intent: str = "lookup"
    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    filters: dict[str, list[str]] = Field(default_factory=dict)
    window: str = ""
    compare: str = ""
    ranked: str = Field(default="", pattern="^(large|small)?$")
    limit: int = Field(default=0, ge=0, le=200)
    note: str = ""
    """What the answer says of the phrase, such as who defined it; no digits."""

    @field_validator("ask", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("ask")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value or any(len(phrase.strip()) < 6 for phrase in value):
            raise ValueError("each phrase needs at least 6 letters, else it would be found everywhere")
        return value

    @field_validator("metrics", "group_by")
    @classmethod
    def _known(cls, value: tuple[str, ...], info: Any) -> tuple[str, ...]:
        find = load_catalog().metric if info.field_name == "metrics" else load_catalog().dimension
        try:
            return tuple(find(word).id for word in value)
        except MeterlineError as problem:
            raise ValueError(str(problem)) from None

    @field_validator("note")
    @classmethod
    def _no_digits(cls, value: str) -> str:
        if any(c.isdigit() for c in value):
            raise ValueError("a note must hold no digits: figures come from the data")
        return value


@dataclass(frozen=True)
class Heard:
    """A taught phrase found in a question, at [start, end)."""

    taught: Taught
    start: int
    end: int


def example_files(setting: str | None, home: Path) -> tuple[Path, ...]:
    """The files of METERLINE_EXAMPLES (files or folders, joined as in PATH), else HOME/examples.yaml if it is there.

    Raises:
        UserError: a path that does not exist, or a folder without a YAML file.
    """
    if not setting:
        usual = home / "examples.yaml"
        return (usual,) if usual.is_file() else ()
    found: list[Path] = []
    for name in filter(None, setting.split(os.pathsep)):
        path = Path(name).expanduser()
        files = sorted([*path.glob("*.yaml"), *path.glob("*.yml")]) if path.is_dir() else [path] if path.is_file() else []
        if not files:
            raise UserError(f"METERLINE_EXAMPLES names {path}, where no file of examples is. Give YAML files or a folder that holds some.")
        found += files
    return tuple(found)


def read_taught(path: Path) -> tuple[Taught, ...]:
    """The examples of one file, checked.

    Raises:
        UserError: what is wrong with it, by entry.
    """
    import yaml

    try:
        body = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise UserError(f"{path.name} cannot be read as YAML: {' '.join(str(problem).split())[:200]}") from None
    if not isinstance(body, list):
        raise UserError(f"{path.name} must be a list of examples, each with 'ask' and what it means (metrics, group_by, window …).")
    wrong, entries = [], []
    for number, raw in enumerate(body, 1):
        try:
            entries.append(Taught.model_validate(raw))
        except ValidationError as problem:
            faults = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'entry'}: {e['msg'].removeprefix('Value error, ')}" for e in problem.errors()
            )
            wrong.append(f"entry {number}: {faults}")
    if wrong:
        raise UserError(f"{path.name} has examples that cannot be used. " + " · ".join(wrong[:5]))
    return tuple(entries)


def load_taught(files: tuple[Path, ...]) -> tuple[Taught, ...]:
    """All examples of the files; a file that was changed since is read again."""
    return tuple(entry for path in files for entry in _read(path, path.stat().st_mtime_ns))


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int) -> tuple[Taught, ...]:
    return read_taught(path)


def hear(text: str, taught: Sequence[Taught]) -> Heard | None:
    """The longest taught phrase that a question says, a slip or two allowed; phrases begin and end with words."""
    from rapidfuzz import fuzz

    low = text.lower()
    best: tuple[float, int, Heard] | None = None
    for entry in taught:
        for phrase in entry.ask:
            found = fuzz.partial_ratio_alignment(phrase.lower(), low, score_cutoff=CLOSE) if len(phrase) <= len(low) + 2 else None
            if found is None or len(phrase) > len(low) + 2 or abs((found.dest_end - found.dest_start) - len(phrase)) > 2:
                continue
            start, end = _whole_words(low, found.dest_start, found.dest_end)
            if end - start > len(phrase) + 3:
                continue
            candidate = (found.score, len(phrase), Heard(entry, start, end))
            if best is None or candidate[:2] > best[:2]:
                best = candidate
    return best[2] if best else None


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end


def nearest(text: str, taught: Sequence[Taught]) -> list[dict[str, Any]]:
    """The examples most like a question, as a language model reads them; few, so that prompts stay small."""
    from rapidfuzz import fuzz

    scored = sorted(((max(fuzz.token_set_ratio(text.lower(), p.lower()) for p in t.ask), n) for n, t in enumerate(taught)), reverse=True)
    return [taught[n].model_dump(exclude_defaults=True) | {"ask": taught[n].ask[0]} for score, n in scored[:SHOWN] if score >= 50]
