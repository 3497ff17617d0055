"""What a principal may see, as predicates that views put inside their SQL.

An account is visible when one of the principal's people is assigned to it (any role) on the last
complete day, or owns it while nobody is primary on that day.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import CompoundSelect, FromClause, and_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from meterline_tools.principal import Principal
from meterline_tools.warehouse.schema import account, account_assignment, contract, use_case

PRIMARY = "primary"


def visible_account_ids(principal: Principal, day: date) -> CompoundSelect[str]:
    """SELECT of the account ids that a principal without full sight may see on a day."""
    people = sorted(principal.scope.rep_ids)
    assigned = select(account_assignment.c.account_id).where(_valid(day), account_assignment.c.rep_id.in_(people))
    covered = select(account_assignment.c.account_id).where(_valid(day), account_assignment.c.assignment_role == PRIMARY)
    owned = select(account.c.account_id).where(account.c.owner_rep_id.in_(people), account.c.account_id.not_in(covered))
    return assigned.union(owned)


def sees_account(column: ColumnElement[str | None], principal: Principal, day: date) -> ColumnElement[bool]:
    """Whether the account in `column` is visible."""
    return true() if principal.sees_everything else column.in_(visible_account_ids(principal, day))


def sees_rep(column: ColumnElement[str | None], principal: Principal) -> ColumnElement[bool]:
    """Whether the person in `column` belongs to the principal's tree."""
    return true() if principal.sees_everything else column.in_(sorted(principal.scope.rep_ids))


def sees_row(name: str, table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    """Whether a row of that canonical table is visible, by the account, the use case, the contract or the person it is about."""
    if principal.sees_everything:
        return true()
    special = _SPECIAL.get(name)
    return special(table, principal, day) if special else sees_account(table.c.account_id, principal, day)


def _everybody(table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    return true()


def _of_person(table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    return sees_rep(table.c.rep_id, principal)


def _of_use_case(table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    visible = select(use_case.c.use_case_id).where(sees_account(use_case.c.account_id, principal, day))
    return table.c.use_case_id.in_(visible)


def _of_contract(table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    """List prices are for everybody, agreed ones for those who see the contract."""
    visible = select(contract.c.contract_id).where(sees_account(contract.c.account_id, principal, day))
    return or_(table.c.contract_id.is_(None), table.c.contract_id.in_(visible))


def _of_event_scope(table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    """Events of the world are for everybody, those of one account for those who see it."""
    elsewhere = or_(table.c.scope_type.is_(None), table.c.scope_type != "account")
    return or_(elsewhere, sees_account(table.c.scope_value, principal, day))


def _of_subject(table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    of_rep = and_(table.c.subject_type == "rep", sees_rep(table.c.subject_id, principal))
    return or_(of_rep, and_(table.c.subject_type != "rep", sees_account(table.c.account_id, principal, day)))


def _of_account_or_author(table: FromClause, principal: Principal, day: date) -> ColumnElement[bool]:
    """What is about no account is seen by who did it and their managers."""
    person = table.c.rep_id if "rep_id" in table.c else table.c.author_rep_id
    return or_(sees_account(table.c.account_id, principal, day), and_(table.c.account_id.is_(None), sees_rep(person, principal)))


_SPECIAL: dict[str, Callable[[FromClause, Principal, date], ColumnElement[bool]]] = {
    "sku": _everybody,
    "rep": _of_person,
    "quota": _of_person,
    "use_case_event": _of_use_case,
    "price": _of_contract,
    "change_event": _of_event_scope,
    "enablement_event": _of_subject,
    "activity": _of_account_or_author,
    "note": _of_account_or_author,
}
"""Tables whose rows are not simply about the account in `account_id`."""


def _valid(day: date) -> ColumnElement[bool]:
    span = account_assignment.c
    return and_(span.valid_from <= day, or_(span.valid_to.is_(None), span.valid_to > day))
