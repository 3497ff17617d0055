"""Filters of a tool as conditions on the rows it reads, for lists that no metric gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import ModelMustRetry
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.metrics import resolve_filters

if TYPE_CHECKING:
    from sqlalchemy import Select
    from sqlalchemy.sql.elements import ColumnElement

_ACCOUNT_COLUMNS = ("industry", "region", "country", "segment", "motion", "plan")


def filters_for(
    bench: Workbench, account: str, rep: str, filters: Mapping[str, list[str]] | None, notes: list[str]
) -> dict[str, list[str]]:
    """Ids by dimension, from the short arguments and the general one."""
    given = {name: list(values) for name, values in (filters or {}).items()}
    if account:
        given.setdefault("account", []).append(account)
    if rep:
        given.setdefault("rep", []).append(rep)
    return resolve_filters(bench, given, notes)


def conditions(
    bench: Workbench, filters: Mapping[str, list[str]], *, account: Any, person: Any = None, family: Any = None
) -> list[ColumnElement[bool]]:
    """Tests on a row's account, on the person it belongs to (without a `person`: who holds its account), and on its product family.

    Raises:
        ModelMustRetry: a filter these rows cannot be cut by.
    """
    from sqlalchemy import select

    accounts = bench.views.accounts()
    found: list[ColumnElement[bool]] = []
    for name, values in filters.items():
        if name == "account":
            found.append(account.in_(values))
        elif name in ("rep", "manager"):
            people = people_under(bench, values)
            found.append(account.in_(held_by(bench, people)) if person is None else person.in_(people))
        elif name in _ACCOUNT_COLUMNS:
            found.append(account.in_(select(accounts.c.account_id).where(accounts.c[name].in_(values))))
        elif name == "sku_family" and family is not None:
            found.append(family.in_(values))
        else:
            raise ModelMustRetry(f"These cannot be filtered by {name}. Filter by account, rep, manager, {', '.join(_ACCOUNT_COLUMNS)}.")
    return found


def held_by(bench: Workbench, people: Sequence[str]) -> Select[Any]:
    """Ids of the accounts credited to these people on the last complete day."""
    from sqlalchemy import select

    credit, day = bench.views.credit(), bench.asof.d1
    return select(credit.c.account_id).where(credit.c.rep_id.in_(people), credit.c.valid_from <= day, credit.c.valid_to > day)


def people_under(bench: Workbench, ids: Sequence[str]) -> list[str]:
    """These people and everybody who reports to them, directly or not."""
    from sqlalchemy import select

    people = bench.views.reps()
    reports: dict[str, list[str]] = {}
    for person, chief in bench.warehouse.run(select(people.c.rep_id, people.c.manager_rep_id)).rows:
        reports.setdefault(str(chief), []).append(str(person))
    found = list(dict.fromkeys(ids))
    for person in found:
        found += [each for each in reports.get(person, []) if each not in found]
    return sorted(found)
