"""A company's own causes and thresholds: causes.yaml and thresholds.yaml in its workspace, over those that ship."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from meterline_tools.errors import UserError

if TYPE_CHECKING:
    from meterline_tools.insight.causes import Cause
    from meterline_tools.insight.thresholds import Thresholds
    from meterline_tools.kit.bench import Workbench


def causes_of(bench: Workbench) -> Mapping[str, Cause]:
    """The causes a change may have here. UserError when the company's own file cannot be used."""
    from meterline_tools.insight.causes import CauseError, load_causes, own_causes

    own = _beside(bench, "causes.yaml")
    try:
        return load_causes() if own is None else own_causes(own, own.stat().st_mtime)
    except CauseError as error:
        raise UserError(str(error)) from None


def thresholds_of(bench: Workbench) -> Thresholds:
    """The thresholds and points of confidence that hold here. UserError as of `causes_of`."""
    from meterline_tools.insight.thresholds import ThresholdError, load_thresholds, own_thresholds

    own = _beside(bench, "thresholds.yaml")
    try:
        return load_thresholds() if own is None else own_thresholds(own, own.stat().st_mtime)
    except ThresholdError as error:
        raise UserError(str(error)) from None


def _beside(bench: Workbench, name: str) -> Path | None:
    """A file of the workspace that holds the snapshot; None without one, or where the warehouse is no file."""
    snapshot = bench.warehouse.engine.url.database
    path = Path(snapshot).parent.parent / name if bench.warehouse.engine.dialect.name == "duckdb" and snapshot else None
    return path if path is not None and path.is_file() else None
