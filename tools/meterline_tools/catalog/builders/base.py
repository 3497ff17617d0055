"""What every builder works with: the request, the rows to measure, the shape of a result.

A builder turns requests (a metric over a window) into a `Plan`: one statement whose rows are, at level 0,
the total and, at level 1, the parts of the breakdown. Most builders only say which rows are measured (`Fact`),
which sums are taken of them (`slots`) and how outputs follow from the sums (`Formula`); `assemble` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import CTE, Date, FromClause, and_, case, cast, literal, not_, or_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from meterline_tools.catalog.buckets import bucket_starts
from meterline_tools.catalog.calendar import FiscalCalendar
from meterline_tools.catalog.model import Catalog, Dimension, Metric, MetricQuery, Output, output_key
from meterline_tools.receipts import Window
from meterline_tools.warehouse.statements import AnySelect, narrated

if TYPE_CHECKING:
    from meterline_tools.warehouse.asof import AsOf
    from meterline_tools.warehouse.company import Company
    from meterline_tools.warehouse.engines import Rows, Warehouse
    from meterline_tools.warehouse.views import Views

Column = ColumnElement[Any]
Get = Callable[[str], Column]
"""Gives the column of a slot: as it stands in a part, or summed up in the total."""
Formula = Callable[[Get], Column]
PEOPLE = ("rep", "manager", "territory")

FETCH = 20_000
DERIVED = "SQL returned the rows of level 2; totals (level 0) and parts (level 1) were worked out from them"


@dataclass(frozen=True)
class Request:
    """One metric over one window; `compare` is the earlier window of metrics that look back."""

    metric: Metric
    window: Window
    compare: Window | None = None


@dataclass(frozen=True)
class Page:
    """Which parts are wanted: the first `limit` in the order of an output, or exactly the keys in `only`."""

    order: str = ""
    descending: bool = True
    absolute: bool = False
    limit: int = 200
    only: tuple[tuple[Any, ...], ...] | None = None


@dataclass
class Context:
    """Everything a builder may use."""

    catalog: Catalog
    query: MetricQuery
    views: Views
    warehouse: Warehouse
    asof: AsOf
    calendar: FiscalCalendar
    page: Page = field(default_factory=Page)

    @property
    def company(self) -> Company:
        return self.warehouse.company

    @property
    def keys(self) -> list[Dimension]:
        return [self.catalog.dimensions[name] for name in self.query.group_by]

    @property
    def asked(self) -> set[str]:
        """Dimensions that the query groups by, filters by or leaves values out of."""
        return {*self.query.group_by, *self.query.filters, *self.query.exclude}

    @cached_property
    def team(self) -> CTE:
        """rep_id, manager_id: everybody with each of the managers above them; a manager's book is the union of these."""
        return _team(self.views)

    @cached_property
    def _aliases(self) -> dict[str, FromClause]:
        return {}

    def alias(self, table: str, name: str) -> FromClause:
        """A visible table under a name of its own; the same one whenever the same name is asked for."""
        return self._aliases.setdefault(name, self.views.table(table).alias(name))

    @property
    def by_people(self) -> bool:
        return bool(self.asked.intersection(PEOPLE))


@dataclass(frozen=True)
class Derived:
    """An output of a plan: its definition, and the column of the statement that holds it."""

    request: Request
    output: Output
    column: str

    @property
    def key(self) -> str:
        return output_key(self.request.metric.id, self.output)


@dataclass
class Plan:
    """A statement and how to read it. `finish` adds levels 0 and 1 where the statement only gives detail rows."""

    statement: AnySelect
    outputs: list[Derived]
    keys: list[str]
    paged: bool = True
    notes: list[str] = field(default_factory=list)
    finish: Callable[[Rows], tuple[list[str], list[list[Any]]]] | None = None
    remark: Callable[[list[str], list[list[Any]]], list[str]] | None = None
    """Sentences that follow from the rows, such as who has no quota."""
    lacking: Callable[[list[str], list[list[Any]]], str | None] | None = None
    """Why the rows tell nothing at all, if so: then the metrics are not available."""
    fetch: int = FETCH
    """The most rows to fetch."""
    derived: str = DERIVED
    """What a receipt says about the rows that `finish` made."""


def outputs_of(request: Request) -> list[Derived]:
    """The outputs of a metric under column names that any engine takes: m14_pace."""
    metric = request.metric
    return [Derived(request, output, output_key(metric.id, output).lower().replace(".", "_")) for output in metric.outputs]


def within(day: Column, window: Window) -> ColumnElement[bool]:
    return and_(day >= window.start, day <= window.end)


def within_moments(at: Column, window: Window) -> list[ColumnElement[bool]]:
    """A timestamp inside a window of whole days."""
    after = datetime.combine(window.end + timedelta(days=1), time())
    return [at >= datetime.combine(window.start, time()), at < after]


