"""Explanations held against what truly happened: the planted events of demo companies, and accounts to which nothing happened.

Each event is asked about as a person would ("why did it move in <month>?"), three times: of the whole company, without what
people and systems said of it (telemetry alone), and of what was said without what telemetry allows (notes alone). The cause
ledger is kept out of all three, or it would give the answer away.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import FromClause, false
from sqlalchemy.sql.elements import ColumnElement

from meterline.desk import Desk
from meterline.settings import Settings
from meterline_evals.company import CompanyFiles
from meterline_tools.demo import generate
from meterline_tools.kit.explain import explain_change
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.views import Views

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

Told = Callable[[str], None]
Sense = Literal["both", "telemetry", "notes"]
Event = Mapping[str, Any]
LEDGER = frozenset({"usage_annotation"})
SPOKEN = LEDGER | {"note", "support_ticket", "use_case_event", "use_case", "change_event", "activity", "contact", "qbr", "action_item"}
"""Tables that hold what people and systems said; contracts and prices are numbers, and stay with telemetry."""
CALLED = {"retail_peak": "seasonal_peak"}
"""What the demo company calls otherwise than the analyst."""
MOST_ALIKE, MOST_QUIET = 6, 20
"""Of a cause that many accounts share, and of quiet accounts, so many a seed are asked about."""
FILTERS = {"workload": "workload_id", "sku": "sku_id", "region": "region_id", "sku_family": "sku_family"}


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
    confidence: str = "unknown"
    onset_off: int | None = None
    excess_ratio: float | None = None
    lasts: bool | None = None
    """Whether the durability is right; of events with a cause that can be known."""
    twin: bool = False
    contradiction: bool | None = None
    """Whether the planted contradiction is among what the answer cites."""
    exact: bool | None = None
    """Whether parts add up to the whole, and the days to the sum over the company's files."""
    cpu: float = 0.0


@dataclass(frozen=True)
class Silence:
    """One question about an account to which nothing happened."""

    seed: int
    account_id: str
    verdict: str
    said: str | None


@dataclass(frozen=True)
class Company:
    seed: int
    desk: Desk
    files: CompanyFiles
    truth: Mapping[str, Any]


def prepare(folder: Path, seed: int, *, accounts: int, days: int) -> Company:
    """A demo company of that seed, loaded; its notes are not indexed, for explanations read them by account and day."""
    files, home = folder / f"seed-{seed}", folder / f"home-{seed}"
    if not files.exists():
        generate(files, seed=seed, accounts=accounts, days=days)
    if not (home / "warehouse" / "CURRENT").exists():
        load(home, [files])
    truth = json.loads((files / ".truth" / "truth.json").read_text(encoding="utf-8"))
    return Company(seed, Desk.open(Settings(home=home, model="offline")), CompanyFiles(files), truth)


def run_explanations(
    seeds: Sequence[int], folder: Path, senses: Sequence[Sense], tell: Told = lambda _: None, *, accounts: int = 150, days: int = 748
) -> tuple[list[Grade], list[Silence]]:
    """Asks about every planted event in every sense, and about quiet accounts."""
    grades: list[Grade] = []
    silences: list[Silence] = []
    for seed in seeds:
        tell(f"seed {seed}: preparing")
        company = prepare(folder, seed, accounts=accounts, days=days)
        events = list(chosen(company.truth["events"]))
        tell(f"seed {seed}: explaining {len(events)} events")
        grades += [explained(company, event, sense) for event in events for sense in senses]
        grades += [grade for event in events if (grade := before_the_word(company, event)) is not None]
        silences += [silent(company, account) for account in quiet(company)]
        company.desk.close()
        company.files.connection.close()
    return grades, silences


def chosen(events: Sequence[Event]) -> Iterator[Event]:
    """All events but those that share a cause with many accounts, of which some stand for the rest."""
    counts: dict[str, int] = {}
    for event in events:
        counts[event["cause"]] = counts.get(event["cause"], 0) + 1
        shared = event["cause"] in CALLED or len(event["affected_accounts"]) > 1
        if not shared or counts[event["cause"]] <= MOST_ALIKE:
            yield event


def quiet(company: Company) -> list[str]:
    accounts = sorted(company.truth["quiet_accounts"])
    return random.Random(company.seed).sample(accounts, min(MOST_QUIET, len(accounts)))


def explained(company: Company, event: Event, sense: Sense, as_of: datetime | None = None) -> Grade:
    """One event, asked about by the month it began in."""
    bench = hearing(company.desk.workbench(None, as_of), SPOKEN if sense == "telemetry" else LEDGER)
    window = str(event["onset"])[:7]
    started = time.process_time()
    if sense == "notes":
        said = by_words(bench, str(event["account_id"]), window)
        return Grade(company.seed, event["event_id"], event["cause"], event["regime"], sense, said, is_right(event, said))
    reply = explain_change(bench, account=str(event["account_id"]), window=window)
    cpu = time.process_time() - started
    said = (reply["cause"] or {}).get("id")
    onset = date.fromisoformat(reply["onset"]) if reply["onset"] else None
    excess = value(bench, reply, "excess_total")
    truly = float(event["excess_usd_total"])
    return Grade(
        company.seed,
        event["event_id"],
        event["cause"],
        event["regime"],
        sense,
        said,
        is_right(event, said),
        confidence=(reply["cause"] or {}).get("confidence") or "unknown",
        onset_off=(onset - date.fromisoformat(event["onset"])).days if onset else None,
        excess_ratio=excess / truly if excess is not None and truly else None,
        lasts=reply["durability"] == event["durability"] if knowable(event) else None,
        twin=event["twin_of"] is not None,
        contradiction=mentions(bench, reply, event) if event["counter"] else None,
        exact=exact(company, bench, reply),
        cpu=cpu,
    )


