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
def common_words() -> frozenset[str]:
    """Ordinary English and business words that, alone, never name a company or a person."""
    text = files("meterline_tools.catalog").joinpath("common_words.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def metric_files() -> list[str]:
    """Names of the YAML files that hold metrics."""
    folder = files("meterline_tools.catalog").joinpath("metrics")
    return sorted(f"metrics/{entry.name}" for entry in folder.iterdir() if entry.name.endswith(".yaml"))
