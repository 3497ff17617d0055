"""Who somebody is and what they may see, from the rep table."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import func, or_, select

from meterline_tools.errors import Refused
from meterline_tools.principal import LOCAL_ADMIN, Principal, Role, Scope
from meterline_tools.warehouse.asof import AsOf
from meterline_tools.warehouse.engines import Warehouse
from meterline_tools.warehouse.schema import rep

HEAD_ROLES = frozenset({"vp", "svp", "evp", "cro", "ceo", "coo", "cfo", "president"})
"""Roles that, at the top of the tree, head the company's sales: they see accounts that nobody owns, too."""
UNKNOWN_PERSON = (
    "Nobody with the email or rep id '{who}' may ask here. Give one that stands in the rep table, of somebody who still works here."
)


def resolve_principal(warehouse: Warehouse, asof: AsOf, who: str | None) -> Principal:
    """The principal for an email or rep id; None is the local admin. Refused for strangers and for people who have left."""
    if who is None:
        return LOCAL_ADMIN
    asked = who.strip().lower()
    gone = rep.c.end_date.is_(None) | (rep.c.end_date > asof.today)
    me = select(rep.c.rep_id, rep.c.full_name, rep.c.role, rep.c.manager_rep_id, rep.c.timezone).where(
        or_(func.lower(rep.c.rep_id) == asked, func.lower(rep.c.email) == asked), gone
    )
    found = warehouse.run(me).rows
    exact = [row for row in found if row[0] == who.strip()] or found
    if not asked or len(exact) != 1:
        raise Refused(UNKNOWN_PERSON.format(who=who))
    rep_id, full_name, role, manager, timezone = exact[0]
    links = warehouse.run(select(rep.c.rep_id, rep.c.manager_rep_id), limit=1_000_000).rows
    tree = people_below(rep_id, dict(links))
    heads_all = manager is None and len(tree) > 1 and (str(role).strip().lower() in HEAD_ROLES or len(tree) == len(links))
    return Principal(
        user_id=rep_id,
        role=_role(heads_all, len(tree)),
        scope=Scope(everything=True) if heads_all else Scope(rep_ids=tree),
        rep_id=rep_id,
        full_name=full_name,
        timezone=timezone,
    )


def people_below(rep_id: str, manager_of: dict[str, str | None]) -> frozenset[str]:
    """A person and everybody below in the tree; a circle in the data ends the walk."""
    reports: dict[str, list[str]] = defaultdict(list)
    for person, manager in manager_of.items():
        if manager:
            reports[manager].append(person)
    seen, waiting = {rep_id}, [rep_id]
    while waiting:
        below = [person for person in reports[waiting.pop()] if person not in seen]
        seen.update(below)
        waiting.extend(below)
    return frozenset(seen)


def _role(heads_all: bool, tree_size: int) -> Role:
    if heads_all:
        return "leader"
    return "manager" if tree_size > 1 else "rep"
