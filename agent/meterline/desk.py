"""The wiring: settings become stores, tools and a model; faces ask the desk and nothing else."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meterline.answer import Answer, Question
from meterline.asked import conversation_state, known_names, question_text
from meterline.audit import FREE_SQL, record_of
from meterline.kept_notes import with_kept_note
from meterline.ledger import Ledger
from meterline.manners import quiet
from meterline.opened import OpenedCompany
from meterline.pinboard import Pinboard
from meterline.reports import Reports
from meterline.settings import Settings, read_settings
from meterline.stores import Stores
from meterline.tables import Tables
from meterline.taught import Taught, example_files, load_taught, nearest, read_taught
from meterline.trace import Tracer, make_tracer
from meterline.wiring import make_loop, model_name, model_state, prepare_examples
from meterline_tools.errors import MeterlineError, ModelMustRetry, UserError
from meterline_tools.kit.bench import Workbench
from meterline_tools.kit.originals import with_originals
from meterline_tools.principal import Principal

if TYPE_CHECKING:
    from meterline.briefs.model import Brief, Rendering
    from meterline.loop import Loop
    from meterline_tools.receipts import Entity
    from meterline_tools.warehouse.coverage import Coverage
    from meterline_tools.warehouse.load import LoadReport

BUILT_IN_ANALYST = "offline"
Progress = Callable[[str, int, int], None]
"""Called with a step's name, how much is done and how much there is."""


def _counted(progress: Progress | None) -> Callable[[int, int, str], None] | None:
    """The same report for those who count first and name the step last."""
    return (lambda done, total, step: progress(step, done, total)) if progress else None


