"""Free SQL is parsed, and each node of its tree held against the policy; what passes is written anew from the tree.

Only text that we wrote ourselves is ever run: comments, odd spaces and whatever a parser and an engine may read
differently do not survive, and the new text is parsed once more before it counts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from meterline_tools.errors import ModelMustRetry, Refused, nearest_hint
from meterline_tools.warehouse.guard.policy import Policy, load_policy

DIALECT = "duckdb"
ONLY_SELECT = "Only one SELECT may run here (WITH and UNION are fine): nothing is written, set, described or copied."


@dataclass(frozen=True)
class Screened:
    """A statement that passed: its tree, and the tables it reads by the names they were written with."""

    tree: exp.Query
    tables: frozenset[str]

    @property
    def sql(self) -> str:
        return write(self.tree)


def write(tree: exp.Expr) -> str:
    """The text of a tree, without comments."""
    return tree.sql(dialect=DIALECT, comments=False)


def screen(sql: str, tables: Collection[str], forbidden_names: Collection[str]) -> Screened:
    """Checks a statement.

    Args:
        sql: One statement as a model wrote it.
        tables: Names it may read from, in small letters.
        forbidden_names: Names that a WITH must not take, lest it stand in front of a table.

    Raises:
        Refused: it would do something other than read.
        ModelMustRetry: it reads, but holds something that is not allowed; the text says what, and what to do instead.
    """
    policy = load_policy()
    tree = _parsed(sql, policy)
    _check_nodes(tree, policy)
    _check_names(tree, tables, forbidden_names, policy)
    read = frozenset(table.name.lower() for table in tree.find_all(exp.Table)) & frozenset(tables)
    again = _parse_one(write(tree))
    if again != _parse_one(write(again)) or not isinstance(again, exp.Query):
        raise ModelMustRetry("This statement cannot be written down in one way only. Write it more plainly.")
    _check_nodes(again, policy)
    _check_names(again, tables, forbidden_names, policy)
    return Screened(again, read)


def _parsed(sql: str, policy: Policy) -> exp.Query:
    if len(sql) > policy.limits.characters:
        raise ModelMustRetry(f"The statement has {len(sql):,} characters; {policy.limits.characters:,} are the most.")
    odd = next((c for c in sql if c not in "\n\r\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), None)
    if odd is not None:
        raise ModelMustRetry(f"The statement holds an invisible character (U+{ord(odd):04X}). Write it in plain characters.")
    tree = _parse_one(sql)
    if not isinstance(tree, exp.Query) or isinstance(tree, exp.Table | exp.Subquery):
        raise Refused(ONLY_SELECT)
    return tree


def _parse_one(sql: str) -> exp.Expr:
    try:
        # A comment behind the last semicolon is parsed as a statement of its own.
        parsed = sqlglot.parse(sql, dialect=DIALECT)
        statements = [statement for statement in parsed if statement is not None and not isinstance(statement, exp.Semicolon)]
    except RecursionError:
        raise ModelMustRetry("The statement is too deeply nested. Ask for less at once.") from None
    except SqlglotError as problem:
        raise ModelMustRetry(f"The statement cannot be read: {str(problem).splitlines()[0][:200]}") from None
    if len(statements) != 1:
        raise Refused(ONLY_SELECT)
    return statements[0]


def _check_nodes(tree: exp.Expr, policy: Policy) -> None:
    """Each node's class, arguments, function name and type; and how many nodes there are, how deep."""
    counted = {exp.CTE: 0, exp.Join: 0}
    for number, node in enumerate(tree.walk(), 1):
        if number > policy.limits.nodes or node.depth > policy.limits.depth:
            raise ModelMustRetry("The statement is too large. Ask for less at once.")
        for kind in counted:
            counted[kind] += isinstance(node, kind)
        _check_node(node, policy)
    if counted[exp.CTE] > policy.limits.ctes or counted[exp.Join] > policy.limits.joins:
        raise ModelMustRetry(f"At most {policy.limits.ctes} WITH parts and {policy.limits.joins} joins may stand in one statement.")


