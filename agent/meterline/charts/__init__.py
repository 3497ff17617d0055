"""Charts of an answer: Vega-Lite specs whose data are rows of receipts, value for value."""

from __future__ import annotations

from typing import Any

from meterline.answer import Chart
from meterline.charts.rows import drawn
from meterline.charts.spec import spec
from meterline.render import Renderer


def vega_lite(chart: Chart, renderer: Renderer) -> dict[str, Any] | None:
    """The spec of a chart; None when its columns are not in the receipt or there is too little to draw."""
    made = drawn(chart, renderer.book)
    return spec(chart, made, renderer.plain(chart.title)) if made else None
