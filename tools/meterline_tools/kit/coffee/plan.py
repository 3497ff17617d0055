"""Which items a coffee has and in which order: items.yaml, and what a company says of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from meterline_tools.errors import UserError
from meterline_tools.warehouse.company import Coffee
from meterline_tools.yamls import parse_yaml

if TYPE_CHECKING:
    from meterline_tools.kit.coffee.frame import Frame
    from meterline_tools.kit.coffee.told import Told

FRESHNESS = "freshness"


class Item(BaseModel):
    """One entry of items.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    feature: str
    title: str
    metric: str
    asks: str
    missing: str
    worries: bool = False

    @property
    def look(self) -> Callable[[Frame], Told | None]:
        """The function that looks: None where there is no data."""
        module, _, name = self.asks.partition(".")
        found: Callable[[Frame], Told | None] = getattr(import_module(f"meterline_tools.kit.coffee.{module}"), name)
        return found


@cache
def all_items() -> tuple[Item, ...]:
    """Every item, in the order of the file."""
    entries = parse_yaml((Path(__file__).parent / "items.yaml").read_text(encoding="utf-8"))
    return tuple(Item.model_validate(entry) for entry in entries)


def items_of(coffee: Coffee) -> list[Item]:
    """The items a company wants, freshness always first. UserError names one that does not exist."""
    items = {item.id: item for item in all_items()}
    if strange := [name for name in (*coffee.first, *coffee.hidden) if name not in items]:
        raise UserError(f"company.yaml: coffee: there is no item '{strange[0]}'. There are: {', '.join(items)}.")
    order = dict.fromkeys([FRESHNESS, *coffee.first, *items])
    return [items[name] for name in order if name == FRESHNESS or name not in coffee.hidden]
