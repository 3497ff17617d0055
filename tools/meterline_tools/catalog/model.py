"""What a metric, a dimension and a metric query are. The catalogue's YAML files are checked against these."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meterline_tools.receipts import Cell, Window


class Output(BaseModel):
    """One column a metric yields. Most metrics have one; attainment has pace, to_date and gap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = ""
    label: str
    unit: str
    """`currency` stands for the company's reporting currency, also in `currency/yr`; else a unit of numbers.display."""
    additive: bool = True
    """Whether parts of a breakdown add up to the total (so that a rest line is lawful)."""


class Metric(BaseModel):
    """A governed metric as written in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    label: str
    definition: str
    kind: str
    """Which builder compiles it (catalog/builders)."""
    params: dict[str, Any] = Field(default_factory=dict)
    outputs: list[Output]
    default_window: str
    dimensions: list[str]
    words: list[str]
    pitfalls: list[str]
    needs: list[str] = Field(default_factory=list)
    """Tables without which there is no answer, e.g. quota."""
    owner: str
    version: int


class Dimension(BaseModel):
    """Something metrics can be grouped or filtered by."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    label: str
    words: list[str] = Field(default_factory=list)
    entity: bool = False
    """Values are entities with an id and a name (account, rep, contract …)."""


class MetricQuery(BaseModel):
    """A resolved request: ids only, dates only. `filters` holds dimension id -> allowed values (ids)."""

    metrics: list[str]
    group_by: list[str] = Field(default_factory=list)
    filters: dict[str, list[str]] = Field(default_factory=dict)
    window: Window | None = None
    compare: Window | Literal["prior", "year_ago"] | None = None
    order: str = ""
    limit: int = 0


class MetricTable(BaseModel):
    """Rows of a metric query. `keys` are dimension values, `values` metric output keys -> exact values."""

    class Row(BaseModel):
        keys: dict[str, str | None]
        names: dict[str, str] = Field(default_factory=dict)
        values: dict[str, Cell]

    query: MetricQuery
    windows: dict[str, Window]
    """The window each metric id was computed over."""
    rows: list[Row]
    total: dict[str, Cell] | None = None
    rest: dict[str, Cell] | None = None
    rest_count: int = 0
    truncated: bool = False
    sql: list[str] = Field(default_factory=list)
    params: list[dict[str, Any]] = Field(default_factory=list)
    elapsed_ms: float = 0.0
    notes: list[str] = Field(default_factory=list)
    not_available: dict[str, str] = Field(default_factory=dict)
