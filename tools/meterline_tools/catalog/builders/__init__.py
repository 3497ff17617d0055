"""From the kind of a metric to the SQL that computes it. A new metric of a known kind is YAML only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from meterline_tools.catalog.builders import usage
from meterline_tools.catalog.builders.base import Context, Plan, Request

Builder = Callable[[Context, Sequence[Request]], list[Plan]]

BUILDERS: dict[str, Builder] = {
    "usage": usage.build_usage,
    "usage_units": usage.build_units,
}