class Desk(Reports, Pinboard, Ledger, Tables):
    """Opens the workspace once and serves questions, explanations, briefs and loads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stores = Stores(settings.home)
        self._lock = threading.RLock()
        self._company: OpenedCompany | None = None
        self._tracer: Tracer | None = None
        self._loop: Loop | None = None

    @classmethod
    def open(cls, settings: Settings | None = None) -> Desk:
        return cls(settings or read_settings())

    # Questions -----------------------------------------------------------------------------------------------

    def ask(self, question: Question, *, state: dict[str, Any] | None = None, progress: Callable[[str], None] = quiet) -> Answer:
        """Answers one question within its thread, and records the turn before the answer leaves.

        `state` is what a new thread begins with, as if the conversation had come to that point; `progress` is told in a word
        what goes on.

        Raises:
            UserError: no company loaded, an empty or far too long question, a bad setting.
            Refused: an asker or thread that is unknown or not theirs.
            Unavailable: no model could answer, or another question of the thread is still being answered.
        """
        from meterline.compose import compose
        from meterline.offer.remember import remembered

        started = time.perf_counter()
        text = question_text(question.text)
        bench = self.workbench(question.asker, question.as_of)
        with self.stores.threads.alone(question.thread_id, bench.principal.user_id, seconds=self.settings.turn_seconds) as turns:
            thread_id, thread = self.stores.threads.begin(question.thread_id, bench.principal.user_id)
            thread = thread or state or {}
            shown = conversation_state(bench, thread)
            if model_name(self.settings) != BUILT_IN_ANALYST and (examples := nearest(text, self.taught)):
                shown["examples"] = examples
            bench.previous = self._previous(question.thread_id, bench.principal)
            bench.viewer = self.stores.looks.viewer(bench.principal.user_id)
            bench.asked = text
            with self.tracer.span(
                "invoke_agent meterline", gen_ai__operation__name="invoke_agent", gen_ai__conversation__id=thread_id
            ) as span:
                turn = self.loop.run(text, bench, shown, names=known_names(bench), progress=progress)
                span.set(meterline__model=turn.model, meterline__answer_type=turn.verified.draft.answer_type)
            answer = compose(turn, thread_id=thread_id, elapsed_ms=(time.perf_counter() - started) * 1000)
            draft = turn.verified.draft
            after = draft.state or thread if turn.model == BUILT_IN_ANALYST else remembered(text, draft, turn.bench, thread)
            return self._on_record("ask", text, answer, after, turn.bench, turns=turns, refused=turn.refused)

    def _on_record(
        self,
        kind: str,
        asked: str,
        answer: Answer,
        state: dict[str, Any],
        bench: Workbench,
        *,
        turns: int = 0,
        refused: Sequence[dict[str, Any]] = (),
    ) -> Answer:
        """The answer, once it is in its thread (after so many turns) and in the audit, and what it showed is kept."""
        answer = answer.model_copy(update={"citations": with_originals(answer.citations, bench.warehouse, self.settings.home)})
        user = bench.principal.user_id
        seen = _account_names(bench) if any(receipt.tool == FREE_SQL for receipt in answer.receipts) else None
        snapshot = bench.warehouse.snapshot_id
        entry = record_of(kind, asked, answer, bench.principal, snapshot, refused=refused, accounts=seen)
        self.stores.audit.append(*with_kept_note(entry, bench, lambda: self._opened().asof(None).known_at))
        self.stores.threads.record(asked, answer, state, user, after=turns)
        if bench.look is not None:
            self.stores.looks.keep(user, bench.look)
        return answer

    def brief(self, account: str, *, asker: str | None = None, as_of: datetime | None = None, rendering: Rendering = "internal") -> Brief:
        """The QBR brief of an account."""
        from meterline.briefs.qbr import write_brief

        bench = self.workbench(asker, as_of)
        brief = write_brief(bench, account, rendering=rendering)
        if rendering == "internal":
            brief = brief.model_copy(update={"citations": with_originals(brief.citations, bench.warehouse, self.settings.home)})
        self.stores.audit.append(record_of("brief", f"brief {account} ({rendering})", brief, bench.principal, bench.warehouse.snapshot_id))
        return brief

    def who_saw(self, account: str) -> tuple[Entity, list[dict[str, Any]]]:
        """Everybody who was shown anything about an account, oldest first. UserError when the name is not one account's."""
        from meterline_tools.kit.records import find_account

        try:
            entity = find_account(self.workbench(None, None), account)
        except ModelMustRetry as hint:
            raise UserError(str(hint)) from None
        return entity, list(self.stores.audit.who_saw(entity.id))

    # Charts --------------------------------------------------------------------------------------------------

    def chart(self, thread_id: str, chart_id: str, *, asker: str | None = None) -> dict[str, Any] | None:
        """A chart that an answer in a thread of the asker's own carried; its id stands in `usermeta.meterline`.

        Raises:
            Refused: the thread is somebody else's.
        """
        user_id = self.workbench(asker, None).principal.user_id
        self.stores.threads.begin(thread_id, user_id)
        specs = (spec for answer in self.stores.threads.answers(thread_id, user_id) for spec in answer.charts)
        return next((spec for spec in specs if spec["usermeta"]["meterline"].get("id") == chart_id), None)

    # Companies -----------------------------------------------------------------------------------------------

    def load(
        self,
        paths: list[Path],
        *,
        mapping: Path | None = None,
        dry_run: bool = False,
        overrides: dict[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> LoadReport:
        """Loads a company's files and brings the note index up to date."""
        from meterline_tools.warehouse.load import load

        report = load(
            self.settings.home,
            paths,
            mapping=mapping,
            dry_run=dry_run,
            company=overrides or {},
            progress=_counted(progress),
        )
        if not dry_run and report.status in ("loaded", "unchanged"):
            self._opened().notes.ensure(progress)
            prepare_examples(self._example_files())
        return report

    def demo(
        self, *, seed: int = 7, accounts: int = 150, days: int = 748, out: Path | None = None, progress: Progress | None = None
    ) -> LoadReport:
        """Writes the demo company's files, then loads them."""
        from meterline_tools.demo import generate

        folder = out or self.settings.home / "demo" / f"seed-{seed}"
        generate(folder, seed=seed, accounts=accounts, days=days, progress=_counted(progress))
        return self.load([folder], progress=progress)

    def prepare(self, progress: Progress | None = None) -> None:
        """Makes what the first forecast would otherwise wait for; what is wrong with it comes up when somebody asks."""
        from meterline_tools.kit.outlooks import book_outlook

        bench = self.workbench(None, None)
        if bench.warehouse.has("usage_daily", "effective_cost"):
            if progress:
                progress("forecasting", 0, 1)
            book_outlook(bench)
            if progress:
                progress("forecasting", 1, 1)

    def health(self) -> dict[str, Any]:
        """What works: the snapshot, its last complete day, the model, the notes index."""
        company = self._opened()
        asof = company.asof(None)
        return {
            "status": "ok",
            "company": company.warehouse.company.name,
            "snapshot": company.warehouse.snapshot_id,
            "d1": asof.d1.isoformat(),
            "known_at": asof.known_at.isoformat(),
            **model_state(self.settings, self._loop),
        }

    def warm(self) -> None:
        """Opens in the background what the first question needs, so that a service answers it as fast as the next one."""

        def prepare() -> None:
            with suppress(MeterlineError):  # what is wrong comes up when somebody asks
                bench = self.workbench(None, None)
                self.loop.built_in.run("hello", bench, conversation_state(bench, {}))

        threading.Thread(target=prepare, name="desk-warm").start()

    def coverage(self) -> Coverage:
        """Which tables and key columns are there, and which questions are thereby off."""
        from meterline_tools.warehouse.coverage import coverage

        return coverage(self._opened().warehouse)

    # Parts, made when first used -----------------------------------------------------------------------------

    @property
    def tracer(self) -> Tracer:
        with self._lock:
            if self._tracer is None:
                self._tracer = make_tracer(self.settings.trace)
            return self._tracer

    @property
    def loop(self) -> Loop:
        with self._lock:
            if self._loop is None:
                self._loop = make_loop(self.settings, self._example_files(), self.tracer)
            return self._loop

    @property
    def taught(self) -> tuple[Taught, ...]:
        """The company's own verified questions.

        Raises:
            UserError: a file that is not there or cannot be used.
        """
        return load_taught(self._example_files())

    def _example_files(self) -> tuple[Path, ...]:
        return example_files(self.settings.examples, self.settings.home)

    def _opened(self) -> OpenedCompany:
        from meterline_tools.warehouse.store import Store

        with self._lock:
            if self._company is None or self._company.warehouse.snapshot_id != Store(self.settings.home).current():
                self._reopen()
                self._company = OpenedCompany(self.settings, self.stores.causes, self.stores.notes)
            return self._company

    def _reopen(self) -> None:
        with self._lock:
            if self._company is not None:
                self._company.close()
                self._company = None

    def workbench(self, asker: str | None, as_of: datetime | None) -> Workbench:
        return self._opened().bench(asker, as_of)

    def _previous(self, thread_id: str | None, principal: Principal) -> list[Any]:
        answer = self.stores.threads.last_answer(thread_id, principal.user_id) if thread_id else None
        return list(answer.receipts) if answer else []

    def close(self) -> None:
        self._reopen()
        self.stores.close()
        with self._lock:
            if self._loop is not None:
                self._loop.close()
                self._loop = None
            if self._tracer is not None:
                self._tracer.close()
                self._tracer = None


def _account_names(bench: Workbench) -> dict[str, str]:
    """Ids and names of the visible accounts, with their ids."""
    from sqlalchemy import select

    accounts = bench.views.accounts().c
    rows = bench.warehouse.run(select(accounts.account_id, accounts.account_name), limit=1_000_000).rows
    return {name: ident for ident, name in rows} | {ident: ident for ident, _ in rows}


def check_examples(path: Path) -> int:
    """How many examples a file holds, all of them usable.

    Raises:
        UserError: what is wrong with the others.
    """
    return len(read_taught(path))


def as_json(answer: Answer) -> str:
    """The answer contract as JSON text, the same for every face."""
    return json.dumps(answer.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=2)
