"""The catalogue's own word lists, read once."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import yaml


def read_yaml(name: str) -> Any:
    """A YAML file of this package."""
    text = files("meterline_tools.catalog").joinpath(name).read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def _word_lists() -> dict[str, frozenset[str]]:
    text = files("meterline_tools.catalog").joinpath("common_words.txt").read_text(encoding="utf-8")
    lists: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in text.splitlines():
        if line.startswith("# "):
            current = lists.setdefault(line.removeprefix("# ").split(":")[0], set())
        else:
            current.update(line.split())
    return {title: frozenset(found) for title, found in lists.items()}


@cache
def common_words() -> frozenset[str]:
    """Ordinary English and business words that, alone, never name a company or a person."""
    return frozenset().union(*_word_lists().values())


@cache
def function_words() -> frozenset[str]:
    """Words that carry grammar, time or number, and so never name anything unless written exactly like it."""
    lists = _word_lists()
    return lists["grammar"] | lists["time"] | lists["numbers"]


def metric_files() -> list[str]:
    """Names of the YAML files that hold metrics."""
    folder = files("meterline_tools.catalog").joinpath("metrics")
    return sorted(f"metrics/{entry.name}" for entry in folder.iterdir() if entry.name.endswith(".yaml"))
