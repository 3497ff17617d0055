"""Figures and citations of one explanation: a receipt with a row a value, so that each printed number has its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from meterline_tools.insight.evidence import Item
from meterline_tools.insight.fact_names import FACTS
from meterline_tools.insight.locate import Located, Quiet
from meterline_tools.insight.verdict import Explanation
from meterline_tools.kit.explain_data import Usage
from meterline_tools.receipts import Entity, Receipt, Window

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

TOOL = "explain_change"
DAYS_A_MONTH = 30.4


@dataclass
class Sheet:
    """Values collected by key, then put in the book as one receipt; afterwards `ids` maps each key to its figure."""

    account: Entity
    currency: str
    entries: dict[str, tuple[str, Any, str, Window | None, Entity]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, label: str, value: Any, unit: str, window: Window | None = None, entity: Entity | None = None) -> None:
        if value is not None:
            self.entries[key] = (label, value, unit, window, entity or self.account)

    def money(
        self, key: str, label: str, value: float | None, per: str = "", window: Window | None = None, entity: Entity | None = None
    ) -> None:
        self.add(key, label, value, f"{self.currency}/{per}" if per else self.currency, window, entity)

    def mark(self, key: str, view: str = "") -> str:
        """[[F3]] for a key; an empty string for one that has no value."""
        figure = self.ids.get(key)
        return f"[[{figure}{'.' + view if view else ''}]]" if figure else ""

    def write(self, bench: Workbench, arguments: dict[str, Any], basis: Usage) -> Receipt:
        """Registers the receipt the explanation stands on and all figures."""
        rows = [[key, label, value, unit] for key, (label, value, unit, _, _) in self.entries.items()]
        receipt = bench.book.add_receipt(
            "explanation",
            TOOL,
            ["key", "what", "value", "unit"],
            rows,
            arguments=arguments,
            sql=basis.rows.sql,
            params=basis.rows.params,
            truncated=basis.rows.truncated,
            known_at=bench.asof.known_at,
            elapsed_ms=basis.rows.elapsed_ms + basis.days.elapsed_ms,
        )
        for at, (key, (label, value, unit, window, entity)) in enumerate(self.entries.items()):
            figure = bench.book.add_figure(receipt, label, value, unit, window=window, entity=entity, cell=(at, "value"))
            self.ids[key] = figure.id
        return receipt


def window_of(start: date, end: date) -> Window:
    return Window.model_validate({"from": start, "to": end})


def fill_quiet(sheet: Sheet, quiet: Quiet) -> None:
    days = window_of(quiet.start, quiet.end)
    sheet.money("actual_per_day", "consumption", quiet.actual_per_day, "day", days)
    sheet.money("baseline_per_day", "baseline", quiet.expected_per_day, "day", days)
    sheet.money("delta_per_day", "distance from the baseline", quiet.actual_per_day - quiet.expected_per_day, "day", days)
    sheet.money("band_per_day", "normal variation of a week (robust standard deviation)", quiet.band_per_day, "day", days)
    sheet.add(
        "pct",
        "distance from the baseline",
        quiet.actual_per_day / quiet.expected_per_day - 1 if quiet.expected_per_day else None,
        "%",
        days,
    )
    sheet.add("z", "distance in robust standard deviations", quiet.z, "robust sd", days)


def fill_change(sheet: Sheet, located: Located) -> None:
    """Money, dates and parts of a located change."""
    days = window_of(located.onset, located.end)
    per_day = located.delta / located.change.days
    sheet.money("delta_per_day", "excess over the baseline", per_day, "day", days)
    sheet.money("delta_total", "excess over the baseline, all days", located.delta, "", days)
    sheet.money("excess_total", "excess of what changed, whole duration", located.own, "", days)
    sheet.money("excess_month", "excess over the baseline, as a month", located.last_week_per_day * DAYS_A_MONTH, "month", days)
    sheet.money("baseline_per_day", "baseline", located.baseline_per_day, "day", days)
    sheet.money("actual_per_day", "consumption", located.actual_per_day, "day", days)
    sheet.money("band_per_day", "normal variation of a week (robust standard deviation)", located.band_per_day, "day", days)
    sheet.money("peak_week", "farthest week, distance from its baseline", located.z * located.band_per_day, "day", days)
    sheet.add("pct", "change against the baseline", located.pct, "%", days)
    sheet.add("z", "farthest week, in robust standard deviations", located.z, "robust sd", days)
    sheet.add("onset", "first day", located.onset, "date")
    sheet.add("end", "last day", None if located.change.ongoing else located.end, "date")
    sheet.add("days", "days", located.change.days, "days", days)
    for part in ("price", "volume", "mix"):
        sheet.money(f"{part}_part", f"{part} part", getattr(located.price, part), "", days)
    for at, line in enumerate(located.drivers):
        entity = Entity(type=line.attribute, id=line.value, name=located.frame.name(line.value))
        sheet.money(f"driver{at}", "contribution", line.contribution, "", days, entity)
        sheet.add(f"share{at}", "share of the excess", line.share, "%", days, entity)
    sheet.money("rest", "everything else", located.rest, "", days)
    if located.part is not None:
        values = located.part.values
        one = Entity(type=located.part.attribute, id=values[0], name=located.frame.name(values[0]))
        named = one if len(values) == 1 else None
        sheet.money("slice", "contribution of the slice", located.part.contribution, "", days, named)
        sheet.add("slice_share", "share of the slice in the excess", located.part.contribution / located.delta, "%", days, named)


WHOLE = "whole_per_day"


def fill_whole(sheet: Sheet, located: Located) -> None:
    """What the account as a whole did in the days of a change that is told of its slice alone."""
    days = window_of(located.onset, located.end)
    sheet.money(WHOLE, "excess of the whole account over its baseline", located.delta / located.change.days, "day", days)


def fill_verdict(sheet: Sheet, explanation: Explanation) -> None:
    """Tests, contradicting facts and dates that the text names."""
    findings = explanation.findings
    around, quality = findings.around, findings.quality
    days = window_of(findings.located.onset, findings.located.end)
    if around.others_share is not None:
        kind, value = around.others_slice or ("account", "")
        crowd = Entity(type=kind, id=value, name=findings.located.frame.name(value))
        sheet.add("others_share", "share of other accounts that moved alike", around.others_share, "%", days, crowd)
        sheet.add("others_n", "other accounts compared", around.others_n, "count", days, crowd)
        sheet.add("others_moved", "other accounts that moved alike", around.others_rising, "count", days, crowd)
    sheet.add("season_share", "part of the effect the calendar shows", around.season_share, "%", days)
    sheet.add("peers_n", "peers of the industry compared", around.peers_n or None, "count", days)
    sheet.money("corrections", "corrections in these days", quality.correction_usd or None, "", days)
    sheet.money("missing", "value of days that never came", quality.missing_usd or None, "", days)
    sheet.add("earliest", "first day on which time will tell", explanation.earliest, "date")
    sheet.add("points", "points of confidence", explanation.confidence.points, "count")
    sheet.add("read", "statements read", findings.weighed.read, "count")
    sheet.add("first_word", "first evidence", explanation.first_word, "date")
    fill_denials(sheet, explanation)


def fill_denials(sheet: Sheet, explanation: Explanation) -> None:
    """What was measured against claims that telemetry denies."""
    for item in explanation.contradictions:
        by = item.contradicts.by if item.contradicts else None
        for name in by.facts() if by else ():
            measured = explanation.findings.facts.get(name)
            if measured is not None:
                sheet.add(f"fact:{name}", FACTS.get(name, name), measured, _fact_unit(name))


def _fact_unit(name: str) -> str:
    if name.endswith("_ratio"):
        return "ratio"
    if name in ("on_days", "low_days"):
        return "days"
    return (
        "count" if name in ("new_workspaces", "others_n", "tier_crossed", "falling_workloads", "workloads_moved") or _is_flag(name) else "%"
    )


def _is_flag(name: str) -> bool:
    return name in (
        "ended",
        "abrupt",
        "gradual",
        "direction",
        "self_serve",
        "event_domain",
        "large_rising",
        "all_workloads_fall",
        "contract_boundary",
        "paper_boundary",
    )


def cite(bench: Workbench, account: Entity, items: Sequence[Item]) -> dict[Item, str]:
    """Citations for statements, in order: item -> id."""
    out: dict[Item, str] = {}
    for item in items:
        said = item.statement
        more = {"date": said.day, "speaker": said.speaker, "turn": said.turn, "start": said.start, "end": said.end}
        citation = bench.book.add_citation(
            said.source, said.source_id, said.text, said.side, account_id=account.id, title=said.title, flagged=said.flagged, **more
        )
        out[item] = citation.id
    return out