def _check_node(node: exp.Expr, policy: Policy) -> None:
    kind = type(node).__name__
    given = {name for name, value in node.args.items() if value not in (None, [], False, "")}
    if kind in policy.nodes:
        if strange := given - policy.nodes[kind]:
            raise ModelMustRetry(f"{_plain(kind)} with {', '.join(sorted(strange)).replace('_', ' ').strip()} is not allowed here.")
    elif isinstance(node, exp.Func):
        name = _function_name(node)
        if name in policy.instead:
            raise ModelMustRetry(f"'{name}' is not allowed here. {policy.instead[name]}")
        if name not in policy.functions:
            raise ModelMustRetry(nearest_hint("or forbidden function", name, _near(name, policy.functions)))
    else:
        raise ModelMustRetry(f"{_plain(kind)} is not allowed here. Write a plain SELECT over the listed tables.")
    check = _CHECKS.get(type(node))
    if check is not None:
        check(node, policy)


def _function_name(node: exp.Func) -> str:
    return str(node.name if isinstance(node, exp.Anonymous | exp.AnonymousAggFunc) else node.sql_name()).lower()


def _check_literal(node: exp.Expr, policy: Policy) -> None:
    if len(str(node.this)) > policy.limits.text:
        raise ModelMustRetry(f"A text in the statement is longer than {policy.limits.text} characters.")


def _check_type(node: exp.Expr, policy: Policy) -> None:
    kind = node.this.name if hasattr(node.this, "name") else str(node.this)
    if kind.upper() not in policy.types:
        raise ModelMustRetry(f"The type {kind} is not allowed here. Use one of: {', '.join(sorted(policy.types))}.")


def _check_table(node: exp.Expr, policy: Policy) -> None:
    if not isinstance(node.this, exp.Identifier):
        raise ModelMustRetry("Only the listed tables may stand after FROM and JOIN: no function, no file.")


def _check_lateral(node: exp.Expr, policy: Policy) -> None:
    if not isinstance(node.this, exp.Subquery):
        raise ModelMustRetry("LATERAL takes a SELECT in parentheses.")


def _check_column(node: exp.Expr, policy: Policy) -> None:
    if node.name.lower() in policy.pseudo_columns:
        raise ModelMustRetry(f"There is no column '{node.name}'.")


def _check_select(node: exp.Expr, policy: Policy) -> None:
    if not node.expressions:
        raise ModelMustRetry("A SELECT names what it selects.")


def _check_count(node: exp.Expr, policy: Policy) -> None:
    number = node.expression
    if not (isinstance(number, exp.Literal) and number.is_int):
        raise ModelMustRetry("LIMIT and OFFSET take a whole number.")


_CHECKS: dict[type[exp.Expr], Callable[[exp.Expr, Policy], None]] = {
    exp.Literal: _check_literal,
    exp.DataType: _check_type,
    exp.Select: _check_select,
    exp.Column: _check_column,
    exp.Table: _check_table,
    exp.Lateral: _check_lateral,
    exp.Limit: _check_count,
    exp.Offset: _check_count,
}


def _check_names(tree: exp.Expr, tables: Collection[str], forbidden: Collection[str], policy: Policy) -> None:
    """Tables are known ones or parts of a WITH that is in force there; no part of a WITH has the name of a table."""
    for cte in tree.find_all(exp.CTE):
        if cte.alias.lower() in forbidden or cte.alias.lower() in tables:
            raise ModelMustRetry(f"WITH {cte.alias} has the name of a table. Give it another name.")
    for table in tree.find_all(exp.Table):
        name = table.name.lower()
        if name not in tables and name not in _in_force(table):
            plain = sorted(known for known in tables if not known.startswith("v_"))
            raise Refused(f"{nearest_hint('table', table.name, _near(name, plain))} Tables: {', '.join(plain)}.")


def _in_force(table: exp.Expr) -> set[str]:
    """Names of the WITH parts that a table reference can see: those of the queries around it, and earlier parts of its own WITH."""
    names: set[str] = set()
    inside, node = table, table.parent
    while node is not None:
        if isinstance(node, exp.With):
            for cte in node.expressions:
                if cte is inside:
                    break
                names.add(cte.alias.lower())
        elif (parts := node.args.get("with_")) is not None and parts is not inside:
            names |= {cte.alias.lower() for cte in parts.expressions}
        inside, node = node, node.parent
    return names


def _near(name: str, known: Collection[str]) -> list[str]:
    from rapidfuzz import process

    return [found for found, _, _ in process.extract(name, sorted(known), limit=3, score_cutoff=60)]


def _plain(kind: str) -> str:
    """A node class as words: "TableSample" reads "Table sample"."""
    return re.sub(r"(?<=[a-z])[A-Z]", lambda m: f" {m.group().lower()}", kind)
