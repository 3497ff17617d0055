"""Section 3: what was used, what moved it, why, and what of it lasts."""

from __future__ import annotations

from typing import Any

from meterline.briefs.blocks import Block, Grid, Line, Lines, text
from meterline.briefs.frame import Frame, Reply, Worked, problem, total_of

BY = {"workload": "Workload", "sku": "SKU", "usage_region": "Region"}
MAX_QUOTES = 2
MAX_QUOTE_WORDS = 50
PASSING = ("one_time", "seasonal", "external")
NO_CAUSE = "cause not established"


def write(frame: Frame) -> list[Block]:
    if not frame.totals:
        return [text("No paid consumption is on record.")]
    return [text(*_totals(frame)), *_drivers(frame), *_cause(frame), text(_run_rates(frame))]


def _totals(frame: Frame) -> list[str]:
    totals, year = frame.totals, frame.against_year_ago
    used = f"Net consumption was [[{totals['M01']}]] from [[{totals['M01']}.window]]"
    if "M10" in totals:
        used += f", {frame.change(totals)} against the weeks before."
    else:
        [first] = frame.worked(Worked("First usage", frame.first_usage, "date"))
        used += f"; the account first used anything on {first}, so there is no complete earlier period to compare with."
    if "M10" in year:
        return [used, f"Against the same weeks a year ago it is {frame.change(year)}."]
    return [used, "A year ago is not compared: the account has less than that much history."]


def _drivers(frame: Frame) -> list[Block]:
    reply = frame.drivers
    if problem(reply) or not reply["rows"]:
        return [text("What moved it cannot be broken down: usage carries no workload, SKU or region.")]
    compared = any("M10" in row["figures"] for row in reply["rows"])
    columns = [BY[reply["by"]], "In the period", *(["Change", "Cause"] if compared else [])]
    rows = [_driver_row(frame, reply, row, compared) for row in reply["rows"]]
    rest, total = reply.get("rest"), reply.get("total")
    if rest and rest["figures"]:
        [count] = frame.worked(Worked("Further slices", rest["count"], "count"))
        rows.append(_sum_row(f"{count} other{'' if rest['count'] == 1 else 's'}", rest["figures"], compared))
    if total:
        rows.append(_sum_row("Total", total["figures"], compared))
    return [Grid(columns, rows, frozenset({1, 2} if compared else {1}))]


def _driver_row(frame: Frame, reply: Reply, row: dict[str, Any], compared: bool) -> list[str]:
    figures, key = row["figures"], row["keys"].get(reply["by"])
    named = frame.figure(figures["M01"]).entity
    name = f"[[{figures['M01']}.entity]]" if named and named.type != "account" else plain_key(key)
    cells = [name, f"[[{figures['M01']}]]"]
    return [*cells, f"[[{figures['M10']}.change]]", _cause_of(frame, reply["by"], key)] if compared else cells


def plain_key(value: str | None) -> str:
    """A dimension's value as text that cannot pass for a mark."""
    return (value or "not recorded").replace("[[", "[ [")


def _sum_row(name: str, figures: dict[str, str], compared: bool) -> list[str]:
    return [name, f"[[{figures['M01']}]]", *([f"[[{figures['M10']}.change]]", ""] if compared else [])]


def _cause_of(frame: Frame, by: str, key: str | None) -> str:
    """The cause of one driver: the explanation's where it names this very slice, else not established."""
    explained = frame.explanation
    if problem(explained) or explained["verdict"] != "EXPLAINED":
        return NO_CAUSE
    if explained["slice"] is not None and key not in explained["slice"].get(by, []):
        return NO_CAUSE
    if not frame.internal and _is_internal(frame, explained["headline"]):
        return "to be discussed"
    if explained["slice"] is None:
        return "in part the account-wide change below"
    sure = "confirmed" if explained["confirmed"] else f"{explained['cause']['confidence']} confidence"
    return f"{explained['cause']['label']}; {explained['durability'].replace('_', '-')}, {sure}"


def _cause(frame: Frame) -> list[Block]:
    """What the explanation of the latest change says: the finding, how long it lasts, the customer's words."""
    explained = frame.explanation
    if problem(explained):
        return [text("Why it moved could not be examined.")]
    head = explained["headline"]
    cited, internal = tuple(head["citations"]), _is_internal(frame, head)
    lines = [Line(head["text"], head["kind"], cited, label="Latest change:", internal=internal)]
    if explained["durability_text"]:
        lines.append(Line(f"{explained['durability_text']}.", "inferred", cited, label="How long:", internal=internal))
    if excess := _passing(frame):
        lines.append(Line(_not_growth(frame, excess), "inferred", cited, label="Not growth:", internal=internal))
    quotes = [Line(f"[[{item['citation']}]]", "stated", internal=item["side"] != "customer") for item in _supporting(frame, explained)]
    return [Lines(lines, "list"), *([Lines(quotes[:MAX_QUOTES], "quotes")] if quotes else [])]


def _passing(frame: Frame) -> str | None:
    """The figure of excess that will not last, where the whole episode lies in the period."""
    explained = frame.explanation
    if problem(explained) or explained["durability"] not in PASSING or "M10" not in frame.totals:
        return None
    inside = explained["onset"] and explained["onset"] >= frame.period.start.isoformat()
    excess: str | None = explained["figures"].get("excess_total")
    return excess if inside else None


def _not_growth(frame: Frame, excess: str) -> str:
    left = frame.number(frame.totals["M10"]) - frame.number(excess)
    unit = frame.bench.warehouse.company.currency
    [rest] = frame.worked(Worked("Change without the excess that does not last", left, unit, frame.period))
    return f"[[{excess}]] of the period is excess that does not last; without it the change is {rest}."


def _supporting(frame: Frame, explained: Reply) -> list[dict[str, Any]]:
    """Evidence for the cause, the customer's own words first; long passages and instruction-like text stand in the appendix alone."""
    cause = (explained["cause"] or {}).get("id")
    found = [item for item in explained["evidence"] if cause and item["supports"] == cause]
    citations = frame.bench.book.citations
    found = [item for item in found if not citations[item["citation"]].flagged]
    found = [item for item in found if len(citations[item["citation"]].quote.split()) <= MAX_QUOTE_WORDS]
    return sorted(found, key=lambda item: item["side"] != "customer")


def _is_internal(frame: Frame, head: dict[str, Any]) -> bool:
    """A finding that rests on the vendor's own notes is not for the customer."""
    return any(frame.bench.book.citations[citation].side == "vendor" for citation in head["citations"])


def _run_rates(frame: Frame) -> str:
    reply = frame.run_rates
    rates = total_of(reply)
    if "M05" not in rates or "M06" not in rates:
        return ""
    raw = f"The raw run rate is [[{rates['M05']}]] ([[{rates['M05']}.window]])."
    if not frame.covers(frame.period):
        return f"{raw} The account is too young for consumption ARR."
    arr = f"Consumption ARR over [[{rates['M06']}.window]] is [[{rates['M06']}]] raw"
    if "M07" in rates:
        open_excess = _passing(frame) and frame.number(rates["M07"]) == frame.number(rates["M06"])
        unconfirmed = "; the excess above is not confirmed yet, so it is still in it" if open_excess else ""
        return f"{raw} {arr} and [[{rates['M07']}]] durable, without excess confirmed as one-time, seasonal or external{unconfirmed}."
    reason = next((item["reason"] for item in reply["not_available"] if item["metric"] == "M07"), "not available")
    return f"{raw} {arr}; how much of it is durable is not known ({reason})."
