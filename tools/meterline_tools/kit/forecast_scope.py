"""Whose forecast is asked for: the accounts in sight that fit, and the share of each that counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.entities import resolve_value
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

OF_ACCOUNT = ("industry", "region", "country", "segment", "motion", "plan")
OF_PEOPLE = ("rep", "manager", "territory")
DIMENSIONS = ("account", *OF_PEOPLE, *OF_ACCOUNT, "sku_family")
UNCREDITED = "uncredited"


@dataclass(frozen=True)
class Scope:
    """Accounts with their attributes and the share that counts; `credit` is who holds what part of each on d1."""

    shares: Mapping[str, float]
    attributes: Mapping[str, Mapping[str, str | None]]
    credit: Mapping[str, Mapping[str, float]]
    families: frozenset[str]
    filters: dict[str, list[str]]
    entity: Entity | None
    wanted: frozenset[str] | None = None
    """The people whose credits alone count; None when all of each account does."""
    territories: Mapping[str, str | None] = field(default_factory=dict)


def read_scope(bench: Workbench, filters: Mapping[str, list[str] | str]) -> Scope:
    """The scope that filters by dimension mean. ModelMustRetry for a dimension a forecast cannot be cut by."""
    resolved = _resolved(bench, filters)
    attributes, credit, people, territories = _ground(bench)
    wanted = _reps(resolved, people, territories)
    shares = {}
    for account, traits in attributes.items():
        if resolved.get("account") and account not in resolved["account"]:
            continue
        if any(traits[name] not in resolved[name] for name in OF_ACCOUNT if resolved.get(name)):
            continue
        held = credit.get(account, {})
        share = 1.0 if wanted is None else sum(part for rep, part in held.items() if rep in wanted)
        if share > 0:
            shares[account] = share
    families = frozenset(resolved.get("sku_family", []))
    people_asked = frozenset(wanted) if wanted is not None else None
    return Scope(shares, attributes, credit, families, resolved, _entity(bench, resolved), people_asked, territories)


def _resolved(bench: Workbench, filters: Mapping[str, list[str] | str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for word, values in filters.items():
        dimension = bench.catalog.dimension(word).id
        if dimension not in DIMENSIONS:
            raise ModelMustRetry(f"A forecast cannot be cut by {dimension}. It can be by: {', '.join(DIMENSIONS)}.")
        for value in [values] if isinstance(values, str) else values:
            kind, ident = resolve_value(bench, dimension, str(value))
            found[kind if dimension in ("rep", "manager") else dimension].append(ident)
    return dict(found)


_Ground = tuple[dict[str, dict[str, str | None]], dict[str, dict[str, float]], dict[str, str | None], dict[str, str | None]]
_grounds: WeakKeyDictionary[Any, dict[tuple[datetime, str], _Ground]] = WeakKeyDictionary()


def _ground(bench: Workbench) -> _Ground:
    """Attributes, credits and people in the asker's sight; a snapshot never changes, so they are read once."""
    known = _grounds.setdefault(bench.warehouse, {})
    key = (bench.asof.known_at, bench.principal.user_id)
    if key not in known:
        known[key] = (_attributes(bench), _credit(bench), *_people(bench))
    return known[key]


def _attributes(bench: Workbench) -> dict[str, dict[str, str | None]]:
    from sqlalchemy import select

    account = bench.views.accounts()
    rows = bench.warehouse.run(select(account.c.account_id, *(account.c[name] for name in OF_ACCOUNT)), limit=1_000_000).rows
    return {row[0]: dict(zip(OF_ACCOUNT, row[1:], strict=True)) for row in rows}


def _credit(bench: Workbench) -> dict[str, dict[str, float]]:
    """Who is credited for each account on the last complete day, taken to stay so."""
    from sqlalchemy import select

    credit, d1 = bench.views.credit(), bench.asof.d1
    statement = select(credit.c.account_id, credit.c.rep_id, credit.c.credit_pct)
    valid = statement.where(credit.c.valid_from <= d1, credit.c.valid_to > d1)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for account, rep, part in bench.warehouse.run(valid, limit=1_000_000).rows:
        found[account][rep] = found[account].get(rep, 0.0) + float(part)
    return dict(found)


def _people(bench: Workbench) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Manager and territory of each person in sight."""
    from sqlalchemy import select

    rep = bench.views.reps()
    rows = bench.warehouse.run(select(rep.c.rep_id, rep.c.manager_rep_id, rep.c.territory), limit=100_000).rows
    return {row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows}


def _reps(resolved: Mapping[str, list[str]], managers: Mapping[str, str | None], territories: Mapping[str, str | None]) -> set[str] | None:
    """The people whose credits count; None when all accounts do."""
    groups: list[set[str]] = []
    if named := set(resolved.get("rep", [])) | {person for chief in resolved.get("manager", []) for person in _team(chief, managers)}:
        groups.append(named)
    if places := resolved.get("territory"):
        groups.append({rep for rep, place in territories.items() if place in places})
    return set.intersection(*groups) if groups else None


def _team(chief: str, managers: Mapping[str, str | None]) -> set[str]:
    """A manager and everybody below."""
    team, size = {chief}, 0
    while len(team) != size:
        size = len(team)
        team |= {person for person, above in managers.items() if above in team}
    return team


def _entity(bench: Workbench, resolved: Mapping[str, list[str]]) -> Entity | None:
    """The one thing the forecast is of, when it is of one."""
    if len(resolved) != 1:
        return None
    (kind, values), *_ = resolved.items()
    if len(values) != 1:
        return None
    return Entity(type=kind, id=values[0], name=bench.names.name_of(kind, values[0]) or values[0].replace("_", " "))
