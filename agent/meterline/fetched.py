"""What was fetched once in a turn is not fetched again, whoever asks: calls in one form, and their replies beside it."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench

KitTool = Callable[..., dict[str, Any]]
_BY_DIMENSION = frozenset({"filters", "exclude", "show"})
_NAMED = frozenset({"account", "rep"})


def fetch(tool: KitTool, bench: Workbench, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The tool's reply: that of the same call earlier in this turn, if there was one. Raises what the tool raises."""
    key = call_key(tool, bench, arguments)
    if key not in bench.replies:
        bench.replies[key] = tool(bench, **arguments)
    return bench.replies[key]


def call_key(tool: KitTool, bench: Workbench, arguments: Mapping[str, Any]) -> str:
    """A call in one form: defaults filled in, names and metrics as ids, words without case. Periods stay as they were worded,
    because a reply repeats its period's words."""
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(tool).parameters.items():
        value = arguments.get(name)
        value = parameter.default if _says_nothing(value) else value
        if name != "bench" and not _says_nothing(value):
            given[name] = _plain(bench, name, value)
    return f"{tool.__module__}.{tool.__name__} {json.dumps(given, sort_keys=True, ensure_ascii=False, default=str)}"


def _plain(bench: Workbench, name: str, value: Any) -> Any:
    if name in _BY_DIMENSION and isinstance(value, dict):
        return {dimension: sorted(_id(bench, dimension, each) for each in _listed(held)) for dimension, held in value.items()}
    if name == "metrics":
        return [_metric(bench, each) for each in _listed(value)]
    if name in _NAMED:
        return _id(bench, name, value)
    return " ".join(value.split()).casefold() if isinstance(value, str) and name == "window" else value


def _id(bench: Workbench, dimension: str, value: Any) -> str:
    """The id of what is named beyond doubt, else the words."""
    found = bench.names.find(dimension, str(value)) if dimension in _NAMED else []
    return found[0].id if len(found) == 1 and found[0].type == dimension else str(value).casefold()


def _metric(bench: Workbench, word: Any) -> str:
    try:
        return bench.catalog.metric(str(word)).id
    except ModelMustRetry:
        return str(word)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _says_nothing(value: Any) -> bool:
    return value is None or value is inspect.Parameter.empty or value in ("", [], {})
