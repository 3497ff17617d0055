"""Explanations held against what truly happened: the planted events of demo companies, and questions where nothing happened.

Each event is asked about as a person would ("why did it move in <month>?"), three times: of the whole company, without what
people and systems said of it (telemetry alone), and of what was said without what telemetry allows (notes alone, though they are
told where and since when it moved). The cause ledger is kept out of all three, or it would give the answer away; events that it
knows are asked about once more with it, to see that nobody is asked again.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import FromClause, false
from sqlalchemy.sql.elements import ColumnElement

from meterline.desk import Desk
from meterline.settings import Settings
from meterline_evals.company import CompanyFiles
from meterline_evals.explanation_grading import Grade, Sense, Silence, grade_answer, grade_words
from meterline_evals.explanation_parts import CALLED, Event, Match, Part, leaves_in, matched, speaks_of, spent_around
from meterline_evals.explanation_replies import parts_of
from meterline_evals.explanation_words import parts_by_words
from meterline_tools.demo import generate
from meterline_tools.kit.explain import explain_change
from meterline_tools.warehouse.load import load
from meterline_tools.warehouse.views import Views

if TYPE_CHECKING:
    from meterline_tools.kit.bench import Workbench

Told = Callable[[str], None]
Results = tuple[list[Grade], list[Silence]]
LEDGER = frozenset({"usage_annotation"})
SPOKEN = LEDGER | {"note", "support_ticket", "use_case_event", "use_case", "change_event", "activity", "contact", "qbr", "action_item"}
"""Tables that hold what people and systems said; contracts and prices are numbers, and stay with telemetry."""
MOST_ALIKE, MOST_QUIET = 6, 20
"""Of a cause that many accounts share, and of quiet accounts, so many a seed are asked about."""


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
    desk = Desk.open(Settings(home=home, model="offline"))
    return Company(seed, desk, CompanyFiles(files, d1=desk.workbench(None, None).asof.d1), truth)


def run_explanations(
    seeds: Sequence[int],
    folder: Path,
    senses: Sequence[Sense],
    tell: Told = lambda _: None,
    *,
    accounts: int = 150,
    days: int = 748,
    jobs: int = 1,
) -> Results:
    """Asks about every planted event in every sense, and about quiet accounts; `jobs` seeds at a time."""
    ask = partial(_seed, folder=folder, senses=tuple(senses), accounts=accounts, days=days)
    grades: list[Grade] = []
    silences: list[Silence] = []
    with ProcessPoolExecutor(max_workers=jobs) as pool:
        for seed, (graded, silent_ones) in zip(seeds, (pool.map if jobs > 1 else map)(ask, seeds), strict=True):
            tell(f"seed {seed}: {len(graded)} explanations, {len(silent_ones)} questions where nothing happened")
            grades += graded
            silences += silent_ones
    return grades, silences


def _seed(seed: int, *, folder: Path, senses: Sequence[Sense], accounts: int, days: int) -> Results:
    company = prepare(folder, seed, accounts=accounts, days=days)
    events = list(chosen(company.truth["events"]))
    grades = [explained(company, event, sense) for event in events for sense in senses]
    grades += [grade for event in events if (grade := before_the_word(company, event)) is not None]
    grades += [asked_again(company, event) for event in company.truth["events"] if event["confirmed_by"]]
    silences = [silent(company, account) for account in quiet(company)]
    silences += [silent(company, noise["account_id"], f"{noise['from']}..{noise['to']}") for noise in company.truth["noise"]]
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
    account, window = str(event["account_id"]), str(event["onset"])[:7]
    if sense == "notes":
        return grade_words(company.seed, event, match(company, event, parts_by_words(bench, account, window)))
    started = time.process_time()
    reply = explain_change(bench, account=account, window=window)
    cpu = time.process_time() - started
    found = match(company, event, parts_of(bench, reply))
    return grade_answer(company.seed, event, sense, found, reply, bench, company.files, known(company, event), cpu)


def match(company: Company, event: Event, parts: Sequence[Part]) -> Match:
    spent, attributes = spent_around(company.files, event["account_id"], date.fromisoformat(event["onset"]))
    return matched(parts, event, known(company, event), spent, leaves_in(attributes))


def known(company: Company, event: Event) -> list[Event]:
    """Everything that is true about the account."""
    return [e for e in company.truth["events"] if e["account_id"] == event["account_id"]]


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


def asked_again(company: Company, event: Event) -> Grade:
    """An event that a person confirmed in the ledger, asked about with it: no question is drafted about it.

    A question is about the first part of an answer. Where that is another change of the account, of other leaves, weeks or
    the other way, it asks nothing that the ledger knows.
    """
    bench = company.desk.workbench(None, None)
    reply = explain_change(bench, account=str(event["account_id"]), window=str(event["onset"])[:7])
    parts = parts_of(bench, reply)
    found = match(company, event, parts)
    asked = reply["question"] is not None and found.part is parts[0] and speaks_of(found, event)
    grade = grade_answer(company.seed, event, "both", found, reply, bench, company.files, known(company, event), 0.0)
    return replace(grade, regime="ledger", right=not asked, lasts=None, contradiction=None)


def silent(company: Company, account: str, window: str = "") -> Silence:
    """A question where nothing happened: about a quiet account, or about weeks within normal variation."""
    reply = explain_change(hearing(company.desk.workbench(None, None), LEDGER), account=account, window=window)
    return Silence(company.seed, account, window, str(reply["verdict"]), (reply["cause"] or {}).get("id"))


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
