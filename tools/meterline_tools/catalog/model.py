"""What a metric, a dimension and a metric query are. The catalogue's YAML files are checked against these."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from meterline_tools.errors import ModelMustRetry, nearest_hint
from meterline_tools.receipts import Cell, Window


class Output(BaseModel):
    """One column a metric yields. Most metrics have one; attainment has pace, to_date and gap."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str = ""
    label: str
    unit: str
    """`currency` stands for the company's reporting currency, also in `currency/yr`; else a unit of numbers.display."""
    days: int = 0
    """Looks back so many days from the end of the window, whatever the window is."""
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
    anchors: list[str] = Field(default_factory=list)
    """How companies that publish such a measure define theirs, in our words; never a figure of theirs."""
    needs: list[str] = Field(default_factory=list)
    """Tables, or columns, without which there is no answer, e.g. quota, usage_daily.list_cost; `a|b` needs one of both."""
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
    via: Literal["fact", "account", "workload", "rep", "tree", "time"]
    """Where values are found: on the measured row, its account, its workload, the credited rep, the tree above that rep, or its day."""
    column: str = ""
    names: tuple[str, str] | None = None
    """Table and column that hold the name of an entity; the id column is `column` of the dimension it stands for."""
    values: list[str] = Field(default_factory=list)
    """The closed list of values, where there is one."""


class Condition(BaseModel):
    """What a row must hold to be listed: an output of a metric set against a number (percentages as fractions)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: str
    """M08, M14.pace …"""
    sign: Literal[">", ">=", "<", "<="]
    number: float

    def holds(self, value: Cell) -> bool:
        """Whether a value meets it; one that is absent or a text never does."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.sign in (">", ">="):
            return value > self.number or (self.sign == ">=" and value == self.number)
        return value < self.number or (self.sign == "<=" and value == self.number)


class MetricQuery(BaseModel):
    """A resolved request: ids only, dates only. `filters` holds dimension id -> allowed values (ids), `exclude` those left out.

    `having` and `show` choose which parts are listed; the total, the rest and ranks still count everything.
    """

    metrics: list[str]
    group_by: list[str] = Field(default_factory=list)
    filters: dict[str, list[str]] = Field(default_factory=dict)
    exclude: dict[str, list[str]] = Field(default_factory=dict)
    having: list[Condition] = Field(default_factory=list)
    show: dict[str, list[str]] = Field(default_factory=dict)
    shares: bool = False
    """Whether each row tells its share of the total, or of its day, week or month in a series."""
    window: Window | None = None
    compare: Window | Literal["prior", "year_ago"] | None = None
    show_compared: bool = True
    """Whether plain sums show their value in the earlier window too, or `compare` only sets what growth is measured against."""
    order: str = ""
    limit: int = 0

    @property
    def selective(self) -> bool:
        """Whether parts are chosen by what they hold, so that all of them have to be seen first."""
        return bool(self.having or self.show or (self.shares and self.periods))

    @property
    def periods(self) -> list[str]:
        """The time dimensions of the breakdown."""
        return [name for name in self.group_by if name in ("day", "week", "month")]


class Statement(BaseModel):
    """One SQL statement that ran for a metric query, with what it returned; ready to become a receipt.

    Rows of `level` 0 are totals and of level 1 parts; level 2 are detail rows that totals and parts were worked
    out from where SQL alone cannot do it in every dialect (dates, medians).
    """

    columns: list[str]
    rows: list[list[Any]]
    sql: str
    params: dict[str, Any]
    elapsed_ms: float
    truncated: bool
    derived: str = ""
    """What of the rows SQL did not return but was worked out from its rows; empty when SQL returned all."""


class OutputColumn(BaseModel):
    """An output of a metric query: where it stands, and what it was computed over."""

    metric: str
    output: Output
    statement: int
    column: str
    window: Window
    compare: Window | None = None