def before_the_word(company: Company, event: Event) -> Grade | None:
    """An event that was explained only later, asked about on the day before the first word: nobody can know it then."""
    days = [date.fromisoformat(e["date"]) for e in event["evidence"]]
    if event["regime"] != "E6" or not days:
        return None
    as_of = datetime.combine(min(days), datetime.min.time()) - timedelta(minutes=1)
    if as_of.date() < date.fromisoformat(event["onset"]) + timedelta(days=10):
        return None
    grade = explained(company, event, "both", as_of)
    return replace(grade, regime="E6 before", right=grade.said is None, lasts=None, contradiction=None)


def silent(company: Company, account: str) -> Silence:
    reply = explain_change(hearing(company.desk.workbench(None, None), LEDGER), account=account)
    return Silence(company.seed, account, str(reply["verdict"]), (reply["cause"] or {}).get("id"))


def knowable(event: Event) -> bool:
    return bool(event["regime"] != "E5" and event["cause"] != "unknown")


def is_right(event: Event, said: str | None) -> bool:
    """The cause, or none where nobody can know it."""
    truly: str = event["cause"]
    return said == CALLED.get(truly, truly) if knowable(event) else said is None


def hearing(bench: Workbench, deaf_to: Collection[str]) -> Workbench:
    """The bench without the rows of some tables."""
    return replace(bench, views=_Deaf(bench.views, frozenset(deaf_to)))


class _Deaf(Views):
    """The same views, with some tables empty."""

    def __init__(self, views: Views, to: frozenset[str]) -> None:
        super().__init__(views.warehouse, views.asof, views.principal)
        self._to = to

    def _known(self, name: str, source: FromClause) -> list[ColumnElement[bool]]:
        return [false()] if name in self._to else super()._known(name, source)


def by_words(bench: Workbench, account: str, window: str) -> str | None:
    """The cause that what was said speaks for, whatever telemetry allows: the best named one that nobody denied."""
    from meterline_tools.insight.confidence import evidence_points
    from meterline_tools.insight.cues import shipped_cues
    from meterline_tools.insight.evidence import weigh
    from meterline_tools.insight.fingerprints import Fingerprint
    from meterline_tools.insight.locate import Located
    from meterline_tools.insight.slice_words import slice_words
    from meterline_tools.kit.explain import look_for_change
    from meterline_tools.kit.explain_data import contracts_of
    from meterline_tools.kit.explain_meaning import meaning_of
    from meterline_tools.kit.explain_statements import read_statements
    from meterline_tools.kit.own_causes import causes_of, thresholds_of
    from meterline_tools.kit.records import find_account

    entity, rules = find_account(bench, account), thresholds_of(bench)
    usage, found, _ = look_for_change(bench, entity, window, rules)
    if usage is None or not isinstance(found, Located):
        return None
    words = slice_words(found.frame, found.part)
    statements = read_statements(bench, entity, usage, found, words, contracts_of(bench, entity), rules)
    prints = {name: Fingerprint(cause, "open") for name, cause in causes_of(bench).items()}
    meaning = meaning_of(bench, causes_of(bench))
    weighed = weigh(statements, shipped_cues(), prints, words, found.onset, found.end, rules, meaning)
    worth = {
        name: sum(points for _, points in evidence_points(items, rules))
        for name, items in weighed.supporting.items()
        if name not in weighed.denying
    }
    return max(sorted(worth), key=lambda name: worth[name], default=None)


def value(bench: Workbench, reply: Mapping[str, Any], key: str) -> float | None:
    figure = reply["figures"].get(key)
    return float(bench.book.figures[figure].value or 0.0) if figure else None


def mentions(bench: Workbench, reply: Mapping[str, Any], event: Event) -> bool:
    """Whether a document that claims otherwise is cited as a contradiction, or as evidence against."""
    told = [*reply["contradictions"], *(e for e in reply["evidence"] if e["against"])]
    cited = {bench.book.citations[e["citation"]].source_id for e in told if e["citation"] in bench.book.citations}
    return bool(cited & {c["doc"] for c in event["counter"]})


def exact(company: Company, bench: Workbench, reply: Mapping[str, Any]) -> bool | None:
    """Parts add up to the whole, and what the days show is what the company's files hold; None where nothing was located."""
    total, rest = value(bench, reply, "delta_total"), value(bench, reply, "rest")
    if total is None or rest is None or not reply.get("days"):
        return None
    parts = sum(float(bench.book.figures[d["contribution"]].value or 0.0) for d in reply["drivers"])
    if abs(parts + rest - total) > 0.015:
        return False
    receipt = bench.book.receipts[reply["days"]]
    shown = {str(row[0])[:10]: float(row[1]) for row in receipt.rows if row[1] is not None}
    held = _held(company.files, str(reply["account"]["id"]), reply["slice"] or {}, min(shown), max(shown))
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
