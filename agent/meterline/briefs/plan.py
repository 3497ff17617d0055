"""Which sections a brief has, in which order and for whom: `sections.yaml`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from meterline.briefs.model import Rendering
from meterline_tools.yamls import parse_yaml

if TYPE_CHECKING:
    from meterline.briefs.blocks import Block
    from meterline.briefs.frame import Frame

Writer = Callable[["Frame"], "list[Block]"]


class SectionPlan(BaseModel):
    """One entry of sections.yaml. `module` lies in briefs/sections and has a function `write(frame)`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    number: str
    title: str
    module: str
    renderings: list[Rendering]
    appendix: bool = False

    @property
    def writer(self) -> Writer:
        write: Writer = import_module(f"meterline.briefs.sections.{self.module}").write
        return write


@cache
def load_plan() -> tuple[SectionPlan, ...]:
    """All sections in the order of printing."""
    entries = parse_yaml((Path(__file__).parent / "sections.yaml").read_text(encoding="utf-8"))
    return tuple(SectionPlan.model_validate(entry) for entry in entries)
