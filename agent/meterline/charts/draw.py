"""From a spec to a file: rendered here, with no browser and nothing fetched."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from meterline.charts.style import DARK
from meterline_tools.errors import UserError

FORMATS = (".png", ".svg")
_VERSION = "5.21"
_SCALE = 2.0
"""Pixels of a PNG for each of the spec, for sharp screens and slides."""
Spec = dict[str, Any]


def svg(spec: Spec) -> str:
    """The chart as SVG text."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=_VERSION, allowed_base_urls=[])
    return drawn


def png(spec: Spec) -> bytes:
    """The chart as a PNG picture."""
    import vl_convert

    drawn: bytes = vl_convert.vegalite_to_png(spec, vl_version=_VERSION, scale=_SCALE, allowed_base_urls=[])
    return drawn


def fitted(spec: Spec, width: int, *, dark: bool = False) -> Spec:
    """The spec for a page of this width (in pixels), on dark paper if asked."""
    from meterline.charts.spec import resized

    made = resized(copy.deepcopy(spec), width)
    return _recoloured(made) if dark else made


def _recoloured(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _recoloured(item) if key != "data" else item for key, item in value.items()}
    if isinstance(value, list):
        return [_recoloured(item) for item in value]
    return DARK.get(value, value) if isinstance(value, str) else value


def checked_path(path: Path) -> Path:
    """The file to write, before anything is worked out.

    Raises:
        UserError: another ending, or a folder that does not exist.
    """
    if path.suffix.lower() not in FORMATS:
        raise UserError(f"--chart must end in .png or .svg; it is '{path.name}'.")
    if not path.absolute().parent.is_dir():
        raise UserError(f"There is no folder {path.parent} to write the chart into.")
    return path


def write(specs: list[Spec], path: Path) -> list[Path]:
    """Writes each chart: the first to `path`, the next to NAME-2 and so on. Returns the files.

    Raises:
        UserError: the answer has no chart, or the file cannot be written.
    """
    if not specs:
        raise UserError(
            "There is nothing to draw in this answer. Ask for a trend (by week or by month), for the movers, for shares by region"
            " or the like, or how a commitment burns down."
        )
    files = [path if n == 1 else path.with_stem(f"{path.stem}-{n}") for n in range(1, len(specs) + 1)]
    for spec, file in zip(specs, files, strict=True):
        try:
            file.write_bytes(png(spec) if file.suffix.lower() == ".png" else svg(spec).encode())
        except OSError as problem:
            raise UserError(f"The chart cannot be written to {file}: {problem.strerror}.") from problem
    return files