class Fact:
    """Rows to be measured, and the way from them to the dimensions. A table is joined once, when a dimension needs it.

    `columns` names the columns of `source` that stand for dimensions (account, rep, sku …); `day` holds the usage day
    or, when `moments`, a timestamp.
    """

    def __init__(
        self,
        context: Context,
        source: Any,
        columns: Mapping[str, Column],
        *,
        window: Window,
        day: Column | None = None,
        moments: bool = False,
    ) -> None:
        self.context = context
        self._window = window
        self.rows = source
        self.columns = dict(columns)
        self._day = day
        self._moments = moments
        self._joined: dict[str, FromClause] = {}
        # Made now, so that whoever takes `rows` has the joins that the filters need; one missing join is a cross product.
        self._conditions = self._filters()

    def dimension(self, dimension: Dimension) -> Column:
        """The column that holds a dimension's value for a row."""
        if dimension.id in self.columns:
            return self.columns[dimension.id]
        if dimension.via == "time":
            return self._bucket(dimension.id)
        if dimension.via == "account":
            return self._join("account", "account").c[dimension.column]
        if dimension.via == "workload":
            return self._join("workload", "workload").c[dimension.column]
        if dimension.via == "rep":
            return self._join("rep", "rep").c[dimension.column]
        if dimension.via == "tree":
            return self._join("tree", "rep").c.manager_id
        raise KeyError(dimension.id)

    def _join(self, name: str, by: str) -> FromClause:
        if name not in self._joined:
            views = self.context.views
            target: FromClause = self.context.team if name == "tree" else views.table(name)
            self.rows = self.rows.outerjoin(target, target.c[f"{by}_id"] == self.columns[by])
            self._joined[name] = target
        return self._joined[name]

    def _bucket(self, unit: str) -> Column:
        """The first day of the row's week, month, quarter or year, by bound dates, so that every dialect agrees."""
        assert self._day is not None
        if unit == "day" and not self._moments:
            return self._day
        starts = bucket_starts(self._window, unit, self.context.calendar)
        if len(starts) == 1:
            return cast(literal(starts[0]), Date)
        whens = [(self._day < later, cast(literal(start), Date)) for start, later in pairwise(starts)]
        return case(*whens, else_=cast(literal(starts[-1]), Date))

    def conditions(self) -> list[ColumnElement[bool]]:
        """The query's filters."""
        return self._conditions

    def _filters(self) -> list[ColumnElement[bool]]:
        query = self.context.query
        kept = [self._among(name, values) for name, values in query.filters.items()]
        # What has no value is not one of those left out; NOT IN alone would drop it.
        left_out = [or_(self._column(name).is_(None), not_(self._among(name, values))) for name, values in query.exclude.items()]
        return kept + left_out

    def _column(self, name: str) -> Column:
        dimension = self.context.catalog.dimensions[name]
        return self.columns["rep"] if dimension.via == "tree" else self.dimension(dimension)

    def _among(self, name: str, values: Sequence[str]) -> ColumnElement[bool]:
        """Whether a row has one of these values; teams by membership, so that nobody counts twice when two of them overlap."""
        if self.context.catalog.dimensions[name].via != "tree":
            return self._column(name).in_(values)
        pairs = self.context.team
        return self._column(name).in_(select(pairs.c.rep_id).where(pairs.c.manager_id.in_(values)))

    def sums(self, slots: Mapping[str, Column], where: Sequence[ColumnElement[bool]] = (), *, keyed: bool = True) -> AnySelect:
        """One row for each combination of the breakdown's values (one row when not `keyed`), with the slots summed."""
        keys = [(f"k_{d.id}", self.dimension(d)) for d in self.context.keys] if keyed else []
        conditions = [*where, *self.conditions()]
        columns = [column.label(name) for name, column in keys] + [column.label(name) for name, column in slots.items()]
        statement = select(*columns).select_from(self.rows).where(*conditions)
        return statement.group_by(*(column for _, column in keys)) if keys else statement


def _team(views: Views) -> CTE:
    people = views.reps()
    chiefs = select(people.c.manager_rep_id).where(people.c.manager_rep_id.is_not(None))
    own = select(people.c.rep_id, people.c.rep_id.label("manager_id")).where(people.c.rep_id.in_(chiefs))
    direct = select(people.c.rep_id, people.c.manager_rep_id.label("manager_id")).where(people.c.manager_rep_id.is_not(None))
    start = union_all(own, direct).subquery("direct")
    seed = select(start.c.rep_id, start.c.manager_id)
    team = narrated(seed, "team: each person with every manager above, managers with themselves").cte("team", recursive=True)
    above = (
        select(team.c.rep_id, people.c.manager_rep_id)
        .join(people, people.c.rep_id == team.c.manager_id)
        .where(people.c.manager_rep_id.is_not(None))
    )
    return team.union(above)
