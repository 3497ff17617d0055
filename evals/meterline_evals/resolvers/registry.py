"""The table of resolvers, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from meterline_evals.company import CompanyFiles

Resolver = Callable[..., Any]
Named = TypeVar("Named", bound=Resolver)
RESOLVERS: dict[str, Resolver] = {}
ONE_DAY = timedelta(days=1)

# The relations that CompanyFiles derives.
USAGE = "counted_usage"
CREDITED = "credited_usage"


@dataclass(frozen=True)
class Range:
    """Bounds of a figure whose method the domain leaves open."""

    low: float
    high: float


def resolver(function: Named) -> Named:
    """Makes a function known to task files under its own name."""
    RESOLVERS[function.__name__] = function
    return function


def clock(files: CompanyFiles) -> dict[str, Any]:
    """Parameters of statements over the derived relations, which are there from then on."""
    files.derive()
    return {"known": files.known_at, "d1": files.d1}


def resolved(files: CompanyFiles, name: str, args: dict[str, Any]) -> Any:
    """What a resolver returns, worked out once for the same arguments."""
    return files.remembered(f"{name} {sorted(args.items())}", lambda: RESOLVERS[name](files, **args))


def as_day(files: CompanyFiles, day: str | date) -> date:
    return files.day(day) if isinstance(day, str) else day


def money_column(filters: dict[str, str]) -> str:
    return "credited" if "full_name" in filters else "effective_cost"


def conditions(filters: dict[str, str]) -> str:
    return "".join(f" AND {name} = ${name}" for name in filters)


def total(files: CompanyFiles, start: str | date, end: str | date, column: str, filters: dict[str, str]) -> float:
    """Σ column of usage rows in a window, where each filter column equals its value."""
    source = CREDITED if "full_name" in filters else USAGE
    sql = f"SELECT coalesce(sum({column}), 0) FROM {source} WHERE usage_date BETWEEN $start AND $end{conditions(filters)}"
    return float(files.one(sql, start=as_day(files, start), end=as_day(files, end), **filters, **clock(files)))
