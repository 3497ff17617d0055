"""Conditions as they are written: "M01 > 10000", "growth < -20%", "M14.pace < 50%"."""

from __future__ import annotations

import re
from typing import Literal, cast

from meterline_tools.catalog.model import Catalog, Condition, output_key
from meterline_tools.errors import ModelMustRetry

_WRITTEN = re.compile(
    r"^\s*(?P<what>.+?)\s*(?P<sign>>=|<=|>|<)\s*(?P<number>-?\d[\d_,]*(?:\.\d+)?)\s*(?P<scale>%|k|m|b)?\s*$", re.IGNORECASE
)
_SCALES = {"%": 0.01, "k": 1e3, "m": 1e6, "b": 1e9}
_HOW = 'Write a metric, a sign and a number, e.g. "M01 > 10000" or "M08 < -20%".'


def read_condition(catalog: Catalog, text: str) -> Condition:
    """The condition in a text. ModelMustRetry when it cannot be read, names no metric, or one without such an output."""
    found = _WRITTEN.match(text)
    if found is None:
        raise ModelMustRetry(f"'{text}' is not a condition. {_HOW}")
    word, dot, part = found["what"].partition(".")
    metric = catalog.metric(word)
    keys = [output_key(metric.id, output) for output in metric.outputs]
    wanted = f"{metric.id}{dot}{part}" if dot else keys[0]
    if wanted not in keys:
        raise ModelMustRetry(f"{metric.id} has no output '{part}'. It has: {', '.join(keys)}.")
    number = float(found["number"].replace(",", "").replace("_", "")) * _SCALES.get((found["scale"] or "").lower(), 1.0)
    return Condition(output=wanted, sign=cast('Literal[">", ">=", "<", "<="]', found["sign"]), number=number)
