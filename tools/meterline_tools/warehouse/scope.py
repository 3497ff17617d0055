"""What a principal may see, as predicates that views put inside their SQL.

An account is visible when one of the principal's people is assigned to it (any role) on the last
complete day, or owns it while nobody is primary on that day.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CompoundSelect, Select, and_, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from meterline_tools.principal import Principal
from meterline_tools.warehouse.schema import account, account_assignment, contract, use_case

PRIMARY = "primary"


def visible_account_ids(principal: Principal, day: date) -> CompoundSelect[tuple[str]]:
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


def sees_row(table: str, columns: dict[str, ColumnElement[str | None]], principal: Principal, day: date) -> ColumnElement[bool]:
    """Whether a row of a canonical table is visible, by the account, the use case, the contract or the person it is about."""
    if principal.sees_everything or table == "sku":
        return true()
    seen = visible_account_ids(principal, day)
    if table == "rep":
        return sees_rep(columns["rep_id"], principal)
    if table == "use_case_event":
        return columns["use_case_id"].in_(select(use_case.c.use_case_id).where(use_case.c.account_id.in_(seen)))
    if table == "price":
        agreed = select(contract.c.contract_id).where(contract.c.account_id.in_(seen))
        return or_(columns["contract_id"].is_(None), columns["contract_id"].in_(agreed))
    if table == "change_event":
        return or_(columns["scope_type"].is_(None), columns["scope_type"] != "account", columns["scope_value"].in_(seen))
    if table == "quota":
        return sees_rep(columns["rep_id"], principal)
    if table == "enablement_event":
        of_rep = and_(columns["subject_type"] == "rep", sees_rep(columns["subject_id"], principal))
        return or_(of_rep, and_(columns["subject_type"] != "rep", columns["account_id"].in_(seen)))
    person = next((columns[name] for name in ("rep_id", "author_rep_id") if name in columns), None)
    mine = columns["account_id"].in_(seen)
    if table in ("activity", "note") and person is not None:
        return or_(mine, and_(columns["account_id"].is_(None), sees_rep(person, principal)))
    return mine


def _valid(day: date) -> ColumnElement[bool]:
    span = account_assignment.c
    return and_(span.valid_from <= day, or_(span.valid_to.is_(None), span.valid_to > day))


def select_valid_assignments(day: date) -> Select[tuple[str, str]]:
    """(account_id, rep_id) of every assignment, of any role, that is valid on a day."""
    return select(account_assignment.c.account_id, account_assignment.c.rep_id).where(_valid(day))
