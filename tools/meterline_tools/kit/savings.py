"""find_savings: which savings rules fire for an account, with ranges and caveats."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from meterline_tools.errors import ToolFailed
from meterline_tools.insight.savings.contracts import WEEKS, contract_facts
from meterline_tools.kit.commitments import NOT_IN_FORCE
from meterline_tools.kit.records import Records, derived_records, figure_index, find_account, read_records, window
from meterline_tools.numbers import display
from meterline_tools.receipts import Entity

if TYPE_CHECKING:
    from meterline_tools.insight.savings import Finding, Report, Rule
    from meterline_tools.kit.bench import Workbench
    from meterline_tools.warehouse.engines import Rows

MAX_ROWS = 200_000
_USAGE = ("usage_date", "workload_id", "sku_id", "sku_family")
_WORKLOAD = ("workload_name", "workload_type", "environment")
_COUNTS = {"checked": "Savings rules that could be checked", "fired": "Savings rules that fired", "rules": "Savings rules"}
_PASSING = ("one_time", "seasonal", "external")


def find_savings(bench: Workbench, *, account: str) -> dict[str, Any]:
    """Checks the savings rules for one account: what could be saved a month, as ranges with evidence and caveats.

    Only rules of the library are checked; a saving that no rule found must not be offered.

    Args:
        account: Account id or name.
    """
    from meterline_tools.insight.savings import check_rules, load_rules

    entity = find_account(bench, account)
    before = len(bench.book.figures)
    rules = load_rules()
    usage = _usage(bench, entity, rules)
    report = check_rules(rules, usage.dicts(), _contract_facts(bench, entity), bench.asof.d1)
    names = {(row["workload_id"], row["sku_id"]): row["workload_name"] or row["workload_id"] for row in usage.dicts()}
    writer = _Writer(bench, entity, report, names, usage)
    return writer.reply() | {"figures": figure_index(bench, before)}


class _Writer:
    """Turns a report into one receipt (a row per value), figures and the reply."""

    def __init__(self, bench: Workbench, entity: Entity, report: Report, names: dict[tuple[Any, Any], Any], usage: Rows) -> None:
        self.bench, self.entity, self.report, self.names = bench, entity, report, names
        self.currency = bench.warehouse.company.currency
        self.places: dict[tuple[int, str], int] = {}
        self.records = derived_records(
            bench,
            "rule",
            "find_savings",
            {"account": entity.id},
            list(self._rows()),
            sql=usage.sql,
            params=usage.params,
            elapsed_ms=usage.elapsed_ms,
        )

    def _rows(self) -> Iterator[dict[str, Any]]:
        """One row per value; `places` remembers where each finding's values stand."""
        at = 0
        for number, finding in enumerate(self.report.findings):
            ends = {"low": finding.low, "high": finding.high, "range": self._range_text(finding.low, finding.high)}
            values = {**ends, **finding.evidence, "slice": self._slice(finding).name}
            for name, value in values.items():
                self.places[number, name] = at
                at += 1
                yield {"rule": finding.rule.id, "version": finding.rule.version, **_key(finding), "name": name, "value": value}
        summary = {
            "low": self.report.total.low,
            "high": self.report.total.high,
            "range": self._range_text(self.report.total.low, self.report.total.high),
            "checked": len(self.report.checked),
            "fired": len({finding.rule.id for finding in self.report.findings}),
            "rules": len(self.report.checked) + len(self.report.not_checkable),
        }
        for name, value in summary.items():
            self.places[-1, name] = at
            at += 1
            yield {"rule": None, "version": None, "workload": None, "sku": None, "contract": None, "name": name, "value": value}

    def reply(self) -> dict[str, Any]:
        report = self.report
        overlapping = [id(finding) for finding in report.total.overlapping]
        return {
            "receipt": self.records.receipt.id,
            "account": self.entity.model_dump(),
            "rules_checked": [rule.id for rule in report.checked],
            "rules_fired": sorted({finding.rule.id for finding in report.findings}),
            "rules_not_checkable": [{"rule": u.rule.id, "name": u.rule.name, "reason": u.reason} for u in report.not_checkable],
            "counts": {name: self._figure(-1, name, label, "count") for name, label in _COUNTS.items()},
            "total": self._range(-1, "All savings together") if report.findings else None,
            "tips": [self._tip(n, finding, id(finding) in overlapping) for n, finding in enumerate(report.findings)],
        }

    def _tip(self, number: int, finding: Finding, overlaps: bool) -> dict[str, Any]:
        rule = finding.rule
        where = self._slice(finding)
        evidence = {
            name: self._figure(number, name, item.label, item.unit.replace("currency", self.currency), where)
            for name, item in rule.evidence.items()
        }
        marks = {name: f"[[{figure}]]" for name, figure in evidence.items()} | {"window": f"[[{next(iter(evidence.values()))}.window]]"}
        return {
            "rule": rule.id,
            "name": rule.name,
            "text": rule.text(marks),
            "caveat": rule.caveat,
            "first_step": rule.first_step,
            "effort": rule.effort,
            "group": rule.group,
            "overlaps": overlaps,
            "workload": where.id if where.type == "workload" else None,
            "slice": {"type": where.type, "id": where.id, "name": self._figure(number, "slice", "Where", "text", where)},
            "evidence": list(evidence.values()),
            **self._range(number, f"{rule.name}: saving", where),
        }

    def _range(self, number: int, label: str, entity: Entity | None = None) -> dict[str, str]:
        """Figures of both ends, and of the range as it reads in text."""
        unit = f"{self.currency}/month"
        ends = {end: self._figure(number, end, f"{label}, {end} end", unit, entity) for end in ("low", "high")}
        return ends | {"range": self._figure(number, "range", label, "range", entity)}

    def _range_text(self, low: float, high: float) -> str:
        """ "$760 to $1.37k a month"; one amount when both ends read the same."""
        top = display(high, f"{self.currency}/month")
        bottom = display(low, self.currency)
        return f"about {top}" if bottom == display(high, self.currency) else f"{bottom} to {top}"

    def _figure(self, number: int, name: str, label: str, unit: str, entity: Entity | None = None) -> str:
        days = self.report.findings[number].rule.window_days if number >= 0 else 7 * WEEKS
        d1 = self.bench.asof.d1
        dates = window(d1 - timedelta(days=days - 1), d1)
        figure = self.records.figure(self.places[number, name], "value", label, unit, window=dates, entity=entity or self.entity)
        return figure or ""

    def _slice(self, finding: Finding) -> Entity:
        if contract := finding.key.get("contract"):
            return Entity(type="contract", id=contract, name=contract)
        workload, sku = finding.key["workload"], finding.key["sku"]
        if workload is None:
            return Entity(type="sku", id=sku or "", name=f"usage of {sku} without a workload" if sku else "usage without a workload")
        return Entity(type="workload", id=workload, name=str(self.names.get((workload, sku), workload)))


