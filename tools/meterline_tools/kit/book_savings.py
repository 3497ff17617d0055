"""M53: what the savings rules find over a whole book. The rules lie above the catalogue, so its builder is made here.

Each account is judged exactly as find_savings judges it. Only slices that a rule's screen lets through are read row by row,
and contracts by the week, so that a book is answered about as quickly as an account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from meterline_tools.catalog.builders.base import Column, Context, Fact, Plan, Request, outputs_of, within
from meterline_tools.catalog.calendar import trailing
from meterline_tools.insight.savings import Finding, Report, Rule, check_rules, load_rules
from meterline_tools.insight.savings.check import COST_DAYS
from meterline_tools.insight.savings.model import DAYS_A_MONTH
from meterline_tools.insight.savings.slices import monthly
from meterline_tools.kit.book_contracts import contracts_of_book
from meterline_tools.warehouse.statements import AnySelect, named_view

if TYPE_CHECKING:
    from sqlalchemy import CTE

    from meterline_tools.warehouse.engines import Rows, Warehouse

MAX_ROWS = 200_000
DERIVED = (
    "the savings rules worked these rows out from the usage that SQL returned, and from the contracts: rows of level 2 are what a rule"
    " found, level 1 are parts, level 0 is the total"
)
_ATTRIBUTES = ("workload_type", "environment")
_SLICE = ("account_id", "workload_id", "sku_id")
Row = dict[str, Any]
_JUDGED: WeakKeyDictionary[Warehouse, dict[tuple[datetime, date, frozenset[str]], dict[str, Report]]] = WeakKeyDictionary()
MAX_KEPT = 64


def build_savings(context: Context, requests: Sequence[Request]) -> list[Plan]:
    """One plan: the statement reads the rows that rules have to look at, `finish` asks the rules account by account."""
    request = requests[0]
    end = request.window.end
    rules = load_rules()
    members = _members(context, request)
    contracts = contracts_of_book(context, {row["account_id"] for row in members}, end)
    plan = Plan(_rows_to_read(context, rules, members, request), outputs_of(request), [d.id for d in context.keys], paged=False)
    plan.fetch, plan.derived = MAX_ROWS, DERIVED
    plan.finish = lambda found: _finish(context, found, members, _judged(context, found, members, contracts, end))
    return [plan]


def _members(context: Context, request: Request) -> list[Row]:
    """The accounts asked about: account_id, cost (of the last four weeks), rep_id and credit (by people), and the keys they fall under."""
    from sqlalchemy import and_, func, literal, select

    recent = trailing(request.window.end, COST_DAYS)
    days = context.views.account_day()
    sums = (
        select(days.c.account_id, func.sum(days.c.usd).label("cost")).where(within(days.c.usage_date, recent)).group_by(days.c.account_id)
    )
    cost = named_view(sums, "cost", f"net consumption of accounts {recent}")
    rows: Any = cost
    columns: dict[str, Column] = {"account": cost.c.account_id, "rule": literal("")}
    rep: Column = literal("")
    share: Column = literal(1.0)
    if context.by_people:
        credit = context.views.credit()
        end = request.window.end
        rows = rows.outerjoin(credit, and_(credit.c.account_id == cost.c.account_id, credit.c.valid_from <= end, credit.c.valid_to > end))
        columns["rep"], rep, share = credit.c.rep_id, credit.c.rep_id, func.coalesce(credit.c.credit_pct, 1.0)
    filters = {name: values for name, values in context.query.filters.items() if name != "rule"}
    of_accounts = replace(context, query=context.query.model_copy(update={"filters": filters}))
    fact = Fact(of_accounts, rows, columns, window=request.window)
    keys: list[Column] = []
    for dimension in context.keys:
        column = fact.dimension(dimension)
        keys.append(column.label(f"k_{dimension.id}"))
        if dimension.names:
            named = context.alias(dimension.names[0], f"named_{dimension.id}")
            fact.rows = fact.rows.outerjoin(named, named.c["rep_id" if dimension.names[0] == "rep" else dimension.column] == column)
            keys.append(named.c[dimension.names[1]].label(f"n_{dimension.id}"))
    statement = select(*keys, cost.c.account_id, cost.c.cost, rep.label("rep_id"), share.label("credit"))
    return context.warehouse.run(statement.select_from(fact.rows).where(*fact.conditions()), limit=MAX_ROWS).dicts()


def _rows_to_read(context: Context, rules: Sequence[Rule], members: Sequence[Row], request: Request) -> AnySelect:
    """Usage rows of the slices that some rule's screen lets through, with what rules read."""
    from sqlalchemy import and_, func, or_, select

    usage, workload = context.views.usage(), context.views.table("workload")
    of_usage = [rule for rule in rules if rule.subject == "workload"]
    window = trailing(request.window.end, max(rule.window_days for rule in of_usage))
    inside = within(usage.c.usage_date, window)
    needed = sorted({"effective_cost", *(column for rule in of_usage for column in rule.needs)})
    keys = [usage.c[name] for name in _SLICE]
    slices = select(*keys).where(inside).group_by(*keys)
    if all(rule.screen for rule in of_usage):
        slices = slices.having(or_(*(_passes(usage, rule) for rule in of_usage)))
    if context.query.filters:
        slices = slices.where(usage.c.account_id.in_(sorted({row["account_id"] for row in members})))
    worth = named_view(slices, "worth_a_look", f"slices on which a savings rule could fire, {window}")
    same = and_(*(func.coalesce(worth.c[name], "") == func.coalesce(usage.c[name], "") for name in _SLICE))
    rows = usage.join(worth, same).outerjoin(workload, workload.c.workload_id == usage.c.workload_id)
    columns = [usage.c.usage_date, *keys, usage.c.sku_family, *(usage.c[name] for name in needed)]
    statement = select(*columns, *(workload.c[name] for name in _ATTRIBUTES)).select_from(rows).where(inside)
    read = named_view(statement, "to_read", f"M53 {request.metric.definition.rstrip('.')}. Usage rows of those slices")
    return select(*read.c)


