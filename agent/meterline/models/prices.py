"""What tokens cost: a table of prices, read as data. An unknown model has no price, and none is invented."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from meterline_tools.errors import UserError
from meterline_tools.yamls import YAMLError, parse_yaml

_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_PUBLISHED = Path(__file__).parent / "prices.yaml"


class Price(BaseModel):
    """US dollars per million tokens; `cached` is for the part of the input that the provider had in its cache."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(default=None, ge=0)

    def cost(self, given: int, taken: int, cached: int = 0) -> float:
        """US dollars for `given` tokens of input, `cached` of them from the cache, and `taken` of output."""
        fresh = max(0, given - cached)
        rate = self.input if self.cached is None else self.cached
        return (fresh * self.input + min(cached, given) * rate + taken * self.output) / 1_000_000


_TABLE = TypeAdapter(dict[str, Price])


def price_of(model: str, own: Path | None = None) -> Price | None:
    """The price of `openai:<name>`; a company's own table comes before the published one. None when neither has it.

    Raises:
        UserError: the company's table cannot be read.
    """
    name = model.partition(":")[2] or model
    tables = ([_read(own)] if own else []) + [_read(_PUBLISHED)]
    return next((price for table in tables if (price := _find(table, name))), None)


def _find(table: dict[str, Price], name: str) -> Price | None:
    for spelling in (name, _DATE.sub("", name)):
        if spelling in table:
            return table[spelling]
    families = [key for key in table if key.endswith("*") and name.startswith(key[:-1])]
    return table[max(families, key=len)] if families else None


def _read(path: Path) -> dict[str, Price]:
    try:
        return _TABLE.validate_python(parse_yaml(path.read_text(encoding="utf-8")) or {})
    except OSError:
        raise UserError(f"METERLINE_PRICES names {path}, which cannot be read.") from None
    except (YAMLError, ValidationError, UnicodeDecodeError):
        raise UserError(
            f"{path.name} is no table of prices. A line is: model-name: {{input: 1.25, cached: 0.125, output: 10.00}}"
        ) from None