class MetricTable(BaseModel):
    """Rows of a metric query. `keys` are dimension values, `values` metric output keys -> exact values."""

    class Row(BaseModel):
        keys: dict[str, str | None]
        names: dict[str, str] = Field(default_factory=dict)
        values: dict[str, Cell]
        places: dict[int, int] = Field(default_factory=dict)
        """Statement number -> row number in it."""
        rank: int = 0
        """The place among all parts in the order asked for, from 1."""
        shares: dict[str, float] = Field(default_factory=dict)
        """Output key -> the share of the whole."""

    class Matched(BaseModel):
        """All parts that meet the conditions: how many, and their sums where parts add up."""

        count: int
        values: dict[str, Cell]

    query: MetricQuery
    windows: dict[str, Window]
    """The window each metric id was computed over."""
    rows: list[Row]
    total: dict[str, Cell] | None = None
    rest: dict[str, Cell] | None = None
    rest_count: int = 0
    matched: Matched | None = None
    parts: int = 0
    """How many parts there are in all, listed or not."""
    truncated: bool = False
    sql: list[str] = Field(default_factory=list)
    params: list[dict[str, Any]] = Field(default_factory=list)
    elapsed_ms: float = 0.0
    notes: list[str] = Field(default_factory=list)
    not_available: dict[str, str] = Field(default_factory=dict)
    outputs: dict[str, OutputColumn] = Field(default_factory=dict)
    """By output key: M01, M14.pace …"""
    statements: list[Statement] = Field(default_factory=list)
    total_places: dict[int, int] = Field(default_factory=dict)


def output_key(metric: str, output: Output) -> str:
    """M14.pace, or M01 for a metric's main output."""
    return f"{metric}.{output.key}" if output.key else metric


def plain_word(text: str) -> str:
    """How names are compared: lower case, words apart."""
    return " ".join("".join(c if c.isalnum() or c in "$%" else " " for c in text.casefold()).split())


class Catalog:
    """All metrics and dimensions, found by id, name or the words people say."""

    def __init__(self, metrics: list[Metric], dimensions: list[Dimension]) -> None:
        self.metrics = {metric.id: metric for metric in metrics}
        self.dimensions = {dimension.id: dimension for dimension in dimensions}
        self.metric_words = _vocabulary({m.id: [m.id, m.name, m.label, *m.words] for m in metrics})
        """Every id, name and word -> metric ids, in the order of the catalogue."""
        self.dimension_words = _vocabulary({d.id: [d.id, d.label, *d.words] for d in dimensions})

    def metric(self, word: str) -> Metric:
        """The metric of an id, name or word. ModelMustRetry names the nearest ones."""
        return self.metrics[_find("metric", word, self.metric_words, self.metrics)]

    def dimension(self, word: str) -> Dimension:
        """The dimension of an id or word. ModelMustRetry names the nearest ones."""
        return self.dimensions[_find("dimension", word, self.dimension_words, self.dimensions)]


def _vocabulary(words: dict[str, list[str]]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for owner, said in words.items():
        for word in said:
            owners = table.setdefault(plain_word(word), [])
            if owner not in owners:
                owners.append(owner)
    return table


def _find(kind: str, word: str, vocabulary: dict[str, list[str]], known: Mapping[str, Metric | Dimension]) -> str:
    plain = plain_word(word)
    if owners := vocabulary.get(plain) or vocabulary.get(plain.removesuffix("s")):
        return owners[0]
    from rapidfuzz import fuzz, process

    near = process.extract(plain, vocabulary.keys(), scorer=fuzz.WRatio, limit=6, score_cutoff=50)
    ids = dict.fromkeys(owner for name, _, _ in near for owner in vocabulary[name])
    raise ModelMustRetry(nearest_hint(kind, word, [_named(known[owner]) for owner in list(ids)[:4]]))


def _named(thing: Metric | Dimension) -> str:
    return f"{thing.id} ({thing.name})" if isinstance(thing, Metric) else thing.id


@cache
def load_catalog() -> Catalog:
    """The catalogue as written in metrics/*.yaml and dimensions.yaml, checked and read once."""
    from meterline_tools.catalog.words import metric_files, read_yaml

    metrics = [Metric.model_validate(entry) for name in metric_files() for entry in read_yaml(name)]
    dimensions = [Dimension.model_validate(entry) for entry in read_yaml("dimensions.yaml")]
    order = {metric.id: (int(metric.id[1:3]), metric.id) for metric in metrics}
    return Catalog(sorted(metrics, key=lambda metric: order[metric.id]), dimensions)
