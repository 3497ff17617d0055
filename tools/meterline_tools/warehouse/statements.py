"""What all our SELECT statements have in common: their type, and a comment that narrates them."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import CTE, CompoundSelect, Select

AnySelect = Select[*tuple[Any, ...]]
AnyStatement = Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]
_S = TypeVar("_S", bound=AnySelect)


def narrated(statement: _S, comment: str) -> _S:
    """The statement with a comment after its first SELECT. The comment survives compilation, so receipts show it."""
    text = comment.replace("*/", "* /").replace(":", "\\:")
    return statement.prefix_with(f"/* {text} */")


def named_view(statement: AnySelect, name: str, comment: str) -> CTE:
    """A common table expression that says what it holds."""
    return narrated(statement, comment).cte(name)
