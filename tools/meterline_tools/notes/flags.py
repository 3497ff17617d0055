"""Marks text that speaks to a machine. Notes are hostile input: quoted, never obeyed, never dropped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from meterline_tools.notes.text import search_copy


@dataclass(frozen=True)
class Sign:
    """One pattern; a text without any of the `anchors` cannot match it."""

    pattern: re.Pattern[str]
    anchors: tuple[str, ...]

    def may_stand_in(self, text: str) -> bool:
        """Told by the anchors alone, of a case-folded text."""
        return any(map(text.__contains__, self.anchors))

    def stands_in(self, readings: Sequence[str]) -> bool:
        """Whether it matches one of the readings of a text, the last of which is in one line."""
        return self.may_stand_in(readings[-1]) and any(map(self.pattern.search, readings))


@lru_cache(maxsize=1)
def signs() -> dict[str, Sign]:
    """Pattern id -> what it looks for, as listed in instructions.yaml."""
    from meterline_tools.yamls import parse_yaml

    entries = parse_yaml(resources.files(__package__).joinpath("instructions.yaml").read_text("utf-8"))
    return {entry["id"]: Sign(re.compile(entry["pattern"]), tuple(entry["anchors"])) for entry in entries}


@lru_cache(maxsize=4096)
def instruction_like(text: str) -> tuple[str, ...]:
    """Ids of the patterns that `text` matches; none for ordinary speech."""
    copy = search_copy(text).casefold()
    if "  " in copy or "\t" in copy:
        copy = re.sub(r"[ \t]+", " ", copy)
    read = [copy, copy.replace("\n", " ")] if "\n" in copy else [copy]
    return tuple(name for name, sign in signs().items() if sign.stands_in(read))
