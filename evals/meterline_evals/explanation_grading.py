"""The grade of one explanation: the part of the answer that speaks of the event, against the truth about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from meterline_evals.company import CompanyFiles
from meterline_evals.explanation_parts import Event, Match, called
from meterline_evals.explanation_replies import causal, value, withheld

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

Sense = Literal["both", "telemetry", "notes"]
FILTERS = {"workload": "workload_id", "sku": "sku_id", "region": "region_id", "sku_family": "sku_family"}
FAILS = ("no evidence", "called growth", "contradiction ignored", "figure from nowhere")
"""What no answer may do (rubric 7.7, hard fails); asking although the ledger knows is graded apart."""


@dataclass(frozen=True)
class Grade:
    """One explanation of one event. What could not be graded is None."""

    seed: int
    event_id: str
    cause: str
    regime: str
    sense: Sense
    said: str | None
    right: bool
    """The cause is right (or none is stated where nobody can know it), and nothing else in the answer is wrong about one."""
    confidence: str = "unknown"
    strays: tuple[str, ...] = ()
    """Causes that the answer states of other changes of the account and that are not true of any."""
    overlap: float = 0.0
    """Share of the money that the explained slice and the true one have in common."""
    onset_off: int | None = None
    excess_ratio: float | None = None
    lasts: bool | None = None
    """Whether the durability is right; of events with a cause that can be known."""
    twin: bool = False
    contradiction: bool | None = None
    """Whether the planted contradiction is printed: as one, as evidence against, or as what the cause does not rest on."""
    foreseen: bool | None = None
    """Whether it is told rightly that somebody knew in advance; where the cause is right."""
    causal: int = 0
    unsupported: int = 0
    """Sentences that say why, and those of them whose citations hold no word for that cause and that name no test."""
    exact: bool | None = None
    """Whether parts add up to the whole, and the days to the sum over the company's files."""
    fails: tuple[str, ...] = ()
    cpu: float = 0.0


@dataclass(frozen=True)
class Silence:
    """One question where nothing happened."""

    seed: int
    account_id: str
    window: str
    verdict: str
    said: str | None


def knowable(event: Event) -> bool:
    return bool(event["regime"] != "E5" and event["cause"] != "unknown")


def is_right(event: Event, match: Match) -> bool:
    """The cause, or none where nobody can know it; a wrong cause stated of anything else spoils it."""
    said = match.part.cause
    return not match.strays and (said == called(event) if knowable(event) else said is None)


def grade_words(seed: int, event: Event, match: Match) -> Grade:
    """A cause by words alone, of which nothing else can be graded."""
    right = is_right(event, match)
    return Grade(seed, event["event_id"], event["cause"], event["regime"], "notes", match.part.cause, right, strays=match.strays)


def grade_answer(
    seed: int,
    event: Event,
    sense: Sense,
    match: Match,
    reply: Mapping[str, Any],
    bench: Workbench,
    files: CompanyFiles,
    events: Iterable[Event],
    cpu: float,
) -> Grade:
    """`events` are all that is true about the account."""
    part, right = match.part, is_right(event, match)
    truly = float(event["excess_usd_total"])
    reasons = causal(reply)
    unsupported = _unsupported(reasons, bench, list(events))
    counter = {c["doc"] for c in event["counter"]}
    contradiction = bool(part.against & counter) if counter else None
    return Grade(
        seed,
        event["event_id"],
        event["cause"],
        event["regime"],
        sense,
        part.cause,
        right,
        confidence=part.confidence,
        strays=match.strays,
        overlap=round(match.overlap, 3),
        onset_off=(part.onset - date.fromisoformat(event["onset"])).days if part.onset else None,
        excess_ratio=part.excess / truly if part.excess is not None and truly else None,
        lasts=part.durability == event["durability"] if knowable(event) else None,
        twin=event["twin_of"] is not None,
        contradiction=contradiction,
        foreseen=part.known_in_advance == event["known_in_advance"] if right and part.known_in_advance is not None else None,
        causal=len(reasons),
        unsupported=unsupported,
        exact=exact(files, bench, reply),
        fails=_fails(event, match, contradiction, unsupported, withheld(bench, reply)),
        cpu=cpu,
    )


def _unsupported(reasons: Iterable[tuple[str, frozenset[str], bool]], bench: Workbench, events: list[Event]) -> int:
    """Causal sentences that name no test and cite nothing that was planted for their cause."""
    planted = {(called(event), item["doc"]) for event in events for item in event["evidence"]}
    cited = bench.book.citations
    return sum(not by_test and not any((cause, cited[c].source_id) in planted for c in citations) for cause, citations, by_test in reasons)


def _fails(event: Event, match: Match, contradiction: bool | None, unsupported: int, unproved: int) -> tuple[str, ...]:
    growth = match.part.durability == "durable" and event["durability"] in ("one_time", "external") and match.part.cause is not None
    ignored = contradiction is False and match.part.cause is not None
    return tuple(name for name, failed in zip(FAILS, (unsupported > 0, growth, ignored, unproved > 0), strict=True) if failed)


def exact(files: CompanyFiles, bench: Workbench, reply: Mapping[str, Any]) -> bool | None:
    """Parts add up to the whole, and what the days show is what the company's files hold; None where nothing was located."""
    total, rest = value(bench, reply, "delta_total"), value(bench, reply, "rest")
    if total is None or rest is None or not reply.get("days"):
        return None
    parts = sum(float(bench.book.figures[d["contribution"]].value or 0.0) for d in reply["drivers"])
    if abs(parts + rest - total) > 0.015:
        return False
    receipt = bench.book.receipts[reply["days"]]
    shown = {str(row[0])[:10]: float(row[1]) for row in receipt.rows if row[1] is not None}
    held = _held(files, str(reply["account"]["id"]), reply["slice"] or {}, min(shown), max(shown))
    return None if held is None else abs(sum(shown.values()) - held) <= 0.01 + 1e-4 * len(shown)


def _held(files: CompanyFiles, account: str, part: Mapping[str, Any], first: str, last: str) -> float | None:
    """Net consumption of the slice in these days, from the files; None for a slice of an attribute that no usage row carries."""
    files.derive()
    attribute = next((key for key in part if key != "name"), None)
    if attribute is not None and attribute not in FILTERS:
        return None
    test = f"AND {FILTERS[attribute]} IN (SELECT unnest($values))" if attribute else ""
    sql = f"""SELECT coalesce(sum(effective_cost), 0) FROM counted_usage
              WHERE account_id = $account AND usage_date BETWEEN $first AND $last {test}"""
    given = {"account": account, "first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    return float(files.one(sql, **given, **({"values": list(part[attribute])} if attribute else {})))
