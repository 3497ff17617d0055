"""Marks text that speaks to a machine. Notes are hostile input: quoted, never obeyed, never dropped."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources

from meterline_tools.notes.text import search_copy


@lru_cache(maxsize=1)
def instruction_patterns() -> dict[str, re.Pattern[str]]:
    """Pattern id -> compiled pattern, as listed in instructions.yaml."""
    from meterline_tools.yamls import parse_yaml

    entries = parse_yaml(resources.files(__package__).joinpath("instructions.yaml").read_text("utf-8"))
    return {entry["id"]: re.compile(entry["pattern"]) for entry in entries}


def instruction_like(text: str) -> list[str]:
    """Ids of the patterns that `text` matches; empty for ordinary speech."""
    copy = re.sub(r"[ \t]+", " ", search_copy(text).casefold())
    joined = copy.replace("\n", " ")
    return [name for name, pattern in instruction_patterns().items() if pattern.search(copy) or pattern.search(joined)]