def _passes(usage: CTE, rule: Rule) -> Column:
    """Whether a slice has enough of the part that a rule is about: as a share, and in money (half of what makes a tip, to be safe)."""
    from sqlalchemy import Double, and_, cast, func

    assert rule.screen is not None
    part, quantity = func.sum(usage.c[rule.screen.part]), func.sum(usage.c.consumed_quantity)
    cost = part * (cast(func.sum(usage.c.effective_cost), Double()) / func.nullif(quantity, 0))
    return and_(part > rule.screen.share * quantity, cost >= rule.min_usd_month / 2 * rule.window_days / DAYS_A_MONTH)


def _judged(context: Context, found: Rows, members: Sequence[Row], contracts: dict[str, list[Row]], end: date) -> dict[str, Report]:
    """The reports of these accounts, kept for as long as the warehouse is open: a book is asked about by account, by rule, by person."""
    kept = _JUDGED.setdefault(context.warehouse, {})
    key = (context.asof.known_at, end, frozenset(row["account_id"] for row in members))
    if key not in kept:
        if len(kept) >= MAX_KEPT:
            kept.clear()
        kept[key] = _judge(load_rules(), found, members, contracts, end)
    return kept[key]


def _judge(rules: Sequence[Rule], found: Rows, members: Sequence[Row], contracts: dict[str, list[Row]], end: date) -> dict[str, Report]:
    """A report for each account that has rows or contracts to look at."""
    usage: defaultdict[str, list[Row]] = defaultdict(list)
    for row in found.dicts():
        usage[row["account_id"]].append(row)
    cost = {row["account_id"]: monthly(float(row["cost"] or 0.0), COST_DAYS) for row in members}
    return {
        account: check_rules(rules, usage.get(account, []), contracts.get(account, []), end, account_cost=cost[account])
        for account in cost
        if account in usage or account in contracts
    }


def _finish(context: Context, found: Rows, members: Sequence[Row], reports: dict[str, Report]) -> tuple[list[str], list[list[Any]]]:
    keys = [f"k_{dimension.id}" for dimension in context.keys]
    names = [f"n_{dimension.id}" for dimension in context.keys if dimension.names or dimension.id == "rule"]
    asked = set(context.query.filters.get("rule", []))
    by_rule = "k_rule" in keys or bool(asked)
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for member in members:
        for entry in _entries(member, reports.get(member["account_id"]), by_rule, asked):
            groups.setdefault(tuple(entry[key] for key in keys), []).append(entry)
    whole = [entry for member in members for entry in _entries(member, reports.get(member["account_id"]), bool(asked), asked)]
    made = [{"level": 0, "groups": len(groups), **_measure(whole, once=not set(context.query.filters) & {"rep", "manager", "territory"})}]
    for key, entries in groups.items():
        if keys:
            named = {name: entries[0][name] for name in names}
            made.append({"level": 1, "groups": 1, **dict(zip(keys, key, strict=True)), **named, **_measure(entries)})
    made += [detail for account, report in reports.items() for detail in _details(account, report)]
    columns = ["level", "groups", *keys, *names, "m53_low", "m53_high", "m53_n", "account", "rule", "workload", "sku", "contract", "counts"]
    return columns, [[row.get(column) for column in columns] for row in made]


def _entries(member: Row, report: Report | None, by_rule: bool, asked: Collection[str]) -> Iterator[Row]:
    """An account's total or, by rule, what each of the findings that count saves (of the rules asked about, if any are)."""
    if report is None or not report.findings:
        return
    if not by_rule:
        yield {**member, "low": report.total.low, "high": report.total.high}
        return
    for finding in _counting(report):
        if asked and finding.rule.id not in asked:
            continue
        yield {**member, "k_rule": finding.rule.id, "n_rule": finding.rule.name, "low": finding.low, "high": finding.high}


def _counting(report: Report) -> list[Finding]:
    overlapping = {id(finding) for finding in report.total.overlapping}
    return [finding for finding in report.findings if id(finding) not in overlapping]


def _measure(entries: Sequence[Row], *, once: bool = False) -> Row:
    """Sums by credit; `once` counts each account in full, however many people share it."""
    who = [entry["account_id"] if once else (entry["account_id"], entry["rep_id"]) for entry in entries]
    found = {(owner, entry.get("k_rule"), entry["low"], entry["high"]): entry for owner, entry in zip(who, entries, strict=True)}
    entries = [{**entry, "credit": 1.0} if once else entry for entry in found.values()]
    return {
        "m53_low": sum(entry["low"] * entry["credit"] for entry in entries),
        "m53_high": sum(entry["high"] * entry["credit"] for entry in entries),
        "m53_n": len({entry["account_id"] for entry in entries}),
    }


def _details(account: str, report: Report) -> Iterator[Row]:
    counting = {id(finding) for finding in _counting(report)}
    for finding in report.findings:
        yield {
            "level": 2,
            "account": account,
            "rule": finding.rule.id,
            **{name: finding.key.get(name) for name in ("workload", "sku", "contract")},
            "m53_low": finding.low,
            "m53_high": finding.high,
            "counts": id(finding) in counting,
        }