def _key(finding: Finding) -> dict[str, str | None]:
    return {name: finding.key.get(name) for name in ("workload", "sku", "contract")}


def _usage(bench: Workbench, entity: Entity, rules: Sequence[Rule]) -> Rows:
    """The account's usage rows over the longest window of the rules, with what the rules read."""
    from sqlalchemy import select

    usage, workload = bench.views.usage(), bench.views.table("workload")
    needed = sorted({column for rule in rules if rule.subject == "workload" for column in rule.needs} - set(_USAGE))
    start = bench.asof.d1 - timedelta(days=max(rule.window_days for rule in rules) - 1)
    statement = (
        select(*(usage.c[name] for name in (*_USAGE, *needed)), *(workload.c[name] for name in _WORKLOAD))
        .select_from(usage.outerjoin(workload, workload.c.workload_id == usage.c.workload_id))
        .where(usage.c.account_id == entity.id, usage.c.usage_date.between(start, bench.asof.d1))
    )
    rows = bench.warehouse.run(statement, limit=MAX_ROWS)
    if rows.truncated:
        raise ToolFailed("This account has more usage rows in four weeks than savings rules can read; no rule was checked.")
    return rows


def _contract_facts(bench: Workbench, entity: Entity) -> list[dict[str, Any]]:
    """The facts of each commitment that runs on the last complete day; they get a receipt of their own."""
    from sqlalchemy import or_, select

    if not bench.warehouse.has("contract"):
        return []
    contract, d1 = bench.views.table("contract"), bench.asof.d1
    running = (
        select(contract)
        .where(contract.c.account_id == entity.id, contract.c.contract_type == "commit")
        .where(contract.c.start_date <= d1, contract.c.end_date > d1)
        .where(or_(contract.c.status.is_(None), contract.c.status.not_in(NOT_IN_FORCE)))
    )
    contracts = bench.warehouse.run(running).dicts()
    if not contracts:
        return []
    drawn = _drawn(bench, [row["contract_id"] for row in contracts], min(row["start_date"] for row in contracts))
    passing = _passing_usd_day(bench, entity, d1)
    facts = [
        contract_facts(row, [used for used in drawn.rows if used["contract_id"] == row["contract_id"]], d1, passing_usd_day=passing)
        for row in contracts
    ]
    derived_records(bench, "calc", "find_savings", {"account": entity.id}, facts, sql=drawn.receipt.sql, params=drawn.receipt.params)
    return facts


def _drawn(bench: Workbench, contracts: list[str], start: date) -> Records:
    """Usage booked on the contracts, per day and commitment status."""
    from sqlalchemy import func, select

    usage = bench.views.usage()
    keys = (usage.c.contract_id, usage.c.usage_date, usage.c.commit_status)
    statement = (
        select(*keys, func.sum(usage.c.effective_cost).label("usd"), func.sum(usage.c.list_cost).label("list_usd"))
        .where(usage.c.contract_id.in_(contracts), usage.c.usage_date >= start)
        .group_by(*keys)
        .order_by(*keys)
    )
    return read_records(bench, "find_savings", {"contracts": contracts}, statement, limit=20_000)


def _passing_usd_day(bench: Workbench, entity: Entity, d1: date) -> float:
    """Excess of the rates' weeks that the cause ledger says will not last, a day."""
    from sqlalchemy import func, select

    if not bench.views.has("usage_annotation"):
        return 0.0
    ledger = bench.views.table("usage_annotation")
    statement = select(func.sum(ledger.c.excess_usd)).where(
        ledger.c.account_id == entity.id,
        ledger.c.status == "confirmed",
        ledger.c.durability.in_(_PASSING),
        ledger.c.day.between(d1 - timedelta(days=7 * WEEKS - 1), d1),
    )
    return float(bench.warehouse.run(statement).rows[0][0] or 0.0) / (7 * WEEKS)
