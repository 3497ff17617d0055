"""What all sections of one brief share: the account, the weeks, and each tool's reply, asked for once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from meterline.briefs.model import Rendering
from meterline.toolbelt import call_tool
from meterline_tools.kit import TOOLS, brief_data
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.records import Records, find_account
from meterline_tools.receipts import Entity, Figure, Window

WEEKS = 13
DAYS = 7 * WEEKS
YEAR_SHIFT = 364
"""Days to the same weeks a year ago: whole weeks, so that weekdays match."""
TOP_DRIVERS = 5
DRIVERS = (("workload", "workload_id"), ("sku", "sku_id"), ("usage_region", "region_id"))
"""Dimensions that changes are broken down by, and the usage column each needs; the first that is there."""
Reply = dict[str, Any]


def weeks_to(last: date) -> Window:
    """The 13 complete weeks that end on a day."""
    return Window.model_validate({"from": last - timedelta(days=DAYS - 1), "to": last})


class Worked(NamedTuple):
    """A value that a section worked out: a date, a count, a share."""

    label: str
    value: Any
    unit: str
    window: Window | None = None


@dataclass
class Frame:
    """One brief in the making.

    Replies are those of the kit's tools; one that failed is {"error": {"kind", "text"}}, and sections
    say so instead of what they would have printed.
    """

    bench: Workbench
    account: Entity
    rendering: Rendering

    @classmethod
    def open(cls, bench: Workbench, account: str, rendering: Rendering) -> Frame:
        return cls(bench, find_account(bench, account), rendering)

    @property
    def internal(self) -> bool:
        """Whether the rep reads this, and not the customer."""
        return self.rendering == "internal"

    # Time ----------------------------------------------------------------------------------------------------

    @cached_property
    def period(self) -> Window:
        return weeks_to(self.bench.asof.d1)

    @cached_property
    def prior(self) -> Window:
        return weeks_to(self.period.start - timedelta(days=1))

    @cached_property
    def year_ago(self) -> Window:
        return weeks_to(self.period.end - timedelta(days=YEAR_SHIFT))

    @cached_property
    def first_usage(self) -> date | None:
        return brief_data.first_usage_day(self.bench, self.account)

    def covers(self, window: Window) -> bool:
        """Whether the account used anything by the window's first day, so that it is no partial period."""
        return self.first_usage is not None and self.first_usage <= window.start

    # Tools ---------------------------------------------------------------------------------------------------

    def ask(self, tool: str, **arguments: Any) -> Reply:
        return call_tool(TOOLS[tool], self.bench, arguments)

    def measure(self, *metrics: str, window: Window | None = None, **more: Any) -> Reply:
        """query_metrics about this account."""
        phrase = f"{window.start.isoformat()}..{window.end.isoformat()}" if window else ""
        return self.ask("query_metrics", metrics=list(metrics), filters={"account": [self.account.id]}, window=phrase, **more)

    @cached_property
    def totals(self) -> dict[str, str]:
        """M01 of the period and, where the prior weeks are covered, M10 and M08 against them; empty without paid usage."""
        if self.first_usage is None:
            return {}
        metrics = ("M01", "M10", "M08") if self.covers(self.prior) else ("M01",)
        return total_of(self.measure(*metrics, window=self.period, compare="prior" if len(metrics) > 1 else ""))

    @cached_property
    def against_year_ago(self) -> dict[str, str]:
        """M10 and M08 against the same weeks a year ago; empty when these are not covered."""
        if not self.covers(self.year_ago):
            return {}
        return total_of(self.measure("M10", "M08", window=self.period, compare="year_ago"))

    @cached_property
    def run_rates(self) -> Reply:
        """M05, M06 and M07, each over its own window."""
        return self.measure("M05", "M06", "M07")

    @cached_property
    def drivers(self) -> Reply:
        """M01 and M10 by the finest dimension this account's usage carries, the largest moves first, with a rest that adds up.

        `by` is that dimension; "" when the usage carries none.
        """
        for dimension, column in DRIVERS:
            if self.bench.warehouse.has("usage_daily", column):
                reply = self._broken_down(dimension)
                if problem(reply) or any(row["keys"].get(dimension) for row in reply["rows"]):
                    return reply | {"by": dimension}
        return {"rows": [], "by": ""}

    def _broken_down(self, dimension: str) -> Reply:
        compared = self.covers(self.prior)
        metrics, compare, order = (("M01", "M10"), "prior", "abs:M10") if compared else (("M01",), "", "-M01")
        return self.measure(*metrics, window=self.period, compare=compare, group_by=[dimension], order=order, limit=TOP_DRIVERS)

    @cached_property
    def explanation(self) -> Reply:
        return self.ask("explain_change", account=self.account.id)

    @cached_property
    def commitments(self) -> Reply:
        return self.ask("commitments", account=self.account.id)

    @property
    def running_commits(self) -> list[Reply]:
        """Commitments that run on the last complete day."""
        contracts = self.commitments.get("contracts", [])
        return [contract for contract in contracts if contract["running"] and contract["contract_type"] == "commit"]

    @cached_property
    def projects(self) -> Reply:
        return self.ask("use_cases", account=self.account.id)

    @cached_property
    def savings(self) -> Reply:
        return self.ask("find_savings", account=self.account.id)

    # Records -------------------------------------------------------------------------------------------------

    @cached_property
    def facts(self) -> Records:
        return brief_data.account_facts(self.bench, self.account)

    @cached_property
    def reviews(self) -> Records | None:
        return brief_data.reviews(self.bench, self.account)

    @cached_property
    def people(self) -> Records | None:
        return brief_data.people(self.bench, self.account)

    @cached_property
    def last_review(self) -> int | None:
        """Row of the latest held QBR."""
        held = [(row["held_on"], n) for n, row in enumerate(self._reviews) if row["held_on"] and row["held_on"] <= self.bench.asof.today]
        return max(held)[1] if held else None

    @cached_property
    def next_review(self) -> int | None:
        """Row of the next scheduled QBR."""
        waiting = [(row["scheduled_on"], n) for n, row in enumerate(self._reviews) if row["scheduled_on"] and not row["held_on"]]
        ahead = [(day, n) for day, n in waiting if day >= self.bench.asof.today]
        return min(ahead)[1] if ahead else None

    @property
    def _reviews(self) -> list[dict[str, Any]]:
        return self.reviews.rows if self.reviews else []

    @cached_property
    def last_review_day(self) -> date | None:
        return None if self.last_review is None else self._reviews[self.last_review]["held_on"]

    @cached_property
    def promises(self) -> Records | None:
        return brief_data.promises(self.bench, self.account, self.last_review_day or self.period.start)

    @cached_property
    def owner(self) -> str:
        """Mark of the name of the rep who is credited, or words."""
        credited = brief_data.credited_reps(self.bench, self.account)
        for records, column in ((credited, "full_name"), (self.facts, "owner_name")):
            if records.rows and (figure := records.figure(0, column, "Owner")):
                return f"[[{figure}]]"
        return "to be agreed"

    def figure(self, ident: str) -> Figure:
        return self.bench.book.figures[ident]

    def change(self, figures: dict[str, str]) -> str:
        """Marks of a change: "up $2.95k (10.8%)", or "unchanged"; no percentage where the base is next to nothing."""
        growth = figures.get("M08")
        share = f" ([[{growth}.abs]])" if growth and self.number(growth) else ""
        return f"[[{figures['M10']}.change]]{share}"

    def number(self, ident: str) -> float:
        """The value of a figure, 0 when it has none."""
        value = self.figure(ident).value
        return float(value) if isinstance(value, int | float) else 0.0

    def worked(self, *values: Worked) -> list[str]:
        """Marks of values that a section worked out itself; they share a receipt."""
        records = brief_data.worked_out(self.bench, [{"label": item.label, "value": item.value} for item in values])
        return [f"[[{records.figure(n, 'value', item.label, item.unit, window=item.window)}]]" for n, item in enumerate(values)]


def total_of(reply: Reply) -> dict[str, str]:
    """Figure ids by metric of a reply's total, else of its only row; empty when there is none."""
    total = reply.get("total") or next(iter(reply.get("rows", [])), None)
    return dict(total["figures"]) if total else {}


def problem(reply: Reply) -> str:
    """Why a reply is not there, in words; empty when it is."""
    return str(reply["error"]["text"]).rstrip(".") if "error" in reply else ""
